/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The linked stub, as a constant of the kernel. */
	.section .rodata
	.balign	16
	.globl	stub_image, stub_image_len
stub_image:
	.incbin	STUB_IMAGE_FILE
1:	.balign	8
stub_image_len:
	.quad	1b - stub_image
	.section .note.GNU-stack, "", @progbits

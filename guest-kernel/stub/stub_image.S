/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The linked stub, as a constant of the kernel. */
	.section .rodata
	.balign	16
	.globl	stub_image, stub_image_end
stub_image:
	.incbin	STUB_IMAGE_FILE
stub_image_end:
	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The linked stub and the vDSO, as constants of the kernel. */
	.section .rodata
	.balign	16
	.globl	stub_image, stub_image_len, stub_vdso, stub_vdso_len
stub_image:
	.incbin	STUB_IMAGE_FILE
1:	.balign	8
stub_image_len:
	.quad	1b - stub_image
	.balign	16
stub_vdso:
	.incbin	STUB_VDSO_FILE
1:	.balign	8
stub_vdso_len:
	.quad	1b - stub_vdso
	.section .note.GNU-stack, "", @progbits

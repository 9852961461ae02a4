/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vDSO that guests see. Its clock calls go on in the host's, whose addresses the kernel fills into the table before
 * anybody runs; there is no getcpu in it, for the host's CPU numbers mean nothing to a guest. One page, never writable in a stub.
 */
	.macro	clock_call name, slot
	.globl	__vdso_\name
	.type	__vdso_\name, @function
__vdso_\name:
	jmp	*(vdso_table + 8 * \slot)(%rip)
	.size	__vdso_\name, . - __vdso_\name
	.weak	\name
	.set	\name, __vdso_\name
	.endm

	.text
	clock_call clock_gettime, 0
	clock_call gettimeofday, 1
	clock_call time, 2
	clock_call clock_getres, 3

	.section .vdso_table, "a"
	.hidden	vdso_table
vdso_table:
	.quad	0, 0, 0, 0
	.section .note.GNU-stack, "", @progbits

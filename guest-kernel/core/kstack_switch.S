/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * void kstack_switch(void **save_sp, void *to_sp)
 *
 * Saves the callee-saved registers and the floating-point control words on the current stack, stores its pointer in *save_sp, and continues on to_sp, which was
 * saved the same way or prepared by kstack_prepare.
 */
	.text
	.globl	kstack_switch
	.type	kstack_switch, @function
kstack_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	subq	$8, %rsp
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	addq	$8, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret
	.size	kstack_switch, .-kstack_switch

/* First return of a new stack: r12 is the function, r13 its argument; it must not return. */
	.globl	kstack_start
	.type	kstack_start, @function
kstack_start:
	.cfi_startproc
	.cfi_undefined rip
	movq	%r13, %rdi
	xorl	%ebp, %ebp
	call	*%r12
	ud2
	.cfi_endproc
	.size	kstack_start, .-kstack_start
	.section .note.GNU-stack,"",@progbits

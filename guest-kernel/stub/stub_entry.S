/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stub's assembly: the header, what the ptrace engine injects, the worker, the start of guest threads.
 *
 * The worker trusts nothing a guest thread can write: from the read-only orders page to the `syscall` instruction it
 * uses registers alone, it has no stack, takes no signal, and touches guest memory only in one compare-and-exchange whose
 * page the call before has made present and writable.
 */
#include "stub/stub_layout.h"

#define NR_READ		0
#define NR_WRITE	1
#define NR_RT_SIGRETURN	15
#define NR_EXIT_GROUP	231
#define NR_SECCOMP	317
#define NR_MMAP		9
#define NR_PAUSE	34

	.section .header, "ax"
	.globl	stub_header
stub_header:
	.quad	0x6275747365646f6d
	.quad	stub_text_end
	.quad	inject_syscall
	.quad	inject_cmpxchg
	.quad	stub_fault_action
	.quad	stub_fault_stack
	.quad	stub_trap_action
	.quad	stub_filter_prog

/*
 * At a fixed place, since the filter compares numbers: the one `syscall` instruction that it knows, and the one word that
 * eventfds may be written with.
 */
	.org	STUB_THREAD_SYSCALL - STUB_TEXT
thread_syscall:
	syscall
	ret
	.org	STUB_ONE - STUB_TEXT
stub_one:
	.quad	1

	.text
	.globl	stub_start, stub_thread_syscall, stub_restorer, stub_continue
	.globl	stub_fault_handler

inject_syscall:
	syscall
	int3
inject_cmpxchg:
	lock cmpxchgl %edx, (%rdi)
	int3

/* Never executed: the tracer stops the thread on its first instruction and puts the guest's registers back. */
stub_fault_handler:
	int3
	ud2

/*
 * The program starts here. Under ptrace it is stopped before the first instruction and never goes on. Otherwise map the
 * orders page (the file begins with the first space's) and become the worker; all else comes as orders.
 */
stub_start:
	movl	$NR_MMAP, %eax
	movabs	$STUB_ORDERS, %rdi
	movl	$4096, %esi
	movl	$1, %edx		/* PROT_READ */
	movl	$0x11, %r10d		/* MAP_SHARED | MAP_FIXED */
	movl	$STUB_FD_PAGES_RO, %r8d
	xorl	%r9d, %r9d
	syscall
	movabs	$STUB_ORDERS, %rdi
	cmpq	%rdi, %rax
	jne	stub_broker
	movl	$NR_MMAP, %eax
	movabs	$STUB_RESULTS, %rdi
	movl	$4096, %esi
	movl	$3, %edx		/* PROT_READ | PROT_WRITE */
	movl	$0x11, %r10d
	movl	$STUB_FD_PAGES, %r8d
	movl	$4096, %r9d
	syscall
	movabs	$STUB_RESULTS, %rdi
	cmpq	%rdi, %rax
	jne	stub_die
	jmp	worker_fresh

/* Without pages it is a broker: a process that only holds descriptors for others to take. Say that it is there, and wait. */
stub_broker:
	movl	$NR_WRITE, %eax
	movl	$STUB_FD_WAKE, %edi
	leaq	stub_one(%rip), %rsi
	movl	$8, %edx
	syscall
1:	movl	$NR_PAUSE, %eax
	syscall
	jmp	1b

/*
 * The worker: r12 orders page, r13 the list done last, r14 the current call, r15 how many are left, rbx the place of the
 * result, rbp the flags.
 */
worker_fresh:
	xorl	%r13d, %r13d
	jmp	worker_look
worker_wait:
	movl	$NR_READ, %eax
	movl	$STUB_FD_WAKE, %edi
	movabs	$(STUB_RESULTS + 4088), %rsi
	movl	$8, %edx
	syscall
worker_look:
	movabs	$STUB_ORDERS, %r12
	movq	STUB_ORDERS_SEQ(%r12), %rax
	cmpq	%r13, %rax
	je	worker_wait
	movq	%rax, %r13
	movq	STUB_ORDERS_COUNT(%r12), %r15
	leaq	STUB_ORDERS_CALLS(%r12), %r14
	movabs	$STUB_RESULTS, %rbx
	xorl	%eax, %eax
worker_next:
	testq	%r15, %r15
	jz	worker_ack
	movq	STUB_CALL_FLAGS(%r14), %rbp
	testl	$STUB_CALL_CMPXCHG, %ebp
	jnz	worker_cmpxchg
	movq	STUB_CALL_ARGS(%r14), %rdi
	movq	STUB_CALL_ARGS+8(%r14), %rsi
	movq	STUB_CALL_ARGS+16(%r14), %rdx
	movq	STUB_CALL_ARGS+24(%r14), %r10
	movq	STUB_CALL_ARGS+32(%r14), %r8
	movq	STUB_CALL_ARGS+40(%r14), %r9
	movq	STUB_CALL_NR(%r14), %rax
	syscall
	testl	$STUB_CALL_CHECK, %ebp
	jz	1f
	cmpq	STUB_CALL_EXPECT(%r14), %rax
	jne	stub_die
1:	testl	$(STUB_CALL_FORK | STUB_CALL_THREAD), %ebp
	jz	worker_result
	testq	%rax, %rax
	jz	worker_child
	testl	$STUB_CALL_FORK, %ebp
	jz	worker_result
	addq	$STUB_CALL_SIZE, %r14	/* the next call is the child's */
	decq	%r15
	jz	stub_die
	addq	$8, %rbx
worker_result:
	movq	%rax, (%rbx)
	addq	$8, %rbx
	addq	$STUB_CALL_SIZE, %r14
	decq	%r15
	jmp	worker_next

worker_child:
	testl	$STUB_CALL_THREAD, %ebp
	jnz	stub_thread_start
	/* A forked child: its one call here is to map its own orders page over this one. */
	addq	$STUB_CALL_SIZE, %r14
	movq	STUB_CALL_ARGS(%r14), %rdi
	movq	STUB_CALL_ARGS+8(%r14), %rsi
	movq	STUB_CALL_ARGS+16(%r14), %rdx
	movq	STUB_CALL_ARGS+24(%r14), %r10
	movq	STUB_CALL_ARGS+32(%r14), %r8
	movq	STUB_CALL_ARGS+40(%r14), %r9
	movl	$NR_MMAP, %eax
	syscall
	movabs	$STUB_ORDERS, %r12
	cmpq	%r12, %rax
	jne	stub_die
	jmp	worker_fresh

/* The call before has just been madvise(MADV_POPULATE_WRITE) on the word's page, and only this thread can change maps. */
worker_cmpxchg:
	testq	%rax, %rax
	jnz	1f
	movq	STUB_CALL_ARGS(%r14), %rdi
	movq	STUB_CALL_ARGS+8(%r14), %rax
	movq	STUB_CALL_ARGS+16(%r14), %rdx
	lock cmpxchgl %edx, (%rdi)
	movl	%eax, %eax
1:	jmp	worker_result

worker_ack:
	movl	$NR_WRITE, %eax
	movq	STUB_ORDERS_ACK_FD(%r12), %rdi
	leaq	stub_one(%rip), %rsi
	movl	$8, %edx
	syscall
	jmp	worker_wait

/*
 * A guest thread: rsp is the top of its area. No memory that a guest can write is looked at before the filter is on. Then it parks
 * as if it had trapped: stub_park reads from the mailbox.
 */
stub_thread_start:
	movl	$NR_SECCOMP, %eax
	movl	$1, %edi		/* SECCOMP_SET_MODE_FILTER */
	movl	$4, %esi		/* SECCOMP_FILTER_FLAG_SPEC_ALLOW: the host's mitigations stay as they are */
	leaq	stub_filter_prog(%rip), %rdx
	syscall
	testq	%rax, %rax
	jnz	stub_die
	leaq	-STUB_THREAD_STRIDE(%rsp), %rdi
	andq	$-16, %rsp
	xorl	%ebp, %ebp
	call	stub_park
	movq	%rax, %rdi
/* stub_continue(frame): go on with this ucontext. */
stub_continue:
	movq	%rdi, %rsp
stub_restorer:
	movl	$NR_RT_SIGRETURN, %eax
	jmp	thread_syscall

/* uint64_t stub_thread_syscall(nr, a, b, c) */
stub_thread_syscall:
	movq	%rdi, %rax
	movq	%rsi, %rdi
	movq	%rdx, %rsi
	movq	%rcx, %rdx
	jmp	thread_syscall

stub_die:
	movl	$NR_EXIT_GROUP, %eax
	movl	$99, %edi
	syscall
	hlt

	.section .note.GNU-stack, "", @progbits

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The attacks that hostile_guest.c knows; test_engine_hostile.c starts it with one of them in rdi and an argument in rsi. */
#ifndef HOSTILE_H
#define HOSTILE_H

enum hostile_what {
	HOSTILE_JUMP_SYSCALL, /* to the n-th `syscall` in the stub's text, with own registers */
	HOSTILE_SIGRETURN_MASK, /* forged sigreturn: all signals blocked; then 0: a call, 1: a busy loop */
	HOSTILE_SIGRETURN_STACK, /* alternate stack in guest memory, then a call; argument: the wake fd found there */
	HOSTILE_FAKE_TRAP,	  /* own mailbox says "trapped" with this frame, then busy */
	HOSTILE_SCRIBBLE_AREAS,	  /* write all over the thread areas for ever */
	HOSTILE_SCRIBBLE_RESULTS, /* write the argument all over the results page for ever */
	HOSTILE_ALLOWED_CALL, /* call number n at the one allowed instruction, with descriptors not ours */
	HOSTILE_WRITE_ACK, /* acknowledge orders in the worker's place; argument: the descriptor */
	HOSTILE_WRITE_BUFFER, /* a write to the right descriptor of another value */
	HOSTILE_FLOOD,	      /* wake the kernel for ever */
	HOSTILE_STEAL,	      /* read the wakes of thread 0 for ever */
	HOSTILE_EXIT,	      /* end the host thread */
	HOSTILE_STORE,	      /* to this address */
	HOSTILE_AC_CALL,      /* a call with the alignment check on */
	HOSTILE_RANDOM_JUMP,  /* somewhere into the stub's text; argument: seed */
	HOSTILE_VSYSCALL,
	HOSTILE_STACK_POINTER, /* a call with this stack pointer */
	HOSTILE_CALLS,	       /* n ordinary calls, then a report */
};

#define HOSTILE_REPORT 4000 /* system call number: all went its way */

#endif

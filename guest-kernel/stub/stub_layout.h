/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things lie in a stub, and what the pages look like that it shares with the kernel. Used by C on both sides, by the stub's
 * assembly and by its linker script. All of it is in the part of the address space that no guest order may touch.
 */
#ifndef STUB_LAYOUT_H
#define STUB_LAYOUT_H

/* clang-format off */
#define STUB_REGION_END	    0x7ffffffff000	/* the host's TASK_SIZE */
#define STUB_THREADS	    0x7ffe40000000	/* thread areas, one each STUB_THREAD_STRIDE */
#define STUB_THREAD_STRIDE  0x10000
#define STUB_THREADS_MAX    16384
#define STUB_TEXT	    0x7fff00000000	/* the program: read and execute */
#define STUB_THREAD_SYSCALL (STUB_TEXT + 0x100)	/* the one system call instruction of guest threads */
#define STUB_THREAD_SYSCALL_END (STUB_TEXT + 0x102)
#define STUB_ONE	    (STUB_TEXT + 0x110)	/* a 64-bit 1, what eventfds are written with */
#define STUB_ORDERS	    0x7fff00100000	/* one page, read-only, written by the kernel */
#define STUB_RESULTS	    0x7fff00101000	/* one page, writable: what it says proves nothing */
#define STUB_VDSO	    0x7fff00300000	/* one page, read and execute */
#define STUB_VDSO_TABLE	    0x800		/* in it: addresses of the host's clock functions */
#define STUB_FAULT_STACK    0x7fff00200000	/* ptrace engine: where the host puts fault frames */
#define STUB_FAULT_STACK_LEN 0x10000

/* In a thread area: the mailbox, a frame that the kernel makes, the alternate signal stack. */
#define STUB_AREA_SIGNALS   0x600	/* in the mailbox' page: struct stub_signals */
#define STUB_AREA_FRAME	    0x1000
#define STUB_AREA_FP	    0x2000
#define STUB_AREA_STACK	    0x8000

/* Descriptors in a stub, beside those of engine.h. */
#define STUB_FD_PAGES_RO    0	/* the pages file, read-only */
#define STUB_FD_PAGES	    1
#define STUB_FD_SCRATCH	    2	/* always free: where a new descriptor appears */
#define STUB_FD_WAKE	    3	/* the kernel wakes the worker */
#define STUB_FD_ACK	    4	/* the worker acknowledges: 4 or 5, in turns from parent to child */
#define STUB_FD_BROKER	    6	/* in a broker: the descriptor to be taken */
#define STUB_FD_THREADS	    1024	/* + 2n: wakes thread n, + 2n + 1: wakes the kernel */

/* struct stub_call, as offsets for the assembly. */
#define STUB_CALL_NR	    0
#define STUB_CALL_ARGS	    8
#define STUB_CALL_EXPECT    56
#define STUB_CALL_FLAGS	    64
#define STUB_CALL_SIZE	    72
#define STUB_ORDERS_SEQ	    0
#define STUB_ORDERS_COUNT   8
#define STUB_ORDERS_ACK_FD  16
#define STUB_ORDERS_CALLS   32
#define STUB_CALLS_MAX	    56

#define STUB_CALL_CHECK	    1	/* end the stub if the result is not expect */
#define STUB_CALL_FORK	    2	/* the child carries out the next call, then starts with its own page */
#define STUB_CALL_THREAD    4	/* the child is a guest thread */
#define STUB_CALL_CMPXCHG   8	/* not a call: compare and exchange if the call before it returned 0 */

/* Mailbox states. */
#define STUB_PARKED	    0	/* never ran, or the kernel has nothing for it */
#define STUB_RUN	    1	/* by the kernel: go on */
#define STUB_TRAPPED	    2	/* by the thread */
#define STUB_EXIT	    3	/* by the kernel: end this thread */
/* clang-format on */

#endif

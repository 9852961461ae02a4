/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the stub and its kernel side exchange, and the few facts about the host's own binary interface that they need:
 * system call numbers, flags and signal frames of Linux on x86-64.
 */
#ifndef STUB_ABI_H
#define STUB_ABI_H

#include "lib/types.h"
#include "stub/stub_layout.h"

enum stub_nr {
	STUB_NR_READ = 0,
	STUB_NR_WRITE = 1,
	STUB_NR_CLOSE = 3,
	STUB_NR_MMAP = 9,
	STUB_NR_MPROTECT = 10,
	STUB_NR_MUNMAP = 11,
	STUB_NR_RT_SIGACTION = 13,
	STUB_NR_RT_SIGRETURN = 15,
	STUB_NR_MREMAP = 25,
	STUB_NR_MSYNC = 26,
	STUB_NR_MADVISE = 28,
	STUB_NR_CLONE = 56,
	STUB_NR_EXIT = 60,
	STUB_NR_GETPPID = 110,
	STUB_NR_SIGALTSTACK = 131,
	STUB_NR_MLOCK = 149,
	STUB_NR_MUNLOCK = 150,
	STUB_NR_PRCTL = 157,
	STUB_NR_EXIT_GROUP = 231,
	STUB_NR_EVENTFD2 = 290,
	STUB_NR_DUP3 = 292,
	STUB_NR_SECCOMP = 317,
	STUB_NR_PIDFD_OPEN = 434,
	STUB_NR_CLOSE_RANGE = 436,
	STUB_NR_PIDFD_GETFD = 438,
};

enum stub_prot { STUB_PROT_READ = 1, STUB_PROT_WRITE = 2, STUB_PROT_EXEC = 4 };

enum stub_map {
	STUB_MAP_SHARED = 1,
	STUB_MAP_PRIVATE = 2,
	STUB_MAP_FIXED = 0x10,
	STUB_MAP_ANONYMOUS = 0x20,
	STUB_MAP_LOCKED = 0x2000,
	STUB_MAP_NORESERVE = 0x4000,
	STUB_MAP_POPULATE = 0x8000,
};

enum stub_clone {
	STUB_CLONE_VM = 0x100,
	STUB_CLONE_FS = 0x200,
	STUB_CLONE_FILES = 0x400,
	STUB_CLONE_SIGHAND = 0x800,
	STUB_CLONE_PIDFD = 0x1000,
	STUB_CLONE_PARENT = 0x8000,
	STUB_CLONE_THREAD = 0x10000,
	STUB_CLONE_SYSVSEM = 0x40000,
};
#define STUB_CLONE_GUEST_THREAD                                                  \
	(STUB_CLONE_VM | STUB_CLONE_FS | STUB_CLONE_FILES | STUB_CLONE_SIGHAND | \
	 STUB_CLONE_THREAD | STUB_CLONE_SYSVSEM)

enum stub_signal {
	STUB_SIGILL = 4,
	STUB_SIGTRAP = 5,
	STUB_SIGBUS = 7,
	STUB_SIGFPE = 8,
	STUB_SIGKILL = 9,
	STUB_SIGSEGV = 11,
	STUB_SIGALRM = 14, /* asks a guest thread to trap */
	STUB_SIGCHLD = 17,
	STUB_SIGSTOP = 19,
	STUB_SIGSYS = 31,
};
#define STUB_SI_KERNEL	 0x80
#define STUB_SYS_SECCOMP 1 /* si_code of SIGSYS */
#define STUB_ARCH_X86_64 0xc000003eu
#define STUB_TRAP_PF	 14
#define STUB_EFLAGS_TF	 0x100ull
#define STUB_USER_CS	 0x33
#define STUB_USER_CS32	 0x23
#define STUB_USER_DS	 0x2b

/* A host call in a list of them. */
struct stub_call {
	uint64_t nr;
	uint64_t args[6];
	uint64_t expect;
	uint64_t flags;
};

/* The orders page. The worker starts on a list when seq differs from the one it did last. */
struct stub_orders {
	uint64_t seq;
	uint64_t count;
	uint64_t ack_fd;
	uint64_t pad;
	struct stub_call calls[STUB_CALLS_MAX];
};

/* The first bytes of a thread area. state, and nothing else, is looked at while both sides run. */
struct stub_mailbox {
	uint32_t state;
	uint32_t stub_sleeps;	/* the thread is in read, or about to be: wake it */
	uint32_t kernel_sleeps; /* likewise */
	uint32_t bases_changed; /* by the kernel: load fs_base and gs_base */
	uint32_t wake_fd, kernel_fd;
	uint64_t fs_base, gs_base;
	uint64_t frame; /* address of the ucontext to go on with */
	int32_t signo, code;
	uint64_t addr;
	uint32_t arch;
	uint32_t
		spin; /* by the kernel: how often to look for an answer before sleeping; it may change its mind meanwhile */
	uint32_t signals, pad; /* by the kernel: struct stub_signals is lent */
};

/* sigaction as the system call takes it. */
struct stub_sigaction {
	uint64_t handler, flags, restorer, mask;
};
#define STUB_SA_SIGINFO	 0x4ull
#define STUB_SA_ONSTACK	 0x08000000ull
#define STUB_SA_RESTORER 0x04000000ull
#define STUB_SA_NODEFER	 0x40000000ull

/* Signal actions that are lent to a thread: its handler answers rt_sigaction from them, and keeps what is set until the next real trap. */
struct stub_signals {
	uint64_t changed; /* bit n - 1: action n, once for each loan */
	struct stub_sigaction actions[64];
};

struct stub_stack {
	uint64_t sp;
	uint32_t flags, pad;
	uint64_t size;
};

/* struct ucontext of a signal frame. */
struct stub_ucontext {
	uint64_t flags, link;
	struct stub_stack stack;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
	uint16_t cs, gs, fs, ss;
	uint64_t error, trapno, oldmask, cr2;
	uint64_t fpstate, reserved[8];
	uint64_t sigmask;
};
#define STUB_UC_XSTATE	  1
#define STUB_UC_SS	  2
#define STUB_UC_STRICT_SS 4

/* In front of struct stub_ucontext in a frame: the handler's return address. */
#define STUB_FRAME_RET 8

/* The software's part of an XSAVE area in a frame (bytes 464 to 511), and the mark behind the area. */
struct stub_xstate_sw {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t xstate_size, pad[7];
};
#define STUB_XSTATE_SW_OFFSET 464
#define STUB_XSTATE_MAGIC1    0x46505853u
#define STUB_XSTATE_MAGIC2    0x46505845u

/* At the start of the stub's text: what the kernel must know of it. Addresses are those in the stub. */
struct stub_header {
	uint64_t magic;
	uint64_t text_end;
	uint64_t inject_syscall, inject_cmpxchg; /* ptrace: the instruction, then int3 */
	uint64_t fault_action;			 /* ptrace: struct stub_sigaction for faults */
	uint64_t fault_stack;			 /* ptrace: struct stub_stack */
	uint64_t trap_action;			 /* seccomp: struct stub_sigaction for all traps */
	uint64_t filter_prog;			 /* seccomp: struct sock_fprog of guest threads */
};
#define STUB_MAGIC 0x6275747365646f6dull

extern const unsigned char stub_image[];
extern const uint64_t stub_image_len;
extern const unsigned char stub_vdso[];
extern const uint64_t stub_vdso_len;

/* Offset of the header in the image: the linker script puts the text on the second page. */
#define STUB_IMAGE_HEADER 0x1000

_Static_assert(offsetof(struct stub_call, expect) == STUB_CALL_EXPECT, "the assembly knows it");
_Static_assert(offsetof(struct stub_call, flags) == STUB_CALL_FLAGS, "the assembly knows it");
_Static_assert(sizeof(struct stub_call) == STUB_CALL_SIZE, "the assembly knows it");
_Static_assert(offsetof(struct stub_orders, ack_fd) == STUB_ORDERS_ACK_FD, "the assembly knows it");
_Static_assert(offsetof(struct stub_orders, calls) == STUB_ORDERS_CALLS, "the assembly knows it");
_Static_assert(sizeof(struct stub_orders) <= PAGE_SIZE, "orders fit into a page");
_Static_assert(sizeof(struct stub_mailbox) <= STUB_AREA_SIGNALS, "the actions lie behind it");
_Static_assert(STUB_AREA_SIGNALS + sizeof(struct stub_signals) <= STUB_AREA_FRAME,
	       "the frame lies behind them");

#endif

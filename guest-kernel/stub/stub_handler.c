// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What guest threads run on a trap: tell the kernel, wait for its answer, go back. Freestanding: no data, no vectors, no
 * fs and gs, no unaligned access (the guest may have set AC). Whatever is read here can have been forged by another thread of the
 * guest; nothing here has more rights than the guest, so it can only hurt itself.
 */
#include "stub/stub_abi.h"

uint64_t stub_thread_syscall(uint64_t nr, uint64_t a, uint64_t b, uint64_t c);
/*
 * May an action be read or written here? On the page that the stack pointer points into, where the call has just put its return address: it is there. A guest
 * whose stack pointer lies faults in a handler that blocks all signals, and ends.
 */
static inline bool on_stack_page(uint64_t at, uint64_t sp)
{
	uint64_t last = at + sizeof(struct stub_sigaction) - 1;

	return (at ^ sp) < PAGE_SIZE && (last ^ sp) < PAGE_SIZE && (at & 7) == 0;
}

static inline void action_copy(struct stub_sigaction *to, const struct stub_sigaction *from)
{
	to->handler = from->handler;
	to->flags = from->flags;
	to->restorer = from->restorer;
	to->mask = from->mask;
}

/* rt_sigaction of a thread that has its actions with it. False: the kernel has to answer. */
static bool answer_sigaction(const struct stub_mailbox *m, struct stub_ucontext *uc)
{
	struct stub_signals *s = (void *)((uint64_t)m + STUB_AREA_SIGNALS);
	uint64_t signo = uc->rdi, set = uc->rsi, old = uc->rdx, bit;
	struct stub_sigaction new = { 0 };

	if (uc->rax != STUB_NR_RT_SIGACTION || uc->r10 != 8 || uc->cs != STUB_USER_CS)
		return false;
	if (signo < 1 || signo > ARRAY_SIZE(s->actions) || signo == STUB_SIGKILL ||
	    signo == STUB_SIGSTOP)
		return false;
	bit = 1ull << (signo - 1);
	if ((s->changed & bit) || (set && !on_stack_page(set, uc->rsp)) ||
	    (old && !on_stack_page(old, uc->rsp)))
		return false;
	if (set)
		action_copy(&new, (const struct stub_sigaction *)set);
	if (old)
		action_copy((struct stub_sigaction *)old, &s->actions[signo - 1]);
	if (set) {
		action_copy(&s->actions[signo - 1], &new);
		s->changed |= bit;
	}
	uc->rax = 0;
	return true;
}

void stub_handler(int signo, const void *siginfo, struct stub_ucontext *uc);
uint64_t stub_park(struct stub_mailbox *m);
noreturn void stub_continue(uint64_t frame);
extern const char stub_restorer[], stub_fault_handler[];

/* The parts of the host's siginfo that matter. */
struct siginfo_head {
	int32_t signo, err, code, pad;
	uint64_t addr; /* SIGSYS: the call's address */
	int32_t syscall;
	uint32_t arch;
};

static inline uint64_t base_read_fs(void)
{
	uint64_t v;

	__asm__ volatile("rdfsbase %0" : "=r"(v));
	return v;
}

static inline uint64_t base_read_gs(void)
{
	uint64_t v;

	__asm__ volatile("rdgsbase %0" : "=r"(v));
	return v;
}

static inline uint32_t state_get(const struct stub_mailbox *m)
{
	return __atomic_load_n(&m->state, __ATOMIC_ACQUIRE);
}

/* Has the kernel answered? Looks for a while if it asked for that, sleeps otherwise. */
static void answer_wait(struct stub_mailbox *m)
{
	uint64_t dummy;

	for (uint32_t i = 0; i < __atomic_load_n(&m->spin, __ATOMIC_RELAXED); i++) {
		if (state_get(m) & 1)
			return;
		__builtin_ia32_pause();
	}
	/* Say "asleep", then look: the kernel answers, then looks. One of both sees the other. */
	__atomic_exchange_n(&m->stub_sleeps, 1, __ATOMIC_SEQ_CST);
	while (!(state_get(m) & 1))
		stub_thread_syscall(STUB_NR_READ, m->wake_fd, (uint64_t)&dummy, 8);
	__atomic_store_n(&m->stub_sleeps, 0, __ATOMIC_RELAXED);
}

/* Wait for RUN (or EXIT; both are odd) and load what the kernel changed. Returns the frame to go on with. */
uint64_t stub_park(struct stub_mailbox *m)
{
	answer_wait(m);
	if (state_get(m) == STUB_EXIT)
		stub_thread_syscall(STUB_NR_EXIT, 0, 0, 0);
	if (m->bases_changed) {
		m->bases_changed = 0;
		__asm__ volatile("wrfsbase %0" : : "r"(m->fs_base));
		__asm__ volatile("wrgsbase %0" : : "r"(m->gs_base));
	}
	return m->frame;
}

void stub_handler(int signo, const void *siginfo, struct stub_ucontext *uc)
{
	const struct siginfo_head *info = siginfo;
	struct stub_mailbox *m = (void *)((uint64_t)uc & ~(uint64_t)(STUB_THREAD_STRIDE - 1));

	if (m->signals && signo == STUB_SIGSYS && info->code == STUB_SYS_SECCOMP &&
	    info->arch == STUB_ARCH_X86_64 && answer_sigaction(m, uc))
		stub_continue((uint64_t)uc);
	m->fs_base = base_read_fs();
	m->gs_base = base_read_gs();
	m->frame = (uint64_t)uc;
	m->signo = signo;
	m->code = info->code;
	m->addr = info->addr;
	m->arch = info->arch;
	/* Publish, then look whether the kernel sleeps; the kernel does it the other way round. */
	__atomic_exchange_n(&m->state, STUB_TRAPPED, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(&m->kernel_sleeps, __ATOMIC_SEQ_CST))
		stub_thread_syscall(STUB_NR_WRITE, m->kernel_fd, STUB_ONE, 8);
	stub_continue(stub_park(m));
}

/* All traps block all signals: a handler is never interrupted, and the kernel sees whole mailboxes. */
const struct stub_sigaction stub_trap_action = {
	.handler = (uint64_t)stub_handler,
	.flags = STUB_SA_SIGINFO | STUB_SA_ONSTACK | STUB_SA_RESTORER,
	.restorer = (uint64_t)stub_restorer,
	.mask = ~0ull,
};

/* The ptrace engine wants the frame that the host builds, and puts registers back itself: the signal mask must not change. */
const struct stub_sigaction stub_fault_action = {
	.handler = (uint64_t)stub_fault_handler,
	.flags = STUB_SA_SIGINFO | STUB_SA_ONSTACK | STUB_SA_RESTORER | STUB_SA_NODEFER,
	.restorer = (uint64_t)stub_restorer,
};

const struct stub_stack stub_fault_stack = {
	.sp = STUB_FAULT_STACK,
	.size = STUB_FAULT_STACK_LEN,
};

/*
 * The filter of guest threads. Everything traps but four calls from one instruction: rt_sigreturn and exit, which concern the
 * thread alone; read from and write to the eventfds of guest threads (numbers from STUB_FD_THREADS on), and a write adds
 * exactly 1, for its buffer must be the constant in the text: a full counter would block those who write to it.
 * The instruction pointer is tested first, so the host finds at once that no call is always allowed.
 */
struct filter_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

#define LOAD(off)                 \
	{                         \
		0x20, 0, 0, (off) \
	}
#define JEQ(value, t, f)                          \
	{                                         \
		0x15, (t), (f), (uint32_t)(value) \
	}
#define JGE(value, t, f)                          \
	{                                         \
		0x35, (t), (f), (uint32_t)(value) \
	}
#define RETURN(value)               \
	{                           \
		0x06, 0, 0, (value) \
	}
#define FILTER_ALLOW 0x7fff0000u
#define FILTER_TRAP  0x00030000u
#define DATA_NR	     0
#define DATA_ARCH    4
#define DATA_IP	     8
#define DATA_ARG(n)  (16 + 8 * (n))

static const struct filter_insn filter[] = {
	/*  0 */ LOAD(DATA_IP),
	/*  1 */ JEQ(STUB_THREAD_SYSCALL_END & 0xffffffff, 0, 15),
	/*  2 */ LOAD(DATA_IP + 4),
	/*  3 */ JEQ(STUB_THREAD_SYSCALL_END >> 32, 0, 13),
	/*  4 */ LOAD(DATA_ARCH),
	/*  5 */ JEQ(STUB_ARCH_X86_64, 0, 11),
	/*  6 */ LOAD(DATA_NR),
	/*  7 */ JEQ(STUB_NR_RT_SIGRETURN, 10, 0),
	/*  8 */ JEQ(STUB_NR_EXIT, 9, 0),
	/*  9 */ JEQ(STUB_NR_READ, 5, 0),
	/* 10 */ JEQ(STUB_NR_WRITE, 0, 6),
	/* 11 */ LOAD(DATA_ARG(1)),
	/* 12 */ JEQ(STUB_ONE & 0xffffffff, 0, 4),
	/* 13 */ LOAD(DATA_ARG(1) + 4),
	/* 14 */ JEQ(STUB_ONE >> 32, 0, 2),
	/* 15 */ LOAD(DATA_ARG(0)),
	/* 16 */ JGE(STUB_FD_THREADS, 1, 0),
	/* 17 */ RETURN(FILTER_TRAP),
	/* 18 */ RETURN(FILTER_ALLOW),
};

const struct {
	uint16_t len;
	const struct filter_insn *insns;
} stub_filter_prog = { ARRAY_SIZE(filter), filter };

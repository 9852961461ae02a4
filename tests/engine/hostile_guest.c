// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A guest program that attacks its stub, one attack for each row of the engine's attack review. Freestanding: it starts in
 * hostile_start with the attack in rdi and an argument in rsi, and knows the stub's layout as an attacker would.
 */
#include "stub/stub_abi.h"
#include "tests/engine/hostile.h"

void hostile_start(long what, uint64_t arg);

static uint64_t rng;

static uint64_t random_next(void)
{
	rng = rng * 6364136223846793005ull + 1442695040888963407ull;
	return rng >> 33;
}

static long guest_call(long nr, uint64_t a)
{
	long r;

	__asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a) : "rcx", "r11", "memory");
	return r;
}

/* A call through the instruction that the filter allows. */
static long stub_call(uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
	long r;

	__asm__ volatile("call *%[at]"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), [at] "r"(STUB_THREAD_SYSCALL)
			 : "rcx", "r11", "memory");
	return r;
}

static void busy(void)
{
	for (;;)
		__asm__ volatile("pause");
}

static void report(uint64_t value)
{
	(void)guest_call(HOSTILE_REPORT, value);
	busy();
}

static void jump_syscall(uint64_t n)
{
	const unsigned char *text = (const void *)STUB_TEXT;
	uint64_t at = 0;

	for (uint64_t i = 0x100; i < 0xfff; i++)
		if (text[i] == 0x0f && text[i + 1] == 0x05 && n-- == 0) {
			at = STUB_TEXT + i;
			break;
		}
	if (at == 0)
		report(0);
	/* kill(getppid's pid, 0) would be visible to others: mmap a page where none may be. */
	__asm__ volatile("mov %[at], %%rbx\n\tmov $1, %%r13d\n\tmov $9, %%eax\n\t"
			 "mov $0x7fff70000000, %%rdi\n\tmov $4096, %%esi\n\tmov $7, %%edx\n\t"
			 "mov $0x32, %%r10d\n\tmov $-1, %%r8\n\txor %%r9d, %%r9d\n\tjmp *%%rbx"
			 :
			 : [at] "r"(at)
			 : "memory");
}

static struct stub_ucontext forged;
static char fake_area[2 * STUB_THREAD_STRIDE] __attribute__((aligned(65536)));

static void after_call(void)
{
	(void)guest_call(39, 0);
	report(1);
}

static void sigreturn_forged(void (*to)(void), uint64_t mask, uint64_t stack, uint64_t stack_len)
{
	static char guest_stack[8192] __attribute__((aligned(16)));

	forged.flags = STUB_UC_XSTATE | STUB_UC_SS | STUB_UC_STRICT_SS;
	forged.stack.sp = stack;
	forged.stack.size = stack_len;
	forged.stack.flags = stack ? 0 : 2; /* SS_DISABLE */
	forged.rip = (uint64_t)to;
	forged.rsp = (uint64_t)guest_stack + sizeof(guest_stack) - 8;
	forged.cs = STUB_USER_CS;
	forged.ss = STUB_USER_DS;
	forged.eflags = 0x202;
	forged.sigmask = mask;
	__asm__ volatile("mov %[uc], %%rsp\n\tmov $15, %%eax\n\tjmp *%[at]"
			 :
			 : [uc] "r"(&forged), [at] "r"(STUB_THREAD_SYSCALL)
			 : "memory");
}

static void sigreturn_stack(uint64_t wake_fd)
{
	struct stub_mailbox *m = (void *)fake_area;

	m->wake_fd = (uint32_t)wake_fd;
	m->kernel_sleeps = 0;
	sigreturn_forged(after_call, 0, (uint64_t)fake_area + STUB_AREA_STACK,
			 STUB_THREAD_STRIDE - STUB_AREA_STACK);
}

static void fake_trap(uint64_t frame)
{
	struct stub_mailbox *m = (void *)STUB_THREADS;

	m->frame = frame;
	m->signo = (int32_t)(frame % 64);
	m->code = 1;
	__atomic_store_n(&m->state, STUB_TRAPPED, __ATOMIC_SEQ_CST);
	(void)stub_call(STUB_NR_WRITE, STUB_FD_THREADS + 1, STUB_ONE, 8);
	busy();
}

static void scribble_areas(uint64_t seed)
{
	rng = seed;
	for (;;) {
		uint64_t at = random_next() % (2 * STUB_THREAD_STRIDE / 8);
		uint64_t value = random_next() % 3 ? random_next() << 31 ^ random_next()
						   : STUB_THREADS + random_next() % 0x20000;

		/* The mailbox and the frame of thread 0 more often than the rest. */
		if (random_next() % 2)
			at = random_next() % 32;
		((volatile uint64_t *)STUB_THREADS)[at] = value;
	}
}

static void scribble_results(uint64_t value)
{
	for (;;)
		for (unsigned int i = 0; i < 512; i++)
			((volatile uint64_t *)STUB_RESULTS)[i] = value;
}

static void allowed_call(uint64_t nr)
{
	(void)stub_call(nr, 100, 0x10000, 4096);
	report(1);
}

static void ac_call(void)
{
	__asm__ volatile("pushf\n\torl $0x40000, (%%rsp)\n\tpopf\n\tmov $39, %%eax\n\tsyscall\n\t"
			 "pushf\n\tandl $~0x40000, (%%rsp)\n\tpopf"
			 :
			 :
			 : "rax", "rcx", "r11", "memory");
	report(1);
}

static void random_jump(uint64_t seed)
{
	rng = seed;
	(void)random_next();
	uint64_t to = STUB_TEXT + random_next() % 0xa00;
	uint64_t a = random_next(), b = STUB_THREADS + random_next() % 0x20000, c = random_next();

	__asm__ volatile("mov %[a], %%rax\n\tmov %[b], %%rdi\n\tmov %[c], %%rsi\n\t"
			 "mov %[b], %%r12\n\tmov %[b], %%r14\n\tmov %[a], %%r15\n\tjmp *%[to]"
			 :
			 : [to] "r"(to), [a] "r"(a), [b] "r"(b), [c] "r"(c)
			 : "rax", "rdi", "rsi", "r12", "r14", "r15", "memory");
}

static void vsyscall(void)
{
	long r;

	__asm__ volatile("call *%[at]"
			 : "=a"(r)
			 : [at] "r"(0xffffffffff600400ull), "D"(0) /* time(NULL) */
			 : "rcx", "r11", "memory");
	report(1);
}

static void stack_pointer(uint64_t rsp)
{
	__asm__ volatile("mov %[sp], %%rsp\n\tmov $39, %%eax\n\tsyscall\n\tmov %[nr], %%eax\n\t"
			 "syscall\n1: jmp 1b"
			 :
			 : [sp] "r"(rsp), [nr] "i"(HOSTILE_REPORT)
			 : "rax", "rcx", "r11", "memory");
}

static void forever(uint64_t nr, uint64_t fd, uint64_t buf)
{
	uint64_t word;

	for (;;)
		(void)stub_call(nr, fd, buf ? buf : (uint64_t)&word, 8);
}

static void calls(uint64_t n)
{
	while (n-- > 0)
		(void)guest_call(39, n);
	report(1);
}

__attribute__((force_align_arg_pointer)) void hostile_start(long what, uint64_t arg)
{
	uint64_t two = 2;

	switch ((enum hostile_what)what) {
	case HOSTILE_JUMP_SYSCALL:
		jump_syscall(arg);
		break;
	case HOSTILE_SIGRETURN_MASK:
		sigreturn_forged(arg ? busy : after_call, ~0ull, 0, 0);
		break;
	case HOSTILE_SIGRETURN_STACK:
		sigreturn_stack(arg);
		break;
	case HOSTILE_FAKE_TRAP:
		fake_trap(arg);
		break;
	case HOSTILE_SCRIBBLE_AREAS:
		scribble_areas(arg);
		break;
	case HOSTILE_SCRIBBLE_RESULTS:
		scribble_results(arg);
		break;
	case HOSTILE_ALLOWED_CALL:
		allowed_call(arg);
		break;
	case HOSTILE_WRITE_ACK:
		(void)stub_call(STUB_NR_WRITE, arg, STUB_ONE, 8);
		break;
	case HOSTILE_WRITE_BUFFER:
		(void)stub_call(STUB_NR_WRITE, STUB_FD_THREADS + 1, (uint64_t)&two, 8);
		break;
	case HOSTILE_FLOOD:
		forever(STUB_NR_WRITE, STUB_FD_THREADS + 1, STUB_ONE);
		break;
	case HOSTILE_STEAL:
		forever(STUB_NR_READ, STUB_FD_THREADS, 0);
		break;
	case HOSTILE_EXIT:
		(void)stub_call(STUB_NR_EXIT, 0, 0, 0);
		break;
	case HOSTILE_STORE:
		*(volatile uint64_t *)arg = 1;
		break;
	case HOSTILE_AC_CALL:
		ac_call();
		break;
	case HOSTILE_RANDOM_JUMP:
		random_jump(arg);
		break;
	case HOSTILE_VSYSCALL:
		vsyscall();
		break;
	case HOSTILE_STACK_POINTER:
		stack_pointer(arg);
		break;
	case HOSTILE_CALLS:
		calls(arg);
		break;
	}
	report(1);
}

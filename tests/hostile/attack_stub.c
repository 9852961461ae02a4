// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attacks on the stub by one who knows it: its text, its shared pages, the mailboxes, the calls that the filter lets through. On the ptrace
 * engine most of these pages do not exist, and the attacks end with a fault.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attack.h"
#include "stub/stub_abi.h"

/* A call through the one instruction that the filter knows. */
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

/* --- text --------------------------------------------------------------------------------------- */

/* To the n-th `syscall` in the stub's text: a writable and executable page where none may be. */
static void jump_to(uint64_t at)
{
	__asm__ volatile("mov %[at], %%rbx\n\tmov $1, %%r13d\n\tmov $9, %%eax\n\t"
			 "mov $0x7fff70000000, %%rdi\n\tmov $4096, %%esi\n\tmov $7, %%edx\n\t"
			 "mov $0x32, %%r10d\n\tmov $-1, %%r8\n\txor %%r9d, %%r9d\n\tjmp *%%rbx"
			 :
			 : [at] "r"(at)
			 : "memory");
}

static void jump_syscalls(void)
{
	const unsigned char *text = (const void *)STUB_TEXT;

	for (uint64_t i = 0x40; i < 0xfff; i++)
		if (text[i] == 0x0f && text[i + 1] == 0x05)
			in_child(jump_to, STUB_TEXT + i, 300);
}

/* With the registers that the worker would have: r12 at a page of forged orders. */
static struct stub_orders forged_orders;

static void jump_worker(uint64_t at)
{
	memset(&forged_orders, 0, sizeof(forged_orders));
	forged_orders.seq = 7;
	forged_orders.count = 1;
	forged_orders.ack_fd = STUB_FD_ACK;
	forged_orders.calls[0] =
		(struct stub_call){ .nr = STUB_NR_MUNMAP, .args = { STUB_TEXT, 4096 } };
	__asm__ volatile("mov %[at], %%rcx\n\tmov %[orders], %%r12\n\tlea 32(%%r12), %%r14\n\t"
			 "mov $1, %%r15d\n\tmov %[results], %%rbx\n\tmov $6, %%r13d\n\t"
			 "xor %%ebp, %%ebp\n\tjmp *%%rcx"
			 :
			 : [at] "r"(at), [orders] "r"(&forged_orders), [results] "r"(STUB_RESULTS)
			 : "memory");
}

static void jump_everywhere(void)
{
	const uint64_t text_end = ((const struct stub_header *)STUB_TEXT)->text_end;

	for (uint64_t at = STUB_TEXT + 0x100; at < text_end; at++)
		if (at % 2 == 0 || random_next() % 4 == 0)
			in_child(jump_worker, at, 60);
}

static void jump_random(uint64_t seed)
{
	uint64_t to, a, b, c;

	random_seed(seed);
	to = STUB_TEXT + random_next() % 0xa00;
	a = random_next();
	b = STUB_THREADS + random_next() % 0x20000;
	c = random_next();
	__asm__ volatile("mov %[a], %%rax\n\tmov %[b], %%rdi\n\tmov %[c], %%rsi\n\t"
			 "mov %[b], %%r12\n\tmov %[b], %%r14\n\tmov %[a], %%r15\n\tjmp *%[to]"
			 :
			 : [to] "r"(to), [a] "r"(a), [b] "r"(b), [c] "r"(c)
			 : "rax", "rdi", "rsi", "r12", "r14", "r15", "memory");
}

static void jumps_random(void)
{
	for (uint64_t seed = 1; seed < 60; seed++)
		in_child(jump_random, seed, 60);
}

/* --- the calls that are let through --------------------------------------------------------------- */

static void allowed_call(uint64_t nr)
{
	char buf[64] = "hello, host\n";
	long r = stub_call(nr, 1, (uint64_t)buf, sizeof(buf));

	if (r > 0)
		breach("host call %lu on descriptor 1 returned %ld", (unsigned long)nr, r);
}

static void allowed_fd(uint64_t fd)
{
	long r = stub_call(STUB_NR_WRITE, fd, STUB_ONE, 8);

	if (r > 0 && fd < STUB_FD_THREADS)
		breach("a write to host descriptor %lu went through", (unsigned long)fd);
}

static void allowed_calls(void)
{
	static const uint64_t numbers[] = { 0,	 1,   2,   3,	9,   10,  11,  16,
					    17,	 18,  20,  39,	41,  56,  57,  58,
					    59,	 60,  62,  101, 157, 186, 231, 234,
					    257, 310, 317, 322, 425, 435, 438, 0x40000001 };

	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		in_child(allowed_call, numbers[i], 100);
	for (uint64_t fd = 0; fd < 130; fd++)
		in_child(allowed_fd, fd, 40);
	in_child(allowed_fd, STUB_FD_THREADS + 2, 100);
	in_child(allowed_fd, 0xffffffff, 100);
	in_child(allowed_fd, (1ull << 32) | STUB_FD_ACK, 100);
}

static void flood(void)
{
	for (;;)
		(void)stub_call(STUB_NR_WRITE, STUB_FD_THREADS + 1, STUB_ONE, 8);
}

static void steal(void)
{
	uint64_t word;

	for (;;)
		(void)stub_call(STUB_NR_READ, STUB_FD_THREADS, (uint64_t)&word, 8);
}

static void *steal_thread(void *arg)
{
	(void)arg;
	steal();
	return NULL;
}

/* A sibling eats the wakes of a thread that makes calls. */
static void steal_from_sibling(void)
{
	in_thread(steal_thread, NULL);
	for (;;)
		(void)syscall(SYS_getppid);
}

static void exit_host_thread(void)
{
	(void)stub_call(STUB_NR_EXIT, 0, 0, 0);
}

static void *exit_thread(void *arg)
{
	(void)arg;
	exit_host_thread();
	return NULL;
}

static void exit_siblings(void)
{
	for (int i = 0; i < 20; i++)
		in_thread(exit_thread, NULL);
	usleep(200000);
}

/* --- forged signal frames ------------------------------------------------------------------------- */

static struct stub_ucontext forged;
static char fake_area[2 * STUB_THREAD_STRIDE] __attribute__((aligned(65536)));
static char forged_stack[8192] __attribute__((aligned(16)));

static void after_call(void)
{
	(void)syscall(SYS_getppid);
	_exit(0);
}

static void sigreturn_forged(void (*to)(void), uint64_t mask, uint64_t stack, uint64_t stack_len)
{
	forged.flags = STUB_UC_XSTATE | STUB_UC_SS | STUB_UC_STRICT_SS;
	forged.stack.sp = stack;
	forged.stack.size = stack_len;
	forged.stack.flags = stack ? 0 : 2; /* SS_DISABLE */
	forged.rip = (uint64_t)to;
	forged.rsp = (uint64_t)forged_stack + sizeof(forged_stack) - 8;
	forged.cs = STUB_USER_CS;
	forged.ss = STUB_USER_DS;
	forged.eflags = 0x202;
	forged.sigmask = mask;
	__asm__ volatile("mov %[uc], %%rsp\n\tmov $15, %%eax\n\tjmp *%[at]"
			 :
			 : [uc] "r"(&forged), [at] "r"(STUB_THREAD_SYSCALL)
			 : "memory");
}

static void masked_call(uint64_t unused)
{
	(void)unused;
	sigreturn_forged(after_call, ~0ull, 0, 0);
}

/* Deaf to the host's signals, and busy for ever: only a kill ends it. */
static void masked_busy(void)
{
	in_child(masked_call, 0, 500);
	sigreturn_forged(busy, ~0ull, 0, 0);
}

static void own_signal_stack(uint64_t wake_fd)
{
	struct stub_mailbox *m = (void *)fake_area;

	m->wake_fd = (uint32_t)wake_fd;
	m->kernel_sleeps = 0;
	sigreturn_forged(after_call, 0, (uint64_t)fake_area + STUB_AREA_STACK,
			 STUB_THREAD_STRIDE - STUB_AREA_STACK);
}

static void own_signal_stacks(void)
{
	static const uint64_t fds[] = { 0, 1, 3, 4, 100, STUB_FD_THREADS, STUB_FD_THREADS + 2 };

	for (unsigned int i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		in_child(own_signal_stack, fds[i], 300);
}

/* --- forged pages --------------------------------------------------------------------------------- */

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

static void fake_traps(void)
{
	static const uint64_t frames[] = { 0,
					   STUB_THREADS,
					   STUB_THREADS + 0x1000,
					   STUB_THREADS + 0x1001,
					   STUB_THREADS + STUB_THREAD_STRIDE - 8,
					   STUB_THREADS + STUB_THREAD_STRIDE,
					   STUB_THREADS - 8,
					   STUB_ORDERS,
					   STUB_TEXT,
					   0xffffffffff600000,
					   ~0ull };

	for (unsigned int i = 0; i < sizeof(frames) / sizeof(frames[0]); i++)
		in_child(fake_trap, frames[i], 200);
}

static void *scribble_areas(void *arg)
{
	(void)arg;
	for (;;) {
		uint64_t at = random_next() % (2 * STUB_THREAD_STRIDE / 8);
		uint64_t value = random_next() % 3 ? random_next() << 31 ^ random_next()
						   : STUB_THREADS + random_next() % 0x20000;

		if (random_next() % 2)
			at = random_next() % 32;
		((volatile uint64_t *)STUB_THREADS)[at] = value;
	}
	return NULL;
}

static void calls_for_ever(void)
{
	for (;;) {
		void *p = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (p != MAP_FAILED)
			munmap(p, 65536);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		(void)syscall(SYS_getppid);
	}
}

static void scribble_areas_and_call(uint64_t seed)
{
	random_seed(seed);
	in_thread(scribble_areas, NULL);
	calls_for_ever();
}

static void scribble_mailboxes(void)
{
	for (uint64_t seed = 1; seed < 12; seed++)
		in_child(scribble_areas_and_call, seed, 300);
}

static uint64_t result_value;

static void *scribble_results(void *arg)
{
	(void)arg;
	for (;;)
		for (unsigned int i = 0; i < 512; i++)
			((volatile uint64_t *)STUB_RESULTS)[i] = result_value;
	return NULL;
}

static void scribble_results_and_call(uint64_t value)
{
	result_value = value;
	in_thread(scribble_results, NULL);
	calls_for_ever();
}

static void forged_results(void)
{
	static const uint64_t values[] = { 0, 1, 2, 3, ~0ull, (uint64_t)-12, 1000, STUB_TEXT };

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		in_child(scribble_results_and_call, values[i], 400);
}

/* The state of a thread and its registers change while the kernel reads them. */
static void *flip_state(void *arg)
{
	volatile struct stub_mailbox *m = (void *)STUB_THREADS;

	(void)arg;
	for (;;) {
		m->state = STUB_TRAPPED;
		m->frame = STUB_THREADS + STUB_AREA_STACK + random_next() % 0x7000;
		m->state = STUB_RUN;
		m->stub_sleeps = 0;
		m->kernel_sleeps = 0;
	}
	return NULL;
}

static void flip_mailbox(void)
{
	in_thread(flip_state, NULL);
	calls_for_ever();
}

/* --- unmapping ------------------------------------------------------------------------------------- */

static void store_to(uint64_t at)
{
	*(volatile uint64_t *)at = 1;
	if (at == STUB_ORDERS || at == STUB_TEXT || at == STUB_VDSO)
		breach("a store to %#lx went through", (unsigned long)at);
}

static void refused(const char *what, long r)
{
	if (r == 0 || r > 0)
		breach("%s", what);
}

static void unmap_stub(void)
{
	static const uint64_t pages[] = { STUB_TEXT,	  STUB_ORDERS,	  STUB_RESULTS,
					  STUB_THREADS,	  STUB_VDSO,	  0x7ffe00000000,
					  0x7ffdfffff000, 0x7ffffffff000, 0xfffffffffffff000 };
	void *own = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (unsigned int i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		uint64_t at = pages[i];
		const uint64_t len = at == 0x7ffdfffff000 ? 0x200000000 : 4096;

		/* What is free for the guest reads as unmapped: munmap there succeeds and does nothing, as on Linux. */
		(void)syscall(SYS_munmap, at, len);
		refused("mprotect of the stub",
			syscall(SYS_mprotect, at, len, PROT_READ | PROT_WRITE | PROT_EXEC));
		refused("mmap over the stub",
			syscall(SYS_mmap, at, len, 7, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
				0));
		refused("mmap beside the stub",
			syscall(SYS_mmap, at, len, 7, MAP_PRIVATE | MAP_ANONYMOUS | 0x100000, -1,
				0));
		refused("mremap onto the stub", syscall(SYS_mremap, own, 4096, len, 3, at));
		refused("mremap of the stub", syscall(SYS_mremap, at, 4096, 8192, 1, 0));
		refused("madvise of the stub", syscall(SYS_madvise, at, 4096, MADV_DONTNEED));
		refused("mlock of the stub", syscall(SYS_mlock, at, 4096));
		refused("msync of the stub", syscall(SYS_msync, at, 4096, MS_SYNC));
		in_child(store_to, at, 200);
	}
	(void)syscall(SYS_munmap, 0, ~0ull & ~4095ull);
	(void)syscall(SYS_munmap, 4096, 0x7ffffffff000 - 4096);
	_exit(0);
}

/* Kernel memory by way of calls that take addresses: the stub's pages are no guest memory. */
static void stub_as_buffer(void)
{
	int p[2];

	if (pipe(p) < 0)
		return;
	if (syscall(SYS_write, p[1], STUB_ORDERS, 4096) > 0)
		breach("write() reads the orders page");
	if (syscall(SYS_write, p[1], STUB_THREADS, 4096) > 0)
		breach("write() reads a mailbox");
	(void)!write(p[1], "12345678", 8);
	if (syscall(SYS_read, p[0], STUB_RESULTS, 8) > 0)
		breach("read() writes the results page");
	if (syscall(SYS_read, p[0], STUB_THREADS, 8) > 0)
		breach("read() writes a mailbox");
	if (syscall(SYS_futex, STUB_THREADS, 1, 1, 0, 0, 0) >= 0)
		breach("a futex on a mailbox");
}

const struct attack stub_attacks[] = {
	{ "jump-syscalls", jump_syscalls, 0 },
	{ "jump-everywhere", jump_everywhere, 0 },
	{ "jumps-random", jumps_random, 0 },
	{ "allowed-calls", allowed_calls, 0 },
	{ "flood", flood, 0 },
	{ "steal", steal, 0 },
	{ "steal-from-sibling", steal_from_sibling, 0 },
	{ "exit-host-thread", exit_host_thread, 0 },
	{ "exit-siblings", exit_siblings, 0 },
	{ "masked-busy", masked_busy, 0 },
	{ "own-signal-stacks", own_signal_stacks, 0 },
	{ "fake-traps", fake_traps, 0 },
	{ "scribble-mailboxes", scribble_mailboxes, 0 },
	{ "forged-results", forged_results, 0 },
	{ "flip-mailbox", flip_mailbox, 0 },
	{ "unmap-stub", unmap_stub, 0 },
	{ "stub-as-buffer", stub_as_buffer, 0 },
	{ 0, 0, 0 },
};

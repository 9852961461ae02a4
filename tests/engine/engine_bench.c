// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Medians of what the engine costs: engine_bench ptrace|seccomp [one|two]. one (the default): everything on one CPU; two: the
 * kernel on one, guest threads on the other, spinning. Prints; asserts nothing. For a table see guest-kernel/engine/README.md.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/engine/mini_kernel.h"

#define ROUNDS 15

static struct engine_space *space;
static struct engine_thread *thread;
static struct engine_event ev;

static double now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void bench(const char *what, void (*fn)(void), unsigned int n)
{
	double t[ROUNDS];

	for (unsigned int r = 0; r < ROUNDS; r++) {
		double start = now_us();

		for (unsigned int i = 0; i < n; i++)
			fn();
		t[r] = (now_us() - start) / n;
	}
	qsort(t, ROUNDS, sizeof(t[0]), compare);
	printf("%-44s %9.2f us\n", what, t[ROUNDS / 2]);
}

static void must_be(bool ok, const char *what)
{
	if (!ok) {
		(void)fprintf(stderr, "%s failed\n", what);
		exit(1);
	}
}

static void null_call(void)
{
	must_be(mini_step(thread, &ev) == 0 && ev.kind == ENGINE_EVENT_SYSCALL, "call");
}

static void one_order(void)
{
	must_be(mini_order(space, ENGINE_ORDER_MPROTECT, MINI_DATA, 4096, 3, 0, 0, 0) == 0,
		"order");
}

static void map_unmap(void)
{
	must_be(mini_map(space, 0x10000000, 65536, 3) > 0, "map");
	must_be(mini_order(space, ENGINE_ORDER_MUNMAP, 0x10000000, 65536, 0, 0, 0, 0) == 0,
		"unmap");
}

static void map_unmap_batch(void)
{
	struct engine_order o[20];

	for (unsigned int i = 0; i < 20; i += 2) {
		o[i] = (struct engine_order){ .kind = ENGINE_ORDER_MMAP,
					      .args = { 0x10000000, 65536, 3,
							MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
							(uint64_t)-1, 0 } };
		o[i + 1] = (struct engine_order){ .kind = ENGINE_ORDER_MUNMAP,
						  .args = { 0x10000000, 65536 } };
	}
	must_be(engine->space_orders(space, o, 20) == 0, "batch");
}

static void thread_cycle(void)
{
	struct engine_thread *t;

	must_be(mini_code_thread(space, 0, &t) == 0, "thread");
	must_be(mini_step(t, &ev) == 0, "first trap");
	engine->thread_destroy(t);
}

static void blank_space(void)
{
	struct engine_space *s;

	must_be(engine->space_create(NULL, &s) == 0, "space");
	engine->space_destroy(s);
}

static void fork_cycle(void)
{
	struct engine_space *s;
	struct engine_thread *t;

	int r = engine->space_fork(space, NULL, &s);

	if (r < 0)
		fprintf(stderr, "fork: %d\n", r);
	must_be(r == 0, "fork");
	must_be(engine->thread_create(s, &thread->regs, thread, &t) == 0, "thread");
	must_be(mini_step(t, &ev) == 0, "first trap");
	engine->space_destroy(s);
}

static void host_fork_cycle(void)
{
	pid_t pid = (pid_t)syscall(SYS_fork);

	if (pid == 0)
		_exit(0);
	(void)waitpid(pid, NULL, 0);
}

static void host_null_call(void)
{
	(void)syscall(SYS_getppid);
}

static void interrupt_cycle(void)
{
	must_be(engine->resume(thread) == 0, "resume");
	engine->interrupt(thread);
	must_be(engine->wait(thread, &ev) == 0, "wait");
}

static void exchange(void)
{
	uint32_t old;

	must_be(engine->cmpxchg32(space, UADDR(MINI_DATA), 0, 0, &old) == 0, "cmpxchg");
}

static void read_4k(void)
{
	static char buf[4096];

	must_be(engine->space_read(space, UADDR(MINI_DATA), buf, 4096) == 4096, "read");
}

static void fault_cycle(void)
{
	thread->regs.rip = MINI_CODE + 16;
	thread->regs.rdi = 0x700000;
	must_be(mini_step(thread, &ev) == 0 && ev.kind == ENGINE_EVENT_FAULT, "fault");
}

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	(void)sched_setaffinity(0, sizeof(set), &set);
}

int main(int argc, char **argv)
{
	/* 0: syscall, jmp; 8: incl eax, jmp; 16: movb $1,(rdi) */
	static const unsigned char code[] = { 0x0f, 0x05, 0xeb, 0xfc, 0x90, 0x90, 0x90,
					      0x90, 0xff, 0xc0, 0xeb, 0xfc, 0x90, 0x90,
					      0x90, 0x90, 0xc6, 0x07, 0x01 };
	bool two = argc > 2 && strcmp(argv[2], "two") == 0;

	if (argc < 2 || mini_engine_start(argv[1]) < 0)
		return 1;
	bind_to(0);
	engine->place(two ? 1 : 0, 0);
	engine->spin(two ? 20000 : 0);
	must_be(mini_code_space(code, sizeof(code), &space) == 0 &&
			mini_code_thread(space, 0, &thread) == 0,
		"start");
	(void)memset(&ev, 0, sizeof(ev));
	bench("null call", null_call, 2000);
	bench("fault told and answered", fault_cycle, 1000);
	thread->regs.rip = MINI_CODE;
	null_call();
	bench("one order (mprotect)", one_order, 1000);
	bench("mmap+munmap 64 KiB, two trips", map_unmap, 500);
	bench("ten mmap+munmap 64 KiB, one trip", map_unmap_batch, 200);
	bench("cmpxchg32", exchange, 500);
	bench("read 4 KiB", read_4k, 1000);
	bench("thread: create, first trap, destroy", thread_cycle, 200);
	bench("blank space: create, destroy", blank_space, 50);
	bench("fork, first trap, destroy", fork_cycle, 50);
	thread->regs.rip = MINI_CODE + 8;
	bench("interrupt a busy thread", interrupt_cycle, 200);
	bench("host: null call", host_null_call, 10000);
	bench("host: fork, exit, wait", host_fork_cycle, 50);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Can several vCPUs use the engine at once, as its contract says: locked calls one at a time, waits, copies and exchanges whenever? Each
 * vCPU forks spaces, runs threads in them and in a space that all share, and disturbs the others. On the ptrace engine, which has one
 * vCPU, the same with one.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "tests/engine/mini_kernel.h"

#define VCPUS  6
#define ROUNDS 150

static pthread_mutex_t big_lock = PTHREAD_MUTEX_INITIALIZER;
static struct engine_space *shared;
static struct engine_thread *running[VCPUS]; /* under big_lock */
static unsigned int errors, events;

static void check(bool ok, const char *what, long value)
{
	if (!ok) {
		(void)fprintf(stderr, "vcpu: %s: %ld\n", what, value);
		__atomic_fetch_add(&errors, 1, __ATOMIC_SEQ_CST);
	}
}

/* Run until the next system call; others kick and interrupt meanwhile. */
static bool run_to_call(struct engine_thread *t, unsigned int self)
{
	struct engine_event ev;
	int r;

	do {
		(void)pthread_mutex_lock(&big_lock);
		r = engine->resume(t);
		running[self] = t;
		(void)pthread_mutex_unlock(&big_lock);
		check(r == 0, "resume", r);
		while ((r = engine->wait(t, &ev)) == -EINTR)
			;
		check(r == 0, "wait", r);
		(void)pthread_mutex_lock(&big_lock);
		running[self] = NULL;
		(void)pthread_mutex_unlock(&big_lock);
		__atomic_fetch_add(&events, 1, __ATOMIC_RELAXED);
	} while (r == 0 && ev.kind == ENGINE_EVENT_INTERRUPTED);
	check(ev.kind == ENGINE_EVENT_SYSCALL, "event", ev.kind);
	return ev.kind == ENGINE_EVENT_SYSCALL;
}

static void disturb(unsigned int self, unsigned int round)
{
	struct engine_thread *t;

	(void)pthread_mutex_lock(&big_lock);
	t = running[(self + round) % VCPUS];
	if (t && round % 2)
		engine->interrupt(t);
	else if (t)
		engine->kick(t);
	(void)pthread_mutex_unlock(&big_lock);
}

static void run_calls(struct engine_thread *t, unsigned int self, unsigned int n)
{
	uint64_t rbx = t->regs.rbx;

	for (unsigned int i = 1; i <= n; i++) {
		if (!run_to_call(t, self))
			return;
		check((uint32_t)(t->regs.rbx - rbx) == i, "count", (long)(t->regs.rbx - rbx));
		t->regs.rax = 0;
		disturb(self, i);
	}
}

static struct engine_thread *thread_in(struct engine_space *s)
{
	struct engine_thread *t = NULL;
	int r;

	(void)pthread_mutex_lock(&big_lock);
	r = mini_code_thread(s, 0, &t);
	(void)pthread_mutex_unlock(&big_lock);
	check(r == 0, "thread_create", r);
	return r == 0 ? t : NULL;
}

static void thread_end(struct engine_thread *t)
{
	(void)pthread_mutex_lock(&big_lock);
	engine->thread_destroy(t);
	(void)pthread_mutex_unlock(&big_lock);
}

static void add_one(void)
{
	uint32_t value = 0, old;
	int r;

	for (;;) {
		r = engine->cmpxchg32(shared, UADDR(MINI_DATA), value, value + 1, &old);
		check(r == 0, "cmpxchg", r);
		if (r != 0 || old == value)
			return;
		value = old;
	}
}

static void *vcpu_main(void *arg)
{
	unsigned int self = (unsigned int)(uintptr_t)arg;
	struct engine_space *s;
	struct engine_thread *t;
	uint64_t at = 0x10000000 + self * 0x100000ull;
	char byte = (char)self, seen = 0;
	int r;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		(void)pthread_mutex_lock(&big_lock);
		r = i % 4 ? engine->space_fork(shared, NULL, &s) : 0;
		(void)pthread_mutex_unlock(&big_lock);
		check(r == 0, "space_fork", r);
		if (r < 0)
			continue;
		t = thread_in(i % 4 ? s : shared);
		if (t)
			run_calls(t, self, 20);
		add_one();
		(void)pthread_mutex_lock(&big_lock);
		r = mini_map(shared, at, 4096, PROT_READ | PROT_WRITE) == (int64_t)at ? 0 : -1;
		(void)pthread_mutex_unlock(&big_lock);
		check(r == 0, "map", r);
		check(engine->space_write(shared, UADDR(at), &byte, 1) == 1, "write", i);
		check(engine->space_read(shared, UADDR(at), &seen, 1) == 1 && seen == byte, "read",
		      seen);
		if (t && i % 4 == 0)
			thread_end(t);
		if (i % 4) {
			(void)pthread_mutex_lock(&big_lock);
			engine->space_destroy(s);
			(void)pthread_mutex_unlock(&big_lock);
		}
	}
	return NULL;
}

static void vcpus_work_side_by_side(void **state)
{
	/* 1: incl ebx; syscall; jmp 1b */
	static const unsigned char code[] = { 0xff, 0xc3, 0x0f, 0x05, 0xeb, 0xfa };
	unsigned int n = engine->max_vcpus > 1 ? VCPUS : 1;
	pthread_t threads[VCPUS];
	uint32_t sum;

	assert_int_equal(mini_code_space(code, sizeof(code), &shared), 0);
	if (n == 1) {
		(void)vcpu_main(NULL);
	} else {
		for (uintptr_t i = 0; i < n; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, vcpu_main, (void *)i),
					 0);
		for (unsigned int i = 0; i < n; i++)
			assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	assert_int_equal(errors, 0);
	assert_int_equal(engine->space_read(shared, UADDR(MINI_DATA), &sum, 4), 4);
	assert_int_equal(sum, n * ROUNDS);
	assert_true(events >= n * ROUNDS * 20);
	engine->space_destroy(shared);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vcpus_work_side_by_side),
	};

	if (argc != 2 || mini_engine_start(argv[1]) < 0)
		return 1;
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}

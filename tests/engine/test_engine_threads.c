// SPDX-License-Identifier: GPL-2.0-or-later
/* Do threads stop when they are told to, and is nothing lost between them? Interrupts, kicks, atomic words, coming and going. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/engine/space_fixture.h"

static void cmpxchg_is_atomic_against_a_running_thread(void **state)
{
	/* 1: lock incl (rdi); incl ebx; jmp 1b: both counters of the thread, ours is the difference */
	CODE(0xf0, 0xff, 0x07, 0xff, 0xc3, 0xeb, 0xf9);
	uint32_t value = 0, old, ours = 0;
	int r;

	thread->regs.rdi = MINI_DATA;
	assert_int_equal(engine->resume(thread), 0);
	while (ours < 3000) {
		assert_int_equal(engine->cmpxchg32(space, UADDR(MINI_DATA), value, value + 1, &old),
				 0);
		if (old == value)
			ours++;
		value = old == value ? value + 1 : old;
	}
	engine->interrupt(thread);
	while ((r = engine->wait(thread, &ev)) == -EINTR)
		;
	assert_int_equal(r, 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_INTERRUPTED);
	assert_int_equal(engine->space_read(space, UADDR(MINI_DATA), &value, 4), 4);
	/* It may have been stopped between the two. */
	old = value - ours - (uint32_t)thread->regs.rbx;
	assert_true(old <= 1);
}

static void an_interrupt_stops_a_busy_loop(void **state)
{
	CODE(BUSY_LOOP);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(engine->resume(thread), 0);
		engine->interrupt(thread);
		assert_int_equal(engine->wait(thread, &ev), 0);
		assert_int_equal(ev.kind, ENGINE_EVENT_INTERRUPTED);
		assert_in_range(thread->regs.rip, MINI_CODE, MINI_CODE + 2);
	}
}

static bool racer_stop;

static void *racer(void *arg)
{
	while (!__atomic_load_n(&racer_stop, __ATOMIC_RELAXED)) {
		engine->interrupt(arg);
		(void)sched_yield();
	}
	return NULL;
}

static void interrupts_race_with_100000_system_calls(void **state)
{
	unsigned long calls = 0, interrupts = 0;
	pthread_t t;

	CODE(0xff, 0xc3, 0x0f, 0x05, 0xeb, 0xfa); /* 1: incl ebx; syscall; jmp 1b */
	racer_stop = false;
	assert_int_equal(pthread_create(&t, NULL, racer, thread), 0);
	while (calls < 100000) {
		assert_int_equal(mini_step(thread, &ev), 0);
		if (ev.kind == ENGINE_EVENT_SYSCALL) {
			calls++;
			/* Not one call is lost or seen twice. */
			assert_int_equal((uint32_t)thread->regs.rbx, calls);
			assert_int_equal(thread->regs.rip, MINI_CODE + 4);
			thread->regs.rax = 0;
		} else {
			assert_int_equal(ev.kind, ENGINE_EVENT_INTERRUPTED);
			interrupts++;
		}
	}
	__atomic_store_n(&racer_stop, true, __ATOMIC_RELAXED);
	assert_int_equal(pthread_join(t, NULL), 0);
	assert_true(interrupts > 0);
}

static void a_kick_ends_one_wait(void **state)
{
	CODE(BUSY_LOOP);
	assert_int_equal(engine->resume(thread), 0);
	for (int i = 0; i < 3; i++) {
		engine->kick(thread);
		assert_int_equal(engine->wait(thread, &ev), -EINTR);
	}
	engine->interrupt(thread);
	assert_int_equal(engine->wait(thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_INTERRUPTED);
}

static void threads_come_and_go(void **state)
{
	struct engine_thread *t[12];

	CODE(SYSCALL_LOOP, BUSY_LOOP);
	for (int round = 0; round < 30; round++) {
		for (int i = 0; i < 12; i++) {
			assert_int_equal(mini_code_thread(space, i % 2 ? 4 : 0, &t[i]), 0);
			assert_int_equal(engine->resume(t[i]), 0);
		}
		for (int i = 0; i < 12; i += 2) {
			assert_int_equal(engine->wait(t[i], &ev), 0);
			assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
		}
		/* Half of them are stopped, half run. */
		for (int i = 0; i < 12; i++)
			engine->thread_destroy(t[i]);
	}
	assert_int_equal(mini_step(thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
}

int main(int argc, char **argv)
{
#define T(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		T(cmpxchg_is_atomic_against_a_running_thread),
		T(an_interrupt_stops_a_busy_loop),
		T(interrupts_race_with_100000_system_calls),
		T(a_kick_ends_one_wait),
		T(threads_come_and_go),
	};

	if (argc != 2 || mini_engine_start(argv[1]) < 0)
		return 1;
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What can a hostile guest do to others? Each attack may end or hang its own space. After each, the engine still obeys, a
 * bystander's thread still runs, and the attacker's space can be ended. Where the review promises a certain end, it is asserted.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "stub/stub_abi.h"
#include "tests/engine/hostile.h"
#include "tests/engine/mini_task.h"

enum outcome { OUT_DEAD, OUT_FAULT, OUT_TRAP, OUT_REPORT, OUT_STOPPED };

static struct engine_space *bystander;
static struct engine_thread *bystander_thread;
static struct mini_mm *mm;
static struct engine_event ev;
static struct abi_regs start_regs;
static bool is_seccomp;
static unsigned long calls_seen;

/* Interrupts the attacker a while after it began, again and again until it is told to stop. */
static bool alarm_stop;

static void *alarm_main(void *arg)
{
	const struct timespec first = { 0, 20000000 }, then = { 0, 10000000 };

	(void)nanosleep(&first, NULL);
	while (!__atomic_load_n(&alarm_stop, __ATOMIC_RELAXED)) {
		engine->interrupt(arg);
		engine->kick(arg);
		(void)nanosleep(&then, NULL);
	}
	return NULL;
}

static struct engine_thread *attacker(enum hostile_what what, uint64_t arg)
{
	struct abi_regs regs = start_regs;
	struct engine_thread *t;

	regs.rdi = what;
	regs.rsi = arg;
	assert_int_equal(engine->thread_create(mm->space, &regs, NULL, &t), 0);
	return t;
}

static void attack_begin(void)
{
	const char *const argv[] = { "hostile", NULL };

	assert_int_equal(mini_load(HOSTILE_GUEST, argv, &mm, &start_regs), 0);
}

static void attack_end(void)
{
	mini_mm_put(mm);
	mm = NULL;
	engine->reap();
	assert_int_equal(mini_step(bystander_thread, &ev), 0);
	assert_int_equal(ev.kind, ENGINE_EVENT_SYSCALL);
	bystander_thread->regs.rip -= 2;
	bystander_thread->regs.rax = 1;
}

/* Run until something final happens; ordinary calls are answered with 0. */
static enum outcome attack_follow(struct engine_thread *t, unsigned int stops)
{
	enum outcome out = OUT_STOPPED;
	bool done = false;
	pthread_t alarm;

	alarm_stop = false;
	calls_seen = 0;
	assert_int_equal(pthread_create(&alarm, NULL, alarm_main, t), 0);
	while (!done) {
		if (mini_step(t, &ev) < 0) {
			/* Registers that the host would not take. */
			out = OUT_TRAP;
			break;
		}
		done = true;
		switch (ev.kind) {
		case ENGINE_EVENT_SYSCALL:
			calls_seen++;
			if (t->regs.orig_rax == HOSTILE_REPORT) {
				out = OUT_REPORT;
				break;
			}
			t->regs.rax = 0;
			done = calls_seen > 1000000;
			break;
		case ENGINE_EVENT_INTERRUPTED:
			done = stops-- == 0;
			break;
		case ENGINE_EVENT_DEAD:
			out = OUT_DEAD;
			break;
		case ENGINE_EVENT_FAULT:
			out = OUT_FAULT;
			break;
		case ENGINE_EVENT_TRAP:
			out = OUT_TRAP;
			break;
		}
	}
	__atomic_store_n(&alarm_stop, true, __ATOMIC_RELAXED);
	(void)pthread_join(alarm, NULL);
	return out;
}

static enum outcome attack(enum hostile_what what, uint64_t arg)
{
	enum outcome out;

	attack_begin();
	out = attack_follow(attacker(what, arg), 3);
	attack_end();
	return out;
}

static void jump_to_a_syscall_instruction(void **state)
{
	enum outcome out = OUT_DEAD;
	unsigned int found = 0;

	for (uint64_t n = 0; n < 32 && out != OUT_REPORT; n++, found++) {
		out = attack(HOSTILE_JUMP_SYSCALL, n);
		if (is_seccomp)
			assert_true(out == OUT_DEAD || out == OUT_REPORT);
	}
	assert_true(found > 3);
}

static void forged_sigreturn_that_blocks_signals(void **state)
{
	enum outcome call = attack(HOSTILE_SIGRETURN_MASK, 0);
	int signo = ev.death_signal;
	enum outcome loop = attack(HOSTILE_SIGRETURN_MASK, 1);

	if (is_seccomp) {
		assert_int_equal(call, OUT_DEAD);
		assert_int_equal(loop, OUT_DEAD);
	}
	(void)signo;
}

static void forged_signal_stack(void **state)
{
	if (is_seccomp) {
		assert_int_equal(attack(HOSTILE_SIGRETURN_STACK, 0), OUT_DEAD);
		assert_int_equal(attack(HOSTILE_SIGRETURN_STACK, 3), OUT_DEAD);
		/* Asleep on a right descriptor: it hurts itself, until somebody wants it to trap. */
		assert_int_equal(attack(HOSTILE_SIGRETURN_STACK, STUB_FD_THREADS), OUT_DEAD);
	} else {
		(void)attack(HOSTILE_SIGRETURN_STACK, 0);
	}
}

static void fake_traps_with_garbage_frames(void **state)
{
	const uint64_t bad[] = { 0,
				 1,
				 STUB_THREADS,
				 STUB_THREADS + 8,
				 STUB_THREADS + 0x1001,
				 STUB_THREADS + 0xffff,
				 STUB_THREADS + 0xfff8,
				 STUB_THREADS + 0x10000,
				 STUB_THREADS - 8,
				 ~0ull,
				 1ull << 63,
				 STUB_TEXT,
				 STUB_ORDERS };
	enum outcome out;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		out = attack(HOSTILE_FAKE_TRAP, bad[i]);
		if (is_seccomp)
			assert_int_equal(out, OUT_DEAD);
	}
	/* In bounds: an event of its own making, or its end. */
	(void)attack(HOSTILE_FAKE_TRAP, STUB_THREADS + 0x4000 + STUB_SIGSEGV);
	(void)attack(HOSTILE_FAKE_TRAP, STUB_THREADS + 0x8000 + 0x1000);
}

/* Another thread writes all over mailboxes and frames while the kernel reads them. */
static void frames_change_while_they_are_read(void **state)
{
	struct engine_thread *a, *b;

	for (uint64_t seed = 1; seed <= 25; seed++) {
		attack_begin();
		a = attacker(HOSTILE_CALLS, 2000);
		b = attacker(HOSTILE_SCRIBBLE_AREAS, seed);
		assert_int_equal(engine->resume(b), 0);
		(void)attack_follow(a, 3);
		attack_end();
	}
}

static int64_t must(enum engine_order_kind kind, uint64_t addr, uint64_t prot, uint64_t flags)
{
	struct engine_order o = { .kind = kind,
				  .must_succeed = true,
				  .args = { addr, 4096, prot, flags, (uint64_t)-1, 0 } };

	return engine->space_orders(mm->space, &o, 1);
}

/* The results page says whatever the guest likes; the acknowledgement is not in it. */
static void forged_results_prove_nothing(void **state)
{
	const uint64_t lies[] = { 0, 0x30000000, (uint64_t)-12, ~0ull };
	struct engine_thread *t;
	char byte;

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		attack_begin();
		t = attacker(HOSTILE_SCRIBBLE_RESULTS, lies[i]);
		assert_int_equal(engine->resume(t), 0);
		for (int n = 0; n < 200; n++) {
			assert_int_equal(must(ENGINE_ORDER_MMAP, 0x30000000, 3,
					      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED),
					 0);
			assert_int_equal(engine->space_read(mm->space, UADDR(0x30000000), &byte, 1),
					 1);
			assert_int_equal(must(ENGINE_ORDER_MUNMAP, 0x30000000, 0, 0), 0);
			assert_int_equal(engine->space_read(mm->space, UADDR(0x30000000), &byte, 1),
					 -EFAULT);
		}
		assert_int_equal(must(ENGINE_ORDER_MPROTECT, 0x30000000, 1, 0), -ESRCH);
		attack_end();
	}
}

/* The fork's result is forged to be a bystander's process: nobody is taken for somebody else. */
static void forged_fork_results_name_nobody_else(void **state)
{
	const int64_t lies[] = { 0, -EAGAIN, engine->space_pid(bystander), getpid(), 1 };
	struct engine_space *child;
	struct engine_thread *t;
	int pid, r, made = 0;
	char comm;

	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		attack_begin();
		t = attacker(HOSTILE_SCRIBBLE_RESULTS, (uint64_t)lies[i]);
		assert_int_equal(engine->resume(t), 0);
		for (int n = 0; n < 30; n++) {
			r = engine->space_fork(mm->space, NULL, &child);
			if (r < 0)
				continue;
			made++;
			pid = engine->space_pid(child);
			assert_int_not_equal(pid, engine->space_pid(bystander));
			assert_int_not_equal(pid, engine->space_pid(mm->space));
			assert_int_not_equal(pid, getpid());
			/* It is alive and a copy: the program's first byte is there. */
			assert_int_equal(engine->space_read(child, UADDR(start_regs.rip), &comm, 1),
					 1);
			engine->space_destroy(child);
		}
		attack_end();
	}
	assert_true(made > 0);
}

static void every_call_at_the_allowed_instruction(void **state)
{
	enum outcome out;

	for (uint64_t nr = 0; nr < 470; nr += nr < 64 ? 1 : 7) {
		if (nr == STUB_NR_EXIT || nr == STUB_NR_RT_SIGRETURN)
			continue;
		out = attack(HOSTILE_ALLOWED_CALL, nr);
		/* Descriptor 100 is the arena: neither it nor anything else can be reached. */
		if (is_seccomp)
			assert_int_equal(out, OUT_DEAD);
	}
}

static void acknowledgement_by_a_guest_thread(void **state)
{
	for (uint64_t fd = 0; fd < 8; fd++) {
		enum outcome out = attack(HOSTILE_WRITE_ACK, fd);

		if (is_seccomp)
			assert_int_equal(out, OUT_DEAD);
	}
	if (is_seccomp)
		assert_int_equal(attack(HOSTILE_WRITE_BUFFER, 0), OUT_DEAD);
}

static void floods_and_stolen_wakes(void **state)
{
	struct engine_thread *a, *b;

	(void)attack(HOSTILE_FLOOD, 0);
	for (int i = 0; i < 3; i++) {
		attack_begin();
		a = attacker(HOSTILE_CALLS, 20000);
		b = attacker(HOSTILE_STEAL, 0);
		assert_int_equal(engine->resume(b), 0);
		(void)attack_follow(a, 3);
		attack_end();
	}
}

static void a_thread_that_ends_itself(void **state)
{
	enum outcome out = attack(HOSTILE_EXIT, 0);

	if (is_seccomp)
		assert_int_equal(out, OUT_DEAD);
}

static void stores_to_the_stub(void **state)
{
	const uint64_t at[] = { STUB_TEXT,
				STUB_ORDERS,
				STUB_ORDERS + 32,
				STUB_ONE,
				STUB_REGION_END - 4096,
				STUB_THREADS + 0x30000000ull,
				ENGINE_USER_MAX };

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		assert_int_equal(attack(HOSTILE_STORE, at[i]), OUT_FAULT);
	}
}

static void odd_flags_and_stacks(void **state)
{
	assert_int_equal(attack(HOSTILE_AC_CALL, 0), OUT_REPORT);
	assert_int_equal(attack(HOSTILE_VSYSCALL, 0), OUT_REPORT);
	assert_int_equal(attack(HOSTILE_STACK_POINTER, 0), OUT_REPORT);
	assert_int_equal(attack(HOSTILE_STACK_POINTER, ~0ull), OUT_REPORT);
	for (uint64_t at = 0x8000; at <= 0x10000; at += 0x800)
		(void)attack(HOSTILE_STACK_POINTER, STUB_THREADS + at);
	(void)attack(HOSTILE_STACK_POINTER, STUB_FAULT_STACK + 64);
}

static void random_jumps_into_the_stub(void **state)
{
	for (uint64_t seed = 1; seed <= 60; seed++)
		(void)attack(HOSTILE_RANDOM_JUMP, seed);
}

int main(int argc, char **argv)
{
	static const unsigned char code[] = { 0x0f, 0x05, 0xeb, 0xfc };
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(jump_to_a_syscall_instruction),
		cmocka_unit_test(forged_sigreturn_that_blocks_signals),
		cmocka_unit_test(forged_signal_stack),
		cmocka_unit_test(fake_traps_with_garbage_frames),
		cmocka_unit_test(frames_change_while_they_are_read),
		cmocka_unit_test(forged_results_prove_nothing),
		cmocka_unit_test(forged_fork_results_name_nobody_else),
		cmocka_unit_test(every_call_at_the_allowed_instruction),
		cmocka_unit_test(acknowledgement_by_a_guest_thread),
		cmocka_unit_test(floods_and_stolen_wakes),
		cmocka_unit_test(a_thread_that_ends_itself),
		cmocka_unit_test(stores_to_the_stub),
		cmocka_unit_test(odd_flags_and_stacks),
		cmocka_unit_test(random_jumps_into_the_stub),
	};

	if (argc != 2 || mini_engine_start(argv[1]) < 0)
		return 1;
	is_seccomp = strcmp(argv[1], "seccomp") == 0;
	if (mini_code_space(code, sizeof(code), &bystander) < 0 ||
	    mini_code_thread(bystander, 0, &bystander_thread) < 0)
		return 1;
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}

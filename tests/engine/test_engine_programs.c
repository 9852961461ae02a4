// SPDX-License-Identifier: GPL-2.0-or-later
/* Do whole programs run? Static C programs and a shell, with fork, exec, threads and vector registers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/engine/mini_kernel.h"

static struct mini_result result;

static void run_guest(const char *what, const char *output)
{
	const char *const argv[] = { ENGINE_GUEST, what, NULL };

	assert_int_equal(mini_run(argv, &result), 0);
	assert_string_equal(result.output, output);
	assert_int_equal(result.status, 0);
}

static void program_says_hello(void **state)
{
	run_guest("hello", "hello\n");
	assert_true(result.syscalls > 5);
}

static void program_forks_and_sees_a_copy(void **state)
{
	run_guest("fork", "fork 210 1\n");
	assert_int_equal(result.forks, 20);
}

static void program_execs_into_fresh_spaces(void **state)
{
	run_guest("exec", "hello\nhello\nhello\nhello\nhello\nhello\nhello\nhello\nhello\nhello\n");
}

static void program_has_eight_threads(void **state)
{
	run_guest("threads", "threads 48000\n");
	assert_int_equal(result.threads, 24);
}

static void vector_registers_survive_20000_traps(void **state)
{
	run_guest("avx", "avx 0\n");
}

static void clocks_do_not_trap(void **state)
{
	run_guest("clock", "clock\n");
	assert_true(result.syscalls < 100);
}

static void fork_of_64_mib_dirty_memory(void **state)
{
	run_guest("big", "big\n");
}

static void shell_loops_and_forks(void **state)
{
	const char *const argv[] = { "/bin/busybox", "sh", "-c",
				     ("i=0; while [ $i -lt 1000 ]; do i=$((i+1)); done; echo $i; "
				      "for n in 1 2 3; do (exit $n); echo $?; done; "
				      "/bin/busybox echo run; /bin/busybox false; echo $?"),
				     NULL };

	assert_int_equal(mini_run(argv, &result), 0);
	assert_string_equal(result.output, "1000\n1\n2\n3\nrun\n1\n");
	assert_int_equal(result.status, 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(program_says_hello),
		cmocka_unit_test(program_forks_and_sees_a_copy),
		cmocka_unit_test(program_execs_into_fresh_spaces),
		cmocka_unit_test(program_has_eight_threads),
		cmocka_unit_test(vector_registers_survive_20000_traps),
		cmocka_unit_test(clocks_do_not_trap),
		cmocka_unit_test(fork_of_64_mib_dirty_memory),
		cmocka_unit_test(shell_loops_and_forks),
	};

	if (argc != 2 || mini_engine_start(argv[1]) < 0)
		return 1;
	return cmocka_run_group_tests_name(argv[1], tests, NULL, NULL);
}

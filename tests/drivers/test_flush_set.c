// SPDX-License-Identifier: GPL-2.0-or-later
/* Ranges to be flushed: merged where they touch, all of the device when there are too many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "drivers/flush_set.h"

static void runs_merge(void **state)
{
	struct flush_set s = { 0 };

	(void)state;
	assert_int_equal(flush_set_bytes(&s), 0);
	for (uint64_t i = 0; i < 100; i++)
		flush_set_add(&s, i * 4096, 4096);
	assert_int_equal(s.n, 1);
	assert_int_equal(flush_set_bytes(&s), 100 * 4096);
	/* One that closes the gap between two, and lies over both. */
	flush_set_add(&s, 500 * 4096, 4096);
	assert_int_equal(s.n, 2);
	flush_set_add(&s, 99 * 4096, 402 * 4096);
	assert_int_equal(s.n, 1);
	assert_int_equal(flush_set_bytes(&s), 501 * 4096);
	flush_set_add(&s, 7, 0);
	assert_int_equal(s.n, 1);
}

static void too_many_are_all(void **state)
{
	struct flush_set s = { 0 }, t = { 0 };

	(void)state;
	for (uint64_t i = 0; i < FLUSH_RANGES; i++)
		flush_set_add(&s, i * 10000, 1);
	assert_false(s.all);
	assert_int_equal(flush_set_bytes(&s), FLUSH_RANGES);
	flush_set_add(&t, 5, 1);
	flush_set_merge(&t, &s);
	assert_true(t.all);
	assert_int_equal(flush_set_bytes(&t), UINT64_MAX);
	flush_set_add(&t, 0, 100);
	assert_true(t.all);
	flush_set_merge(&s, &t);
	assert_true(s.all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(runs_merge),
		cmocka_unit_test(too_many_are_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

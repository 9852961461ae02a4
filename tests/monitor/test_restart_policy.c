// SPDX-License-Identifier: GPL-2.0-or-later
/* Which ends lead to a restart, and after how long? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/monitor/restart_policy.h"

static void test_which_ends(void **state)
{
	struct restart_policy reboot = { .on_reboot = true }, crash = { .on_crash = true };

	assert_true(restart_policy_applies(&reboot, GUEST_END_REBOOT));
	assert_false(restart_policy_applies(&reboot, GUEST_END_PANIC));
	assert_false(restart_policy_applies(&crash, GUEST_END_REBOOT));
	assert_true(restart_policy_applies(&crash, GUEST_END_PANIC));
	assert_true(restart_policy_applies(&crash, GUEST_END_KILLED));
	assert_false(restart_policy_applies(&crash, GUEST_END_FAILED));
	assert_false(restart_policy_applies(&crash, GUEST_END_POWEROFF));
}

static void test_delays(void **state)
{
	static const unsigned int seconds[] = { 0, 1, 2, 4, 8, 16, 32, 60, 60, 60 };
	struct restart_backoff b = { 0 };

	for (unsigned int i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		assert_int_equal(restart_backoff_next(&b, 59999), seconds[i] * 1000);
	/* A long run forgives all. */
	assert_int_equal(restart_backoff_next(&b, 60000), 0);
	assert_int_equal(restart_backoff_next(&b, 10), 1000);
}

static void test_words(void **state)
{
	bool value = false;

	assert_int_equal(restart_word_parse("restart", &value), 0);
	assert_true(value);
	assert_int_equal(restart_word_parse("stop", &value), 0);
	assert_false(value);
	assert_int_equal(restart_word_parse("Restart", &value), -EINVAL);
	assert_int_equal(restart_word_parse("", &value), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_which_ends),
		cmocka_unit_test(test_delays),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Are exactly the drawn changes of state legal? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "daemon/monitor/monitor_state.h"

static void test_exactly_the_drawn_changes(void **state)
{
	/* rows: from; columns: starting running paused stopping stopped */
	static const char *const legal[MONITOR_STATE_MAX] = {
		"11011", "11111", "11111", "10011", "00001",
	};

	for (int from = 0; from < MONITOR_STATE_MAX; from++)
		for (int to = 0; to < MONITOR_STATE_MAX; to++)
			assert_int_equal(monitor_state_may_change((enum monitor_state)from,
								  (enum monitor_state)to),
					 legal[from][to] == '1');
}

static void test_out_of_range(void **state)
{
	assert_false(monitor_state_may_change(MONITOR_STATE_MAX, MONITOR_RUNNING));
	assert_false(monitor_state_may_change(MONITOR_RUNNING, (enum monitor_state)99));
	assert_string_equal(monitor_state_to_string((enum monitor_state)99), "unknown");
	assert_string_equal(monitor_state_to_string(MONITOR_PAUSED), "paused");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exactly_the_drawn_changes),
		cmocka_unit_test(test_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

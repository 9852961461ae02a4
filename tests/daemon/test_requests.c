// SPDX-License-Identifier: GPL-2.0-or-later
/* Is the request table complete in itself: unique names, functions, summaries, argument tables that end? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/core/requests.h"

static void test_rows(void **state)
{
	int n = 0;

	for (const struct request_row *row = request_table; row->name; row++, n++) {
		assert_non_null(row->fn);
		assert_non_null(row->args);
		assert_true(row->summary && *row->summary);
		assert_non_null(strchr(row->name, '.'));
		for (const struct request_row *other = row + 1; other->name; other++)
			assert_string_not_equal(row->name, other->name);
		for (const struct rpc_arg *a = row->args; a->name; a++) {
			assert_true(a->kind >= 0 && a->kind < RPC_ARG_KIND_MAX);
			assert_true(a->summary && *a->summary);
			for (const struct rpc_arg *b = a + 1; b->name; b++)
				assert_string_not_equal(a->name, b->name);
		}
	}
	assert_int_equal(n, 27);
}

static void test_text(void **state)
{
	cleanup_free char *text = requests_to_json();
	struct json_object *o = NULL;

	assert_int_equal(json_parse_strict(text, strlen(text), &o, NULL), 0);
	assert_int_equal(json_object_array_length(o), 27);
	json_object_put(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

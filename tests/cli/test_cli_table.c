// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Are tables aligned, cut to the width asked for, and clean?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cli/cli_table.h"
#include "common/cleanup.h"

static const struct table_column columns[] = {
	{ .title = "NAME" },
	{ .title = "N", .right = true },
	{ .title = "WHAT", .shrink = true },
};

static char *print(unsigned int width, bool colour)
{
	cleanup_table struct table *t = table_new(columns, ARRAY_SIZE(columns));
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	table_cell(t, "gonzo", COLOUR_NONE);
	table_cell(t, "7", COLOUR_NONE);
	table_cell(t, "a rather long description", COLOUR_GOOD);
	table_cell(t, "x\033[2J", COLOUR_NONE);
	table_cell(t, "1234", COLOUR_NONE);
	table_cell(t, NULL, COLOUR_NONE);
	assert_int_equal(table_print(t, out, width, colour), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_wide(void **state)
{
	cleanup_free char *text = print(0, false);

	assert_string_equal(text, "NAME      N  WHAT\n"
				  "gonzo     7  a rather long description\n"
				  "x?[2J  1234  -\n");
}

static void test_narrow(void **state)
{
	cleanup_free char *text = print(25, false);

	assert_string_equal(text, "NAME      N  WHAT\n"
				  "gonzo     7  a rather lo~\n"
				  "x?[2J  1234  -\n");
}

/* A width that nothing can fit keeps the least width and does not hang. */
static void test_too_narrow(void **state)
{
	cleanup_free char *text = print(3, false);

	assert_non_null(strstr(text, "gonzo     7  a rat~\n"));
}

static void test_colour(void **state)
{
	cleanup_free char *text = print(0, true);

	assert_non_null(strstr(text, "\033[32ma rather long description\033[0m\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wide),
		cmocka_unit_test(test_narrow),
		cmocka_unit_test(test_too_narrow),
		cmocka_unit_test(test_colour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

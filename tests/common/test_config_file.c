// SPDX-License-Identifier: GPL-2.0-or-later
/* What does a configuration mean, and is every doubt reported with its line? */
#include "scratch.h"

#include <errno.h>

#include "common/config_file.h"

static char seen[4096];

static int record(void *ctx, const char *section, const char *name, const char *key,
		  const char *value, struct error *err)
{
	size_t len = strlen(seen);

	(void)ctx;
	if (!key) {
		(void)snprintf(seen + len, sizeof(seen) - len, "[%s/%s]|", section,
			       name ? name : "-");
		return 0;
	}
	if (strcmp(key, "refuse") == 0)
		return error_set(err, ERROR_USAGE, "invalid-value", "%s is no size", value);
	if (strcmp(key, "silent") == 0)
		return -ENOENT;
	(void)snprintf(seen + len, sizeof(seen) - len, "%s/%s/%s=%s|", section, name ? name : "-",
		       key, value);
	return 0;
}

static int parse(const char *text, size_t len, struct error *err)
{
	seen[0] = '\0';
	return config_parse("umld.conf", text, len, record, NULL, err);
}

static void test_good(void **state)
{
	static const char text[] = "# comment\n"
				   "\n"
				   "  ; another\n"
				   "[umld]\r\n"
				   "group = umld\r\n"
				   "  a=b\n"
				   "empty =\n"
				   "quoted = \"  x # y \"\n"
				   "eq = a=b \"c\" # d\n"
				   "[ bridge   umlbr0 ]\n"
				   "a\t=\tx y\t\n"
				   "[bridge br1]\n"
				   "a=2\n"
				   "[silence]";
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(parse(text, strlen(text), &err), 0);
	assert_string_equal(seen, "[umld/-]|umld/-/group=umld|umld/-/a=b|umld/-/empty=|"
				  "umld/-/quoted=  x # y |umld/-/eq=a=b \"c\" # d|"
				  "[bridge/umlbr0]|bridge/umlbr0/a=x y|"
				  "[bridge/br1]|bridge/br1/a=2|[silence/-]|");
	assert_int_equal(parse("", 0, &err), 0);
	assert_string_equal(seen, "");
	assert_false(error_is_set(&err));
}

static void test_bad(void **state)
{
	static const struct {
		const char *text;
		const char *message; /* the beginning */
	} rows[] = {
		{ "a = b\n", "umld.conf:1: a setting before" },
		{ "[x]\na\n", "umld.conf:2: expected" },
		{ "[x]\na b = c\n", "umld.conf:2: a key" },
		{ "[x]\n= c\n", "umld.conf:2: a key" },
		{ "[x\n", "umld.conf:1: a heading must end" },
		{ "[]\n", "umld.conf:1: a heading has" },
		{ "[", "umld.conf:1: a heading must end" },
		{ "[a b c]\n", "umld.conf:1: a heading has" },
		{ "[a/b]\n", "umld.conf:1: a heading has" },
		{ "[a] # no\n", "umld.conf:1: a heading must end" },
		{ "[x]\na=1\n\na=2\n", "umld.conf:4: a is set a second time" },
		{ "[x]\na=1\n[y]\n[x]\na=1\n", "umld.conf:5: a is set a second time" },
		{ "[x]\na = \"b\n", "umld.conf:2: a quoted value" },
		{ "[x]\na = \"\n", "umld.conf:2: a quoted value" },
		{ "[x]\na = \"b\" c\n", "umld.conf:2: a quoted value" },
		{ "[x]\na = \"b\"c\"\n", "umld.conf:2: a quoted value" },
		{ "[x]\na = \xff\n", "umld.conf:2: invalid UTF-8" },
		{ "[x]\na = \x1b[2J\n", "umld.conf:2: a control character" },
		{ "\xef\xbb\xbf[x]\n", "umld.conf:1: expected" },
		{ "[x]\n\nrefuse = 12q\n", "umld.conf:3: 12q is no size" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;

		assert_int_equal(parse(rows[i].text, strlen(rows[i].text), &err), -EINVAL);
		assert_int_equal(err.code, ERROR_USAGE);
		if (strncmp(err.message, rows[i].message, strlen(rows[i].message)) != 0)
			fail_msg("row %zu: %s", i, err.message);
	}
}

static void test_nul_and_callback_without_words(void **state)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(parse("[x]\na=b\0c\n", 10, &err), -EINVAL);
	assert_string_equal(err.message, "umld.conf:2: a control character");
	assert_int_equal(parse("[x]\nsilent=1\n", 13, NULL), -ENOENT);
	error_done(&err);
	assert_int_equal(parse("[x]\nsilent=1\n", 13, &err), -ENOENT);
	assert_string_equal(err.message, "umld.conf:2: silent is not accepted");
}

static void test_bounds(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	static char text[65537];

	(void)state;
	memset(text, '\n', sizeof(text));
	assert_int_equal(parse(text, 65536, &err), 0);
	assert_int_equal(parse(text, 65537, &err), -EINVAL);
	assert_non_null(strstr(err.message, "64 KiB"));
	memset(text, '#', 1025);
	assert_int_equal(parse(text, 2000, &err), -EINVAL);
	assert_non_null(strstr(err.message, "1024"));
	text[1024] = '\n';
	assert_int_equal(parse(text, 2000, &err), 0);
}

/* Would many different keys make it slow? The time limit of the test says. */
static void test_many_keys(void **state)
{
	static char text[65537];
	cleanup_error struct error err = ERROR_INIT;
	int len = snprintf(text, sizeof(text), "[x]\n");

	(void)state;
	for (unsigned int i = 0; len < 65500; i++)
		len += snprintf(text + len, sizeof(text) - (size_t)len, "%x=\n", i);
	assert_int_equal(parse(text, (size_t)len, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_nul_and_callback_without_words),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_many_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

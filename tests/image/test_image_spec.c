// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which names may become arguments of apt and mmdebstrap?
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/image/image_store.h"

static void test_suites(void **state)
{
	static const char *const good[] = { "bookworm", "sid", "bookworm-backports", "24-04" };
	static const char *const bad[] = { "",
					   "-x",
					   "--help",
					   "Bookworm",
					   "a b",
					   "a/b",
					   "a;b",
					   "$(id)",
					   "a\nb",
					   "bookworm.",
					   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(suite_name_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(suite_name_valid(bad[i]));
}

static void test_packages(void **state)
{
	static const char *const good[] = { "gcc", "g++", "libstdc++6", "python3.11", "7zip" };
	/* A '-' at the end asks apt to remove; commas and blanks make two of one; '?' and '~' are patterns. */
	static const char *const bad[] = { "",	 "a",  "-f",  "apt-", "a,b", "a b",
					   "?x", "~n", "a/b", "a=1",  "./a", "A1" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(package_name_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(package_name_valid(bad[i]));
}

static void test_mirrors(void **state)
{
	static const char *const good[] = { "http://deb.debian.org/debian",
					    "https://example.org:8443/~x/debian/",
					    "http://[::1]:3142/debian" };
	static const char *const bad[] = { "",
					   "http://",
					   "http:///etc",
					   "file:///etc",
					   "copy:/etc",
					   "/etc/apt/sources.list",
					   "deb http://x y z",
					   "http://x/ y",
					   "http://x/\n",
					   "http://x/$(id)",
					   "HTTP://x/" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		assert_true(mirror_url_valid(good[i]));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(mirror_url_valid(bad[i]));
}

static void check_refused(struct image_build b, const char *field)
{
	cleanup_error struct error err = ERROR_INIT;

	assert_int_equal(image_build_check(&b, &err), -EINVAL);
	assert_int_equal(err.code, ERROR_USAGE);
	assert_string_equal(err.reason, "invalid-parameter");
	assert_memory_equal(err.message, field, strlen(field));
}

static void test_build_names_the_field(void **state)
{
	static const char *const packages[] = { "vim", "--option" };
	struct image_build b = {
		.name = "x",
		.suite = "bookworm",
		.include = packages,
		.n_include = 1,
		.size_bytes = 256ull * 1024 * 1024,
	};

	(void)state;
	assert_int_equal(image_build_check(&b, NULL), 0);
	b.n_include = 2;
	check_refused(b, "include:");
	b.n_include = 0;
	b.suite = NULL;
	check_refused(b, "suite:");
	b.suite = "bookworm";
	b.size_bytes--;
	check_refused(b, "size:");
	b.size_bytes = UINT64_MAX;
	check_refused(b, "size:");
	b.size_bytes = 1ull << 30;
	b.mirror = "/etc/passwd";
	check_refused(b, "mirror:");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_suites),
		cmocka_unit_test(test_packages),
		cmocka_unit_test(test_mirrors),
		cmocka_unit_test(test_build_names_the_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

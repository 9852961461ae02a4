// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the error object keep what it was told, whatever order it is told in? */
#include "scratch.h"

#include <errno.h>

#include "common/error.h"

static void test_set_returns_errno_of_code(void **state)
{
	static const struct {
		enum error_code code;
		int r;
	} rows[] = {
		{ ERROR_FAILED, -EIO },
		{ ERROR_USAGE, -EINVAL },
		{ ERROR_NOT_FOUND, -ENOENT },
		{ ERROR_BUSY, -EBUSY },
		{ ERROR_NOT_PERMITTED, -EPERM },
		{ ERROR_TIMED_OUT, -ETIMEDOUT },
		{ ERROR_UNREACHABLE, -ECONNREFUSED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;

		assert_false(error_is_set(&err));
		assert_int_equal(error_set(&err, rows[i].code, "some-word", "guest %d", 7),
				 rows[i].r);
		assert_true(error_is_set(&err));
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(err.reason, "some-word");
		assert_string_equal(err.message, "guest 7");
		assert_int_equal(error_set(NULL, rows[i].code, "x", "y"), rows[i].r);
	}
}

static void test_impossible_code_is_failed(void **state)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set(&err, ERROR_NONE, "x", "y"), -EIO);
	assert_int_equal(err.code, ERROR_FAILED);
	assert_int_equal(error_set(&err, ERROR_CODE_MAX, "x", "y"), -EIO);
	assert_int_equal(err.code, ERROR_FAILED);
}

static void test_errno_rows(void **state)
{
	static const struct {
		int errnum;
		enum error_code code;
		const char *reason;
	} rows[] = {
		{ ENOENT, ERROR_NOT_FOUND, "not-found" },
		{ EEXIST, ERROR_BUSY, "exists" },
		{ EAGAIN, ERROR_BUSY, "in-use" },
		{ ETXTBSY, ERROR_BUSY, "busy" },
		{ EACCES, ERROR_NOT_PERMITTED, "permission-denied" },
		{ EPERM, ERROR_NOT_PERMITTED, "not-permitted" },
		{ ETIMEDOUT, ERROR_TIMED_OUT, "timed-out" },
		{ EINVAL, ERROR_USAGE, "invalid-argument" },
		{ ENOSPC, ERROR_FAILED, "no-space" },
		{ EPIPE, ERROR_FAILED, "io-error" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;

		assert_int_equal(error_set_errno(&err, -rows[i].errnum, "disk %s", "a"),
				 -rows[i].errnum);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(err.reason, rows[i].reason);
		assert_int_equal(error_set_errno(NULL, rows[i].errnum, "x"), -rows[i].errnum);
	}
}

static void test_errno_sentence(void **state)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	assert_int_equal(error_set_errno(&err, ENOSPC, "writing %s", "f"), -ENOSPC);
	assert_string_equal(err.message, "writing f: No space left on device");
	/* Success as the reason of a failure must not become success. */
	assert_int_equal(error_set_errno(&err, 0, "x"), -EIO);
	assert_int_equal(error_set_errno(&err, INT_MIN, "x"), -EIO);
}

static void test_replace_may_quote_the_old(void **state)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	(void)error_set(&err, ERROR_BUSY, "first", "inner");
	error_hint(&err, "old hint");
	(void)error_set(&err, ERROR_FAILED, err.reason, "outer (%s)", err.message);
	assert_string_equal(err.message, "outer (inner)");
	assert_string_equal(err.reason, "first");
	assert_null(err.hint);
}

static void test_prefix_hint_guest(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	char name[200];

	(void)state;
	error_prefix(&err, "nothing");
	assert_false(error_is_set(&err));
	assert_null(err.message);
	(void)error_set(&err, ERROR_FAILED, "word", "inner");
	error_prefix(&err, "disk %d", 0);
	error_prefix(&err, "guest %s", "gonzo");
	assert_string_equal(err.message, "guest gonzo: disk 0: inner");
	assert_string_equal(err.reason, "word");
	error_hint(&err, "one");
	error_hint(&err, "%s, then two", err.hint);
	assert_string_equal(err.hint, "one, then two");
	memset(name, 'g', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	error_guest(&err, name);
	assert_int_equal(strlen(err.guest), sizeof(err.guest) - 1);
	error_prefix(NULL, "x");
	error_hint(NULL, "x");
	error_guest(NULL, "x");
	error_done(NULL);
	error_done(&err);
	assert_false(error_is_set(&err));
	assert_null(err.message);
	assert_null(err.hint);
}

static void test_long_reason_is_cut(void **state)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	(void)error_set(&err, ERROR_FAILED,
			"a-word-that-is-much-longer-than-any-reason-should-ever-be", "x");
	assert_int_equal(strlen(err.reason), sizeof(err.reason) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_returns_errno_of_code),
		cmocka_unit_test(test_impossible_code_is_failed),
		cmocka_unit_test(test_errno_rows),
		cmocka_unit_test(test_errno_sentence),
		cmocka_unit_test(test_replace_may_quote_the_old),
		cmocka_unit_test(test_prefix_hint_guest),
		cmocka_unit_test(test_long_reason_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

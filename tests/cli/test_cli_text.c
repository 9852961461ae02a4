// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Can anything that a guest or umld writes reach the terminal as a control sequence? Each case is fed whole and byte by
 * byte, for a sequence may be cut anywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "cli/cli_text.h"
#include "common/cleanup.h"

static char *filter(enum text_mode mode, const char *in, size_t step)
{
	struct text_filter f = { .mode = mode };
	char *text = NULL;
	size_t len = 0, all = strlen(in);
	FILE *out = open_memstream(&text, &len);

	assert_non_null(out);
	for (size_t i = 0; i < all; i += step)
		text_filter_feed(&f, in + i, all - i < step ? all - i : step, out);
	text_filter_end(&f, out);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void check(enum text_mode mode, const char *in, const char *want)
{
	cleanup_free char *whole = filter(mode, in, 4096);
	cleanup_free char *bytes = filter(mode, in, 1);

	assert_string_equal(whole, want);
	assert_string_equal(bytes, want);
}

/* Do names and sentences lose every control character? */
static void test_word(void **state)
{
	check(TEXT_WORD, "plain", "plain");
	check(TEXT_WORD, "a\033[31mb", "a?[31mb");
	check(TEXT_WORD, "a\nb\tc\rd\x7f", "a?b?c?d?");
	check(TEXT_WORD,
	      "\xc2\x9b"
	      "31m",
	      "?31m"); /* C1 CSI */
	check(TEXT_WORD,
	      "a\xe2\x80\xae"
	      "b",
	      "a?b"); /* right-to-left override */
	check(TEXT_WORD, "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
}

/* Is invalid UTF-8 replaced, whatever its shape? */
static void test_invalid_utf8(void **state)
{
	check(TEXT_WORD,
	      "\x9b"
	      "31m",
	      "?31m");				    /* bare C1 byte */
	check(TEXT_WORD, "\xc0\x9b", "??");	    /* overlong, first byte never valid */
	check(TEXT_WORD, "\xe0\x82\x9b", "?");	    /* overlong C1 */
	check(TEXT_WORD, "\xed\xa0\x80", "?");	    /* surrogate */
	check(TEXT_WORD, "\xf4\x90\x80\x80", "?");  /* beyond Unicode */
	check(TEXT_WORD, "\xe2\x82", "?");	    /* cut at the end */
	check(TEXT_WORD, "\xe2\x82\033[m", "??[m"); /* cut by an escape */
	check(TEXT_WORD,
	      "\xff"
	      "a",
	      "?a");
}

/* Do escape sequences vanish from logs, and the text around them stay? */
static void test_log(void **state)
{
	check(TEXT_LOG, "\033[1;31mred\033[0m\r\n", "red\n");
	check(TEXT_LOG, "a\033]0;title\007b", "ab");
	check(TEXT_LOG, "a\033]0;title\033\\b", "ab");
	check(TEXT_LOG, "a\033Pq#0\033\\b", "ab");
	check(TEXT_LOG, "a\033(Bb", "ab");
	check(TEXT_LOG,
	      "a\xc2\x9b"
	      "31mb",
	      "ab");
	check(TEXT_LOG, "a\033cb\033=c", "abc");
	check(TEXT_LOG, "\033]never ended\nnext", "\nnext");
	check(TEXT_LOG, "bell\007tab\tend", "belltab\tend");
	check(TEXT_LOG, "\033\033[31mx", "x");
}

static void test_lines(void **state)
{
	check(TEXT_LINES, "a\nb\t\033[m", "a\nb\t?[m");
}

static void test_cut(void **state)
{
	static const struct {
		const char *in;
		size_t width;
		const char *want;
	} cases[] = {
		{ "abcdef", 6, "abcdef" },
		{ "abcdef", 5, "abcd~" },
		{ "abcdef", 1, "~" },
		{ "abcdef", 0, "" },
		{ "", 4, "" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char buf[16];

		(void)snprintf(buf, sizeof(buf), "%s", cases[i].in);
		text_cut(buf, cases[i].width);
		assert_string_equal(buf, cases[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_word), cmocka_unit_test(test_invalid_utf8),
		cmocka_unit_test(test_log),  cmocka_unit_test(test_lines),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

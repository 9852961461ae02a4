// SPDX-License-Identifier: GPL-2.0-or-later
/* Can console output do harm as text? Nothing but characters, newlines and tabs may be left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "common/utf8.h"
#include "daemon/monitor/console_text.h"

static void check(const char *in, size_t len, const char *out)
{
	char buf[256];

	memcpy(buf, in, len);
	assert_int_equal(console_text_clean(buf, len), strlen(out));
	assert_string_equal(buf, out);
}

#define CHECK(in, out) check(in, sizeof(in) - 1, out)

static void test_text_stays(void **state)
{
	CHECK("", "");
	CHECK("one\ttwo\r\nthree\n", "one\ttwo\nthree\n");
	CHECK("gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f");
}

static void test_escapes_go(void **state)
{
	CHECK("\033[1;31mred\033[0m", "red");
	CHECK("a\033]0;title\ab", "ab");
	CHECK("a\033]0;never ends\nb", "a\nb");
	CHECK("a\033(Bb", "ab");
	CHECK("cut \033[12", "cut ");
	CHECK("cut \033", "cut ");
	CHECK("\033[1\033[2Jx", "x");
}

static void test_rubbish_goes(void **state)
{
	CHECK("a\0b\ac\x7f", "abc");
	CHECK("\xff\xc3(", "?"
			   "?(");
	CHECK("\xe2\x82", "?"
			  "?"); /* cut in a character */
	CHECK("a\xc2\x9b"
	      "31mb",
	      "a31mb"); /* CSI as one C1 character */
}

static void test_random_bytes(void **state)
{
	unsigned int seed = 4;

	for (unsigned int round = 0; round < 5000; round++) {
		char buf[130];
		size_t len = (size_t)rand_r(&seed) % 129;

		for (size_t i = 0; i < len; i++)
			buf[i] = rand_r(&seed) % 4 ? (char)rand_r(&seed)
						   : "\033[]\n"[rand_r(&seed) % 4];
		len = console_text_clean(buf, len);
		assert_true(utf8_valid(buf, len));
		for (size_t i = 0; i < len; i++)
			assert_true((unsigned char)buf[i] >= ' ' || buf[i] == '\n' ||
				    buf[i] == '\t');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays),
		cmocka_unit_test(test_escapes_go),
		cmocka_unit_test(test_rubbish_goes),
		cmocka_unit_test(test_random_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is exactly what RFC 3629 allows accepted? Checked against a slow decoder for all one- to three-
 * byte strings.
 */
#include "scratch.h"

#include "common/utf8.h"

/* Decode by arithmetic, then re-encode: valid is what comes out the same. */
static size_t slow_sequence(const unsigned char *p, size_t len)
{
	static const unsigned int least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80		   ? 1
		   : (p[0] & 0xe0) == 0xc0 ? 2
		   : (p[0] & 0xf0) == 0xe0 ? 3
		   : (p[0] & 0xf8) == 0xf0 ? 4
					   : 0;
	unsigned int code;

	if (n == 0 || n > len)
		return 0;
	if (n == 1)
		return 1;
	code = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (p[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

static void test_all_short_strings(void **state)
{
	unsigned char s[3];

	(void)state;
	for (unsigned int i = 0; i < 1u << 24; i++) {
		s[0] = (unsigned char)(i >> 16);
		s[1] = (unsigned char)(i >> 8);
		s[2] = (unsigned char)i;
		for (size_t len = 1; len <= 3; len++) {
			if (utf8_sequence((char *)s, len) != slow_sequence(s, len))
				fail_msg("%02x %02x %02x, %zu bytes", s[0], s[1], s[2], len);
		}
	}
}

static void test_four_byte_edges(void **state)
{
	static const unsigned char leads[] = { 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff };
	unsigned char s[4] = { 0, 0, 0x80, 0xbf };

	(void)state;
	for (size_t i = 0; i < sizeof(leads); i++) {
		for (unsigned int second = 0; second < 256; second++) {
			s[0] = leads[i];
			s[1] = (unsigned char)second;
			assert_int_equal(utf8_sequence((char *)s, 4), slow_sequence(s, 4));
		}
	}
}

static void test_sanitize(void **state)
{
	char text[] = "a\xff\xc3\xa4\xe2\x82z\xed\xa0\x80";

	(void)state;
	assert_false(utf8_valid(text, strlen(text)));
	utf8_sanitize(text, strlen(text));
	assert_string_equal(text, "a?\xc3\xa4??z???");
	assert_true(utf8_valid(text, strlen(text)));
	assert_true(utf8_valid("", 0));
	assert_int_equal(utf8_sequence("", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_short_strings),
		cmocka_unit_test(test_four_byte_edges),
		cmocka_unit_test(test_sanitize),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

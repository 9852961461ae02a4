// SPDX-License-Identifier: GPL-2.0-or-later
/* Is what JSON allows read as it is, and everything doubtful refused? */
#include "scratch.h"

#include <errno.h>
#include <locale.h>

#include "common/rpc.h"

static void assert_reads_as(const char *text, const char *plain)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *value = NULL;

	if (json_parse_strict(text, strlen(text), &value, &err) != 0)
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(json_object_to_json_string_ext(
				    value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
			    plain);
	json_object_put(value);
}

static void test_good(void **state)
{
	static const char *const rows[][2] = {
		{ "null", "null" },
		{ " \t\r\n{ } \n", "{}" },
		{ "[]", "[]" },
		{ "[ 1 , -2 ,\n3]", "[1,-2,3]" },
		{ "{\"a\":{\"b\":[true,false,null]},\"c\":\"d\"}",
		  "{\"a\":{\"b\":[true,false,null]},\"c\":\"d\"}" },
		{ "0", "0" },
		{ "-0", "0" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "18446744073709551615", "18446744073709551615" },
		{ "1.5e3", "1.5e3" },
		{ "0.25", "0.25" },
		{ "1E-2", "1E-2" },
		{ "\"\"", "\"\"" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\"\\u0041\\u00e4\\u20ac\\ud83d\\uDE00\"",
		  "\"A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"" },
		{ "\"\xc3\xa4\xf0\x9f\x98\x80\"", "\"\xc3\xa4\xf0\x9f\x98\x80\"" },
		{ "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]", "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]" },
		{ "{\"\":1}", "{\"\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_reads_as(rows[i][0], rows[i][1]);
}

static void assert_refused(const char *text, size_t len, const char *problem)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *value = (struct json_object *)1;
	char *exact = malloc(len ? len : 1); /* so that the sanitizer sees one byte too far */

	assert_non_null(exact);
	memcpy(exact, text, len);
	if (json_parse_strict(exact, len, &value, &err) != -EBADMSG)
		fail_msg("accepted: %.*s", (int)len, text);
	assert_ptr_equal(value, (struct json_object *)1);
	assert_string_equal(err.reason, "invalid-json");
	if (!strstr(err.message, problem))
		fail_msg("%.*s: %s", (int)len, text, err.message);
	free(exact);
}

static void test_bad(void **state)
{
	static const char *const rows[][2] = {
		{ "", "too early" },
		{ "  ", "too early" },
		{ "{", "name is missing" },
		{ "[", "too early" },
		{ "[1", "comma" },
		{ "[1,", "too early" },
		{ "[1,]", "bad number" },
		{ "[,1]", "bad number" },
		{ "[1 2]", "comma" },
		{ "{\"a\"}", "colon" },
		{ "{\"a\":}", "bad number" },
		{ "{\"a\":1,}", "name is missing" },
		{ "{a:1}", "name is missing" },
		{ "{'a':1}", "name is missing" },
		{ "{\"a\":1 \"b\":2}", "comma" },
		{ "[}", "bad number" },
		{ "{\"a\":1]", "comma" },
		{ "1 2", "follows" },
		{ "{} x", "follows" },
		{ "nul", "unexpected" },
		{ "nullx", "follows" },
		{ "True", "bad number" },
		{ "NaN", "bad number" },
		{ "Infinity", "bad number" },
		{ "-Infinity", "bad number" },
		{ "01", "follows" },
		{ "-", "bad number" },
		{ "+1", "bad number" },
		{ ".5", "bad number" },
		{ "1.", "bad number" },
		{ "1e", "bad number" },
		{ "1e+", "bad number" },
		{ "0x10", "follows" },
		{ "1e999", "out of range" },
		{ "-1e999", "out of range" },
		{ "18446744073709551616", "out of range" },
		{ "-9223372036854775809", "out of range" },
		{ "1000000000000000000000000000000000000000000000000000000000000000", "too long" },
		{ "\"", "without end" },
		{ "\"abc", "without end" },
		{ "\"\\", "without end" },
		{ "\"\\\"", "without end" },
		{ "\"\\x\"", "bad escape" },
		{ "\"\\u12\"", "bad \\u" },
		{ "\"\\u12g4\"", "bad \\u" },
		{ "\"\\u0000\"", "U+0000" },
		{ "\"\\ud800\"", "lone" },
		{ "\"\\ud800x\"", "lone" },
		{ "\"\\ud800\\u0041\"", "lone" },
		{ "\"\\udc00\"", "lone" },
		{ "\"a\nb\"", "control" },
		{ "\"\x1f\"", "control" },
		{ "\"\xff\"", "UTF-8" },
		{ "\"\xc0\xaf\"", "UTF-8" },
		{ "\"\xed\xa0\x80\"", "UTF-8" },
		{ "\"\xe2\x82\"", "UTF-8" },
		{ "\xef\xbb\xbf{}", "bad number" },
		{ "{\"a\":1,\"a\":2}", "duplicate" },
		{ "{\"a\":1,\"\\u0061\":2}", "duplicate" },
		{ "{\"x\":{\"a\":null,\"a\":null}}", "duplicate" },
		{ "{\"\":1,\"\":2}", "duplicate" },
		{ "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]", "deeply" },
		{ "{} // c", "follows" },
		{ "/* c */ {}", "bad number" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_refused(rows[i][0], strlen(rows[i][0]), rows[i][1]);
	assert_refused("{}\0", 3, "follows");
	assert_refused("\"a\0b\"", 5, "control");
	assert_refused("\0", 1, "bad number");
}

/* Every prefix of a valid text is invalid (but for numbers), and none reads beyond its end. */
static void test_prefixes(void **state)
{
	static const char text[] =
		"{\"a\":[1.5e+3,-0,\"\\ud83d\\ude00\\n\xe2\x82\xac\",true,false,null],\"b\":{}}";

	(void)state;
	for (size_t len = 0; len < sizeof(text) - 1; len++)
		assert_refused(text, len, "");
}

static void test_many_containers_are_refused(void **state)
{
	enum { N = 10000 };
	static char text[N * 3 + 2];
	size_t len = 0;

	(void)state;
	text[len++] = '[';
	for (unsigned int i = 0; i < N; i++) {
		memcpy(text + len, i == 0 ? "{}" : ",{}", i == 0 ? 2 : 3);
		len += i == 0 ? 2 : 3;
	}
	text[len++] = ']';
	assert_refused(text, len, "too many");
}

static void test_deep_garbage(void **state)
{
	static char text[200000];

	(void)state;
	memset(text, '[', sizeof(text));
	assert_refused(text, sizeof(text), "deeply");
}

static void test_decimal_comma_locale(void **state)
{
	struct json_object *value = NULL;

	(void)state;
	/* Without such a locale this shows nothing but harm none either: say so. */
	if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
		print_message("no locale with a decimal comma installed\n");
	assert_int_equal(json_parse_strict("1.5", 3, &value, NULL), 0);
	assert_true(json_object_get_double(value) > 1.4 && json_object_get_double(value) < 1.6);
	json_object_put(value);
	(void)setlocale(LC_ALL, "C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_many_containers_are_refused),
		cmocka_unit_test(test_deep_garbage),
		cmocka_unit_test(test_decimal_comma_locale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

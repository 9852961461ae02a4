// SPDX-License-Identifier: GPL-2.0-or-later
/* What do the parsers accept, what do they refuse, and do they leave outputs alone then? */
#include "scratch.h"

#include <errno.h>

#include "common/parse.h"

#define LEN_32 "abcdefghijklmnopqrstuvwxyz012345"
#define LEN_33 "abcdefghijklmnopqrstuvwxyz0123456"

static void test_guest_names(void **state)
{
	static const char *const good[] = { "a", "0", "gonzo", "web-01", "a--b", LEN_32 };
	static const char *const bad[] = { "",	  "-a",	 "a-",	     "A",   "a b",  "a/b", "..",
					   "a.b", "a_b", "\xc3\xa4", "a\n", LEN_33, "-" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_true(guest_name_valid(good[i]));
		assert_true(image_name_valid(good[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(guest_name_valid(bad[i]));
	assert_false(guest_name_valid(NULL));
}

static void test_image_names(void **state)
{
	static const char *const bad[] = { "", ".", "..", ".a", "a.", "_a", "a_", "a/b", "A" };

	(void)state;
	assert_true(image_name_valid("debian-12.1_min"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(image_name_valid(bad[i]));
}

static void test_ifnames(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "a b", "0123456789abcdef", "a:0" };

	(void)state;
	assert_true(ifname_valid("umlbr0"));
	assert_true(ifname_valid("0123456789abcde"));
	assert_true(ifname_valid("eth0.12_A-b"));
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(ifname_valid(bad[i]));
}

static void test_sizes(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t bytes;
	} rows[] = {
		{ "0", 0, 0 },
		{ "1536", 0, 1536 },
		{ "128M", 0, 128ull << 20 },
		{ "128m", 0, 128ull << 20 },
		{ "4GiB", 0, 4ull << 30 },
		{ "4GB", 0, 4ull << 30 },
		{ "2T", 0, 2ull << 40 },
		{ "1k", 0, 1024 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "16777215T", 0, 16777215ull << 40 },
		{ "16777216T", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "99999999999999999999999999999K", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "M", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1B", -EINVAL, 0 },
		{ "1Mi", -EINVAL, 0 },
		{ "1MiBx", -EINVAL, 0 },
		{ "1P", -EINVAL, 0 },
		{ "0x10", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t bytes = 42;

		assert_int_equal(parse_size(rows[i].text, &bytes), rows[i].r);
		assert_int_equal(bytes, rows[i].r == 0 ? rows[i].bytes : 42);
	}
}

static void test_format_size_reads_back(void **state)
{
	static const uint64_t values[] = {
		0,	    1,		1023,	       1024,	  1025, 1536, 128ull << 20,
		4ull << 30, 5ull << 40, 1024ull << 40, UINT64_MAX
	};
	char buf[24];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		uint64_t back = 42;

		assert_int_equal(parse_size(format_size(values[i], buf, sizeof(buf)), &back), 0);
		assert_int_equal(back, values[i]);
	}
	assert_string_equal(format_size(128ull << 20, buf, sizeof(buf)), "128M");
	assert_string_equal(format_size(4ull << 30, buf, sizeof(buf)), "4G");
	assert_string_equal(format_size(1536, buf, sizeof(buf)), "1536");
	assert_string_equal(format_size(1024ull << 40, buf, sizeof(buf)), "1024T");
}

static void test_u64(void **state)
{
	uint64_t v = 42;

	(void)state;
	assert_int_equal(parse_u64("4", 5, 9, &v), -ERANGE);
	assert_int_equal(parse_u64("10", 5, 9, &v), -ERANGE);
	assert_int_equal(parse_u64("18446744073709551616", 0, UINT64_MAX, &v), -ERANGE);
	assert_int_equal(parse_u64("5x", 0, 9, &v), -EINVAL);
	assert_int_equal(parse_u64("18446744073709551616x", 0, 9, &v), -EINVAL);
	assert_int_equal(parse_u64("", 0, 9, &v), -EINVAL);
	assert_int_equal(parse_u64("-1", 0, 9, &v), -EINVAL);
	assert_int_equal(v, 42);
	assert_int_equal(parse_u64("9", 5, 9, &v), 0);
	assert_int_equal(v, 9);
}

static void test_mac(void **state)
{
	static const char *const bad[] = { "",
					   "52:54:00:12:34",
					   "52:54:00:12:34:56:",
					   "52-54-00-12-34-56",
					   "53:54:00:12:34:56",
					   "00:00:00:00:00:00",
					   "ff:ff:ff:ff:ff:ff",
					   "5g:54:00:12:34:56",
					   " 2:54:00:12:34:56",
					   "52:54:00:12:34:5" };
	uint8_t mac[6] = { 9, 9, 9, 9, 9, 9 };
	char text[18];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_mac(bad[i], mac), -EINVAL);
	assert_int_equal(mac[0], 9);
	assert_int_equal(parse_mac("52:54:00:aB:Cd:ef", mac), 0);
	format_mac(mac, text);
	assert_string_equal(text, "52:54:00:ab:cd:ef");
}

static void test_ipv4_prefix(void **state)
{
	static const struct {
		const char *text;
		int r;
	} bad[] = {
		{ "10.155.0.1", -EINVAL },
		{ "10.155.0/24", -EINVAL },
		{ "10.155.0.1/", -EINVAL },
		{ "10.155.0.1/24 ", -EINVAL },
		{ "010.155.0.1/24", -EINVAL },
		{ "10.155.0.1/024", -EINVAL },
		{ "10.155.0.256/24", -ERANGE },
		{ "10.155.0.1/7", -ERANGE },
		{ "10.155.0.1/31", -ERANGE },
		{ "1.2.3.4.5/24", -EINVAL },
		{ "", -EINVAL },
		{ "10,155.0.1/24", -EINVAL },
		{ "10.155.0.99999999999999999999/24", -ERANGE },
	};
	uint32_t addr = 42;
	unsigned int len = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(parse_ipv4_prefix(bad[i].text, &addr, &len), bad[i].r);
	assert_int_equal(addr, 42);
	assert_int_equal(len, 42);
	assert_int_equal(parse_ipv4_prefix("10.155.0.1/24", &addr, &len), 0);
	assert_int_equal(addr, 0x0a9b0001);
	assert_int_equal(len, 24);
	assert_int_equal(parse_ipv4_prefix("255.0.0.0/8", &addr, &len), 0);
	assert_int_equal(addr, 0xff000000);
}

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int r;
		uint64_t ms;
	} rows[] = {
		{ "0", 0, 0 },
		{ "90", 0, 90000 },
		{ "90s", 0, 90000 },
		{ "5m", 0, 300000 },
		{ "1h", 0, 3600000 },
		{ "infinity", 0, UINT64_MAX },
		{ "18446744073709551615", -ERANGE, 0 },
		{ "5124095576031h", -ERANGE, 0 },
		{ "5124095576030h", 0, 5124095576030ull * 3600000 },
		{ "", -EINVAL, 0 },
		{ "s", -EINVAL, 0 },
		{ "5 m", -EINVAL, 0 },
		{ "5d", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "Infinity", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		uint64_t ms = 42;

		assert_int_equal(parse_duration(rows[i].text, &ms), rows[i].r);
		assert_int_equal(ms, rows[i].r == 0 ? rows[i].ms : 42);
	}
}

static void test_null_is_refused(void **state)
{
	uint64_t v;
	uint32_t addr;
	unsigned int len;
	uint8_t mac[6];

	(void)state;
	assert_int_equal(parse_size(NULL, &v), -EINVAL);
	assert_int_equal(parse_u64(NULL, 0, 1, &v), -EINVAL);
	assert_int_equal(parse_duration(NULL, &v), -EINVAL);
	assert_int_equal(parse_mac(NULL, mac), -EINVAL);
	assert_int_equal(parse_ipv4_prefix(NULL, &addr, &len), -EINVAL);
	assert_false(ifname_valid(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_guest_names),
		cmocka_unit_test(test_image_names),
		cmocka_unit_test(test_ifnames),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_format_size_reads_back),
		cmocka_unit_test(test_u64),
		cmocka_unit_test(test_mac),
		cmocka_unit_test(test_ipv4_prefix),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_null_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

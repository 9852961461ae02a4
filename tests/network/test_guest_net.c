// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the user's form of a guest's network mean what it says, and is everything else refused? */
#include "network_fixture.h"

static void test_good(void **state)
{
	static const struct {
		const char *in, *out;
	} cases[] = {
		{ "none", "none" },
		{ "tap", "tap" },
		{ "tap=t0", "tap=t0" },
		{ "tap,bridge=umlbr0", "tap,bridge=umlbr0" },
		{ "tap,mac=02:00:00:00:00:01", "tap,mac=02:00:00:00:00:01" },
		{ "tap=abcdefghijklmno,mac=02:AA:bb:cc:dd:ee,bridge=ABCDEFGHIJKLMNO",
		  "tap=abcdefghijklmno,bridge=ABCDEFGHIJKLMNO,mac=02:aa:bb:cc:dd:ee" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct guest_net n;
		char buf[96];

		assert_int_equal(guest_net_parse(cases[i].in, &n, NULL), 0);
		assert_string_equal(guest_net_format(&n, buf, sizeof(buf)), cases[i].out);
		assert_int_equal(n.address, 0);
	}
}

static void test_bad(void **state)
{
	static const char *const cases[] = {
		"",
		"non",
		"None",
		"none,",
		"none,bridge=b",
		"tap,",
		",tap",
		"tap,,bridge=b",
		"tap=",
		"tap=a/b",
		"tap=..",
		"tap=.",
		"tap=abcdefghijklmnop",
		"tap=a b",
		"tap=a%d",
		"tap=a\"b",
		"tap=all",
		"tap,bridge=default",
		"tap,bridge",
		"tap,bridge=",
		"tap,bridge=a;b",
		"tap,bridge=a,bridge=b",
		"tap,mac",
		"tap,mac=",
		"tap,mac=01:00:00:00:00:01",
		"tap,mac=00:00:00:00:00:00",
		"tap,mac=02:00:00:00:00",
		"tap,mac=02:00:00:00:00:01:02",
		"tap,mac=02:00:00:00:00:0g",
		"tap,mac=02:00:00:00:00:01,mac=02:00:00:00:00:02",
		"tap,address=1.2.3.4",
		"tap,tap=x",
		"tap=x,bridge=x",
		"bridge=x",
		"tap\n",
		"tap=\xc3\xa4",
		"tap=aaaaaaaaaaaaaaa,bridge=bbbbbbbbbbbbbbb,mac=02:00:00:00:00:01,x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error err = ERROR_INIT;
		struct guest_net n, before;

		memset(&n, 0x5a, sizeof(n));
		before = n;
		if (guest_net_parse(cases[i], &n, &err) != -EINVAL)
			fail_msg("accepted: \"%s\"", cases[i]);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_string_equal(err.reason, "invalid-net");
		assert_memory_equal(&n, &before, sizeof(n));
		for (const char *c = err.message; *c; c++)
			assert_true(*c >= ' ' && *c < 0x7f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

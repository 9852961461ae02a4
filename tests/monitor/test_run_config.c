// SPDX-License-Identifier: GPL-2.0-or-later
/* Is a whole run.json understood, and every damaged one refused with the field's name? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <json-c/json.h>

#include "daemon/monitor/run_config.h"

static const char good[] =
	"{\"version\":1,\"guest\":\"gonzo\",\"run_id\":\"0123456789abcdef\",\"boot_id\":\"b\","
	"\"started\":\"2026-01-31T12:00:00Z\",\"kernel\":\"linux.uml\",\"argv\":[\"/k\",\"a b\"],"
	"\"env\":[\"TMPDIR=/x\"],\"uid\":7,\"gid\":8,\"cpu\":-1,\"consoles\":2,"
	"\"uml_dir\":\"/run/umld/uml/gonzo/\",\"umid\":\"gonzo\","
	"\"locks\":[{\"path\":\"/d\",\"writable\":true},{\"path\":\"/b\",\"writable\":false}],"
	"\"on_reboot\":\"restart\",\"on_crash\":\"stop\",\"boot_timeout_ms\":120000,"
	"\"log_bytes\":1048576,\"from_the_future\":{}}";

static void test_all_fields(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct run_config c;

	assert_int_equal(run_config_parse(good, sizeof(good) - 1, "gonzo", &c, &err), 0);
	assert_string_equal(c.kernel->name, "linux.uml");
	assert_string_equal(c.argv[1], "a b");
	assert_null(c.argv[2]);
	assert_string_equal(c.env[0], "TMPDIR=/x");
	assert_memory_equal(c.env[1], "PATH=", 5);
	assert_int_equal(c.uid, 7);
	assert_int_equal(c.gid, 8);
	assert_int_equal(c.cpu, -1);
	assert_int_equal(c.n_consoles, 2);
	assert_int_equal(c.n_locks, 2);
	assert_true(c.locks[0].writable);
	assert_false(c.locks[1].writable);
	assert_true(c.policy.on_reboot);
	assert_false(c.policy.on_crash);
	run_config_done(&c);
}

struct damage {
	const char *field, *json; /* json NULL: the field is missing */
};

static void test_damaged_fields(void **state)
{
	static const struct damage rows[] = {
		{ "version", "2" },
		{ "version", NULL },
		{ "guest", "\"other\"" },
		{ "guest", "5" },
		{ "run_id", "\"\"" },
		{ "kernel", "\"hurd\"" },
		{ "argv", "[]" },
		{ "argv", "[\"relative\"]" },
		{ "argv", "[\"/k\",5]" },
		{ "argv", "[\"/k\",\"\"]" },
		{ "env", "[\"NOEQUALS\"]" },
		{ "env", "{}" },
		{ "uid", "-1" },
		{ "uid", "4294967295" },
		{ "gid", "\"0\"" },
		{ "cpu", "-2" },
		{ "cpu", "100000" },
		{ "consoles", "0" },
		{ "consoles", "17" },
		{ "uml_dir", "\"/run/umld/uml/gonzo\"" },
		{ "uml_dir", "\"/run/umld/uml/other/\"" },
		{ "uml_dir", "\"/\"" },
		{ "uml_dir", "\"/home/\"" },
		{ "uml_dir", "\"/a/../uml/gonzo/\"" },
		{ "uml_dir", "\"run/uml/gonzo/\"" },
		{ "umid", "\"a/b\"" },
		{ "locks", "[{\"path\":\"d\",\"writable\":true}]" },
		{ "locks", "[{\"path\":\"/d\"}]" },
		{ "locks", "[5]" },
		{ "on_reboot", "\"maybe\"" },
		{ "on_crash", NULL },
		{ "boot_timeout_ms", "-1" },
		{ "log_bytes", "1.5" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;
		struct json_object *o = json_tokener_parse(good);
		struct run_config c;
		const char *text;

		json_object_object_del(o, rows[i].field);
		if (rows[i].json)
			json_object_object_add(o, rows[i].field, json_tokener_parse(rows[i].json));
		text = json_object_to_json_string(o);
		assert_true(run_config_parse(text, strlen(text), "gonzo", &c, &err) < 0);
		assert_non_null(err.message);
		if (!strstr(err.message, rows[i].field))
			fail_msg("row %zu: %s", i, err.message);
		json_object_put(o);
	}
}

static void test_cut_text(void **state)
{
	for (size_t len = 0; len < sizeof(good) - 1; len++) {
		cleanup_error struct error err = ERROR_INIT;
		struct run_config c;

		assert_true(run_config_parse(good, len, "gonzo", &c, &err) < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_fields),
		cmocka_unit_test(test_damaged_fields),
		cmocka_unit_test(test_cut_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Is every wrong parameter named before any is used, and does a getter give what was checked? */
#include "scratch.h"

#include <errno.h>

#include "common/rpc.h"

static const struct rpc_arg table[] = {
	{ "name", RPC_ARG_NAME, true, 0, 0, "" },
	{ "text", RPC_ARG_STRING, false, 0, 0, "" },
	{ "image", RPC_ARG_IMAGE, false, 0, 0, "" },
	{ "mem", RPC_ARG_SIZE, false, 0, 0, "" },
	{ "ncpus", RPC_ARG_INT, false, 1, 64, "" },
	{ "since", RPC_ARG_INT, false, 0, 0, "" },
	{ "force", RPC_ARG_BOOL, false, 0, 0, "" },
	{ "timeout", RPC_ARG_DURATION, false, 0, 0, "" },
	{ "include", RPC_ARG_STRINGS, false, 0, 0, "" },
	{ "object", RPC_ARG_OBJECT, false, 0, 0, "" },
	{ "disks", RPC_ARG_ARRAY, false, 0, 0, "" },
	{ 0 },
};

static struct json_object *read_json(const char *text)
{
	struct json_object *value = NULL;

	assert_int_equal(json_parse_strict(text, strlen(text), &value, NULL), 0);
	return value;
}

static void test_good(void **state)
{
	struct json_object *p = read_json(
		"{\"name\":\"gonzo\",\"text\":\"t\",\"image\":\"debian-12.1\",\"mem\":\"128M\","
		"\"ncpus\":64,\"since\":-9223372036854775808,\"force\":true,\"timeout\":\"5m\","
		"\"include\":[\"a\",\"b\"],\"object\":{},\"disks\":[1]}");
	cleanup_error struct error err = ERROR_INIT;

	(void)state;
	if (rpc_args_check(p, table, &err) != 0)
		fail_msg("%s", err.message);
	assert_string_equal(rpc_arg_string(p, "name", NULL), "gonzo");
	assert_int_equal(rpc_arg_size(p, "mem", 1), 128 << 20);
	assert_int_equal(rpc_arg_int(p, "ncpus", 1), 64);
	assert_true(rpc_arg_int(p, "since", 1) == INT64_MIN);
	assert_true(rpc_arg_bool(p, "force", false));
	assert_int_equal(rpc_arg_duration(p, "timeout", 1), 300000);
	assert_int_equal(json_object_array_length(rpc_arg_object(p, "include")), 2);
	assert_non_null(rpc_arg_object(p, "object"));
	json_object_put(p);
}

static void test_defaults(void **state)
{
	struct json_object *p = read_json("{\"name\":\"a\",\"mem\":null,\"text\":null}");

	(void)state;
	assert_int_equal(rpc_args_check(p, table, NULL), 0);
	assert_false(rpc_arg_given(p, "mem"));
	assert_true(rpc_arg_given(p, "name"));
	assert_int_equal(rpc_arg_size(p, "mem", 7), 7);
	assert_string_equal(rpc_arg_string(p, "text", "d"), "d");
	assert_int_equal(rpc_arg_int(p, "ncpus", 3), 3);
	assert_true(rpc_arg_bool(p, "force", true));
	assert_int_equal(rpc_arg_duration(p, "timeout", 9), 9);
	assert_null(rpc_arg_object(p, "disks"));
	assert_int_equal(rpc_arg_int(NULL, "ncpus", 3), 3);
	assert_false(rpc_arg_given(NULL, "name"));
	json_object_put(p);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *params, *reason, *field;
	} rows[] = {
		{ "{}", "missing-parameter", "name" },
		{ "{\"name\":null}", "missing-parameter", "name" },
		{ "{\"name\":\"a\",\"nmae\":1}", "unknown-parameter", "nmae" },
		{ "{\"name\":\"a\",\"other\":null}", "unknown-parameter", "other" },
		{ "{\"name\":\"A\"}", "invalid-parameter", "name" },
		{ "{\"name\":\"../x\"}", "invalid-parameter", "name" },
		{ "{\"name\":5}", "invalid-parameter", "name" },
		{ "{\"name\":\"a\",\"text\":5}", "invalid-parameter", "text" },
		{ "{\"name\":\"a\",\"image\":\".\"}", "invalid-parameter", "image" },
		{ "{\"name\":\"a\",\"mem\":-1}", "invalid-parameter", "mem" },
		{ "{\"name\":\"a\",\"mem\":1.5}", "invalid-parameter", "mem" },
		{ "{\"name\":\"a\",\"mem\":\"1X\"}", "invalid-parameter", "mem" },
		{ "{\"name\":\"a\",\"ncpus\":0}", "invalid-parameter", "ncpus" },
		{ "{\"name\":\"a\",\"ncpus\":65}", "invalid-parameter", "ncpus" },
		{ "{\"name\":\"a\",\"ncpus\":\"2\"}", "invalid-parameter", "ncpus" },
		{ "{\"name\":\"a\",\"ncpus\":18446744073709551615}", "invalid-parameter", "ncpus" },
		{ "{\"name\":\"a\",\"since\":9223372036854775808}", "invalid-parameter", "since" },
		{ "{\"name\":\"a\",\"since\":1.0}", "invalid-parameter", "since" },
		{ "{\"name\":\"a\",\"force\":1}", "invalid-parameter", "force" },
		{ "{\"name\":\"a\",\"force\":\"true\"}", "invalid-parameter", "force" },
		{ "{\"name\":\"a\",\"timeout\":-1}", "invalid-parameter", "timeout" },
		{ "{\"name\":\"a\",\"timeout\":-0.5}", "invalid-parameter", "timeout" },
		{ "{\"name\":\"a\",\"timeout\":1e300}", "invalid-parameter", "timeout" },
		{ "{\"name\":\"a\",\"timeout\":18446744073709551615}", "invalid-parameter",
		  "timeout" },
		{ "{\"name\":\"a\",\"timeout\":\"5 m\"}", "invalid-parameter", "timeout" },
		{ "{\"name\":\"a\",\"include\":\"x\"}", "invalid-parameter", "include" },
		{ "{\"name\":\"a\",\"include\":[1]}", "invalid-parameter", "include" },
		{ "{\"name\":\"a\",\"include\":[null]}", "invalid-parameter", "include" },
		{ "{\"name\":\"a\",\"object\":[]}", "invalid-parameter", "object" },
		{ "{\"name\":\"a\",\"disks\":{}}", "invalid-parameter", "disks" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;
		struct json_object *p = read_json(rows[i].params);

		if (rpc_args_check(p, table, &err) != -EINVAL)
			fail_msg("accepted: %s", rows[i].params);
		assert_int_equal(err.code, ERROR_USAGE);
		assert_string_equal(err.reason, rows[i].reason);
		if (!strstr(err.message, rows[i].field))
			fail_msg("%s: %s", rows[i].params, err.message);
		json_object_put(p);
	}
	assert_int_equal(rpc_args_check(NULL, table, NULL), -EINVAL);
}

static void test_durations(void **state)
{
	struct json_object *p = read_json("{\"name\":\"a\",\"timeout\":0.25}");
	struct json_object *q = read_json("{\"name\":\"a\",\"timeout\":\"infinity\"}");

	(void)state;
	assert_int_equal(rpc_args_check(p, table, NULL), 0);
	assert_int_equal(rpc_arg_duration(p, "timeout", 1), 250);
	assert_int_equal(rpc_args_check(q, table, NULL), 0);
	assert_true(rpc_arg_duration(q, "timeout", 1) == UINT64_MAX);
	json_object_put(p);
	json_object_put(q);
}

static void test_lengths(void **state)
{
	struct json_object *p = read_json("{\"name\":\"a\"}");
	struct json_object *list = json_object_new_array();
	char text[4098];

	(void)state;
	memset(text, 'x', sizeof(text));
	json_object_object_add(p, "text", json_object_new_string_len(text, 4096));
	assert_int_equal(rpc_args_check(p, table, NULL), 0);
	json_object_object_add(p, "text", json_object_new_string_len(text, 4097));
	assert_int_equal(rpc_args_check(p, table, NULL), -EINVAL);
	json_object_object_add(p, "text", json_object_new_string_len("a\0b", 3));
	assert_int_equal(rpc_args_check(p, table, NULL), -EINVAL);
	json_object_object_del(p, "text");
	json_object_object_add(p, "include", list);
	for (unsigned int i = 0; i < 64; i++)
		json_object_array_add(list, json_object_new_string("x"));
	assert_int_equal(rpc_args_check(p, table, NULL), 0);
	json_object_array_add(list, json_object_new_string("x"));
	assert_int_equal(rpc_args_check(p, table, NULL), -EINVAL);
	json_object_put(p);
}

static void test_long_unknown_name_is_cut(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *p = json_object_new_object();
	char name[5000];

	(void)state;
	memset(name, 'k', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	json_object_object_add(p, name, NULL);
	assert_int_equal(rpc_args_check(p, table, &err), -EINVAL);
	assert_true(strlen(err.message) < 200);
	json_object_put(p);
}

static void test_kind_words(void **state)
{
	(void)state;
	for (int k = 0; k < RPC_ARG_KIND_MAX; k++) {
		assert_non_null(rpc_arg_kind_to_string((enum rpc_arg_kind)k));
		for (int j = 0; j < k; j++)
			assert_string_not_equal(rpc_arg_kind_to_string((enum rpc_arg_kind)k),
						rpc_arg_kind_to_string((enum rpc_arg_kind)j));
	}
	assert_string_equal(rpc_arg_kind_to_string(RPC_ARG_SIZE), "size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),	   cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_refusals),   cmocka_unit_test(test_durations),
		cmocka_unit_test(test_lengths),	   cmocka_unit_test(test_long_unknown_name_is_cut),
		cmocka_unit_test(test_kind_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

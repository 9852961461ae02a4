// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Is every line told apart as request, notification, response or the right kind of error, and do
 * built lines read back?
 */
#include "scratch.h"

#include <errno.h>

#include "common/rpc.h"

#define V "\"jsonrpc\":\"2.0\""

static void parse_good(const char *line, struct rpc_message *m)
{
	cleanup_error struct error err = ERROR_INIT;
	int code = 0;

	if (rpc_message_parse(line, strlen(line), m, &code, &err) != 0)
		fail_msg("%s: %d %s", line, code, err.message);
	assert_int_equal(code, 0);
}

static void test_kinds(void **state)
{
	struct rpc_message m;

	(void)state;
	parse_good("{" V ",\"id\":7,\"method\":\"guest.show\",\"params\":{\"name\":\"a\"}}", &m);
	assert_int_equal(m.kind, RPC_REQUEST);
	assert_int_equal(json_object_get_int(m.id), 7);
	assert_string_equal(m.method, "guest.show");
	assert_true(json_object_is_type(m.params, json_type_object));
	rpc_message_done(&m);
	assert_null(m.root);
	parse_good("{" V ",\"id\":null,\"method\":\"x\",\"params\":null}", &m);
	assert_int_equal(m.kind, RPC_REQUEST);
	assert_null(m.id);
	assert_null(m.params);
	rpc_message_done(&m);
	parse_good("{" V ",\"id\":\"s\",\"method\":\"x\"}", &m);
	assert_string_equal(json_object_get_string(m.id), "s");
	rpc_message_done(&m);
	parse_good("{" V ",\"method\":\"event\",\"params\":{}}", &m);
	assert_int_equal(m.kind, RPC_NOTIFICATION);
	rpc_message_done(&m);
	parse_good("{" V ",\"id\":1,\"result\":null}", &m);
	assert_int_equal(m.kind, RPC_RESPONSE);
	assert_null(m.error);
	rpc_message_done(&m);
	parse_good("{" V ",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"x\"}}", &m);
	assert_int_equal(m.kind, RPC_RESPONSE);
	assert_non_null(m.error);
	rpc_message_done(&m);
	rpc_message_done(NULL);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *line;
		int code;
		bool has_id;
	} rows[] = {
		{ "", RPC_PARSE_ERROR, false },
		{ "garbage", RPC_PARSE_ERROR, false },
		{ "{" V ",\"id\":1,\"id\":2,\"method\":\"x\"}", RPC_PARSE_ERROR, false },
		{ "[]", RPC_INVALID_REQUEST, false },
		{ "[{" V ",\"method\":\"x\"}]", RPC_INVALID_REQUEST, false },
		{ "null", RPC_INVALID_REQUEST, false },
		{ "3", RPC_INVALID_REQUEST, false },
		{ "{}", RPC_INVALID_REQUEST, false },
		{ "{\"id\":1,\"method\":\"x\"}", RPC_INVALID_REQUEST, true },
		{ "{\"jsonrpc\":2.0,\"id\":1,\"method\":\"x\"}", RPC_INVALID_REQUEST, true },
		{ "{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"x\"}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1.5,\"method\":\"x\"}", RPC_INVALID_REQUEST, false },
		{ "{" V ",\"id\":{},\"method\":\"x\"}", RPC_INVALID_REQUEST, false },
		{ "{" V ",\"id\":true,\"method\":\"x\"}", RPC_INVALID_REQUEST, false },
		{ "{" V ",\"id\":1,\"method\":5}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"method\":null}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"method\":\"\"}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"method\":\"x\",\"params\":[1]}", RPC_INVALID_PARAMS, true },
		{ "{" V ",\"id\":1,\"method\":\"x\",\"params\":\"a\"}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"method\":\"x\",\"parms\":{}}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"method\":\"x\",\"result\":1}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"result\":1}", RPC_INVALID_REQUEST, false },
		{ "{" V ",\"id\":1,\"result\":1,\"error\":{}}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"error\":\"x\"}", RPC_INVALID_REQUEST, true },
		{ "{" V ",\"id\":1,\"error\":null}", RPC_INVALID_REQUEST, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;
		struct rpc_message m;
		int code = 0;

		assert_int_equal(rpc_message_parse(rows[i].line, strlen(rows[i].line), &m, &code,
						   &err),
				 -EBADMSG);
		if (code != rows[i].code || (m.id != NULL) != rows[i].has_id)
			fail_msg("%s: code %d, id %d", rows[i].line, code, m.id != NULL);
		assert_true(error_is_set(&err));
		assert_non_null(err.message);
		rpc_message_done(&m);
	}
}

static void test_long_method(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	struct rpc_message m;
	char line[400];
	int code = 0;

	(void)state;
	(void)snprintf(line, sizeof(line), "{" V ",\"method\":\"%0*d\"}", 129, 0);
	assert_int_equal(rpc_message_parse(line, strlen(line), &m, &code, &err), -EBADMSG);
	assert_int_equal(code, RPC_INVALID_REQUEST);
	rpc_message_done(&m);
}

static void test_built_lines(void **state)
{
	cleanup_free char *request = NULL, *notification = NULL, *result = NULL, *empty = NULL;
	struct json_object *params = json_object_new_object();
	struct json_object *id = json_object_new_string("i/d");

	(void)state;
	json_object_object_add(params, "name", json_object_new_string("a\n\"b\""));
	request = rpc_format_request(-5, "guest.show", params);
	assert_string_equal(request, "{" V ",\"id\":-5,\"method\":\"guest.show\","
				     "\"params\":{\"name\":\"a\\n\\\"b\\\"\"}}\n");
	notification = rpc_format_notification("event", NULL);
	assert_string_equal(notification, "{" V ",\"method\":\"event\"}\n");
	result = rpc_format_result(id, json_object_new_int(1));
	assert_string_equal(result, "{" V ",\"id\":\"i/d\",\"result\":1}\n");
	empty = rpc_format_result(NULL, NULL);
	assert_string_equal(empty, "{" V ",\"id\":null,\"result\":null}\n");
	/* id was borrowed only. */
	assert_string_equal(json_object_get_string(id), "i/d");
	assert_int_equal(json_object_put(id), 1);
}

/* A guest's bytes must not make a line that our own reader refuses. */
static void test_bad_utf8_in_a_result(void **state)
{
	cleanup_free char *line = NULL;
	struct rpc_message m;

	(void)state;
	line = rpc_format_result(NULL, json_object_new_string("a\xff\xe2\x82 b"));
	line[strlen(line) - 1] = '\0';
	parse_good(line, &m);
	assert_string_equal(json_object_get_string(m.result), "a??? b");
	rpc_message_done(&m);
}

static void test_result_too_long_becomes_error(void **state)
{
	static char text[RPC_ANSWER_MAX + 1];
	cleanup_free char *line = NULL;
	struct rpc_message m;

	(void)state;
	memset(text, 'x', RPC_ANSWER_MAX);
	text[RPC_ANSWER_MAX] = '\0';
	line = rpc_format_result(NULL, json_object_new_string(text));
	assert_true(strlen(line) < 1000);
	line[strlen(line) - 1] = '\0';
	parse_good(line, &m);
	assert_non_null(m.error);
	rpc_message_done(&m);
}

static void test_error_round_trip(void **state)
{
	cleanup_error struct error err = ERROR_INIT;
	cleanup_error struct error back = ERROR_INIT;
	cleanup_free char *line = NULL;
	struct rpc_message m;

	(void)state;
	(void)error_set(&err, ERROR_NOT_FOUND, "guest-not-found", "there is no guest \"%s\"", "x");
	error_guest(&err, "x");
	error_hint(&err, "umlctl list");
	line = rpc_format_error(NULL, 0, &err);
	line[strlen(line) - 1] = '\0';
	parse_good(line, &m);
	assert_int_equal(rpc_error_from_json(m.error, &back), -ENOENT);
	assert_int_equal(back.code, ERROR_NOT_FOUND);
	assert_string_equal(back.reason, "guest-not-found");
	assert_string_equal(back.message, "there is no guest \"x\"");
	assert_string_equal(back.guest, "x");
	assert_string_equal(back.hint, "umlctl list");
	rpc_message_done(&m);
}

static void test_foreign_errors(void **state)
{
	static const struct {
		const char *text;
		enum error_code code;
		const char *reason;
	} rows[] = {
		{ "{\"code\":-32601,\"message\":\"m\"}", ERROR_FAILED, "rpc-error" },
		{ "{\"code\":4,\"message\":\"m\",\"data\":{\"reason\":\"r\"}}", ERROR_BUSY, "r" },
		{ "{\"code\":0}", ERROR_FAILED, "rpc-error" },
		{ "{\"code\":8}", ERROR_FAILED, "rpc-error" },
		{ "{\"code\":\"4\",\"message\":4,\"data\":[]}", ERROR_FAILED, "rpc-error" },
		{ "{\"code\":18446744073709551615}", ERROR_FAILED, "rpc-error" },
		{ "{}", ERROR_FAILED, "rpc-error" },
		{ "[]", ERROR_FAILED, "rpc-error" },
	};
	cleanup_free char *line = NULL;
	cleanup_error struct error nothing = ERROR_INIT;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_error struct error err = ERROR_INIT;
		struct json_object *json = NULL;

		assert_int_equal(json_parse_strict(rows[i].text, strlen(rows[i].text), &json, NULL),
				 0);
		assert_true(rpc_error_from_json(json, &err) < 0);
		assert_int_equal(err.code, rows[i].code);
		assert_string_equal(err.reason, rows[i].reason);
		assert_non_null(err.message);
		json_object_put(json);
	}
	assert_int_equal(rpc_error_from_json(NULL, NULL), -EIO);
	/* An error object that nobody filled is an error all the same. */
	line = rpc_format_error(NULL, RPC_INTERNAL_ERROR, &nothing);
	assert_string_equal(line, "{" V ",\"id\":null,\"error\":{\"code\":-32603,\"message\":"
				  "\"failed\",\"data\":{\"reason\":\"unknown\"}}}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_long_method),
		cmocka_unit_test(test_built_lines),
		cmocka_unit_test(test_bad_utf8_in_a_result),
		cmocka_unit_test(test_result_too_long_becomes_error),
		cmocka_unit_test(test_error_round_trip),
		cmocka_unit_test(test_foreign_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

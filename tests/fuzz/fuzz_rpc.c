// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes as a client sends them: cut into pieces, into lines, parsed, checked against a table,
 * answered. Besides memory errors it looks for: lines that depend on the cut, JSON that we accept
 * and json-c does not, output that our own reader refuses, and getters that give something else
 * than was checked.
 */
#include "fuzz_target.h"

#include "common/parse.h"
#include "common/rpc.h"
#include "common/utf8.h"

static const struct rpc_arg table[] = {
	{ "name", RPC_ARG_NAME, true, 0, 0, "" },
	{ "text", RPC_ARG_STRING, false, 0, 0, "" },
	{ "image", RPC_ARG_IMAGE, false, 0, 0, "" },
	{ "mem", RPC_ARG_SIZE, false, 0, 0, "" },
	{ "ncpus", RPC_ARG_INT, false, 1, 64, "" },
	{ "since", RPC_ARG_INT, false, 0, 0, "" },
	{ "force", RPC_ARG_BOOL, false, 0, 0, "" },
	{ "timeout", RPC_ARG_DURATION, false, 0, 0, "" },
	{ "list", RPC_ARG_STRINGS, false, 0, 0, "" },
	{ "object", RPC_ARG_OBJECT, false, 0, 0, "" },
	{ "disks", RPC_ARG_ARRAY, false, 0, 0, "" },
	{ 0 },
};

static void check_params(struct json_object *params)
{
	cleanup_error struct error err = ERROR_INIT;
	int64_t ncpus;

	if (rpc_args_check(params, table, &err) < 0) {
		MUST(err.code == ERROR_USAGE && err.message && err.reason[0]);
		MUST(utf8_valid(err.message, strlen(err.message)));
		return;
	}
	MUST(guest_name_valid(rpc_arg_string(params, "name", NULL)));
	ncpus = rpc_arg_int(params, "ncpus", 1);
	MUST(ncpus >= 1 && ncpus <= 64);
	(void)rpc_arg_size(params, "mem", 0);
	(void)rpc_arg_duration(params, "timeout", 0);
	(void)rpc_arg_bool(params, "force", false);
	MUST(!rpc_arg_given(params, "text") || rpc_arg_string(params, "text", NULL));
	MUST(!rpc_arg_given(params, "image") ||
	     image_name_valid(rpc_arg_string(params, "image", NULL)));
}

static void check_json(const char *line, size_t len)
{
	struct json_object *ours = NULL, *again = NULL, *theirs;
	struct json_tokener *tok;
	const char *text;

	if (json_parse_strict(line, len, &ours, NULL) < 0)
		return;
	tok = json_tokener_new();
	MUST(tok);
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	theirs = json_tokener_parse_ex(tok, line, (int)len);
	/* A bare number may go on, json-c thinks. */
	MUST(json_tokener_get_error(tok) == json_tokener_success ||
	     json_tokener_get_error(tok) == json_tokener_continue);
	if (theirs)
		MUST(json_object_get_type(ours) == json_object_get_type(theirs));
	json_object_put(theirs);
	json_tokener_free(tok);

	text = json_object_to_json_string_ext(ours, JSON_C_TO_STRING_PLAIN);
	MUST(json_parse_strict(text, strlen(text), &again, NULL) == 0);
	MUST(json_object_equal(ours, again));
	json_object_put(again);
	json_object_put(ours);
}

/* An answer must be readable, whatever was asked. */
static void check_answer(char *answer)
{
	struct rpc_message m;
	int code = 0;
	size_t len;

	MUST(answer);
	len = strlen(answer);
	MUST(len > 0 && answer[len - 1] == '\n' && memchr(answer, '\n', len) == answer + len - 1);
	MUST(rpc_message_parse(answer, len - 1, &m, &code, NULL) == 0);
	MUST(m.kind == RPC_RESPONSE);
	if (m.error)
		MUST(rpc_error_from_json(m.error, NULL) < 0);
	rpc_message_done(&m);
	free(answer);
}

static void check_line(const char *line, size_t len)
{
	cleanup_error struct error err = ERROR_INIT;
	struct rpc_message m;
	int code = 0;

	check_json(line, len);
	if (rpc_message_parse(line, len, &m, &code, &err) < 0) {
		MUST(code < 0 && error_is_set(&err));
		check_answer(rpc_format_error(m.id, code, &err));
	} else if (m.kind == RPC_RESPONSE) {
		MUST(!m.error || rpc_error_from_json(m.error, NULL) < 0);
	} else {
		MUST(m.method && m.method[0]);
		check_params(m.params);
		check_answer(rpc_format_result(m.id, json_object_get(m.params)));
	}
	rpc_message_done(&m);
}

/* All lines in one number, for comparison. */
static uint64_t feed_in_steps(const uint8_t *data, size_t len, size_t step, bool check)
{
	struct rpc_lines lines = { 0 };
	uint64_t sum = 14695981039346656037u;
	int r = 0;

	for (size_t at = 0; at < len && r == 0; at += step) {
		size_t line_len;
		char *line;

		r = rpc_lines_feed(&lines, data + at, len - at < step ? len - at : step);
		while (r == 0 && (line = rpc_lines_next(&lines, &line_len))) {
			MUST(line_len <= RPC_LINE_MAX && line[line_len] == '\0');
			for (size_t i = 0; i <= line_len; i++)
				sum = (sum ^ (uint8_t)line[i]) * 1099511628211u;
			if (check)
				check_line(line, line_len);
		}
	}
	rpc_lines_done(&lines);
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy;
	size_t step;

	if (len == 0)
		return 0;
	step = (size_t)data[0] + 1;
	copy = exact_copy(data + 1, len - 1);
	MUST(feed_in_steps(copy, len - 1, len, true) == feed_in_steps(copy, len - 1, step, false));
	check_line((const char *)copy, len - 1);
	free(copy);
	return 0;
}

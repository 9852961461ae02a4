// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * JSON-RPC messages, see rpc.h. A member that we do not know is refused too: a client that
 * misspells "params" would otherwise have its method run without them.
 */
#include "common/rpc.h"

#include <string.h>

#include "common/utf8.h"

#define METHOD_LEN_MAX 128u

void rpc_message_done(struct rpc_message *m)
{
	if (!m)
		return;
	json_object_put(m->root);
	*m = (struct rpc_message){ 0 };
}

static int refuse(struct error *err, int *ret_code, int code, const char *sentence)
{
	static const struct {
		int code;
		const char *reason;
	} reasons[] = {
		{ RPC_INVALID_REQUEST, "invalid-request" },
		{ RPC_INVALID_PARAMS, "invalid-params" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		if (reasons[i].code == code)
			(void)error_set(err, ERROR_USAGE, reasons[i].reason, "%s", sentence);
	}
	*ret_code = code;
	return -EBADMSG;
}

static bool members_known(struct json_object *root)
{
	static const char *const known[] = {
		"jsonrpc", "id", "method", "params", "result", "error"
	};

	json_object_object_foreach(root, key, value) {
		bool found = false;

		(void)value;
		for (size_t i = 0; i < ARRAY_SIZE(known); i++)
			found = found || strcmp(key, known[i]) == 0;
		if (!found)
			return false;
	}
	return true;
}

static bool id_valid(struct json_object *id)
{
	return !id || json_object_is_type(id, json_type_string) ||
	       json_object_is_type(id, json_type_int);
}

static int check_call(struct rpc_message *m, struct json_object *method, bool has_id, int *ret_code,
		      struct error *err)
{
	struct json_object *params = NULL;
	int len;

	if (!json_object_is_type(method, json_type_string))
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "method is not a string");
	len = json_object_get_string_len(method);
	if (len < 1 || (unsigned int)len > METHOD_LEN_MAX)
		return refuse(err, ret_code, RPC_INVALID_REQUEST,
			      "method is empty or longer than 128 bytes");
	(void)json_object_object_get_ex(m->root, "params", &params);
	if (json_object_is_type(params, json_type_array))
		return refuse(err, ret_code, RPC_INVALID_PARAMS,
			      "positional parameters are not supported; name them");
	if (params && !json_object_is_type(params, json_type_object))
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "params is not an object");
	m->kind = has_id ? RPC_REQUEST : RPC_NOTIFICATION;
	m->method = json_object_get_string(method);
	m->params = params;
	return 0;
}

static int check_response(struct rpc_message *m, bool has_id, bool has_result, bool has_error,
			  int *ret_code, struct error *err)
{
	if (!has_id || has_result == has_error)
		return refuse(err, ret_code, RPC_INVALID_REQUEST,
			      "neither a request nor a response");
	if (has_error &&
	    !json_object_is_type(json_object_object_get(m->root, "error"), json_type_object))
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "error is not an object");
	m->kind = RPC_RESPONSE;
	m->result = json_object_object_get(m->root, "result");
	m->error = json_object_object_get(m->root, "error");
	return 0;
}

static int check_root(struct rpc_message *m, int *ret_code, struct error *err)
{
	struct json_object *version = NULL;
	struct json_object *method = NULL;
	struct json_object *id = NULL;
	bool has_id, has_method, has_result, has_error;

	if (json_object_is_type(m->root, json_type_array))
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "batches are not supported");
	if (!json_object_is_type(m->root, json_type_object))
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "not an object");
	has_id = json_object_object_get_ex(m->root, "id", &id);
	if (!id_valid(id))
		return refuse(err, ret_code, RPC_INVALID_REQUEST,
			      "id is not a string, an integer or null");
	m->id = id;
	(void)json_object_object_get_ex(m->root, "jsonrpc", &version);
	if (!json_object_is_type(version, json_type_string) ||
	    strcmp(json_object_get_string(version), "2.0") != 0)
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "jsonrpc is not \"2.0\"");
	if (!members_known(m->root))
		return refuse(err, ret_code, RPC_INVALID_REQUEST,
			      "a member that JSON-RPC does not know");
	has_method = json_object_object_get_ex(m->root, "method", &method);
	has_result = json_object_object_get_ex(m->root, "result", NULL);
	has_error = json_object_object_get_ex(m->root, "error", NULL);
	if (!has_method)
		return check_response(m, has_id, has_result, has_error, ret_code, err);
	if (has_result || has_error)
		return refuse(err, ret_code, RPC_INVALID_REQUEST, "both a request and a response");
	return check_call(m, method, has_id, ret_code, err);
}

int rpc_message_parse(const char *line, size_t len, struct rpc_message *ret, int *ret_code,
		      struct error *err)
{
	int r;

	*ret = (struct rpc_message){ 0 };
	r = json_parse_strict(line, len, &ret->root, err);
	if (r < 0) {
		*ret_code = r == -EBADMSG ? RPC_PARSE_ERROR : RPC_INTERNAL_ERROR;
		return -EBADMSG;
	}
	return check_root(ret, ret_code, err);
}

/*
 * --- building -----------------------------------------------------------------------------------
 */

/* Takes value over, also on failure. */
static bool add(struct json_object *object, const char *key, struct json_object *value)
{
	if (json_object_object_add(object, key, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

static bool add_string(struct json_object *object, const char *key, const char *text)
{
	struct json_object *value = json_object_new_string(text);

	return value && add(object, key, value);
}

static struct json_object *new_envelope(void)
{
	struct json_object *root = json_object_new_object();

	if (root && !add_string(root, "jsonrpc", "2.0")) {
		json_object_put(root);
		root = NULL;
	}
	return root;
}

/* Frees root. ok false: NULL. */
static char *finish(struct json_object *root, bool ok)
{
	const char *text = NULL;
	char *line = NULL;
	size_t len = 0;

	if (root && ok)
		text = json_object_to_json_string_length(
			root, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	if (text)
		line = malloc(len + 2);
	if (line) {
		memcpy(line, text, len);
		memcpy(line + len, "\n", 2);
		/*
		 * json-c passes bytes through; one bad byte from a guest must not cost the peer the
		 * whole line.
		 */
		utf8_sanitize(line, len);
	}
	json_object_put(root);
	return line;
}

static char *format_call(bool has_id, int64_t id, const char *method, struct json_object *params)
{
	struct json_object *root = new_envelope();
	bool ok = root != NULL;

	if (ok && has_id) {
		struct json_object *number = json_object_new_int64(id);

		ok = number && add(root, "id", number);
	}
	ok = ok && add_string(root, "method", method);
	if (params && ok)
		ok = add(root, "params", params);
	else
		json_object_put(params);
	return finish(root, ok);
}

char *rpc_format_request(int64_t id, const char *method, struct json_object *params)
{
	return format_call(true, id, method, params);
}

char *rpc_format_notification(const char *method, struct json_object *params)
{
	return format_call(false, 0, method, params);
}

char *rpc_format_result(struct json_object *id, struct json_object *result)
{
	struct json_object *root = new_envelope();
	cleanup_error struct error err = ERROR_INIT;
	char *line;
	bool ok;

	ok = root && add(root, "id", json_object_get(id));
	if (ok)
		ok = add(root, "result", result);
	else
		json_object_put(result);
	line = finish(root, ok);
	if (!line || strlen(line) <= RPC_ANSWER_MAX + 1)
		return line;
	/* The peer would have to drop the connection. */
	free(line);
	(void)error_set(&err, ERROR_FAILED, "answer-too-long",
			"the answer does not fit into one line of %u bytes", RPC_ANSWER_MAX);
	return rpc_format_error(id, 0, &err);
}

static struct json_object *error_data(const struct error *err)
{
	struct json_object *data = json_object_new_object();
	bool ok = data != NULL;

	if (ok && err->reason[0])
		ok = add_string(data, "reason", err->reason);
	if (ok && err->guest[0])
		ok = add_string(data, "guest", err->guest);
	if (ok && err->hint)
		ok = add_string(data, "hint", err->hint);
	if (!ok) {
		json_object_put(data);
		return NULL;
	}
	return data;
}

char *rpc_format_error(struct json_object *id, int code, const struct error *err)
{
	static const struct error unknown = { .code = ERROR_FAILED, .reason = "unknown" };
	struct json_object *root = new_envelope();
	struct json_object *body = json_object_new_object();
	struct json_object *number;
	bool ok = root && body;

	if (!error_is_set(err))
		err = &unknown;
	number = json_object_new_int(code != 0 ? code : (int)err->code);
	if (ok && number)
		ok = add(body, "code", number);
	else
		json_object_put(number);
	ok = ok && number && add_string(body, "message", err->message ? err->message : "failed");
	if (ok) {
		struct json_object *data = error_data(err);

		ok = data && add(body, "data", data);
	}
	ok = ok && add(root, "id", json_object_get(id));
	if (ok)
		ok = add(root, "error", body);
	else
		json_object_put(body);
	return finish(root, ok);
}

static const char *string_member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	if (!json_object_is_type(object, json_type_object) ||
	    !json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return NULL;
	return json_object_get_string(value);
}

int rpc_error_from_json(struct json_object *error, struct error *err)
{
	struct json_object *data = NULL;
	struct json_object *number = NULL;
	enum error_code code = ERROR_FAILED;
	const char *reason, *message, *hint, *guest;
	int r;

	if (json_object_is_type(error, json_type_object)) {
		(void)json_object_object_get_ex(error, "data", &data);
		(void)json_object_object_get_ex(error, "code", &number);
	}
	if (json_object_is_type(number, json_type_int)) {
		int64_t value = json_object_get_int64(number);

		if (value > ERROR_NONE && value < ERROR_CODE_MAX)
			code = (enum error_code)value;
	}
	reason = string_member(data, "reason");
	message = string_member(error, "message");
	hint = string_member(data, "hint");
	guest = string_member(data, "guest");
	r = error_set(err, code, reason ? reason : "rpc-error", "%s",
		      message ? message : "the peer reports an error without a sentence");
	if (hint)
		error_hint(err, "%s", hint);
	if (guest)
		error_guest(err, guest);
	return r;
}

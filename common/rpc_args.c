// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Parameters against a table, see rpc.h. All of them are checked before the first one is used; a
 * sentence names the field and what it should have been.
 */
#include "common/rpc.h"

#include <string.h>

#include "common/parse.h"
#include "common/utf8.h"

#define STRING_LEN_MAX 4096
#define STRINGS_MAX    64u
#define SECONDS_MAX    1e12 /* a duration given as a floating-point number */
#define SHOWN_NAME_MAX 64u  /* bytes of an unknown name that a sentence repeats */

static const char *const kind_names[RPC_ARG_KIND_MAX] = {
	[RPC_ARG_STRING] = "string",	 [RPC_ARG_NAME] = "name",	[RPC_ARG_IMAGE] = "image",
	[RPC_ARG_SIZE] = "size",	 [RPC_ARG_INT] = "integer",	[RPC_ARG_BOOL] = "boolean",
	[RPC_ARG_DURATION] = "duration", [RPC_ARG_STRINGS] = "strings", [RPC_ARG_OBJECT] = "object",
	[RPC_ARG_ARRAY] = "array",
};

const char *rpc_arg_kind_to_string(enum rpc_arg_kind kind)
{
	return kind < RPC_ARG_KIND_MAX ? kind_names[kind] : "unknown";
}

/* Text without NUL, valid UTF-8, of bounded length; NULL if value is something else. */
static const char *string_of(struct json_object *value)
{
	const char *text;
	int len;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	len = json_object_get_string_len(value);
	if (len > STRING_LEN_MAX || strlen(text) != (size_t)len || !utf8_valid(text, (size_t)len))
		return NULL;
	return text;
}

static bool uint_of(struct json_object *value, uint64_t *ret)
{
	if (!json_object_is_type(value, json_type_int) || json_object_get_int64(value) < 0)
		return false;
	*ret = json_object_get_uint64(value);
	return true;
}

static bool size_of(struct json_object *value, uint64_t *ret)
{
	const char *text = string_of(value);

	if (text)
		return parse_size(text, ret) == 0;
	return uint_of(value, ret);
}

static bool duration_of(struct json_object *value, uint64_t *ret_ms)
{
	const char *text = string_of(value);
	uint64_t seconds;

	if (text)
		return parse_duration(text, ret_ms) == 0;
	if (json_object_is_type(value, json_type_double)) {
		double d = json_object_get_double(value);

		if (!(d >= 0 && d <= SECONDS_MAX))
			return false;
		*ret_ms = (uint64_t)(d * 1000 + 0.5);
		return true;
	}
	return uint_of(value, &seconds) && !__builtin_mul_overflow(seconds, (uint64_t)1000, ret_ms);
}

static bool strings_valid(struct json_object *value)
{
	size_t n;

	if (!json_object_is_type(value, json_type_array))
		return false;
	n = json_object_array_length(value);
	if (n > STRINGS_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!string_of(json_object_array_get_idx(value, i)))
			return false;
	}
	return true;
}

static bool int_fits(const struct rpc_arg *arg, struct json_object *value)
{
	int64_t number = json_object_get_int64(value);

	/* json-c clamps what is beyond int64. */
	if (json_object_get_uint64(value) > INT64_MAX)
		return false;
	if (arg->min == 0 && arg->max == 0)
		return true;
	return number >= arg->min && number <= arg->max;
}

static int refuse(const struct rpc_arg *arg, const char *expected, struct error *err)
{
	return error_set(err, ERROR_USAGE, "invalid-parameter", "%s: expected %s", arg->name,
			 expected);
}

static int check_int(const struct rpc_arg *arg, struct json_object *value, struct error *err)
{
	if (!json_object_is_type(value, json_type_int))
		return refuse(arg, "an integer", err);
	if (int_fits(arg, value))
		return 0;
	if (arg->min == 0 && arg->max == 0)
		return refuse(arg, "an integer of 64 bits", err);
	return error_set(err, ERROR_USAGE, "invalid-parameter",
			 "%s: expected an integer from %lld to %lld", arg->name,
			 (long long)arg->min, (long long)arg->max);
}

static int check_value(const struct rpc_arg *arg, struct json_object *value, struct error *err)
{
	const char *text = string_of(value);
	uint64_t number;

	switch (arg->kind) {
	case RPC_ARG_STRING:
		return text ? 0 : refuse(arg, "a string of at most 4096 bytes", err);
	case RPC_ARG_NAME:
		if (text && guest_name_valid(text))
			return 0;
		return refuse(arg, "a name: 1 to 32 of a-z, 0-9 and - (not at either end)", err);
	case RPC_ARG_IMAGE:
		if (text && image_name_valid(text))
			return 0;
		return refuse(arg, "an image's name: 1 to 32 of a-z, 0-9, -, . and _", err);
	case RPC_ARG_SIZE:
		return size_of(value, &number) ? 0 : refuse(arg, "a size such as 512M", err);
	case RPC_ARG_INT:
		return check_int(arg, value, err);
	case RPC_ARG_BOOL:
		if (json_object_is_type(value, json_type_boolean))
			return 0;
		return refuse(arg, "true or false", err);
	case RPC_ARG_DURATION:
		if (duration_of(value, &number))
			return 0;
		return refuse(arg, "seconds, or a duration such as 90s, 5m, infinity", err);
	case RPC_ARG_STRINGS:
		if (strings_valid(value))
			return 0;
		return refuse(arg, "an array of at most 64 strings", err);
	case RPC_ARG_OBJECT:
		return json_object_is_type(value, json_type_object) ? 0
								    : refuse(arg, "an object", err);
	case RPC_ARG_ARRAY:
		return json_object_is_type(value, json_type_array) ? 0
								   : refuse(arg, "an array", err);
	case RPC_ARG_KIND_MAX:
		break;
	}
	return refuse(arg, "nothing (a bug: this parameter has no kind)", err);
}

static const struct rpc_arg *find_arg(const struct rpc_arg *table, const char *name)
{
	for (; table->name; table++) {
		if (strcmp(table->name, name) == 0)
			return table;
	}
	return NULL;
}

static int refuse_unknown(const char *name, struct error *err)
{
	char shown[SHOWN_NAME_MAX + 1];

	(void)snprintf(shown, sizeof(shown), "%s", name);
	utf8_sanitize(shown, strlen(shown));
	return error_set(err, ERROR_USAGE, "unknown-parameter", "unknown parameter \"%s\"", shown);
}

int rpc_args_check(struct json_object *params, const struct rpc_arg *table, struct error *err)
{
	if (params && !json_object_is_type(params, json_type_object))
		return error_set(err, ERROR_USAGE, "invalid-parameter", "params is not an object");
	if (params) {
		json_object_object_foreach(params, key, value) {
			const struct rpc_arg *arg = find_arg(table, key);
			int r;

			if (!arg)
				return refuse_unknown(key, err);
			r = value ? check_value(arg, value, err) : 0;
			if (r < 0)
				return r;
		}
	}
	for (; table->name; table++) {
		if (table->required && !rpc_arg_given(params, table->name))
			return error_set(err, ERROR_USAGE, "missing-parameter",
					 "%s: this parameter is required", table->name);
	}
	return 0;
}

struct json_object *rpc_arg_object(struct json_object *params, const char *name)
{
	struct json_object *value = NULL;

	if (params)
		(void)json_object_object_get_ex(params, name, &value);
	return value;
}

bool rpc_arg_given(struct json_object *params, const char *name)
{
	return rpc_arg_object(params, name) != NULL;
}

const char *rpc_arg_string(struct json_object *params, const char *name, const char *dflt)
{
	const char *text = string_of(rpc_arg_object(params, name));

	return text ? text : dflt;
}

int64_t rpc_arg_int(struct json_object *params, const char *name, int64_t dflt)
{
	struct json_object *value = rpc_arg_object(params, name);

	return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : dflt;
}

bool rpc_arg_bool(struct json_object *params, const char *name, bool dflt)
{
	struct json_object *value = rpc_arg_object(params, name);

	return json_object_is_type(value, json_type_boolean) ? json_object_get_boolean(value)
							     : dflt;
}

uint64_t rpc_arg_size(struct json_object *params, const char *name, uint64_t dflt)
{
	uint64_t bytes = dflt;

	(void)size_of(rpc_arg_object(params, name), &bytes);
	return bytes;
}

uint64_t rpc_arg_duration(struct json_object *params, const char *name, uint64_t dflt_ms)
{
	uint64_t ms = dflt_ms;

	return duration_of(rpc_arg_object(params, name), &ms) ? ms : dflt_ms;
}

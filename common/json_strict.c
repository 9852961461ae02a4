// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A strict JSON reader that builds json-c objects. json-c's own parser is not used for what arrives
 * from outside: even its strict mode accepts duplicate keys (the last wins, so that two readers of
 * one text may disagree), clamps integers, and lets a small text allocate much.
 *
 * Beyond RFC 8259 it refuses: duplicate keys (compared after unescaping), U+0000 (it would cut C
 * strings), lone surrogates, integers outside of int64/uint64, doubles that overflow, nesting over
 * RPC_DEPTH_MAX, and more than CONTAINERS_MAX arrays and objects (an empty json-c object costs
 * nearly 800 bytes, its text two).
 */
#include "common/rpc.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#include "common/utf8.h"

#define CONTAINERS_MAX 8192u

struct reader {
	const char *text;
	size_t at, len;
	unsigned int depth, containers;
	const char *problem; /* for people; NULL while all is well or memory ran out */
};

static int read_value(struct reader *rd, struct json_object **ret);

static int refuse(struct reader *rd, const char *problem)
{
	rd->problem = problem;
	return -EBADMSG;
}

/* The byte at the position, -1 at the end. */
static int peek(const struct reader *rd)
{
	return rd->at < rd->len ? (unsigned char)rd->text[rd->at] : -1;
}

static void skip_blanks(struct reader *rd)
{
	int c;

	while ((c = peek(rd)) == ' ' || c == '\t' || c == '\n' || c == '\r')
		rd->at++;
}

static int read_hex4(struct reader *rd, unsigned int *ret)
{
	unsigned int value = 0;

	for (unsigned int i = 0; i < 4; i++) {
		int c = peek(rd);

		if (c >= '0' && c <= '9')
			value = value * 16 + (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			value = value * 16 + (unsigned int)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			value = value * 16 + (unsigned int)(c - 'A' + 10);
		else
			return refuse(rd, "bad \\u escape");
		rd->at++;
	}
	*ret = value;
	return 0;
}

static size_t encode_utf8(unsigned int code, char *out)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* Behind "\u". Writes at most four bytes, which six or twelve bytes of text stand for. */
static int read_unicode_escape(struct reader *rd, char *out, size_t *len)
{
	unsigned int code, low;
	int r;

	r = read_hex4(rd, &code);
	if (r < 0)
		return r;
	if (code == 0)
		return refuse(rd, "U+0000 is not allowed");
	if (code >= 0xdc00 && code <= 0xdfff)
		return refuse(rd, "lone surrogate");
	if (code >= 0xd800 && code <= 0xdbff) {
		if (rd->len - rd->at < 2 || memcmp(rd->text + rd->at, "\\u", 2) != 0)
			return refuse(rd, "lone surrogate");
		rd->at += 2;
		r = read_hex4(rd, &low);
		if (r < 0)
			return r;
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(rd, "lone surrogate");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	}
	*len += encode_utf8(code, out + *len);
	return 0;
}

static int read_escape(struct reader *rd, char *out, size_t *len)
{
	static const char names[] = "\"\\/bfnrt";
	static const char values[] = "\"\\/\b\f\n\r\t";
	int c = peek(rd);
	const char *name;

	if (c == 'u') {
		rd->at++;
		return read_unicode_escape(rd, out, len);
	}
	name = c > 0 ? strchr(names, c) : NULL;
	if (!name)
		return refuse(rd, "bad escape");
	out[(*len)++] = values[name - names];
	rd->at++;
	return 0;
}

/*
 * Find the closing quote, so that the buffer has the string's size and not the rest of the text's.
 */
static int string_extent(struct reader *rd, size_t *ret)
{
	for (size_t i = rd->at; i < rd->len; i++) {
		if (rd->text[i] == '"') {
			*ret = i - rd->at;
			return 0;
		}
		if (rd->text[i] == '\\')
			i++;
	}
	return refuse(rd, "string without end");
}

/* Behind the opening quote; out has room for the text as it is, escapes only make it shorter. */
static int unescape(struct reader *rd, char *out, size_t *ret_len)
{
	size_t len = 0;

	for (;;) {
		int c = peek(rd);
		size_t n;
		int r;

		if (c < 0)
			return refuse(rd, "string without end");
		if (c < 0x20)
			return refuse(rd, "control character in a string");
		if (c == '"')
			break;
		if (c == '\\') {
			rd->at++;
			r = read_escape(rd, out, &len);
			if (r < 0)
				return r;
			continue;
		}
		n = utf8_sequence(rd->text + rd->at, rd->len - rd->at);
		if (n == 0)
			return refuse(rd, "invalid UTF-8");
		memcpy(out + len, rd->text + rd->at, n);
		len += n;
		rd->at += n;
	}
	rd->at++;
	out[len] = '\0';
	*ret_len = len;
	return 0;
}

/* At the opening quote. The result is valid UTF-8 without NUL inside, NUL-terminated. */
static int read_string(struct reader *rd, char **ret, size_t *ret_len)
{
	size_t extent;
	char *out;
	int r;

	rd->at++;
	r = string_extent(rd, &extent);
	if (r < 0)
		return r;
	out = malloc(extent + 1);
	if (!out)
		return -ENOMEM;
	r = unescape(rd, out, ret_len);
	if (r < 0) {
		free(out);
		return r;
	}
	*ret = out;
	return 0;
}

static int read_string_value(struct reader *rd, struct json_object **ret)
{
	char *text;
	size_t len;
	int r;

	r = read_string(rd, &text, &len);
	if (r < 0)
		return r;
	*ret = json_object_new_string_len(text, (int)len);
	free(text);
	return *ret ? 0 : -ENOMEM;
}

/* Skip at least one digit. */
static int skip_digits(struct reader *rd)
{
	int c = peek(rd);

	if (c < '0' || c > '9')
		return refuse(rd, "bad number");
	while (c >= '0' && c <= '9') {
		rd->at++;
		c = peek(rd);
	}
	return 0;
}

static int make_integer(struct reader *rd, const char *digits, bool negative,
			struct json_object **ret)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(digits + negative, NULL, 10);
	if (errno == ERANGE || (negative && value > (uint64_t)INT64_MAX + 1))
		return refuse(rd, "integer out of range");
	if (negative)
		*ret = json_object_new_int64((int64_t)(0 - value));
	else if (value <= INT64_MAX)
		*ret = json_object_new_int64((int64_t)value);
	else
		*ret = json_object_new_uint64(value);
	return *ret ? 0 : -ENOMEM;
}

static int make_double(struct reader *rd, const char *digits, struct json_object **ret)
{
	/* The caller's locale may have a decimal comma. */
	locale_t c_locale = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
	double value;

	if (!c_locale)
		return -ENOMEM;
	value = strtod_l(digits, NULL, c_locale);
	freelocale(c_locale);
	if (!isfinite(value))
		return refuse(rd, "number out of range");
	*ret = json_object_new_double_s(value, digits);
	return *ret ? 0 : -ENOMEM;
}

static int read_number(struct reader *rd, struct json_object **ret)
{
	char digits[64]; /* no number that anybody means is longer */
	size_t start = rd->at;
	bool negative = peek(rd) == '-';
	bool is_double = false;
	int r;

	if (negative)
		rd->at++;
	if (peek(rd) == '0')
		rd->at++;
	else if (skip_digits(rd) < 0)
		return -EBADMSG;
	if (peek(rd) == '.') {
		is_double = true;
		rd->at++;
		if (skip_digits(rd) < 0)
			return -EBADMSG;
	}
	if (peek(rd) == 'e' || peek(rd) == 'E') {
		is_double = true;
		rd->at++;
		if (peek(rd) == '+' || peek(rd) == '-')
			rd->at++;
		if (skip_digits(rd) < 0)
			return -EBADMSG;
	}
	if (rd->at - start >= sizeof(digits))
		return refuse(rd, "number too long");
	memcpy(digits, rd->text + start, rd->at - start);
	digits[rd->at - start] = '\0';
	r = is_double ? make_double(rd, digits, ret) : make_integer(rd, digits, negative, ret);
	return r;
}

static int read_word(struct reader *rd, const char *word)
{
	size_t len = strlen(word);

	if (rd->len - rd->at < len || memcmp(rd->text + rd->at, word, len) != 0)
		return refuse(rd, "unexpected character");
	rd->at += len;
	return 0;
}

static int enter_container(struct reader *rd)
{
	if (rd->depth == RPC_DEPTH_MAX)
		return refuse(rd, "nested too deeply");
	if (rd->containers == CONTAINERS_MAX)
		return refuse(rd, "too many arrays and objects");
	rd->depth++;
	rd->containers++;
	rd->at++;
	skip_blanks(rd);
	return 0;
}

/* Behind an element: 1 if another follows, 0 at the end of the container. */
static int next_element(struct reader *rd, char close)
{
	skip_blanks(rd);
	if (peek(rd) == close) {
		rd->at++;
		rd->depth--;
		return 0;
	}
	if (peek(rd) != ',')
		return refuse(rd, "a comma or the end of the list is missing");
	rd->at++;
	skip_blanks(rd);
	return 1;
}

static int read_elements(struct reader *rd, struct json_object *array)
{
	int r = 1;

	if (peek(rd) == ']')
		return next_element(rd, ']');
	while (r > 0) {
		struct json_object *value = NULL;

		r = read_value(rd, &value);
		if (r < 0)
			return r;
		if (json_object_array_add(array, value) < 0) {
			json_object_put(value);
			return -ENOMEM;
		}
		r = next_element(rd, ']');
	}
	return r;
}

static int read_member(struct reader *rd, struct json_object *object)
{
	struct json_object *value = NULL;
	cleanup_free char *key = NULL;
	size_t key_len;
	int r;

	if (peek(rd) != '"')
		return refuse(rd, "a member's name is missing");
	r = read_string(rd, &key, &key_len);
	if (r < 0)
		return r;
	if (json_object_object_get_ex(object, key, NULL))
		return refuse(rd, "duplicate key");
	skip_blanks(rd);
	if (peek(rd) != ':')
		return refuse(rd, "a colon is missing");
	rd->at++;
	skip_blanks(rd);
	r = read_value(rd, &value);
	if (r < 0)
		return r;
	if (json_object_object_add_ex(object, key, value, JSON_C_OBJECT_ADD_KEY_IS_NEW) < 0) {
		json_object_put(value);
		return -ENOMEM;
	}
	return 0;
}

static int read_members(struct reader *rd, struct json_object *object)
{
	int r = 1;

	if (peek(rd) == '}')
		return next_element(rd, '}');
	while (r > 0) {
		r = read_member(rd, object);
		if (r < 0)
			return r;
		r = next_element(rd, '}');
	}
	return r;
}

static int read_container(struct reader *rd, struct json_object **ret)
{
	bool is_array = peek(rd) == '[';
	struct json_object *container;
	int r;

	r = enter_container(rd);
	if (r < 0)
		return r;
	container = is_array ? json_object_new_array_ext(1) : json_object_new_object();
	if (!container)
		return -ENOMEM;
	r = is_array ? read_elements(rd, container) : read_members(rd, container);
	if (r < 0) {
		json_object_put(container);
		return r;
	}
	*ret = container;
	return 0;
}

static int read_value(struct reader *rd, struct json_object **ret)
{
	int r;

	switch (peek(rd)) {
	case '{':
	case '[':
		return read_container(rd, ret);
	case '"':
		return read_string_value(rd, ret);
	case 't':
	case 'f':
		r = peek(rd) == 't';
		if (read_word(rd, r ? "true" : "false") < 0)
			return -EBADMSG;
		*ret = json_object_new_boolean(r);
		return *ret ? 0 : -ENOMEM;
	case 'n':
		*ret = NULL;
		return read_word(rd, "null");
	case -1:
		return refuse(rd, "the text ends too early");
	default:
		return read_number(rd, ret);
	}
}

int json_parse_strict(const char *text, size_t len, struct json_object **ret, struct error *err)
{
	struct reader rd = { .text = text, .len = len };
	struct json_object *value = NULL;
	int r;

	if (len > INT32_MAX)
		return error_set_errno(err, EFBIG, "JSON text");
	skip_blanks(&rd);
	r = read_value(&rd, &value);
	if (r == 0) {
		skip_blanks(&rd);
		if (rd.at != rd.len) {
			json_object_put(value);
			r = refuse(&rd, "something follows the value");
		}
	}
	if (r == -EBADMSG)
		(void)error_set(err, ERROR_USAGE, "invalid-json", "invalid JSON at byte %zu: %s",
				rd.at, rd.problem);
	else if (r < 0)
		(void)error_set_errno(err, r, "JSON text");
	if (r < 0)
		return r;
	*ret = value;
	return 0;
}

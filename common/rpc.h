/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON-RPC 2.0, one object a line, over a Unix stream socket; the same code serves umld's clients, umld's link
 * to its monitors, and umlctl. Three layers, none of which knows an event loop:
 *
 *	rpc_lines	bytes in, lines out, with a bound on the length of a line
 *	rpc_message	a line in, a checked request/response/notification out
 *	rpc_args	a params object against a table of named, typed arguments
 *
 * Everything that arrives is untrusted: a request is at most RPC_LINE_MAX bytes, an answer RPC_ANSWER_MAX, nesting at most RPC_DEPTH_MAX, text
 * is valid UTF-8, a duplicate or unknown parameter is refused before anything happens.
 */
#ifndef COMMON_RPC_H
#define COMMON_RPC_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

#define RPC_LINE_MAX   (256u * 1024)
#define RPC_ANSWER_MAX (16u * 1024 * 1024) /* lists of thousands of guests */
#define RPC_DEPTH_MAX  16
#define RPC_FDS_MAX    4 /* descriptors that may travel with one line */

/* JSON-RPC's own error codes; application errors use enum error_code. */
enum {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603,
};

/* --- lines -------------------------------------------------------------------------------------- */

/* Zero-initialise; a client that reads answers then sets max. The other fields are rpc_lines.c's own. */
struct rpc_lines {
	size_t max; /* of a line, without its newline; 0 means RPC_LINE_MAX. rpc_lines_done leaves it */
	char *buf;
	size_t start, len, size; /* unread bytes are [start, len) */
	size_t partial; /* how many of them, at the end, belong to a line that is not whole yet */
};

void rpc_lines_done(struct rpc_lines *l);

/*
 * Append bytes. The buffer grows as needed up to the longest line and is given back when empty, so that an idle
 * connection costs nothing. -EMSGSIZE when a line is longer than max: answer, then close. Take all lines after each
 * feed: -ENOBUFS, nothing appended, if more than max unread bytes are there already.
 */
int rpc_lines_feed(struct rpc_lines *l, const void *data, size_t len);

/* The next whole line without its newline (a CR before it is dropped), NUL-terminated; NULL if there is none yet. Valid until the next call. */
char *rpc_lines_next(struct rpc_lines *l, size_t *ret_len);

/* --- messages ----------------------------------------------------------------------------------- */

enum rpc_kind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESPONSE };

struct rpc_message {
	enum rpc_kind kind;
	struct json_object *root;   /* owns all below */
	struct json_object *id;	    /* request, response; a string, an integer or null */
	const char *method;	    /* request, notification */
	struct json_object *params; /* request, notification; object or NULL */
	struct json_object *result; /* response */
	struct json_object *error;  /* response */
};

/*
 * Parse and check one line. On failure returns -EBADMSG, sets *ret_code to the JSON-RPC error code and err to the
 * sentence; ret->id is then set if one could be read (free with rpc_message_done either way). Batches (arrays)
 * and positional parameters are refused as RPC_INVALID_REQUEST / RPC_INVALID_PARAMS.
 */
int rpc_message_parse(const char *line, size_t len, struct rpc_message *ret, int *ret_code,
		      struct error *err);
void rpc_message_done(struct rpc_message *m);

/*
 * Build lines, newline included, owned by the caller. id is borrowed (NULL means JSON null); params, result are
 * taken over (NULL: left out / JSON null).
 */
char *rpc_format_request(int64_t id, const char *method, struct json_object *params);
char *rpc_format_notification(const char *method, struct json_object *params);
char *rpc_format_result(struct json_object *id, struct json_object *result);
/* {"code":…,"message":…,"data":{"reason":…,"guest":…,"hint":…}}; code 0 means err->code. */
char *rpc_format_error(struct json_object *id, int code, const struct error *err);

/* Fill err from the error member of a response (codes that are not ours become FAILED). Returns as error_set. */
int rpc_error_from_json(struct json_object *error, struct error *err);

/* --- arguments ---------------------------------------------------------------------------------- */

enum rpc_arg_kind {
	RPC_ARG_STRING, /* const char *: valid UTF-8 without NUL, at most 4096 bytes */
	RPC_ARG_NAME,	/* a guest's name, see parse.h */
	RPC_ARG_IMAGE,	/* an image's name */
	RPC_ARG_SIZE,	/* bytes: a JSON integer, or a string that parse_size reads */
	RPC_ARG_INT,	/* int64 within [min, max] */
	RPC_ARG_BOOL,
	RPC_ARG_DURATION, /* milliseconds: a number of seconds, or a string that parse_duration reads */
	RPC_ARG_STRINGS, /* array of at most 64 strings as above */
	RPC_ARG_OBJECT,
	RPC_ARG_ARRAY,
	RPC_ARG_KIND_MAX,
};

struct rpc_arg {
	const char *name;
	enum rpc_arg_kind kind;
	bool required;
	int64_t min, max;    /* INT only; both 0: no bound */
	const char *summary; /* for the manual page and help */
};

/*
 * Check params (object or NULL) against a table that ends with a NULL name: unknown or repeated names, missing ones and wrong
 * types fail with USAGE, reason "invalid-parameter" / "unknown-parameter" / "missing-parameter", and a sentence
 * that names the field. Values are then read with the getters, which may assume a checked object.
 * A JSON null counts as absent.
 */
int rpc_args_check(struct json_object *params, const struct rpc_arg *table, struct error *err);

bool rpc_arg_given(struct json_object *params, const char *name);
const char *rpc_arg_string(struct json_object *params, const char *name, const char *dflt);
int64_t rpc_arg_int(struct json_object *params, const char *name, int64_t dflt);
bool rpc_arg_bool(struct json_object *params, const char *name, bool dflt);
uint64_t rpc_arg_size(struct json_object *params, const char *name, uint64_t dflt);
uint64_t rpc_arg_duration(struct json_object *params, const char *name, uint64_t dflt_ms);
struct json_object *rpc_arg_object(struct json_object *params, const char *name);

/* "string", "size" …: the word the manual page uses. */
const char *rpc_arg_kind_to_string(enum rpc_arg_kind kind);

/*
 * Strict JSON text to object: whole text, depth RPC_DEPTH_MAX, UTF-8, no duplicate keys, no NaN. Used for lines, state files
 * and configuration alike. -EBADMSG with err set. *ret may be of any type, and is NULL for the text "null": check it
 * with json_object_is_type.
 */
int json_parse_strict(const char *text, size_t len, struct json_object **ret, struct error *err);

/* --- descriptors -------------------------------------------------------------------------------- */

/* One sendmsg/recvmsg with up to RPC_FDS_MAX descriptors; received ones are CLOEXEC. Surplus ones are closed. Returns bytes or -errno. */
ssize_t fds_send(int sock, const void *data, size_t len, const int *fds, unsigned int n_fds);
ssize_t fds_receive(int sock, void *data, size_t len, int fds[RPC_FDS_MAX],
		    unsigned int *ret_n_fds);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * THE request table, and the way of a line: parse, find the row, permission, parameters, function, answer. The manual
 * page umld-rpc(7), umld --list-requests and the tests follow this table.
 */
#include "daemon/core/requests.h"

#include <string.h>

#include "common/log.h"
#include "daemon/core/connection.h"
#include "daemon/core/guest.h"
#include "daemon/core/guest_config.h"
#include "daemon/core/umld.h"

#define REQUEST_ID_BYTES_MAX 256

/* Rows of parameters that several methods share. */
#define ARG_GUEST                                                                              \
	{                                                                                      \
		.name = "name", .kind = RPC_ARG_NAME, .required = true, .summary = "the guest" \
	}
#define ARG_IMAGE_NAME                                                                          \
	{                                                                                       \
		.name = "name", .kind = RPC_ARG_IMAGE, .required = true, .summary = "the image" \
	}
#define ARG_JOB                                                                                   \
	{                                                                                         \
		.name = "job", .kind = RPC_ARG_INT, .required = true, .min = 1, .max = INT64_MAX, \
		.summary = "the job's number"                                                     \
	}
#define ARG_CONSOLE                                                          \
	{                                                                    \
		.name = "console", .kind = RPC_ARG_INT, .min = 0, .max = 15, \
		.summary = "number of the console, default 0"                \
	}
#define ARG_TIMEOUT(text)                                                    \
	{                                                                    \
		.name = "timeout", .kind = RPC_ARG_DURATION, .summary = text \
	}
#define ARG_END              \
	{                    \
		.name = NULL \
	}

static const struct rpc_arg args_none[] = { ARG_END };
static const struct rpc_arg args_guest[] = { ARG_GUEST, ARG_END };
static const struct rpc_arg args_image[] = { ARG_IMAGE_NAME, ARG_END };
static const struct rpc_arg args_job[] = { ARG_JOB, ARG_END };

static const struct rpc_arg args_guest_delete[] = {
	ARG_GUEST,
	{ .name = "force", .kind = RPC_ARG_BOOL, .summary = "kill it first if it runs" },
	ARG_END,
};

static const struct rpc_arg args_guest_rename[] = {
	ARG_GUEST,
	{ .name = "new_name", .kind = RPC_ARG_NAME, .required = true, .summary = "its new name" },
	ARG_END,
};

static const struct rpc_arg args_guest_stop[] = {
	ARG_GUEST,
	ARG_TIMEOUT("after which it is killed, default the guest's stop_timeout"),
	ARG_END,
};

static const struct rpc_arg args_guest_wait[] = {
	ARG_GUEST,
	{ .name = "state",
	  .kind = RPC_ARG_STRING,
	  .summary = "stopped (the default), running, paused, or settled for any of them" },
	ARG_TIMEOUT("how long to wait, default infinity"),
	ARG_END,
};

static const struct rpc_arg args_guest_mconsole[] = {
	ARG_GUEST,
	{ .name = "command",
	  .kind = RPC_ARG_STRING,
	  .required = true,
	  .summary = "at most 511 bytes" },
	ARG_END,
};

static const struct rpc_arg args_console_attach[] = {
	ARG_GUEST,
	ARG_CONSOLE,
	{ .name = "readonly", .kind = RPC_ARG_BOOL, .summary = "input is dropped" },
	ARG_END,
};

static const struct rpc_arg args_console_log[] = { ARG_GUEST, ARG_CONSOLE, ARG_END };

static const struct rpc_arg args_image_build[] = {
	ARG_IMAGE_NAME,
	{ .name = "suite",
	  .kind = RPC_ARG_STRING,
	  .required = true,
	  .summary = "Debian suite, e.g. bookworm" },
	{ .name = "include", .kind = RPC_ARG_STRINGS, .summary = "more packages" },
	{ .name = "size", .kind = RPC_ARG_SIZE, .summary = "of the disk, default 4G" },
	{ .name = "mirror",
	  .kind = RPC_ARG_STRING,
	  .summary = "where packages come from, default as the host" },
	ARG_END,
};

static const struct rpc_arg args_image_import[] = {
	ARG_IMAGE_NAME,
	{ .name = "size", .kind = RPC_ARG_SIZE, .summary = "of the disk, default by the contents" },
	ARG_END,
};

static const struct rpc_arg args_job_wait[] = {
	ARG_JOB,
	ARG_TIMEOUT("how long to wait, default infinity"),
	ARG_END,
};

static const struct rpc_arg args_events_subscribe[] = {
	{ .name = "since",
	  .kind = RPC_ARG_INT,
	  .min = 0,
	  .max = INT64_MAX,
	  .summary = "send events after this one first" },
	{ .name = "epoch",
	  .kind = RPC_ARG_STRING,
	  .summary = "what since belongs to; of another run it means all that are kept" },
	ARG_END,
};

const struct request_row request_table[] = {
	{ "system.hello", REQUEST_ANY, false, args_none, request_system_hello,
	  "who answers, and who the caller is" },
	{ "guest.create", REQUEST_ADMIN, false, guest_create_args, request_guest_create,
	  "define a guest" },
	{ "guest.set", REQUEST_ADMIN, false, guest_set_args, request_guest_set,
	  "change a guest's definition" },
	{ "guest.show", REQUEST_OWNER, false, args_guest, request_guest_show, "one guest" },
	{ "guest.list", REQUEST_ANY, false, args_none, request_guest_list,
	  "the guests that the caller may see" },
	{ "guest.delete", REQUEST_ADMIN, false, args_guest_delete, request_guest_delete,
	  "delete a guest with its disk" },
	{ "guest.rename", REQUEST_ADMIN, false, args_guest_rename, request_guest_rename,
	  "rename a stopped guest" },
	{ "guest.start", REQUEST_OWNER, false, args_guest, request_guest_start,
	  "start a guest; answers when its kernel runs or has failed to" },
	{ "guest.stop", REQUEST_OWNER, false, args_guest_stop, request_guest_stop,
	  "ask a guest to power off; answers at once" },
	{ "guest.kill", REQUEST_OWNER, false, args_guest, request_guest_kill,
	  "kill a guest; answers at once" },
	{ "guest.restart", REQUEST_OWNER, false, args_guest_stop, request_guest_restart,
	  "stop a guest and start it from its present definition" },
	{ "guest.pause", REQUEST_OWNER, false, args_guest, request_guest_pause, "freeze a guest" },
	{ "guest.resume", REQUEST_OWNER, false, args_guest, request_guest_resume,
	  "let a paused guest go on" },
	{ "guest.wait", REQUEST_OWNER, false, args_guest_wait, request_guest_wait,
	  "wait until a guest is in a state" },
	{ "guest.mconsole", REQUEST_OWNER, false, args_guest_mconsole, request_guest_mconsole,
	  "a command for the guest's management console" },
	{ "console.attach", REQUEST_OWNER, false, args_console_attach, request_console_attach,
	  "a stream to a guest's console" },
	{ "console.log", REQUEST_OWNER, false, args_console_log, request_console_log,
	  "descriptors of a console's log, oldest part first" },
	{ "image.list", REQUEST_ANY, false, args_none, request_image_list, "all images" },
	{ "image.show", REQUEST_ANY, false, args_image, request_image_show, "one image" },
	{ "image.build", REQUEST_ADMIN, false, args_image_build, request_image_build,
	  "build a Debian image; answers with a job" },
	{ "image.import", REQUEST_ADMIN, true, args_image_import, request_image_import,
	  "make an image from a descriptor; answers with a job" },
	{ "image.delete", REQUEST_ADMIN, false, args_image, request_image_delete,
	  "delete an image that no guest needs" },
	{ "job.list", REQUEST_ANY, false, args_none, request_job_list,
	  "the jobs that the caller may see" },
	{ "job.show", REQUEST_OWNER, false, args_job, request_job_show, "one job" },
	{ "job.cancel", REQUEST_OWNER, false, args_job, request_job_cancel, "cancel a job" },
	{ "job.wait", REQUEST_OWNER, false, args_job_wait, request_job_wait,
	  "wait until a job has ended" },
	{ "events.subscribe", REQUEST_ANY, false, args_events_subscribe, request_events_subscribe,
	  "get events as notifications" },
	{ NULL, REQUEST_ANY, false, NULL, NULL, NULL },
};

const char *request_permission_to_string(enum request_permission p)
{
	static const char *const names[REQUEST_PERMISSION_MAX] = {
		[REQUEST_ANY] = "any",
		[REQUEST_OWNER] = "owner",
		[REQUEST_ADMIN] = "admin",
	};

	return p < REQUEST_PERMISSION_MAX ? names[p] : "invalid";
}

static const struct request_row *request_find(const char *method)
{
	for (const struct request_row *row = request_table; row->name; row++) {
		if (strcmp(row->name, method) == 0)
			return row;
	}
	return NULL;
}

/* --- answers ------------------------------------------------------------------------------------ */

static void request_free(struct request *req)
{
	if (req->conn) {
		CHAIN_REMOVE(req, entry);
		connection_request_done(req->conn);
	}
	if (req->fd >= 0)
		(void)close(req->fd);
	for (unsigned int i = 0; i < req->n_reply_fds; i++)
		(void)close(req->reply_fds[i]);
	json_object_put(req->params);
	json_object_put(req->id);
	free(req);
}

void request_reply(struct request *req, struct json_object *result)
{
	struct connection *c = req->conn;
	unsigned int n_fds = req->n_reply_fds;

	if (c && !req->silent) {
		char *line = rpc_format_result(req->id, result ? result : json_object_new_object());

		req->n_reply_fds = 0;
		connection_answer(c, line, req->reply_fds, n_fds);
	} else {
		json_object_put(result);
	}
	request_free(req);
}

static void request_fail_code(struct request *req, int code, const struct error *err)
{
	static const struct error gone = { .code = ERROR_FAILED, .reason = "failed" };

	if (req->conn && !req->silent)
		connection_answer(req->conn, rpc_format_error(req->id, code, err ? err : &gone),
				  NULL, 0);
	request_free(req);
}

void request_fail(struct request *req, const struct error *err)
{
	request_fail_code(req, 0, err);
}

void request_client_gone(struct request *req)
{
	CHAIN_REMOVE(req, entry);
	req->conn->n_requests--;
	req->conn = NULL;
	if (req->gone)
		req->gone(req->gone_ctx);
}

/* --- the way of a line -------------------------------------------------------------------------- */

static int request_check(struct request *req, const char *method, int *ret_code, struct error *err)
{
	struct connection *c = req->conn;

	req->row = request_find(method);
	if (!req->row) {
		*ret_code = RPC_METHOD_NOT_FOUND;
		return error_set(err, ERROR_USAGE, "unknown-method", "there is no method '%.64s'",
				 method);
	}
	if (req->row->takes_fd)
		req->fd = connection_take_fd(c);
	if (c->n_requests > CONNECTION_REQUESTS_MAX)
		return error_set(err, ERROR_BUSY, "too-many-requests",
				 "%d requests of this connection are waiting already",
				 CONNECTION_REQUESTS_MAX);
	if (req->row->permission == REQUEST_ADMIN && !req->admin)
		return error_set(err, ERROR_NOT_PERMITTED, "not-permitted",
				 "%s is for administrators (root and the socket's group)",
				 req->row->name);
	if (req->umld->stopping)
		return error_set(err, ERROR_BUSY, "shutting-down", "umld is ending");
	return rpc_args_check(req->params, req->row->args, err);
}

static void request_run(struct request *req, const char *method)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *result = NULL;
	struct json_object *params = json_object_get(req->params);
	int code = 0;
	int r = request_check(req, method, &code, &err);

	if (r == 0)
		r = req->row->fn(req, &result, &err);
	/* Once deferred, req may be answered and gone: only our own reference to the parameters is left. */
	if (r == 0) {
		request_reply(req, result);
	} else if (r < 0) {
		if (!error_is_set(&err))
			(void)error_set_errno(&err, r, "%s", method);
		request_fail_code(req, code, &err);
	}
	json_object_put(params);
}

static struct request *request_new(struct connection *c, const struct rpc_message *m)
{
	struct request *req = calloc(1, sizeof(*req));

	if (!req)
		return NULL;
	req->umld = c->umld;
	req->conn = c;
	req->id = json_object_get(m->id);
	req->silent = m->kind == RPC_NOTIFICATION;
	req->params = json_object_get(m->params);
	req->uid = c->uid;
	req->admin = c->admin;
	req->fd = -1;
	CHAIN_INSERT_FIRST(&c->requests, req, entry);
	c->n_requests++;
	return req;
}

static int message_check(const struct rpc_message *m, int *ret_code, struct error *err)
{
	*ret_code = RPC_INVALID_REQUEST;
	if (m->kind == RPC_RESPONSE)
		return error_set(err, ERROR_USAGE, "invalid-request",
				 "umld expects requests, not responses");
	if (m->kind == RPC_REQUEST && json_object_is_type(m->id, json_type_string) &&
	    json_object_get_string_len(m->id) > REQUEST_ID_BYTES_MAX)
		return error_set(err, ERROR_USAGE, "invalid-request", "id is longer than %d bytes",
				 REQUEST_ID_BYTES_MAX);
	return 0;
}

void request_handle_line(struct connection *c, const char *line, size_t len)
{
	cleanup_error struct error err = ERROR_INIT;
	struct rpc_message m = { 0 };
	struct json_object *id;
	struct request *req;
	int code = 0;
	int r = rpc_message_parse(line, len, &m, &code, &err);

	id = m.id;
	if (r == 0) {
		r = message_check(&m, &code, &err);
		if (r < 0)
			id = NULL;
	}
	if (r < 0) {
		if (id && json_object_is_type(id, json_type_string) &&
		    json_object_get_string_len(id) > REQUEST_ID_BYTES_MAX)
			id = NULL;
		connection_answer(c, rpc_format_error(id, code, &err), NULL, 0);
		rpc_message_done(&m);
		return;
	}
	req = request_new(c, &m);
	if (req)
		request_run(req, m.method);
	else
		connection_end(c);
	rpc_message_done(&m);
}

int request_guest(struct request *req, struct guest **ret, struct error *err)
{
	const char *name = rpc_arg_string(req->params, "name", "");
	struct guest *g = guests_find(&req->umld->guests, name);

	if (!g || g->op == GUEST_OP_CREATE) {
		(void)error_set(err, ERROR_NOT_FOUND, "guest-not-found", "there is no guest '%s'",
				name);
		error_guest(err, name);
		return -ENOENT;
	}
	if (!req->admin && g->config.owner != req->uid) {
		(void)error_set(err, ERROR_NOT_PERMITTED, "not-permitted",
				"guest '%s' belongs to another user", name);
		error_guest(err, name);
		return -EPERM;
	}
	*ret = g;
	return 0;
}

/* --- the table as text -------------------------------------------------------------------------- */

static struct json_object *row_to_json(const struct request_row *row)
{
	struct json_object *o = json_object_new_object();
	struct json_object *args = json_object_new_array();

	for (const struct rpc_arg *a = row->args; a->name; a++) {
		struct json_object *arg = json_object_new_object();

		json_object_object_add(arg, "name", json_object_new_string(a->name));
		json_object_object_add(arg, "kind",
				       json_object_new_string(rpc_arg_kind_to_string(a->kind)));
		json_object_object_add(arg, "required", json_object_new_boolean(a->required));
		json_object_object_add(arg, "summary", json_object_new_string(a->summary));
		json_object_array_add(args, arg);
	}
	json_object_object_add(o, "method", json_object_new_string(row->name));
	json_object_object_add(
		o, "permission",
		json_object_new_string(request_permission_to_string(row->permission)));
	json_object_object_add(o, "descriptor", json_object_new_boolean(row->takes_fd));
	json_object_object_add(o, "params", args);
	json_object_object_add(o, "summary", json_object_new_string(row->summary));
	return o;
}

char *requests_to_json(void)
{
	struct json_object *all = json_object_new_array();
	char *text;

	for (const struct request_row *row = request_table; row->name; row++)
		json_object_array_add(all, row_to_json(row));
	text = strdup(json_object_to_json_string_ext(all, JSON_C_TO_STRING_PRETTY |
								  JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(all);
	return text;
}

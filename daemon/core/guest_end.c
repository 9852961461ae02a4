/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends of runs; see guest_end.h. The monitor writes end.json from what a hostile guest printed, so it is read as strictly as a
 * client's line.
 */
#include "daemon/core/guest_end.h"

#include <fcntl.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/core/umld.h"

#define END_FILE_BYTES_MAX (64u * 1024)
#define RUN_FILE_BYTES_MAX (256u * 1024)

static const struct rpc_arg end_args[] = {
	{ .name = "version", .kind = RPC_ARG_INT, .required = true, .min = 1, .max = 1 },
	{ .name = "run_id", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "end", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "message", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "status", .kind = RPC_ARG_INT },
	{ .name = "signal", .kind = RPC_ARG_INT },
	{ .name = "time", .kind = RPC_ARG_STRING, .required = true },
	{ .name = "restarts", .kind = RPC_ARG_INT },
	{ .name = "console_tail", .kind = RPC_ARG_STRING },
	{ .name = NULL },
};

static int end_from_json(struct json_object *o, struct guest_last_end *ret,
			 char ret_run_id[ID_HEX_BYTES], struct error *err)
{
	struct guest_last_end e = { .known = true };
	int r = rpc_args_check(o, end_args, err);

	if (r < 0)
		return r;
	e.reason = guest_end_from_string(rpc_arg_string(o, "end", ""));
	if (e.reason == GUEST_END_INVALID)
		return error_set(err, ERROR_FAILED, "damaged", "end is not a known word");
	e.status = (int)rpc_arg_int(o, "status", 0);
	e.signal = (int)rpc_arg_int(o, "signal", 0);
	(void)snprintf(e.time, sizeof(e.time), "%.31s", rpc_arg_string(o, "time", ""));
	e.message = strdup(rpc_arg_string(o, "message", ""));
	e.console_tail = strdup(rpc_arg_string(o, "console_tail", ""));
	if (!e.message || !e.console_tail) {
		guest_last_end_done(&e);
		return error_set_errno(err, ENOMEM, "end.json");
	}
	(void)snprintf(ret_run_id, ID_HEX_BYTES, "%.16s", rpc_arg_string(o, "run_id", ""));
	guest_last_end_done(ret);
	*ret = e;
	return 0;
}

int guest_end_parse(const char *text, size_t len, struct guest_last_end *ret,
		    char ret_run_id[ID_HEX_BYTES], struct error *err)
{
	struct json_object *o = NULL;
	int r = json_parse_strict(text, len, &o, err);

	if (r == 0 && !json_object_is_type(o, json_type_object))
		r = error_set(err, ERROR_FAILED, "damaged", "it is not an object");
	if (r == 0)
		r = end_from_json(o, ret, ret_run_id, err);
	json_object_put(o);
	return r;
}

/* run.json is umld's own; only what identifies the run is of interest. -ENOENT: no run. */
static int run_read(int dirfd, char ret_run_id[ID_HEX_BYTES], char ret_boot_id[ID_BOOT_BYTES])
{
	cleanup_free char *text = NULL;
	struct json_object *o = NULL, *v;
	size_t len;
	int r = file_read_all(dirfd, "run.json", RUN_FILE_BYTES_MAX, &text, &len);

	if (r < 0)
		return r;
	ret_run_id[0] = ret_boot_id[0] = '\0';
	if (json_parse_strict(text, len, &o, NULL) == 0 &&
	    json_object_is_type(o, json_type_object)) {
		if (json_object_object_get_ex(o, "run_id", &v))
			(void)snprintf(ret_run_id, ID_HEX_BYTES, "%.16s",
				       json_object_get_string(v));
		if (json_object_object_get_ex(o, "boot_id", &v))
			(void)snprintf(ret_boot_id, ID_BOOT_BYTES, "%.39s",
				       json_object_get_string(v));
	}
	json_object_put(o);
	return 0;
}

static void end_read(struct guest *g, int dirfd, char ret_run_id[ID_HEX_BYTES])
{
	cleanup_error struct error err = ERROR_INIT;
	cleanup_free char *text = NULL;
	size_t len;
	int r = file_read_all(dirfd, "end.json", END_FILE_BYTES_MAX, &text, &len);

	ret_run_id[0] = '\0';
	guest_last_end_done(&g->end);
	if (r == 0)
		r = guest_end_parse(text, len, &g->end, ret_run_id, &err);
	if (r < 0 && r != -ENOENT)
		log_warning("guest %s: end.json cannot be read: %s, ignoring", g->name,
			    err.message ? err.message : strerror(-r));
}

static int end_write(int dirfd, const char *run_id, const struct guest_last_end *e)
{
	struct json_object *o = json_object_new_object();
	const char *text;
	int r = -ENOMEM;

	json_object_object_add(o, "version", json_object_new_int(1));
	json_object_object_add(o, "run_id", json_object_new_string(run_id));
	json_object_object_add(o, "end", json_object_new_string(guest_end_to_string(e->reason)));
	json_object_object_add(o, "message", json_object_new_string(e->message));
	json_object_object_add(o, "status", json_object_new_int(e->status));
	json_object_object_add(o, "signal", json_object_new_int(e->signal));
	json_object_object_add(o, "time", json_object_new_string(e->time));
	json_object_object_add(o, "restarts", json_object_new_int(0));
	json_object_object_add(o, "console_tail", json_object_new_string(""));
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE);
	if (text)
		r = file_write_atomic(dirfd, "end.json", text, strlen(text), 0600);
	json_object_put(o);
	return r;
}

static void end_make(struct guest *g, enum guest_end reason, const char *message)
{
	guest_last_end_done(&g->end);
	g->end.message = strdup(message);
	if (!g->end.message)
		return;
	g->end.known = true;
	g->end.reason = reason;
	time_now_format(g->end.time);
}

void guest_end_settle(struct guest *g, int dirfd, enum guest_end end, const char *message)
{
	char run_id[ID_HEX_BYTES], boot_id[ID_BOOT_BYTES], end_run_id[ID_HEX_BYTES];
	int r;

	/* A restart that did not come about any more. */
	if (unlinkat(dirfd, "next-run.json", 0) < 0 && errno != ENOENT)
		log_warning("guest %s: cannot remove next-run.json: %s, ignoring", g->name,
			    strerror(errno));
	end_read(g, dirfd, end_run_id);
	if (run_read(dirfd, run_id, boot_id) < 0)
		return;
	if (*end_run_id && strcmp(run_id, end_run_id) == 0)
		return;
	if (!message) {
		end = GUEST_END_KILLED;
		message = strcmp(boot_id, g->umld->boot_id) == 0
				  ? "the monitor was killed, or umld was while it started the guest"
				  : "the host went down";
	}
	end_make(g, end, message);
	r = g->end.known ? end_write(dirfd, run_id, &g->end) : -ENOMEM;
	if (r < 0) {
		/* run.json stays: the next start of umld tries again. */
		log_warning("guest %s: cannot write end.json: %s, ignoring", g->name, strerror(-r));
		return;
	}
	if (unlinkat(dirfd, "run.json", 0) < 0 || dir_sync(dirfd, ".") < 0)
		log_warning("guest %s: cannot remove run.json: %s, ignoring", g->name,
			    strerror(errno));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guest.*, the part about running: start, stop, kill, restart, pause, resume, wait, mconsole. Stop and kill of a guest that
 * has stopped succeed; what else does not fit the state is BUSY with a hint.
 */
#include <string.h>

#include "daemon/core/connection.h"
#include "daemon/core/guest_run.h"
#include "daemon/core/guest_state.h"
#include "daemon/core/monitor_link.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"

static struct json_object *state_result(const char *state)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "state", json_object_new_string(state));
	return o;
}

static int wrong_state(const struct guest *g, const char *hint, struct error *err)
{
	(void)error_set(err, ERROR_BUSY, "wrong-state", "guest '%s' is %s", g->name,
			guest_state_to_string(g->state));
	error_guest(err, g->name);
	error_hint(err, "%s", hint);
	return -EBUSY;
}

/* The guest, idle, for something that changes how it runs. */
static int request_idle_guest(struct request *req, bool damaged_ok, struct guest **ret,
			      struct error *err)
{
	int r = request_guest(req, ret, err);

	return r < 0 ? r : guest_check_idle(*ret, damaged_ok, err);
}

/* --- start -------------------------------------------------------------------------------------- */

static void start_begun(struct guest *g, void *ctx, const struct error *err)
{
	cleanup_error struct error wait_err = ERROR_INIT;
	struct request *req = ctx;

	if (err) {
		request_fail(req, err);
		return;
	}
	if (!req->conn) {
		request_fail(req, NULL);
		return;
	}
	if (waiter_add(&g->waiters, &g->umld->loop, req, GUEST_WAIT_STARTED, UINT64_MAX,
		       &wait_err) < 0)
		request_fail(req, &wait_err);
	else
		guest_waiters_check(g);
}

int request_begin_start(struct request *req, struct guest *g, struct error *err)
{
	int r = guest_run_start(g, start_begun, req, err);

	return r < 0 ? r : REQUEST_DEFERRED;
}

int request_guest_start(struct request *req, struct json_object **ret, struct error *err)
{
	struct guest *g;
	int r = request_idle_guest(req, false, &g, err);

	return r < 0 ? r : request_begin_start(req, g, err);
}

/* --- calls that the monitor answers with a state ------------------------------------------------- */

static void state_told(void *ctx, struct json_object *result, const struct error *err)
{
	struct request *req = ctx;
	struct json_object *state = NULL;

	if (err && strcmp(err->reason, "monitor-gone") != 0)
		request_fail(req, err);
	else if (err)
		request_reply(req, state_result("stopped"));
	else if (json_object_object_get_ex(result, "state", &state) &&
		 json_object_is_type(state, json_type_string))
		request_reply(req, state_result(json_object_get_string(state)));
	else
		request_reply(req, state_result("stopping"));
}

static int tell_monitor(struct request *req, struct guest *g, const char *method,
			struct json_object *params, struct error *err)
{
	int r = monitor_call(g, method, params, -1, MONITOR_CALL_MS, state_told, req, err);

	return r < 0 ? r : REQUEST_DEFERRED;
}

static uint64_t stop_timeout_ms(struct request *req, const struct guest *g)
{
	return rpc_arg_duration(req->params, "timeout", g->config.stop_timeout_s * 1000ull);
}

int request_guest_stop(struct request *req, struct json_object **ret, struct error *err)
{
	struct json_object *params;
	struct guest *g;
	int r = request_idle_guest(req, true, &g, err);

	if (r < 0)
		return r;
	if (g->state == GUEST_STOPPED) {
		*ret = state_result("stopped");
		return 0;
	}
	params = json_object_new_object();
	json_object_object_add(params, "timeout_ms",
			       json_object_new_uint64(stop_timeout_ms(req, g)));
	json_object_object_add(params, "restart", json_object_new_boolean(false));
	return tell_monitor(req, g, "monitor.stop", params, err);
}

int request_guest_kill(struct request *req, struct json_object **ret, struct error *err)
{
	struct guest *g;
	int r = request_idle_guest(req, true, &g, err);

	if (r < 0)
		return r;
	if (g->state == GUEST_STOPPED) {
		*ret = state_result("stopped");
		return 0;
	}
	return tell_monitor(req, g, "monitor.kill", NULL, err);
}

static void restart_begun(struct guest *g, void *ctx, const struct error *err)
{
	if (err)
		request_fail(ctx, err);
	else
		request_reply(ctx, state_result(guest_state_to_string(g->state)));
}

int request_guest_restart(struct request *req, struct json_object **ret, struct error *err)
{
	struct guest *g;
	int r = request_idle_guest(req, false, &g, err);

	if (r < 0)
		return r;
	if (g->state == GUEST_STOPPING)
		return wrong_state(g, "wait until it has stopped, then start it", err);
	if (g->state == GUEST_STOPPED)
		r = guest_run_start(g, restart_begun, req, err);
	else
		r = guest_run_restart(g, stop_timeout_ms(req, g), restart_begun, req, err);
	return r < 0 ? r : REQUEST_DEFERRED;
}

static int tell_in_state(struct request *req, enum guest_state needed, const char *hint,
			 const char *method, struct error *err)
{
	struct guest *g;
	int r = request_idle_guest(req, false, &g, err);

	if (r < 0)
		return r;
	if (g->state != needed)
		return wrong_state(g, hint, err);
	return tell_monitor(req, g, method, NULL, err);
}

int request_guest_pause(struct request *req, struct json_object **ret, struct error *err)
{
	return tell_in_state(req, GUEST_RUNNING, "only a running guest can be paused",
			     "monitor.pause", err);
}

int request_guest_resume(struct request *req, struct json_object **ret, struct error *err)
{
	return tell_in_state(req, GUEST_PAUSED, "only a paused guest can be resumed",
			     "monitor.resume", err);
}

/* --- wait, mconsole ----------------------------------------------------------------------------- */

int request_guest_wait(struct request *req, struct json_object **ret, struct error *err)
{
	const char *word = rpc_arg_string(req->params, "state", "stopped");
	uint64_t timeout_ms = rpc_arg_duration(req->params, "timeout", UINT64_MAX);
	struct guest *g;
	int what, r = request_guest(req, &g, err);

	if (r < 0)
		return r;
	if (strcmp(word, "settled") == 0)
		what = GUEST_WAIT_SETTLED;
	else
		what = (int)guest_state_from_string(word);
	if (what != GUEST_WAIT_SETTLED && what != GUEST_STOPPED && what != GUEST_RUNNING &&
	    what != GUEST_PAUSED)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "state must be stopped, running, paused or settled");
	r = waiter_add(&g->waiters, &req->umld->loop, req, what, timeout_ms, err);
	if (r == REQUEST_DEFERRED)
		guest_waiters_check(g);
	return r;
}

static void mconsole_answered(void *ctx, struct json_object *result, const struct error *err)
{
	struct request *req = ctx;

	if (err)
		request_fail(req, err);
	else
		request_reply(req, json_object_get(result));
}

int request_guest_mconsole(struct request *req, struct json_object **ret, struct error *err)
{
	const char *command = rpc_arg_string(req->params, "command", "");
	struct json_object *params;
	struct guest *g;
	int r = request_idle_guest(req, true, &g, err);

	if (r < 0)
		return r;
	if (strlen(command) == 0 || strlen(command) > 511)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "command must have 1 to 511 bytes");
	if (g->state == GUEST_STOPPED)
		return wrong_state(g, "start it first", err);
	params = json_object_new_object();
	json_object_object_add(params, "command", json_object_new_string(command));
	r = monitor_call(g, "monitor.mconsole", params, -1, MONITOR_MCONSOLE_MS, mconsole_answered,
			 req, err);
	return r < 0 ? r : REQUEST_DEFERRED;
}

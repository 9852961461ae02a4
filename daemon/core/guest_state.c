/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mirror of guests' states; see guest_state.h. umld invents nothing here: a state comes from the monitor, the end from
 * the files that the monitor left, and "stopped" from the free lock.
 */
#include "daemon/core/guest_state.h"

#include <fcntl.h>
#include <sched.h>
#include <string.h>

#include "common/log.h"
#include "daemon/core/event_log.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/requests.h"
#include "daemon/core/umld.h"
#include "daemon/network.h"

void guest_emit(struct guest *g, const char *event, struct json_object *fields)
{
	if (!fields)
		fields = json_object_new_object();
	json_object_object_add(fields, "guest", json_object_new_string(g->name));
	events_emit_owned(g->umld->events, g->config.owner, event, fields);
}

static void emit_state(struct guest *g)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "state", json_object_new_string(guest_state_to_string(g->state)));
	json_object_object_add(o, "since", json_object_new_string(g->since));
	json_object_object_add(o, "restarts", json_object_new_int((int)g->restarts));
	if (g->state == GUEST_STOPPED && g->end.known) {
		json_object_object_add(o, "end",
				       json_object_new_string(guest_end_to_string(g->end.reason)));
		json_object_object_add(o, "message", json_object_new_string(g->end.message));
	}
	guest_emit(g, "guest.state", o);
}

/* --- waiters ------------------------------------------------------------------------------------ */

static void waiter_answer_start(struct waiter *w, struct guest *g)
{
	cleanup_error struct error err = ERROR_INIT;

	if (g->state == GUEST_RUNNING || g->state == GUEST_PAUSED) {
		request_reply(waiter_take(w), guest_to_json(g));
		return;
	}
	(void)error_set(&err, ERROR_FAILED, "start-failed", "guest '%s' did not come up: %s: %s",
			g->name, g->end.known ? guest_end_to_string(g->end.reason) : "ended",
			g->end.known ? g->end.message : "no reason is known");
	error_guest(&err, g->name);
	if (g->end.console_tail && *g->end.console_tail)
		error_hint(&err, "its console said last:\n%s", g->end.console_tail);
	request_fail(waiter_take(w), &err);
}

static void waiter_check(struct waiter *w, void *ctx)
{
	struct guest *g = ctx;
	bool moving = g->state == GUEST_STARTING || g->state == GUEST_STOPPING;
	bool idle = g->op == GUEST_OP_NONE;

	switch (waiter_what(w)) {
	case GUEST_WAIT_STARTED:
		if (idle && !moving)
			waiter_answer_start(w, g);
		break;
	case GUEST_WAIT_SETTLED:
		if (idle && !moving)
			request_reply(waiter_take(w), guest_to_json(g));
		break;
	default:
		/* "Stopped" while it is being started or looked for would be a guess. */
		if (waiter_what(w) == (int)g->state && (idle || g->state != GUEST_STOPPED))
			request_reply(waiter_take(w), guest_to_json(g));
		break;
	}
}

void guest_waiters_check(struct guest *g)
{
	waiter_list_each(&g->waiters, waiter_check, g);
}

void guest_op_begin(struct guest *g, enum guest_op op)
{
	g->op = op;
}

void guest_op_end(struct guest *g)
{
	g->op = GUEST_OP_NONE;
	guest_waiters_check(g);
}

/* --- reports ------------------------------------------------------------------------------------ */

static const char *get_string(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_string))
		return NULL;
	return json_object_get_string(v);
}

static int64_t get_int(struct json_object *o, const char *key, int64_t dflt)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || !json_object_is_type(v, json_type_int))
		return dflt;
	return json_object_get_int64(v);
}

/* After a restart of umld: which CPU an adopted guest was pinned to. */
static int pinned_cpu(pid_t pid)
{
	cpu_set_t set;

	if (sched_getaffinity(pid, sizeof(set), &set) < 0 || CPU_COUNT(&set) != 1)
		return -1;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set))
			return cpu;
	}
	return -1;
}

static int state_take(struct guest *g, struct json_object *o)
{
	const char *word = get_string(o, "state");
	const char *since = get_string(o, "since");
	enum guest_state s = word ? guest_state_from_string(word) : GUEST_STATE_INVALID;
	bool changed;

	if (s == GUEST_STATE_INVALID)
		return -EBADMSG;
	/* The monitor says "stopped" while it still holds the lock: for umld it is on its way. */
	if (s == GUEST_STOPPED)
		s = GUEST_STOPPING;
	changed = s != g->state;
	g->state = s;
	g->restarts = (unsigned int)get_int(o, "restarts", g->restarts);
	g->pid = (pid_t)get_int(o, "pid", s == GUEST_STARTING ? 0 : g->pid);
	if (g->cpu < 0 && g->pid > 0)
		g->cpu = pinned_cpu(g->pid);
	if (since)
		(void)snprintf(g->since, sizeof(g->since), "%.31s", since);
	else if (changed)
		time_now_format(g->since);
	if (changed) {
		emit_state(g);
		guest_waiters_check(g);
	}
	return 0;
}

int guest_state_reported(struct guest *g, struct json_object *status, struct error *err)
{
	const char *name = get_string(status, "guest");

	if (!name || strcmp(name, g->name) != 0)
		return error_set(err, ERROR_FAILED, "bad-status", "it speaks for another guest");
	if (state_take(g, status) < 0)
		return error_set(err, ERROR_FAILED, "bad-status", "it reports no known state");
	return 0;
}

void guest_state_notified(struct guest *g, struct json_object *params)
{
	if (state_take(g, params) < 0)
		log_warning("guest %s: its monitor reports no known state, ignoring", g->name);
}

void guest_state_launched(struct guest *g)
{
	g->state = GUEST_STARTING;
	g->pid = 0;
	time_now_format(g->since);
	emit_state(g);
}

/* --- the end ------------------------------------------------------------------------------------ */

void guest_state_stopped(struct guest *g, enum guest_end end, const char *message)
{
	bool changed = g->state != GUEST_STOPPED || message;
	int r = guest_store_settle(g, end, message);

	if (r != 0)
		log_warning("guest %s: its last end is not known: %s", g->name,
			    r > 0 ? "somebody holds its lock" : strerror(-r));
	network_guest_down(g->umld->network, g->name);
	g->state = GUEST_STOPPED;
	g->pid = 0;
	g->cpu = -1;
	g->restarts = 0;
	time_now_format(g->since);
	if (changed) {
		log_info("guest %s has stopped: %s", g->name,
			 g->end.known ? guest_end_to_string(g->end.reason) : "nobody knows why");
		emit_state(g);
	}
	guest_waiters_check(g);
	if (g->stopped_fn) {
		void (*fn)(struct guest * guest, void *ctx) = g->stopped_fn;

		g->stopped_fn = NULL;
		fn(g, g->stopped_ctx);
	}
}

void guest_monitor_gone(struct guest *g)
{
	guest_state_stopped(g, GUEST_END_KILLED, NULL);
}

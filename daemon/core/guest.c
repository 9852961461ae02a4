/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests in memory: the list, the small questions about one, and its form for clients.
 */
#include "daemon/core/guest.h"

#include <string.h>

#include "daemon/core/umld.h"

static const char *const state_names[GUEST_STATE_MAX] = {
	[GUEST_STOPPED] = "stopped", [GUEST_STARTING] = "starting", [GUEST_RUNNING] = "running",
	[GUEST_PAUSED] = "paused",   [GUEST_STOPPING] = "stopping",
};

static const char *const op_sentences[GUEST_OP_MAX] = {
	[GUEST_OP_NONE] = "idle",
	[GUEST_OP_CREATE] = "being created",
	[GUEST_OP_SET] = "being changed",
	[GUEST_OP_ADOPT] = "being looked for after a restart of umld",
	[GUEST_OP_START] = "being started",
	[GUEST_OP_RESTART] = "being restarted",
	[GUEST_OP_DELETE] = "being deleted",
};

const char *guest_state_to_string(enum guest_state s)
{
	return s >= 0 && s < GUEST_STATE_MAX ? state_names[s] : "invalid";
}

enum guest_state guest_state_from_string(const char *s)
{
	for (int i = 0; i < GUEST_STATE_MAX; i++) {
		if (strcmp(s, state_names[i]) == 0)
			return (enum guest_state)i;
	}
	return GUEST_STATE_INVALID;
}

void guests_init(struct guests *gs)
{
	CHAIN_INIT(&gs->list);
	gs->count = 0;
}

struct guest *guests_find(struct guests *gs, const char *name)
{
	struct guest *g;

	CHAIN_FOREACH(g, &gs->list, entry)
	{
		if (strcmp(g->name, name) == 0)
			return g;
	}
	return NULL;
}

void guests_insert(struct guests *gs, struct guest *g)
{
	struct guest **at = &gs->list.first;

	while (*at && strcmp((*at)->name, g->name) < 0)
		at = &(*at)->entry.next;
	CHAIN_INSERT_AT(at, g, entry);
	gs->count++;
}

void guests_remove(struct guests *gs, struct guest *g)
{
	CHAIN_REMOVE(g, entry);
	gs->count--;
}

static void guest_wait_late(void *ctx, int what, uint64_t waited_ms, struct error *err)
{
	const struct guest *g = ctx;
	bool busy = g->op != GUEST_OP_NONE;

	(void)error_set(err, ERROR_TIMED_OUT, "timed-out",
			"guest '%s' is %s%s%s%s after %g s of waiting for it to be %s", g->name,
			guest_state_to_string(g->state), busy ? " (" : "",
			busy ? op_sentences[g->op] : "", busy ? ")" : "", (double)waited_ms / 1000,
			what >= 0 && what < GUEST_STATE_MAX ? state_names[what] : "settled");
	error_guest(err, g->name);
}

struct guest *guest_new(struct umld *u, const char *name)
{
	struct guest *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->umld = u;
	g->cpu = -1;
	(void)snprintf(g->name, sizeof(g->name), "%s", name);
	time_now_format(g->since);
	waiter_list_init(&g->waiters, guest_wait_late, g);
	return g;
}

void guest_last_end_done(struct guest_last_end *e)
{
	free(e->message);
	free(e->console_tail);
	memset(e, 0, sizeof(*e));
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	waiter_list_fail(&g->waiters, ERROR_NOT_FOUND, "guest-not-found",
			 g->umld->stopping ? "umld is ending" : "the guest was deleted");
	guest_config_done(&g->config);
	guest_last_end_done(&g->end);
	free(g->damage);
	free(g);
}

int guest_check_idle(const struct guest *g, bool damaged_ok, struct error *err)
{
	int r = 0;

	if (g->op != GUEST_OP_NONE) {
		r = error_set(err, ERROR_BUSY, "guest-busy", "guest '%s' is %s", g->name,
			      op_sentences[g->op]);
		error_hint(err, "try again when that is done");
	} else if (g->damage && !damaged_ok) {
		r = error_set(err, ERROR_FAILED, "guest-damaged", "guest '%s' cannot be used: %s",
			      g->name, g->damage);
		error_hint(err, "mend its guest.json and restart umld, or delete the guest");
	}
	if (r < 0)
		error_guest(err, g->name);
	return r;
}

static struct json_object *end_to_json(const struct guest_last_end *e, bool with_tail)
{
	struct json_object *o;

	if (!e->known)
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "reason", json_object_new_string(guest_end_to_string(e->reason)));
	json_object_object_add(o, "message", json_object_new_string(e->message));
	json_object_object_add(o, "time", json_object_new_string(e->time));
	json_object_object_add(o, "status", json_object_new_int(e->status));
	json_object_object_add(o, "signal", json_object_new_int(e->signal));
	if (with_tail)
		json_object_object_add(o, "console_tail",
				       json_object_new_string(e->console_tail ? e->console_tail
									      : ""));
	return o;
}

static struct json_object *to_json(const struct guest *g, bool with_tail)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(g->name));
	json_object_object_add(o, "state", json_object_new_string(guest_state_to_string(g->state)));
	json_object_object_add(o, "since", json_object_new_string(g->since));
	json_object_object_add(o, "pid", json_object_new_int(g->pid));
	json_object_object_add(o, "restarts", json_object_new_int((int)g->restarts));
	json_object_object_add(o, "end", end_to_json(&g->end, with_tail));
	if (g->damage)
		json_object_object_add(o, "damage", json_object_new_string(g->damage));
	guest_config_add_rpc(&g->config, o);
	return o;
}

struct json_object *guest_to_json(const struct guest *g)
{
	return to_json(g, true);
}

struct json_object *guest_to_json_row(const struct guest *g)
{
	return to_json(g, false);
}

int guest_run_identity(const struct guest *g, uid_t *ret_uid, gid_t *ret_gid, struct error *err)
{
	const struct umld *u = g->umld;
	int r;

	if (u->paths.user_mode) {
		*ret_uid = u->uid;
		*ret_gid = getgid();
		return 0;
	}
	if (g->config.owner == 0) {
		*ret_uid = u->config.guest_uid;
		*ret_gid = u->config.guest_gid;
		return 0;
	}
	r = user_primary_group(g->config.owner, ret_gid);
	if (r < 0)
		return error_set(err, ERROR_NOT_FOUND, "user-not-found",
				 "the guest's owner, uid %u, has no account on this host",
				 g->config.owner);
	*ret_uid = g->config.owner;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end of a guest: killed first if it must be, then its directory leaves guests/ in one rename, and what it held is given
 * up. See guest_store.c for what a crash leaves.
 */
#include "daemon/core/guest_delete.h"

#include <fcntl.h>
#include <string.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/core/guest_state.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/monitor_link.h"
#include "daemon/core/umld.h"
#include "daemon/network.h"

#define KILL_LIMIT_MS 60000

struct guest_removal {
	struct guest *guest; /* until it is gone */
	guest_done_fn done;
	void *ctx;
	char *trash;
	struct loop_timer *timer;
};

static void delete_fail(struct guest_removal *d, const struct error *err)
{
	struct guest *g = d->guest;

	loop_timer_stop(&d->timer);
	g->stopped_fn = NULL;
	guest_op_end(g);
	d->done(g, d->ctx, err);
	free(d);
}

static void delete_late(void *ctx)
{
	struct guest_removal *d = ctx;
	cleanup_error struct error err = ERROR_INIT;

	d->timer = NULL;
	(void)error_set(&err, ERROR_TIMED_OUT, "kill-timeout",
			"guest '%s' was killed but is still %s after %d s", d->guest->name,
			guest_state_to_string(d->guest->state), KILL_LIMIT_MS / 1000);
	error_guest(&err, d->guest->name);
	delete_fail(d, &err);
}

static void trash_remove(void *ctx)
{
	struct guest_removal *d = ctx;
	int r = dir_remove_all(AT_FDCWD, d->trash);

	if (r < 0)
		log_warning("cannot remove %s: %s, left for the next start", d->trash,
			    strerror(-r));
}

static void trash_removed(void *ctx)
{
	struct guest_removal *d = ctx;

	free(d->trash);
	free(d);
}

static void delete_now(struct guest *g, struct guest_removal *d)
{
	cleanup_error struct error err = ERROR_INIT;
	struct umld *u = g->umld;

	if (guest_store_delete(g, &d->trash, &err) < 0) {
		delete_fail(d, &err);
		return;
	}
	loop_timer_stop(&d->timer);
	network_guest_release(u->network, g->name);
	guests_remove(&u->guests, g);
	log_info("guest %s deleted", g->name);
	guest_emit(g, "guest.deleted", NULL);
	d->done(g, d->ctx, NULL);
	g->op = GUEST_OP_NONE;
	guest_free(g);
	/* If it cannot be queued, the next start empties STATE/tmp. */
	if (loop_work_run(&u->loop, trash_remove, trash_removed, d) < 0)
		trash_removed(d);
}

static void delete_stopped(struct guest *g, void *ctx)
{
	delete_now(g, ctx);
}

static void delete_killed(void *ctx, struct json_object *result, const struct error *err)
{
	struct guest *g = ctx;
	struct guest_removal *d = g->stopped_ctx;

	/* If the monitor is gone the guest has stopped: that comes by itself. */
	if (err && g->stopped_fn && strcmp(err->reason, "monitor-gone") != 0)
		delete_fail(d, err);
}

int guest_delete(struct guest *g, bool force, guest_done_fn done, void *ctx, struct error *err)
{
	struct guest_removal *d;
	int r = guest_check_idle(g, true, err);

	if (r == 0 && g->state != GUEST_STOPPED && !force) {
		r = error_set(err, ERROR_BUSY, "guest-running", "guest '%s' is %s", g->name,
			      guest_state_to_string(g->state));
		error_guest(err, g->name);
		error_hint(err, "stop it first, or delete with force");
	}
	if (r < 0)
		return r;
	d = calloc(1, sizeof(*d));
	if (!d)
		return error_set_errno(err, ENOMEM, "delete guest '%s'", g->name);
	d->guest = g;
	d->done = done;
	d->ctx = ctx;
	guest_op_begin(g, GUEST_OP_DELETE);
	if (g->state == GUEST_STOPPED) {
		delete_now(g, d);
		return 0;
	}
	g->stopped_fn = delete_stopped;
	g->stopped_ctx = d;
	d->timer = loop_timer_start(&g->umld->loop, KILL_LIMIT_MS, delete_late, d);
	r = d->timer ? monitor_call(g, "monitor.kill", NULL, -1, MONITOR_CALL_MS, delete_killed, g,
				    err)
		     : error_set_errno(err, ENOMEM, "delete guest '%s'", g->name);
	if (r < 0) {
		loop_timer_stop(&d->timer);
		g->stopped_fn = NULL;
		guest_op_end(g);
		free(d);
	}
	return r;
}

void guest_delete_close(struct guest *g, const struct error *err)
{
	if (g->op == GUEST_OP_DELETE && g->stopped_fn)
		delete_fail(g->stopped_ctx, err);
}

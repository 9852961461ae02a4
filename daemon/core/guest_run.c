/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest's way from defined to running and back, in steps that each end in a callback:
 *
 *	begin -> plan in the pool (files, run.json) -> network up -> spawn -> ready line -> link -> first status -> done
 *
 * What happens if umld is killed between two of them is written down in guest_store.c. What happens if umld is told to end:
 * steps before the spawn give up, later ones leave the guest to its monitor.
 */
#include "daemon/core/guest_run.h"

#include <sched.h>
#include <string.h>

#include "common/log.h"
#include "daemon/core/guest_delete.h"
#include "daemon/core/guest_prepare.h"
#include "daemon/core/guest_state.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/monitor_link.h"
#include "daemon/core/monitor_spawn.h"
#include "daemon/core/umld.h"
#include "daemon/image.h"

#define READY_LIMIT_MS 30000
#define READY_LINE_MAX 8192

/* One start or restart under way. */
struct guest_launch {
	struct guest *guest;
	struct guest_plan *plan;
	guest_done_fn done;
	void *ctx;
	uint64_t stop_timeout_ms; /* restart only */
	int cpu;
	int ready_fd;
	struct loop_watch *watch;
	struct loop_timer *timer;
	char line[READY_LINE_MAX];
	size_t line_len;
	struct error said; /* what the monitor said instead of "ok" */
};

/* --- placement ---------------------------------------------------------------------------------- */

/* The CPU of umld's own set with the fewest pinned guests. -1 if the kernel need not be pinned. */
static int choose_cpu(struct umld *u, const char *kernel)
{
	const struct guest_kernel *k = guest_kernel_find(kernel);
	unsigned int load[CPU_SETSIZE] = { 0 };
	struct guest *g;
	cpu_set_t set;
	int best = -1;

	if (!k || !k->pin_to_one_cpu || sched_getaffinity(0, sizeof(set), &set) < 0)
		return -1;
	CHAIN_FOREACH(g, &u->guests.list, entry)
	{
		if (g->cpu >= 0 && g->cpu < CPU_SETSIZE)
			load[g->cpu]++;
	}
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (CPU_ISSET(cpu, &set) && (best < 0 || load[cpu] < load[best]))
			best = cpu;
	}
	return best;
}

/* --- the end of a launch ------------------------------------------------------------------------ */

static void launch_free(struct guest_launch *l)
{
	l->guest->launch = NULL;
	loop_watch_stop(&l->watch);
	loop_timer_stop(&l->timer);
	if (l->ready_fd >= 0)
		(void)close(l->ready_fd);
	guest_plan_free(l->plan);
	error_done(&l->said);
	free(l);
}

/* Nothing was begun that outlives umld: the guest is as stopped as before. */
static void launch_fail(struct guest_launch *l, const struct error *err)
{
	struct guest *g = l->guest;
	guest_done_fn done = l->done;
	void *ctx = l->ctx;

	log_error("guest %s: %s", g->name, err->message ? err->message : err->reason);
	launch_free(l);
	g->cpu = -1;
	guest_op_end(g);
	done(g, ctx, err);
}

/* No kernel will come of this launch any more; files, network and state say so before anybody hears of it. */
static void launch_abandon(struct guest_launch *l, const struct error *err)
{
	guest_state_stopped(l->guest, GUEST_END_FAILED, err->message);
	launch_fail(l, err);
}

static int launch_new(struct guest *g, guest_done_fn done, void *ctx, struct guest_launch **ret,
		      struct error *err)
{
	struct guest_launch *l = calloc(1, sizeof(*l));
	const char *disk = NULL;
	int r = 0;

	if (!l)
		return error_set_errno(err, ENOMEM, "start guest '%s'", g->name);
	if (*g->config.image)
		r = images_disk_path(g->umld->images, g->config.image, &disk, err);
	if (r < 0) {
		free(l);
		error_guest(err, g->name);
		return r;
	}
	l->guest = g;
	l->ready_fd = -1;
	l->done = done;
	l->ctx = ctx;
	l->cpu = g->state == GUEST_STOPPED || g->cpu < 0 ? choose_cpu(g->umld, g->config.kernel)
							 : g->cpu;
	l->plan = guest_plan_new(g, disk, l->cpu, err);
	if (!l->plan) {
		free(l);
		error_guest(err, g->name);
		return -EIO;
	}
	g->launch = l;
	*ret = l;
	return 0;
}

static void launch_plan(void *ctx)
{
	struct guest_launch *l = ctx;

	guest_plan_run(l->plan);
}

/* --- start -------------------------------------------------------------------------------------- */

/* The start is over; its result is the guest's state. done may free nothing of the guest. */
static void start_linked(struct guest *g, const struct error *err)
{
	struct guest_launch *l = g->launch;
	cleanup_error struct error said = l->said;
	guest_done_fn done = l->done;
	void *ctx = l->ctx;

	memset(&l->said, 0, sizeof(l->said));
	launch_free(l);
	guest_op_end(g);
	if (!err && error_is_set(&said) && g->state == GUEST_STOPPED)
		err = &said;
	done(g, ctx, err);
}

/* The monitor has said that it is up, or we know that it holds the lock: from now on it is in charge. */
static void start_link(struct guest_launch *l)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest *g = l->guest;

	loop_watch_stop(&l->watch);
	loop_timer_stop(&l->timer);
	guest_state_launched(g);
	if (monitor_link_open(g, start_linked, &err) < 0)
		start_linked(g, &err);
}

/* One of the two would write to a disk of the other. */
static bool disks_conflict(const struct guest_config *a, const struct guest_config *b)
{
	for (unsigned int i = 0; i < a->n_disks; i++) {
		for (unsigned int k = 0; k < b->n_disks; k++) {
			if (strcmp(a->disks[i].path, b->disks[k].path) == 0 &&
			    !(a->disks[i].readonly && b->disks[k].readonly))
				return true;
		}
	}
	return false;
}

/* The guest of the same owner that runs and has a disk of g's, or NULL: others' guests are nobody's business. */
static const struct guest *disk_holder(const struct guest *g)
{
	const struct guest *other;

	CHAIN_FOREACH(other, &g->umld->guests.list, entry)
	{
		if (other != g && other->state != GUEST_STOPPED &&
		    other->config.owner == g->config.owner &&
		    disks_conflict(&g->config, &other->config))
			return other;
	}
	return NULL;
}

static void hint_disk_holder(const struct guest *g, struct error *err)
{
	const struct guest *holder = disk_holder(g);

	if (holder)
		error_hint(err, "guest '%s' uses it: stop that one first", holder->name);
}

/* The monitor has not said that the kernel runs. Its lock decides whether it may still come to that. */
static void start_not_ready(struct guest_launch *l, struct error *err)
{
	struct guest *g = l->guest;
	int held;

	loop_watch_stop(&l->watch);
	loop_timer_stop(&l->timer);
	error_guest(err, g->name);
	if (strcmp(err->reason, "disk-busy") == 0)
		hint_disk_holder(g, err);
	held = guest_store_settle(g, GUEST_END_FAILED, err->message);
	if (held > 0) {
		/* It is on its way out, or late: its own end tells. */
		l->said = *err;
		memset(err, 0, sizeof(*err));
		start_link(l);
		return;
	}
	launch_abandon(l, err);
}

static void start_ready_line(struct guest_launch *l)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *o = NULL, *v;
	int r = json_parse_strict(l->line, l->line_len, &o, &err);

	if (r == 0 && json_object_object_get_ex(o, "error", &v))
		r = rpc_error_from_json(v, &err);
	else if (r == 0 && (!json_object_object_get_ex(o, "ok", &v) || !json_object_get_boolean(v)))
		r = error_set(&err, ERROR_FAILED, "monitor-failed", "the monitor said nothing");
	json_object_put(o);
	if (r < 0)
		start_not_ready(l, &err);
	else
		start_link(l);
}

static void start_ready_event(void *ctx, int events)
{
	struct guest_launch *l = ctx;
	cleanup_error struct error err = ERROR_INIT;
	ssize_t n = read(l->ready_fd, l->line + l->line_len, sizeof(l->line) - 1 - l->line_len);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0) {
		l->line_len += (size_t)n;
		l->line[l->line_len] = '\0';
		if (memchr(l->line, '\n', l->line_len)) {
			l->line_len = strcspn(l->line, "\n");
			start_ready_line(l);
			return;
		}
		if (l->line_len < sizeof(l->line) - 1)
			return;
	}
	(void)error_set(&err, ERROR_FAILED, "monitor-failed",
			"the monitor of guest '%s' ended before it had started the kernel",
			l->guest->name);
	error_hint(&err, "see %s/guests/%s/monitor.log", l->guest->umld->paths.state,
		   l->guest->name);
	start_not_ready(l, &err);
}

static void start_ready_late(void *ctx)
{
	struct guest_launch *l = ctx;
	cleanup_error struct error err = ERROR_INIT;

	l->timer = NULL;
	(void)error_set(&err, ERROR_TIMED_OUT, "monitor-timeout",
			"the monitor of guest '%s' does not say whether it started the kernel",
			l->guest->name);
	start_not_ready(l, &err);
}

static int start_spawn(struct guest_launch *l, struct error *err)
{
	struct guest *g = l->guest;
	struct umld *u = g->umld;
	int r = monitor_spawn(g, &l->ready_fd, err);

	if (r < 0)
		return r;
	l->watch = loop_watch_start(&u->loop, l->ready_fd, UV_READABLE, start_ready_event, l);
	l->timer = loop_timer_start(&u->loop, READY_LIMIT_MS, start_ready_late, l);
	/* Without memory the monitor is running all the same: look at its lock. */
	if (!l->watch || !l->timer)
		log_error("guest %s: out of memory while starting it", g->name);
	if (!l->timer)
		start_link(l);
	return 0;
}

static void start_planned(void *ctx)
{
	struct guest_launch *l = ctx;
	cleanup_error struct error err = ERROR_INIT;
	struct guest *g = l->guest;
	struct umld *u = g->umld;
	uid_t uid;
	gid_t gid;
	int r = guest_plan_result(l->plan, &err);

	/* Before run.json was written there is no run; after it, every failure has to end that run. */
	if (r < 0) {
		error_guest(&err, g->name);
		launch_fail(l, &err);
		return;
	}
	if (u->stopping)
		r = error_set(&err, ERROR_BUSY, "shutting-down", "umld is ending");
	if (r == 0)
		r = guest_run_identity(g, &uid, &gid, &err);
	if (r == 0)
		r = network_guest_up(u->network, g->name, &g->config.net, uid, &err);
	if (r == 0)
		r = start_spawn(l, &err);
	if (r < 0) {
		error_guest(&err, g->name);
		launch_abandon(l, &err);
	}
}

int guest_run_start(struct guest *g, guest_done_fn done, void *ctx, struct error *err)
{
	struct guest_launch *l = NULL;
	int r = guest_check_idle(g, false, err);

	if (r == 0 && g->state != GUEST_STOPPED) {
		r = error_set(err, ERROR_BUSY, "guest-running", "guest '%s' is %s already", g->name,
			      guest_state_to_string(g->state));
		error_guest(err, g->name);
	}
	if (r == 0)
		r = launch_new(g, done, ctx, &l, err);
	if (r < 0 || !l)
		return r;
	guest_op_begin(g, GUEST_OP_START);
	g->cpu = l->cpu;
	r = loop_work_run(&g->umld->loop, launch_plan, start_planned, l);
	if (r < 0) {
		launch_free(l);
		guest_op_end(g);
		return error_set_errno(err, r, "start guest '%s'", g->name);
	}
	return 0;
}

/* --- restart ------------------------------------------------------------------------------------ */

static void restart_told(void *ctx, struct json_object *result, const struct error *err)
{
	struct guest_launch *l = ctx;
	struct guest *g = l->guest;
	guest_done_fn done = l->done;
	void *done_ctx = l->ctx;

	launch_free(l);
	guest_op_end(g);
	done(g, done_ctx, err);
}

static void restart_planned(void *ctx)
{
	struct guest_launch *l = ctx;
	cleanup_error struct error err = ERROR_INIT;
	struct guest *g = l->guest;
	struct json_object *params;
	int r = guest_plan_result(l->plan, &err);

	if (r == 0 && g->umld->stopping)
		r = error_set(&err, ERROR_BUSY, "shutting-down", "umld is ending");
	if (r == 0) {
		params = json_object_new_object();
		json_object_object_add(params, "timeout_ms",
				       json_object_new_uint64(l->stop_timeout_ms));
		json_object_object_add(params, "restart", json_object_new_boolean(true));
		r = monitor_call(g, "monitor.stop", params, -1, MONITOR_CALL_MS, restart_told, l,
				 &err);
	}
	if (r < 0) {
		error_guest(&err, g->name);
		restart_told(l, NULL, &err);
	}
}

int guest_run_restart(struct guest *g, uint64_t timeout_ms, guest_done_fn done, void *ctx,
		      struct error *err)
{
	struct guest_launch *l = NULL;
	int r = guest_check_idle(g, false, err);

	if (r == 0)
		r = launch_new(g, done, ctx, &l, err);
	if (r < 0 || !l)
		return r;
	l->stop_timeout_ms = timeout_ms;
	guest_op_begin(g, GUEST_OP_RESTART);
	r = loop_work_run(&g->umld->loop, launch_plan, restart_planned, l);
	if (r < 0) {
		launch_free(l);
		guest_op_end(g);
		return error_set_errno(err, r, "restart guest '%s'", g->name);
	}
	return 0;
}

/* --- adopt -------------------------------------------------------------------------------------- */

static void adopt_done(struct guest *g, const struct error *err)
{
	void (*done)(struct umld * u) = g->adopted;

	if (err)
		log_warning("guest %s: %s, trying on", g->name, err->message);
	else if (g->state != GUEST_STOPPED)
		log_info("guest %s is %s, adopted", g->name, guest_state_to_string(g->state));
	g->adopted = NULL;
	guest_op_end(g);
	if (done)
		done(g->umld);
}

void guest_run_adopt(struct guest *g, void (*done)(struct umld *u))
{
	cleanup_error struct error err = ERROR_INIT;
	int r = guest_store_settle(g, GUEST_END_KILLED, NULL);

	if (r <= 0) {
		if (r < 0)
			log_error("guest %s: cannot look at its lock: %s", g->name, strerror(-r));
		done(g->umld);
		return;
	}
	g->adopted = done;
	g->state = GUEST_STARTING; /* until its monitor tells more */
	guest_op_begin(g, GUEST_OP_ADOPT);
	if (monitor_link_open(g, adopt_done, &err) < 0)
		adopt_done(g, &err);
}

/* --- the end of umld ---------------------------------------------------------------------------- */

void guest_run_close(struct guest *g)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest_launch *l = g->launch;

	(void)error_set(&err, ERROR_BUSY, "shutting-down", "umld is ending");
	guest_delete_close(g, &err);
	/* A plan that is still in the pool comes back to start_planned, which gives up. */
	if (g->op == GUEST_OP_START && (l->ready_fd >= 0 || g->link))
		start_linked(g, &err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client side of the monitor's protocol; see monitor_link.h and daemon/README.md. The end of the socket does not
 * yet mean the end of the guest: only a free lock does. A pidfd of the monitor tells when to look at the lock again; a
 * timer does so where there is none.
 */
#include "daemon/core/monitor_link.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "common/file.h"
#include "common/log.h"
#include "common/rpc.h"
#include "daemon/core/chain.h"
#include "daemon/core/guest_state.h"
#include "daemon/core/guest_store.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/outbox.h"
#include "daemon/core/umld.h"

#define RETRY_MS	 100
#define RETRY_SLOW_MS	 1000
#define CONNECT_LIMIT_MS 10000
#define LINK_OUTPUT_MAX	 (256u * 1024)
#define LINK_READ_BYTES	 (16u * 1024)
#define LINK_WAITING_MAX 64u

struct link_call {
	CHAIN_ENTRY(link_call) entry;
	struct monitor_link *link;
	int64_t id;
	const char *method; /* a constant */
	uint64_t timeout_ms;
	struct loop_timer *timer;
	char *line; /* while it waits for a connection, with fd; else NULL */
	int fd;	    /* -1: none */
	monitor_done_fn done;
	void *ctx;
};

struct monitor_link {
	struct guest *guest;
	int fd; /* -1 while not connected */
	struct loop_watch *watch;
	struct rpc_lines lines;
	struct outbox out;
	CHAIN_HEAD(link_call_list, link_call) calls;
	int64_t last_id;
	unsigned int n_waiting; /* calls that have not been sent */
	struct loop_timer *retry;
	uint64_t trying_since_ms;
	bool complained;
	int pidfd;
	struct loop_watch *pid_watch;
	void (*ready)(struct guest *g, const struct error *err);
};

static void link_try(void *ctx);

static void link_ready(struct monitor_link *l, const struct error *err)
{
	void (*ready)(struct guest * g, const struct error *err) = l->ready;

	l->ready = NULL;
	if (ready)
		ready(l->guest, err);
}

/* Out of the list; what it had to say is not said any more. */
static void call_remove(struct link_call *call)
{
	CHAIN_REMOVE(call, entry);
	loop_timer_stop(&call->timer);
	if (!call->line)
		return;
	free(call->line);
	if (call->fd >= 0)
		(void)close(call->fd);
	call->link->n_waiting--;
}

static void call_end(struct link_call *call, struct json_object *result, const struct error *err)
{
	call_remove(call);
	call->done(call->ctx, result, err);
	free(call);
}

static void link_fail_calls(struct monitor_link *l)
{
	cleanup_error struct error err = ERROR_INIT;
	struct link_call *call;

	(void)error_set(&err, ERROR_FAILED, "monitor-gone",
			"the guest ended before its monitor answered");
	error_guest(&err, l->guest->name);
	while ((call = CHAIN_FIRST(&l->calls)))
		call_end(call, NULL, &err);
}

static void link_disconnect(struct monitor_link *l)
{
	loop_watch_stop(&l->watch);
	if (l->fd >= 0)
		(void)close(TAKE_FD(l->fd));
	rpc_lines_done(&l->lines);
	outbox_done(&l->out);
	link_fail_calls(l);
}

static void link_drop_pidfd(struct monitor_link *l)
{
	loop_watch_stop(&l->pid_watch);
	if (l->pidfd >= 0)
		(void)close(TAKE_FD(l->pidfd));
}

void monitor_link_close(struct guest *g)
{
	struct monitor_link *l = g->link;

	if (!l)
		return;
	l->ready = NULL;
	link_disconnect(l);
	link_drop_pidfd(l);
	loop_timer_stop(&l->retry);
	g->link = NULL;
	free(l);
}

/* The connection is of no more use: look whether the guest still exists, connect again if so. */
static void link_lost(struct monitor_link *l)
{
	link_disconnect(l);
	l->trying_since_ms = uv_now(&l->guest->umld->loop);
	l->complained = false;
	loop_timer_stop(&l->retry);
	link_try(l);
}

static void link_retry_later(struct monitor_link *l)
{
	struct umld *u = l->guest->umld;
	bool slow = uv_now(&u->loop) - l->trying_since_ms >= CONNECT_LIMIT_MS;

	if (slow && !l->complained) {
		cleanup_error struct error err = ERROR_INIT;

		l->complained = true;
		log_error("guest %s: its lock is held but its monitor does not answer",
			  l->guest->name);
		(void)error_set(&err, ERROR_TIMED_OUT, "monitor-unreachable",
				"the monitor of guest '%s' does not answer", l->guest->name);
		error_guest(&err, l->guest->name);
		link_ready(l, &err);
	}
	if (!l->retry)
		l->retry = loop_timer_start(&u->loop, slow ? RETRY_SLOW_MS : RETRY_MS, link_try, l);
}

/* --- lines -------------------------------------------------------------------------------------- */

static void link_response(struct monitor_link *l, const struct rpc_message *m)
{
	int64_t id = json_object_get_int64(m->id);
	struct link_call *call;

	CHAIN_FOREACH(call, &l->calls, entry)
	{
		if (call->id == id)
			break;
	}
	if (!call)
		return; /* it came too late */
	if (m->error) {
		cleanup_error struct error err = ERROR_INIT;

		(void)rpc_error_from_json(m->error, &err);
		error_guest(&err, l->guest->name);
		call_end(call, NULL, &err);
	} else {
		call_end(call, m->result, NULL);
	}
}

static int link_line(struct monitor_link *l, const char *line, size_t len)
{
	cleanup_error struct error err = ERROR_INIT;
	struct rpc_message m = { 0 };
	int code = 0;
	int r = rpc_message_parse(line, len, &m, &code, &err);

	if (r < 0)
		log_warning("guest %s: bad line from its monitor: %s", l->guest->name, err.message);
	else if (m.kind == RPC_RESPONSE)
		link_response(l, &m);
	else if (m.kind == RPC_NOTIFICATION && strcmp(m.method, "monitor.state") == 0)
		guest_state_notified(l->guest, m.params);
	rpc_message_done(&m);
	return r;
}

static int link_read(struct monitor_link *l)
{
	char buf[LINK_READ_BYTES];
	struct guest *g = l->guest;
	ssize_t n = read(l->fd, buf, sizeof(buf));
	char *line;
	size_t len;
	int r;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -ECONNRESET;
	r = rpc_lines_feed(&l->lines, buf, (size_t)n);
	/* A line may end the link: g->link tells, l may be gone then. */
	while (r == 0 && g->link == l && l->fd >= 0 && (line = rpc_lines_next(&l->lines, &len))) {
		if (len > 0)
			r = link_line(l, line, len);
	}
	return g->link == l ? r : 0;
}

static void link_update_watch(struct monitor_link *l)
{
	int events = UV_READABLE | (l->out.head ? UV_WRITABLE : 0);

	(void)loop_watch_set(l->watch, events);
}

static void link_event(void *ctx, int events)
{
	struct monitor_link *l = ctx;
	struct guest *g = l->guest;
	int r = 0;

	if (events & UV_WRITABLE)
		r = outbox_flush(&l->out, l->fd);
	if (r >= 0 && (events & UV_READABLE))
		r = link_read(l);
	if (g->link != l || l->fd < 0)
		return;
	if (r < 0)
		link_lost(l);
	else
		link_update_watch(l);
}

/* --- connecting --------------------------------------------------------------------------------- */

static int link_connect(const struct guest *g)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;
	int n = snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/monitors/%s.sock",
			 g->umld->paths.runtime, g->name);

	if (n < 0 || (size_t)n >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return TAKE_FD(fd);
}

static void link_monitor_exited(void *ctx, int events)
{
	struct monitor_link *l = ctx;

	link_drop_pidfd(l);
	/* What it wrote last is read first: the socket's end will follow. */
	if (l->fd >= 0 && l->watch)
		return;
	loop_timer_stop(&l->retry);
	link_try(l);
}

static void link_watch_process(struct monitor_link *l)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	link_drop_pidfd(l);
	if (getsockopt(l->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || cred.pid <= 0)
		return;
	l->pidfd = (int)syscall(SYS_pidfd_open, cred.pid, 0);
	if (l->pidfd < 0)
		return;
	l->pid_watch = loop_watch_start(&l->guest->umld->loop, l->pidfd, UV_READABLE,
					link_monitor_exited, l);
	if (!l->pid_watch)
		(void)close(TAKE_FD(l->pidfd));
}

static void link_status(void *ctx, struct json_object *result, const struct error *err)
{
	cleanup_error struct error bad = ERROR_INIT;
	struct guest *g = ctx;
	struct monitor_link *l = g->link;

	if (!l)
		return;
	if (!err && guest_state_reported(g, result, &bad) == 0) {
		/* The definition may have changed while nobody could tell it. */
		monitor_tell_policy(g);
		link_ready(l, NULL);
		return;
	}
	/* A lost connection tries again by itself; a monitor that answers nonsense or nothing does not. */
	if (l->fd >= 0) {
		err = err ? err : &bad;
		log_warning("guest %s: no status from its monitor: %s", g->name, err->message);
		link_ready(l, err);
		/* Whatever the connection is worth: its lock tells whether the guest exists. */
		if (g->link == l && l->fd >= 0)
			link_lost(l);
	}
}

/* Hand the line over to the outbox. Sending fails only if the monitor has gone: the read side notices and ends the call. */
static int call_send(struct link_call *call)
{
	char *line = TAKE_PTR(call->line);

	call->link->n_waiting--;
	return outbox_add(&call->link->out, line, &call->fd, call->fd >= 0);
}

/* What was asked for while there was no connection, in that order. */
static void link_send_waiting(struct monitor_link *l)
{
	while (l->n_waiting > 0) {
		struct link_call *call, *first = NULL;

		CHAIN_FOREACH(call, &l->calls, entry)
		{
			if (call->line && (!first || call->id < first->id))
				first = call;
		}
		if (!first || call_send(first) < 0)
			return; /* without memory its time-out ends it */
	}
}

static void link_up(struct monitor_link *l, int fd)
{
	cleanup_error struct error err = ERROR_INIT;
	struct guest *g = l->guest;

	l->fd = fd;
	l->watch = loop_watch_start(&g->umld->loop, fd, UV_READABLE, link_event, l);
	if (!l->watch) {
		(void)close(TAKE_FD(l->fd));
		link_retry_later(l);
		return;
	}
	link_watch_process(l);
	link_send_waiting(l);
	if (monitor_call(g, "monitor.status", NULL, -1, MONITOR_CALL_MS, link_status, g, &err) < 0)
		log_error("guest %s: %s", g->name, err.message);
}

static void link_try(void *ctx)
{
	struct monitor_link *l = ctx;
	struct guest *g = l->guest;
	char path[PATH_MAX];
	int fd = link_connect(g);
	int held;

	l->retry = NULL;
	if (fd >= 0) {
		link_up(l, fd);
		return;
	}
	held = guest_path(g, "lock", path, sizeof(path)) < 0 ? -ENAMETOOLONG
							     : lock_is_held(AT_FDCWD, path);
	if (held == 0) {
		void (*ready)(struct guest * guest, const struct error *err) = l->ready;

		monitor_link_close(g);
		guest_monitor_gone(g);
		if (ready)
			ready(g, NULL);
		return;
	}
	link_retry_later(l);
}

int monitor_link_open(struct guest *g, void (*ready)(struct guest *g, const struct error *err),
		      struct error *err)
{
	struct monitor_link *l = calloc(1, sizeof(*l));

	if (!l)
		return error_set_errno(err, ENOMEM, "guest '%s'", g->name);
	l->guest = g;
	l->fd = -1;
	l->pidfd = -1;
	l->ready = ready;
	l->trying_since_ms = uv_now(&g->umld->loop);
	CHAIN_INIT(&l->calls);
	/* From the loop, so that ready is never called before this returns. */
	l->retry = loop_timer_start(&g->umld->loop, 0, link_try, l);
	if (!l->retry) {
		free(l);
		return error_set_errno(err, ENOMEM, "guest '%s'", g->name);
	}
	g->link = l;
	return 0;
}

/* --- calls -------------------------------------------------------------------------------------- */

static void call_timed_out(void *ctx)
{
	struct link_call *call = ctx;
	cleanup_error struct error err = ERROR_INIT;

	call->timer = NULL;
	(void)error_set(&err, ERROR_TIMED_OUT, "monitor-timeout",
			"the monitor of guest '%s', which is %s, did not answer %s within %g s",
			call->link->guest->name, guest_state_to_string(call->link->guest->state),
			call->method, (double)call->timeout_ms / 1000);
	error_guest(&err, call->link->guest->name);
	call_end(call, NULL, &err);
}

static struct link_call *call_new(struct monitor_link *l, const char *method, uint64_t timeout_ms)
{
	struct link_call *call;

	if (!l || l->out.bytes > LINK_OUTPUT_MAX || l->n_waiting >= LINK_WAITING_MAX)
		return NULL;
	call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	call->timer = loop_timer_start(&l->guest->umld->loop, timeout_ms, call_timed_out, call);
	if (!call->timer) {
		free(call);
		return NULL;
	}
	call->link = l;
	call->id = ++l->last_id;
	call->method = method;
	call->timeout_ms = timeout_ms;
	CHAIN_INSERT_FIRST(&l->calls, call, entry);
	return call;
}

int monitor_call(struct guest *g, const char *method, struct json_object *params, int fd,
		 uint64_t timeout_ms, monitor_done_fn done, void *ctx, struct error *err)
{
	struct monitor_link *l = g->link;
	struct link_call *call = call_new(l, method, timeout_ms);

	if (!call) {
		(void)error_set(err, ERROR_FAILED, "monitor-unreachable",
				"the monitor of guest '%s' does not answer", g->name);
		error_guest(err, g->name);
		json_object_put(params);
		if (fd >= 0)
			(void)close(fd);
		return -EIO;
	}
	call->done = done;
	call->ctx = ctx;
	call->fd = fd;
	call->line = rpc_format_request(call->id, method, params);
	if (call->line)
		l->n_waiting++;
	else if (fd >= 0)
		(void)close(fd);
	/* Without a connection it waits: either there will be one, or the guest has ended. */
	if (!call->line || (l->fd >= 0 && call_send(call) < 0)) {
		call_remove(call);
		free(call);
		return error_set_errno(err, ENOMEM, "%s", method);
	}
	if (l->fd >= 0) {
		(void)outbox_flush(&l->out, l->fd);
		link_update_watch(l);
	}
	return 0;
}

static void policy_told(void *ctx, struct json_object *result, const struct error *err)
{
	if (err)
		log_warning("a monitor did not take the new policy: %s, ignoring", err->message);
}

void monitor_tell_policy(struct guest *g)
{
	cleanup_error struct error err = ERROR_INIT;
	struct json_object *params;

	/* While there is no connection, the first status on the next one brings us here again. */
	if (!g->link || g->link->fd < 0 || g->damage)
		return;
	params = json_object_new_object();
	json_object_object_add(params, "on_reboot",
			       json_object_new_string(g->config.restart_on_reboot ? "restart"
										  : "stop"));
	json_object_object_add(params, "on_crash",
			       json_object_new_string(g->config.restart_on_crash ? "restart"
										 : "stop"));
	if (monitor_call(g, "monitor.policy", params, -1, MONITOR_CALL_MS, policy_told, NULL,
			 &err) < 0)
		log_warning("guest %s: %s, ignoring", g->name, err.message);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A client's connection: bytes in, lines to requests.c, bytes out, all bounded; see connection.h. Freed in the
 * loop's next turn, because its end is often noticed deep below a loop over connections or requests.
 */
#include "daemon/core/connection.h"

#include <poll.h>
#include <string.h>

#include "common/log.h"
#include "daemon/core/event_log.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/requests.h"
#include "daemon/core/server.h"
#include "daemon/core/umld.h"

#define READ_BYTES	(64u * 1024)
#define LINES_EACH_TURN 16
#define HALF_CLOSED_MS	(10u * 60 * 1000)

static void connection_turn(void *ctx);

static void fds_drop(struct connection *c)
{
	for (unsigned int i = 0; i < c->n_fds; i++)
		(void)close(c->fds[i]);
	c->n_fds = 0;
}

/* What is owned; the struct itself stays. */
static void connection_done(struct connection *c)
{
	struct request *req, *next;

	events_unsubscribe(c->umld->events, c);
	loop_timer_stop(&c->late);
	loop_timer_stop(&c->turn);
	loop_watch_stop(&c->watch);
	if (c->fd >= 0)
		(void)close(TAKE_FD(c->fd));
	fds_drop(c);
	rpc_lines_done(&c->lines);
	outbox_done(&c->out);
	for (req = CHAIN_FIRST(&c->requests); req; req = next) {
		next = CHAIN_NEXT(req, entry);
		request_client_gone(req);
	}
}

void connection_free(struct connection *c)
{
	c->dead = true;
	connection_done(c);
	free(c);
}

static void connection_late_free(void *ctx)
{
	struct connection *c = ctx;

	c->turn = NULL;
	server_forget(c->server, c);
	connection_free(c);
}

void connection_end(struct connection *c)
{
	if (c->dead)
		return;
	c->dead = true;
	loop_timer_stop(&c->late);
	loop_timer_stop(&c->turn);
	loop_watch_stop(&c->watch);
	(void)close(TAKE_FD(c->fd));
	c->turn = loop_timer_start(&c->umld->loop, 0, connection_late_free, c);
	if (!c->turn)
		log_error("out of memory: a closed connection stays in the list");
}

/* Tell the server what the buffers hold; ends the connection if its user holds too much. */
static bool connection_account(struct connection *c)
{
	if (server_charge(c->server, c, c->lines.size + c->out.bytes))
		return true;
	log_warning("uid %u holds too much in its connections, closing one of pid %d", c->uid,
		    c->pid);
	connection_end(c);
	return false;
}

static void connection_update_watch(struct connection *c)
{
	int events = 0;

	if (c->dead)
		return;
	if (c->half_closed) {
		if (!c->out.head && !c->n_requests) {
			connection_end(c);
			return;
		}
		/* Nothing is ever "prioritized" here, but a hang-up is reported with it. */
		events = UV_PRIORITIZED | (c->out.head ? UV_WRITABLE : 0);
		if (loop_watch_set(c->watch, events) < 0)
			connection_end(c);
		return;
	}
	/* While lines wait for their turn, or much output for the client, nothing more is read. */
	if (c->out.bytes <= CONNECTION_OUTPUT_PAUSE) {
		if (!c->backlog)
			events |= UV_READABLE;
		else if (!c->turn)
			c->turn = loop_timer_start(&c->umld->loop, 0, connection_turn, c);
	}
	if (c->out.head)
		events |= UV_WRITABLE;
	if (loop_watch_set(c->watch, events) < 0)
		connection_end(c);
}

void connection_request_done(struct connection *c)
{
	c->n_requests--;
	/* Perhaps it was the last one. */
	if (c->half_closed)
		connection_update_watch(c);
}

static void connection_flush(struct connection *c)
{
	if (c->dead)
		return;
	if (outbox_flush(&c->out, c->fd) < 0)
		connection_end(c);
	else if (connection_account(c))
		connection_update_watch(c);
}

void connection_send(struct connection *c, char *line, const int *fds, unsigned int n_fds)
{
	struct outbox dropped = { 0 };

	if (c->dead) {
		(void)outbox_add(&dropped, line, fds, n_fds);
		outbox_done(&dropped);
		return;
	}
	if (outbox_add(&c->out, line, fds, n_fds) < 0) {
		connection_end(c);
		return;
	}
	connection_flush(c);
	if (!c->dead && c->out.bytes > CONNECTION_OUTPUT_MAX + c->asked_for) {
		log_info("client pid %d uid %u does not read, disconnecting it", c->pid, c->uid);
		connection_end(c);
	}
}

void connection_answer(struct connection *c, char *line, const int *fds, unsigned int n_fds)
{
	if (c->out.bytes <= CONNECTION_OUTPUT_PAUSE)
		c->asked_for = 0;
	c->asked_for += line ? strlen(line) : 0;
	connection_send(c, line, fds, n_fds);
}

static void connection_refuse(struct connection *c, int code, const char *reason, const char *text)
{
	cleanup_error struct error err = ERROR_INIT;

	(void)error_set(&err, ERROR_USAGE, reason, "%s", text);
	connection_answer(c, rpc_format_error(NULL, code, &err), NULL, 0);
}

/* Handle buffered lines, a bounded number in one go: others have their turn in between. */
static void connection_lines(struct connection *c)
{
	c->backlog = true;
	for (int i = 0; !c->dead && i < LINES_EACH_TURN; i++) {
		size_t len;
		char *line;

		if (c->out.bytes > CONNECTION_OUTPUT_PAUSE)
			break;
		line = rpc_lines_next(&c->lines, &len);
		if (!line) {
			c->backlog = false;
			if (c->lines.len == 0)
				fds_drop(c);
			break;
		}
		if (len > 0)
			request_handle_line(c, line, len);
	}
	if (!c->dead && connection_account(c))
		connection_update_watch(c);
}

static void connection_turn(void *ctx)
{
	struct connection *c = ctx;

	c->turn = NULL;
	connection_lines(c);
}

static void connection_keep_fds(struct connection *c, const int *fds, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (c->n_fds < RPC_FDS_MAX)
			c->fds[c->n_fds++] = fds[i];
		else
			(void)close(fds[i]);
	}
}

/* Both directions are closed, not only the client's sending side. */
static bool connection_hung_up(const struct connection *c)
{
	struct pollfd p = { .fd = c->fd };

	return poll(&p, 1, 0) != 0 && (p.revents & (POLLHUP | POLLERR | POLLNVAL));
}

static void connection_patience_ends(void *ctx)
{
	struct connection *c = ctx;

	c->late = NULL;
	connection_end(c);
}

/* The client has asked all that it wants to ask. */
static void connection_half_close(struct connection *c)
{
	if (connection_hung_up(c)) {
		connection_end(c);
		return;
	}
	c->half_closed = true;
	fds_drop(c);
	events_unsubscribe(c->umld->events, c);
	c->late = loop_timer_start(&c->umld->loop, HALF_CLOSED_MS, connection_patience_ends, c);
	if (!c->late) {
		connection_end(c);
		return;
	}
	if (c->lines.len > 0) {
		rpc_lines_done(&c->lines);
		connection_refuse(c, RPC_PARSE_ERROR, "line-cut-off",
				  "the last line does not end with a newline");
	}
	connection_update_watch(c);
}

static void connection_read(struct connection *c)
{
	static char buf[READ_BYTES]; /* the loop's thread only */
	int fds[RPC_FDS_MAX];
	unsigned int n_fds = 0;
	ssize_t n = fds_receive(c->fd, buf, sizeof(buf), fds, &n_fds);

	if (n == -EAGAIN || n == -EINTR)
		return;
	if (n == 0)
		connection_half_close(c);
	else if (n < 0)
		connection_end(c);
	if (n <= 0)
		return;
	connection_keep_fds(c, fds, n_fds);
	switch (rpc_lines_feed(&c->lines, buf, (size_t)n)) {
	case 0:
		connection_lines(c);
		break;
	case -EMSGSIZE:
		connection_refuse(c, RPC_INVALID_REQUEST, "line-too-long",
				  "a line is longer than 256 KiB");
		connection_end(c);
		break;
	default:
		connection_end(c);
		break;
	}
}

static void connection_ready(void *ctx, int events)
{
	struct connection *c = ctx;

	if (c->half_closed && connection_hung_up(c)) {
		connection_end(c);
		return;
	}
	if (events & UV_WRITABLE)
		connection_flush(c);
	if (!c->dead && !c->half_closed && !c->backlog && (events & UV_READABLE) &&
	    c->out.bytes <= CONNECTION_OUTPUT_PAUSE)
		connection_read(c);
}

int connection_new(struct umld *u, struct server *s, int fd, pid_t pid, uid_t uid, bool admin,
		   struct connection **ret)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->umld = u;
	c->server = s;
	c->pid = pid;
	c->uid = uid;
	c->admin = admin;
	CHAIN_INIT(&c->requests);
	c->watch = loop_watch_start(&u->loop, fd, UV_READABLE, connection_ready, c);
	if (!c->watch) {
		free(c);
		return -ENOMEM;
	}
	c->fd = fd;
	*ret = c;
	return 0;
}

int connection_take_fd(struct connection *c)
{
	int fd;

	if (c->n_fds == 0)
		return -1;
	fd = c->fds[0];
	c->n_fds--;
	memmove(c->fds, c->fds + 1, c->n_fds * sizeof(c->fds[0]));
	return fd;
}

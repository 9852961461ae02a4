// SPDX-License-Identifier: GPL-2.0-or-later
/* See control.h. */
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "common/file.h"
#include "common/log.h"
#include "daemon/monitor/control.h"

#define PEERS_MAX     16u
#define OUT_BYTES_MAX (1024u * 1024)
#define CALLS_MAX     64u /* of one peer, not yet answered */
#define ACCEPTS_MAX   8u

struct control_peer {
	struct control *control;
	struct control_peer *next;
	uint64_t id;
	int fd;
	uv_poll_t poll;
	bool closed;
	bool half_closed; /* it asks no more: closed when it has its answers, all of which come within seconds */
	struct rpc_lines lines;
	int fds[RPC_FDS_MAX]; /* came with what was read, first first */
	unsigned int n_fds, n_calls;
	uint8_t *out; /* not yet sent */
	size_t out_len;
};

struct control {
	uv_loop_t *loop;
	char *path;
	int fd;
	uv_poll_t poll;
	control_request_fn fn;
	void *ctx;
	struct control_peer *peers;
	unsigned int n_peers;
	uint64_t last_id;
};

struct control_call {
	struct control *control;
	uint64_t peer_id;
	struct json_object *id;
};

/* --- peers -------------------------------------------------------------------------------------- */

static struct control_peer *peer_find(const struct control *c, uint64_t id)
{
	for (struct control_peer *p = c->peers; p; p = p->next)
		if (p->id == id)
			return p;
	return NULL;
}

static void peer_close_fds(struct control_peer *p)
{
	while (p->n_fds > 0)
		(void)close(p->fds[--p->n_fds]);
}

static void peer_freed(uv_handle_t *handle)
{
	free(handle->data);
}

static void peer_close(struct control_peer *p)
{
	struct control_peer **at = &p->control->peers;

	if (p->closed)
		return;
	p->closed = true;
	while (*at != p)
		at = &(*at)->next;
	*at = p->next;
	p->control->n_peers--;
	peer_close_fds(p);
	rpc_lines_done(&p->lines);
	free(p->out);
	uv_close((uv_handle_t *)&p->poll, peer_freed);
	(void)close(p->fd);
}

static void peer_ready(uv_poll_t *poll, int status, int events);

/* Nothing is ever "prioritized" here, but a hang-up is reported with it. */
static void peer_update_poll(struct control_peer *p)
{
	int events = p->half_closed ? UV_PRIORITIZED : UV_READABLE;

	(void)uv_poll_start(&p->poll, events | (p->out_len ? UV_WRITABLE : 0), peer_ready);
}

static void peer_flush(struct control_peer *p)
{
	size_t sent = 0;

	while (sent < p->out_len) {
		ssize_t n =
			send(p->fd, p->out + sent, p->out_len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			peer_close(p);
			return;
		}
		if (n < 0)
			break;
		sent += (size_t)n;
	}
	p->out_len -= sent;
	if (p->out_len) {
		memmove(p->out, p->out + sent, p->out_len);
	} else {
		free(p->out);
		p->out = NULL;
	}
	if (p->half_closed && p->out_len == 0 && p->n_calls == 0)
		peer_close(p);
	else
		peer_update_poll(p);
}

/* line is taken over; NULL means that there was no memory for it, and a peer without its answer is better off closed. */
static void peer_send(struct control_peer *p, char *line)
{
	cleanup_free char *owned = line;
	size_t len = line ? strlen(line) : 0;
	uint8_t *grown = NULL;

	if (p->closed)
		return;
	if (line && p->out_len + len <= OUT_BYTES_MAX)
		grown = realloc(p->out, p->out_len + len);
	if (!grown) {
		log_warning("a peer does not take its answers, closing it");
		peer_close(p);
		return;
	}
	/* Bytes, no string. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
	memcpy(grown + p->out_len, line, len);
	p->out = grown;
	p->out_len += len;
	peer_flush(p);
}

/* --- requests ----------------------------------------------------------------------------------- */

static void call_end(struct control_call *call, char *line)
{
	struct control_peer *p = peer_find(call->control, call->peer_id);

	if (p) {
		p->n_calls--;
		peer_send(p, line);
	} else {
		free(line);
	}
	json_object_put(call->id);
	free(call);
}

void control_answer(struct control_call *call, struct json_object *result)
{
	if (!result)
		result = json_object_new_object();
	call_end(call, rpc_format_result(call->id, result));
}

void control_fail(struct control_call *call, const struct error *err)
{
	call_end(call, rpc_format_error(call->id, 0, err));
}

int control_take_fd(struct control_call *call)
{
	struct control_peer *p = peer_find(call->control, call->peer_id);
	int fd;

	if (!p || p->n_fds == 0)
		return -1;
	fd = p->fds[0];
	p->n_fds--;
	memmove(&p->fds[0], &p->fds[1], p->n_fds * sizeof(p->fds[0]));
	return fd;
}

static void peer_request(struct control_peer *p, struct rpc_message *m)
{
	struct control_call *call = calloc(1, sizeof(*call));
	cleanup_error struct error err = ERROR_INIT;

	if (!call || p->n_calls >= CALLS_MAX) {
		(void)error_set(&err, ERROR_BUSY, "too-many-requests",
				"too many requests wait for their answers");
		free(call);
		peer_send(p, rpc_format_error(m->id, 0, &err));
		return;
	}
	call->control = p->control;
	call->peer_id = p->id;
	call->id = json_object_get(m->id);
	p->n_calls++;
	p->control->fn(p->control->ctx, m->method, m->params, call);
}

static void peer_line(struct control_peer *p, const char *line, size_t len)
{
	cleanup_error struct error err = ERROR_INIT;
	struct rpc_message m = { 0 };
	int code = 0;

	if (rpc_message_parse(line, len, &m, &code, &err) < 0)
		peer_send(p, rpc_format_error(m.id, code, &err));
	else if (m.kind == RPC_REQUEST)
		peer_request(p, &m);
	rpc_message_done(&m);
}

static void peer_receive(struct control_peer *p)
{
	char buf[16384];
	int fds[RPC_FDS_MAX];
	unsigned int n_fds = 0;
	ssize_t n = fds_receive(p->fd, buf, sizeof(buf), fds, &n_fds);
	size_t len;
	char *line;

	if (n == -EAGAIN || n == -EINTR)
		return;
	for (unsigned int i = 0; i < n_fds; i++) {
		if (p->n_fds < RPC_FDS_MAX)
			p->fds[p->n_fds++] = fds[i];
		else
			(void)close(fds[i]);
	}
	if (n == 0) {
		p->half_closed = true;
		peer_close_fds(p);
		peer_flush(p);
		return;
	}
	if (n < 0 || rpc_lines_feed(&p->lines, buf, (size_t)n) < 0) {
		peer_close(p);
		return;
	}
	while (!p->closed && (line = rpc_lines_next(&p->lines, &len)) != NULL)
		if (len > 0)
			peer_line(p, line, len);
	if (!p->closed && p->lines.len == 0)
		peer_close_fds(p); /* no line is left that they could belong to */
}

static void peer_ready(uv_poll_t *poll, int status, int events)
{
	struct control_peer *p = poll->data;

	if (status < 0 || (p->half_closed && !(events & UV_WRITABLE))) {
		peer_close(p);
		return;
	}
	if (events & UV_WRITABLE)
		peer_flush(p);
	if (!p->closed && (events & UV_READABLE))
		peer_receive(p);
}

void control_notify(struct control *c, const char *method, struct json_object *params)
{
	cleanup_free char *line = rpc_format_notification(method, params);
	struct control_peer *next;

	for (struct control_peer *p = c->peers; line && p; p = next) {
		next = p->next;
		peer_send(p, strdup(line));
	}
}

/* --- the socket --------------------------------------------------------------------------------- */

static int peer_check(int fd)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return -errno;
	return cred.uid == 0 || cred.uid == geteuid() ? 0 : -EPERM;
}

/* fd is taken over on success. */
static int peer_new(struct control *c, int fd)
{
	struct control_peer *p;
	int r = peer_check(fd);

	if (r < 0)
		return r;
	if (c->n_peers >= PEERS_MAX)
		return -EMFILE;
	p = calloc(1, sizeof(*p));
	if (!p)
		return -ENOMEM;
	r = uv_poll_init(c->loop, &p->poll, fd);
	if (r < 0) {
		free(p);
		return r;
	}
	p->control = c;
	p->id = ++c->last_id;
	p->fd = fd;
	p->poll.data = p;
	p->next = c->peers;
	c->peers = p;
	c->n_peers++;
	(void)uv_poll_start(&p->poll, UV_READABLE, peer_ready);
	return 0;
}

static void control_ready(uv_poll_t *poll, int status, int events)
{
	struct control *c = poll->data;

	for (unsigned int i = 0; i < ACCEPTS_MAX; i++) {
		cleanup_close int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		int r;

		if (fd < 0)
			return;
		r = peer_new(c, fd);
		if (r == 0)
			(void)TAKE_FD(fd);
		else
			log_warning("refusing a peer: %s", strerror(-r));
	}
}

static int bind_socket(const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	cleanup_close int fd = -1;
	mode_t old;
	int r;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	(void)unlink(path); /* the caller holds the guest's lock: whoever made it is gone */
	old = umask(0177);
	r = bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0 ? -errno : 0;
	(void)umask(old);
	if (r == 0 && listen(fd, PEERS_MAX) < 0)
		r = -errno;
	return r < 0 ? r : TAKE_FD(fd);
}

int control_new(uv_loop_t *loop, const char *path, control_request_fn fn, void *ctx,
		struct control **ret, struct error *err)
{
	struct control *c = calloc(1, sizeof(*c));
	int r = -ENOMEM;

	if (c) {
		c->path = strdup(path);
		c->fd = bind_socket(path);
		r = c->path ? c->fd : -ENOMEM;
	}
	if (r >= 0)
		r = uv_poll_init(loop, &c->poll, c->fd);
	if (r < 0) {
		if (c && c->fd >= 0)
			(void)close(c->fd);
		if (c)
			free(c->path);
		free(c);
		return error_set_errno(err, r, "cannot listen on '%s'", path);
	}
	c->loop = loop;
	c->fn = fn;
	c->ctx = ctx;
	c->poll.data = c;
	(void)uv_poll_start(&c->poll, UV_READABLE, control_ready);
	*ret = c;
	return 0;
}

static void control_closed(uv_handle_t *handle)
{
	struct control *c = handle->data;

	free(c->path);
	free(c);
}

void control_free(struct control *c)
{
	if (!c)
		return;
	while (c->peers)
		peer_close(c->peers);
	uv_close((uv_handle_t *)&c->poll, control_closed);
	(void)unlink(c->path);
	(void)close(c->fd);
}

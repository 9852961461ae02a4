// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * umlctl's side of the socket. Everything that comes from it is checked by common/rpc.h before it is believed.
 */
#include "cli/cli_client.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/file.h"

#define RECONNECT_MS	   10000
#define RECONNECT_AGAIN_MS 100

static int connect_error(const char *path, int errnum, struct error *err)
{
	if (errnum == EACCES || errnum == EPERM) {
		int r = error_set(err, ERROR_NOT_PERMITTED, "socket-not-permitted",
				  "you may not connect to umld at %s", path);

		error_hint(err, "become a member of group umld, or run a umld of your own with "
				"`umld --user`");
		return r;
	}

	int r = error_set(err, ERROR_UNREACHABLE, "umld-unreachable",
			  "umld cannot be reached at %s: %s", path, strerror(errnum));

	error_hint(err, geteuid() == 0
				? "start it with `systemctl start umld` or `umld`"
				: "start one of your own with `umld --user`, or the system's "
				  "with `systemctl start umld`");
	return r;
}

static int connect_path(const char *path, struct error *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = strlen(path);

	if (len >= sizeof(sa.sun_path))
		return error_set(err, ERROR_USAGE, "path-too-long",
				 "the socket's path %s is longer than %zu bytes", path,
				 sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, len + 1);

	cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return error_set_errno(err, errno, "cannot make a socket");
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		return connect_error(path, errno, err);
	return TAKE_FD(fd);
}

int client_open(struct client *c, const char *socket, struct error *err)
{
	int r;

	if (c->fd >= 0)
		return 0;
	if (socket) {
		if (strlen(socket) >= sizeof(c->path))
			return error_set(err, ERROR_USAGE, "path-too-long",
					 "the socket's path is too long");
		(void)snprintf(c->path, sizeof(c->path), "%s", socket);
	} else if (!c->path[0]) {
		r = paths_client_socket(c->path, sizeof(c->path), err);
		if (r < 0)
			return r;
	}
	r = connect_path(c->path, err);
	if (r < 0)
		return r;
	c->fd = r;
	c->lines.max = RPC_ANSWER_MAX;
	return 0;
}

static void drop_fds(struct client *c)
{
	for (unsigned int i = 0; i < c->n_fds; i++)
		(void)close(c->fds[i]);
	c->n_fds = 0;
}

void client_close(struct client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	c->fd = -1;
	drop_fds(c);
	rpc_lines_done(&c->lines);
}

int client_take_fd(struct client *c)
{
	if (!c->n_fds)
		return -1;

	int fd = c->fds[0];

	c->n_fds--;
	memmove(c->fds, c->fds + 1, c->n_fds * sizeof(c->fds[0]));
	return fd;
}

static int connection_lost(struct client *c, int errnum, struct error *err)
{
	int r;

	if (errnum)
		r = error_set(err, ERROR_UNREACHABLE, "connection-lost",
			      "the connection to umld broke: %s", strerror(errnum));
	else
		r = error_set(err, ERROR_UNREACHABLE, "connection-lost",
			      "umld closed the connection");
	client_close(c);
	return r;
}

static int protocol_error(struct client *c, const char *what, struct error *err)
{
	int r = error_set(err, ERROR_FAILED, "bad-answer", "umld's answer cannot be read: %s",
			  what ? what : "not understood");

	client_close(c);
	return r;
}

static int send_line(struct client *c, const char *line, const int *fds, unsigned int n_fds,
		     struct error *err)
{
	size_t len = strlen(line);
	ssize_t n = fds_send(c->fd, line, len, fds, n_fds);
	int r = n < 0 ? (int)n : 0;

	if (!r && (size_t)n < len)
		r = fd_write_all(c->fd, line + n, len - (size_t)n);
	return r < 0 ? connection_lost(c, -r, err) : 0;
}

/* Wait for bytes and put them into the line buffer. */
static int receive_some(struct client *c, struct error *err)
{
	struct pollfd p[] = { { .fd = c->fd, .events = POLLIN },
			      { .fd = c->interrupt_fd, .events = POLLIN } };
	int timeout = c->progress ? progress_timeout_ms(c->progress) : -1;
	int r = poll(p, ARRAY_SIZE(p), timeout);

	if (r < 0 && errno != EINTR)
		return error_set_errno(err, errno, "cannot wait for umld");
	if (c->progress)
		progress_tick(c->progress);
	if (r <= 0)
		return 0;
	if (p[1].revents)
		return -EINTR;

	char buf[16384];
	int fds[RPC_FDS_MAX];
	unsigned int n_fds = 0;
	ssize_t n = fds_receive(c->fd, buf, sizeof(buf), fds, &n_fds);

	if (n == -EINTR || n == -EAGAIN)
		return 0;
	if (n < 0)
		return connection_lost(c, (int)-n, err);
	for (unsigned int i = 0; i < n_fds; i++) {
		if (c->n_fds < RPC_FDS_MAX)
			c->fds[c->n_fds++] = fds[i];
		else
			(void)close(fds[i]);
	}
	if (n == 0)
		return connection_lost(c, 0, err);
	r = rpc_lines_feed(&c->lines, buf, (size_t)n);
	return r < 0 ? protocol_error(c, r == -EMSGSIZE ? "the line is too long" : "no memory", err)
		     : 0;
}

/* The next message that is not for the callback. Returns 1 with ret set, or 0 if more bytes are needed. */
static int next_message(struct client *c, struct rpc_message *ret, struct error *err)
{
	char *line;
	size_t len;

	while ((line = rpc_lines_next(&c->lines, &len))) {
		cleanup_error struct error why = ERROR_INIT;
		struct rpc_message m = { 0 };
		int code = 0;

		if (rpc_message_parse(line, len, &m, &code, &why) < 0) {
			rpc_message_done(&m);
			return protocol_error(c, why.message, err);
		}
		if (m.kind == RPC_RESPONSE) {
			*ret = m;
			return 1;
		}
		if (m.kind == RPC_NOTIFICATION && c->notify)
			c->notify(c->notify_ctx, m.method, m.params);
		rpc_message_done(&m);
	}
	return 0;
}

static int take_answer(struct client *c, const struct rpc_message *m,
		       struct json_object **ret_result, struct error *err)
{
	if (m->error) {
		int r = rpc_error_from_json(m->error, err);

		int64_t code = json_object_get_int64(json_object_object_get(m->error, "code"));

		/* JSON-RPC's own codes for what the caller did wrong. */
		if (err && (code == RPC_INVALID_PARAMS || code == RPC_METHOD_NOT_FOUND))
			err->code = ERROR_USAGE;
		drop_fds(c);
		return r < 0 ? r : -EIO;
	}
	if (ret_result) {
		*ret_result = m->result ? json_object_get(m->result) : json_object_new_object();
		if (!*ret_result)
			return error_set_errno(err, ENOMEM, "cannot keep the answer");
	}
	return 0;
}

static int await_answer(struct client *c, struct json_object **ret_result, struct error *err)
{
	for (;;) {
		struct rpc_message m = { 0 };
		int r = next_message(c, &m, err);

		if (r < 0)
			return r;
		if (!r) {
			r = receive_some(c, err);
			if (r < 0)
				return r;
			continue;
		}

		bool ours = !m.id || json_object_get_type(m.id) != json_type_int ||
			    json_object_get_int64(m.id) == c->last_id;

		if (ours) /* an id that is null comes with "your line cannot be read" */
			r = take_answer(c, &m, ret_result, err);
		else
			drop_fds(c);
		rpc_message_done(&m);
		if (ours)
			return r;
	}
}

int client_call_fds(struct client *c, const char *method, struct json_object *params,
		    const int *fds, unsigned int n_fds, struct json_object **ret_result,
		    struct error *err)
{
	int r = client_open(c, NULL, err);

	if (r < 0) {
		json_object_put(params);
		return r;
	}
	drop_fds(c);

	cleanup_free char *line = rpc_format_request(++c->last_id, method, params);

	if (!line)
		return error_set_errno(err, ENOMEM, "cannot write the request");
	if (strlen(line) > RPC_LINE_MAX)
		return error_set(err, ERROR_USAGE, "request-too-large",
				 "the request is longer than %u bytes", RPC_LINE_MAX);
	r = send_line(c, line, fds, n_fds, err);
	return r < 0 ? r : await_answer(c, ret_result, err);
}

int client_call(struct client *c, const char *method, struct json_object *params,
		struct json_object **ret_result, struct error *err)
{
	return client_call_fds(c, method, params, NULL, 0, ret_result, err);
}

/* Connect again until the deadline; the pause between two tries is a wait on interrupt_fd. */
int client_reconnect(struct client *c, struct error *err)
{
	int64_t deadline_ms = clock_now_ms() + RECONNECT_MS;

	for (;;) {
		int r = client_open(c, NULL, err);

		if (r >= 0) {
			error_done(err);
			return 0;
		}
		if (!err || err->code != ERROR_UNREACHABLE || clock_now_ms() >= deadline_ms)
			return r;

		struct pollfd p = { .fd = c->interrupt_fd, .events = POLLIN };

		if (poll(&p, 1, RECONNECT_AGAIN_MS) > 0) {
			error_done(err);
			return -EINTR;
		}
		if (c->progress)
			progress_tick(c->progress);
	}
}

int client_call_again(struct client *c, const char *method, struct json_object *params,
		      struct json_object **ret_result, struct error *err)
{
	cleanup_json struct json_object *keep = params;
	cleanup_error struct error why = ERROR_INIT;

	for (;;) {
		int r = client_call(c, method, json_object_get(keep), ret_result, &why);

		if (r >= 0 || strcmp(why.reason, "connection-lost") != 0) {
			if (r < 0 && r != -EINTR && err) {
				error_done(err);
				*err = why;
				memset(&why, 0, sizeof(why));
			}
			return r;
		}
		r = client_reconnect(c, err);
		if (r < 0)
			return r;
	}
}

int client_listen(struct client *c, struct error *err)
{
	while (!c->stop) {
		struct rpc_message m = { 0 };
		int r = next_message(c, &m, err);

		if (c->stop) {
			rpc_message_done(&m);
			break;
		}
		if (r > 0)
			rpc_message_done(&m); /* an answer nobody waits for */
		else if (!r)
			r = receive_some(c, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listening socket and the limits over all connections. Who connects is learnt from the kernel
 * (SO_PEERCRED, SO_PEERGROUPS) at accept and never again: rights cannot change under a connection.
 */
#include "daemon/core/server.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>

#include "common/log.h"
#include "daemon/core/connection.h"
#include "daemon/core/loop_util.h"
#include "daemon/core/umld.h"

#define ACCEPT_EACH_TURN 32
#define ACCEPT_PAUSE_MS	 500

struct server {
	struct umld *umld;
	int fd;
	bool unlink_socket; /* made by us, not by systemd */
	struct loop_watch *watch;
	struct loop_timer *pause; /* out of descriptors: wait a little */
	CHAIN_HEAD(connection_list, connection) connections;
	unsigned int n_connections;
};

static bool peer_in_group(int fd, gid_t primary, gid_t wanted)
{
	gid_t groups[256];
	socklen_t len = sizeof(groups);

	if (primary == wanted)
		return true;
	/* A peer in more groups than this is not found in them: the safe side. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return false;
	for (size_t i = 0; i < len / sizeof(gid_t); i++) {
		if (groups[i] == wanted)
			return true;
	}
	return false;
}

static bool peer_is_admin(struct umld *u, int fd, const struct ucred *cred)
{
	if (cred->uid == 0)
		return true;
	if (u->paths.user_mode)
		return cred->uid == u->uid;
	return u->config.socket_group_exists && peer_in_group(fd, cred->gid, u->config.socket_gid);
}

/* Say why, then hang up. Nobody waits for a peer that does not read one line. */
static void peer_refuse(int fd, enum error_code code, const char *reason, const char *text)
{
	cleanup_error struct error err = ERROR_INIT;
	cleanup_free char *line = NULL;

	(void)error_set(&err, code, reason, "%s", text);
	line = rpc_format_error(NULL, 0, &err);
	if (line)
		(void)send(fd, line, strlen(line), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static unsigned int server_count_uid(struct server *s, uid_t uid)
{
	struct connection *c;
	unsigned int n = 0;

	CHAIN_FOREACH(c, &s->connections, entry)
	n += c->uid == uid && !c->dead;
	return n;
}

static void server_add(struct server *s, int accepted)
{
	cleanup_close int fd = accepted;
	struct umld *u = s->umld;
	struct ucred cred;
	socklen_t len = sizeof(cred);
	struct connection *c;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return;
	if (u->paths.user_mode && cred.uid != u->uid && cred.uid != 0) {
		peer_refuse(fd, ERROR_NOT_PERMITTED, "not-permitted",
			    "this umld serves another user");
		return;
	}
	if (s->n_connections >= SERVER_CONNECTIONS_MAX ||
	    (cred.uid != 0 && server_count_uid(s, cred.uid) >= SERVER_CONNECTIONS_UID_MAX)) {
		peer_refuse(fd, ERROR_BUSY, "too-many-connections", "too many connections");
		return;
	}
	if (connection_new(u, s, fd, cred.pid, cred.uid, peer_is_admin(u, fd, &cred), &c) < 0)
		return;
	(void)TAKE_FD(fd);
	CHAIN_INSERT_FIRST(&s->connections, c, entry);
	s->n_connections++;
}

static void server_resume(void *ctx)
{
	struct server *s = ctx;

	s->pause = NULL;
	(void)loop_watch_set(s->watch, UV_READABLE);
}

static void server_ready(void *ctx, int events)
{
	struct server *s = ctx;

	for (int i = 0; i < ACCEPT_EACH_TURN; i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd >= 0) {
			server_add(s, fd);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			log_error("cannot accept a connection: %s", strerror(errno));
			s->pause =
				loop_timer_start(&s->umld->loop, ACCEPT_PAUSE_MS, server_resume, s);
			if (s->pause)
				(void)loop_watch_set(s->watch, 0);
		}
		return;
	}
}

bool server_charge(struct server *s, struct connection *c, size_t new_bytes)
{
	struct connection *other;
	size_t total = 0;
	bool grew = new_bytes > c->charged;

	c->charged = new_bytes;
	/* Small buffers are bounded by the number of connections; only what grows large is added up. */
	if (!grew || c->uid == 0 ||
	    new_bytes < SERVER_BUFFERED_UID_MAX / SERVER_CONNECTIONS_UID_MAX)
		return true;
	CHAIN_FOREACH(other, &s->connections, entry)
	{
		if (other->uid == c->uid)
			total += other->charged;
	}
	return total <= SERVER_BUFFERED_UID_MAX;
}

void server_forget(struct server *s, struct connection *c)
{
	CHAIN_REMOVE(c, entry);
	s->n_connections--;
}

static int server_inherit(struct server *s)
{
	int n = sd_listen_fds(1);

	if (n < 1)
		return -ENOENT;
	if (sd_is_socket_unix(SD_LISTEN_FDS_START, SOCK_STREAM, 1, NULL, 0) <= 0) {
		log_warning("the descriptor from the service manager is no listening Unix socket, "
			    "ignoring it");
		return -ENOENT;
	}
	s->fd = SD_LISTEN_FDS_START;
	(void)fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) | O_NONBLOCK);
	return 0;
}

static int server_bind(struct server *s, struct error *err)
{
	const char *path = s->umld->paths.socket;
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	/* Everybody may ask in system mode: the peer's credentials decide, request by request. */
	mode_t mode = s->umld->paths.user_mode ? 0600 : 0666;

	if (strlen(path) >= sizeof(addr.sun_path))
		return error_set_errno(err, ENAMETOOLONG, "socket %s", path);
	(void)snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (s->fd < 0)
		return error_set_errno(err, errno, "socket");
	/* umld.lock is held: what lies here was left by an umld that is dead. */
	(void)unlink(path);
	if (bind(s->fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return error_set_errno(err, errno, "bind %s", path);
	s->unlink_socket = true;
	if (chmod(path, mode) < 0)
		return error_set_errno(err, errno, "chmod %s", path);
	if (listen(s->fd, SOMAXCONN) < 0)
		return error_set_errno(err, errno, "listen on %s", path);
	return 0;
}

int server_listen(struct umld *u, struct server **ret, struct error *err)
{
	struct server *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return error_set_errno(err, ENOMEM, "server");
	s->umld = u;
	s->fd = -1;
	CHAIN_INIT(&s->connections);
	if (server_inherit(s) < 0)
		r = server_bind(s, err);
	if (r < 0) {
		server_free(s);
		return r;
	}
	*ret = s;
	return 0;
}

int server_accept(struct server *s, struct error *err)
{
	s->watch = loop_watch_start(&s->umld->loop, s->fd, UV_READABLE, server_ready, s);
	if (!s->watch)
		return error_set_errno(err, ENOMEM, "server");
	return 0;
}

void server_free(struct server *s)
{
	struct connection *c;

	if (!s)
		return;
	loop_timer_stop(&s->pause);
	loop_watch_stop(&s->watch);
	while ((c = CHAIN_FIRST(&s->connections))) {
		CHAIN_REMOVE(c, entry);
		connection_free(c);
	}
	if (s->unlink_socket)
		(void)unlink(s->umld->paths.socket);
	if (s->fd >= 0)
		(void)close(s->fd);
	free(s);
}

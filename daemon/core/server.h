/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umld's socket: listening, accepting, and the limits over all connections. A single connection's input and output are
 * connection.c's; what requests mean is requests.c's.
 */
#ifndef DAEMON_CORE_SERVER_H
#define DAEMON_CORE_SERVER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

#define SERVER_CONNECTIONS_MAX	   4096
#define SERVER_CONNECTIONS_UID_MAX 512	       /* for each uid but root */
#define SERVER_BUFFERED_UID_MAX	   (32u << 20) /* bytes in all buffers of such a uid */

struct umld;
struct server;
struct connection;

/* Bind (or take from systemd) the socket: clients queue from now on. server_accept starts to answer them. */
int server_listen(struct umld *u, struct server **ret, struct error *err);
int server_accept(struct server *s, struct error *err);

/* Close all connections; deferred requests are told that their client is gone. Accepts NULL. */
void server_free(struct server *s);

/* For connection.c: a connection's buffers grew by so much; false if its user holds too much already. */
bool server_charge(struct server *s, struct connection *c, size_t new_bytes);
void server_forget(struct server *s, struct connection *c);

#endif

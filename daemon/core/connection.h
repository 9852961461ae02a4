/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client. Input: lines of at most RPC_LINE_MAX, a few of them handled in each turn of the loop; not read at all
 * while much output waits, so that a client that pipelines without reading stalls only itself. Output: at most
 * CONNECTION_OUTPUT_MAX bytes wait beside what the client asked for, then it is disconnected. A connection that ends stays in memory until
 * the loop's next turn: all calls are harmless on it until then.
 *
 * A client that closes only its sending side gets the answers of what it has asked, for ten minutes at most; then, or when it is gone
 * altogether, or when nothing is left to answer, the connection ends. Subscriptions do not keep it.
 *
 * Descriptors that arrive are kept in order; a request whose table row takes a descriptor takes the oldest. Those that
 * nobody asked for are closed when the input is used up.
 */
#ifndef DAEMON_CORE_CONNECTION_H
#define DAEMON_CORE_CONNECTION_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/rpc.h"
#include "daemon/core/chain.h"
#include "daemon/core/outbox.h"

#define CONNECTION_OUTPUT_MAX	(1024u * 1024)
#define CONNECTION_OUTPUT_PAUSE (128u * 1024)
#define CONNECTION_REQUESTS_MAX 128 /* deferred at the same time */

struct umld;
struct server;
struct request;
struct subscriber;

struct connection {
	CHAIN_ENTRY(connection) entry;
	struct umld *umld;
	struct server *server;
	int fd;
	struct loop_watch *watch;
	struct loop_timer *turn; /* for the next lines of the backlog, or the late end */
	bool backlog;		 /* whole lines may be buffered; nothing is read meanwhile */
	struct rpc_lines lines;
	struct outbox out;
	int fds[RPC_FDS_MAX];
	unsigned int n_fds;
	pid_t pid;
	uid_t uid;
	bool admin;
	bool dead;
	bool half_closed;	 /* nothing more will come */
	struct loop_timer *late; /* then: the end of patience */
	size_t asked_for; /* bytes of answers since the output was last below CONNECTION_OUTPUT_PAUSE */
	size_t charged; /* bytes of its buffers, as the server knows them */
	CHAIN_HEAD(request_list, request) requests;
	unsigned int n_requests;
	struct subscriber *subscriber; /* events.c's */
};

/* Takes fd over on success. */
int connection_new(struct umld *u, struct server *s, int fd, pid_t pid, uid_t uid, bool admin,
		   struct connection **ret);

/* End it now: closes the descriptor, tells its requests, frees itself later. */
void connection_end(struct connection *c);

/* Free at once; only for the server's own end. */
void connection_free(struct connection *c);

/* Queue a line (taken over, with the descriptors) and write what can be written. */
void connection_send(struct connection *c, char *line, const int *fds, unsigned int n_fds);

/*
 * The same for what the client asked for: however long it is, the client is given the time to read it. Bounded because no
 * request is handled while much output waits.
 */
void connection_answer(struct connection *c, char *line, const int *fds, unsigned int n_fds);

/* A request is over; it has taken itself out of the list. */
void connection_request_done(struct connection *c);

/* The oldest descriptor that came in, or -1. The caller owns it. */
int connection_take_fd(struct connection *c);

#endif

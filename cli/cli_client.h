/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to umld: one request at a time, answers matched by id, notifications handed to a callback, descriptors kept
 * until they are taken. Waiting is poll() on the socket with the progress display's timeout.
 */
#ifndef CLI_CLIENT_H
#define CLI_CLIENT_H

#include <json-c/json.h>

#include "cli/cli_progress.h"
#include "common/error.h"
#include "common/paths.h"
#include "common/rpc.h"

typedef void (*client_notify_fn)(void *ctx, const char *method, struct json_object *params);

struct client {
	int fd; /* -1: not connected */
	char path[PATHS_MAX];
	struct rpc_lines lines;
	int64_t last_id;
	int fds[RPC_FDS_MAX]; /* have arrived, nobody took them yet */
	unsigned int n_fds;
	struct progress *progress; /* borrowed; or NULL */
	int interrupt_fd;	   /* -1, or: a call ends with -EINTR when this is readable */
	client_notify_fn notify;   /* or NULL */
	void *notify_ctx;
	bool stop; /* set by the callback: client_listen returns 0 */
};

#define CLIENT_INIT                          \
	{                                    \
		.fd = -1, .interrupt_fd = -1 \
	}

/* Connect; socket NULL means paths_client_socket. UNREACHABLE with a hint how to start umld. */
int client_open(struct client *c, const char *socket, struct error *err);
void client_close(struct client *c);

/*
 * Send a request and wait for its answer. params are taken over and may be NULL; ret_result may be NULL and gets a new
 * reference (never NULL: a JSON null becomes an empty object). The error of an answer lands in err
 * unchanged. -EINTR without err set if interrupt_fd became readable: the request is then
 * abandoned, a late answer to it is dropped.
 */
int client_call(struct client *c, const char *method, struct json_object *params,
		struct json_object **ret_result, struct error *err);

/* The same with descriptors to send along (borrowed). */
int client_call_fds(struct client *c, const char *method, struct json_object *params,
		    const int *fds, unsigned int n_fds, struct json_object **ret_result,
		    struct error *err);

/*
 * For requests that change nothing and may be asked again (guest.wait, job.wait): if umld goes away meanwhile, connect
 * again for up to ten seconds and repeat the question. A restart of umld is thus not an error.
 */
int client_call_again(struct client *c, const char *method, struct json_object *params,
		      struct json_object **ret_result, struct error *err);

/* Connect again for up to ten seconds after the connection was lost. */
int client_reconnect(struct client *c, struct error *err);

/* Wait for notifications until the callback sets stop (0), or the connection ends (err set), or -EINTR as above. */
int client_listen(struct client *c, struct error *err);

/* Take the first descriptor that has arrived, or -1. */
int client_take_fd(struct client *c);

static inline void client_close_p(struct client *c)
{
	client_close(c);
}
#define cleanup_client __attribute__((cleanup(client_close_p)))

static inline void json_put_p(struct json_object **o)
{
	json_object_put(*o);
}
#define cleanup_json __attribute__((cleanup(json_put_p)))

#endif

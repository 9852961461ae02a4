/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The request table and what a request's function is given. A row is the whole truth about a method: name, who may
 * call it, its parameters, its function, one line for people. Permission and parameters are checked before the function
 * runs; functions decode and call, the mechanism lives elsewhere.
 */
#ifndef DAEMON_CORE_REQUESTS_H
#define DAEMON_CORE_REQUESTS_H

#include <json-c/json.h>
#include <sys/types.h>

#include "common/error.h"
#include "common/rpc.h"
#include "daemon/core/chain.h"

struct connection;
struct guest;
struct umld;
struct request_row;

enum request_permission {
	REQUEST_ANY,   /* whoever can connect */
	REQUEST_OWNER, /* who owns the guest or the job; checked where that is looked up */
	REQUEST_ADMIN, /* root and the socket's group; in user mode the user */
	REQUEST_PERMISSION_MAX,
};

struct request {
	CHAIN_ENTRY(request) entry;
	struct umld *umld;
	struct connection *conn; /* NULL once the client is gone */
	const struct request_row *row;
	struct json_object *id; /* NULL for a notification: no answer is sent */
	bool silent;
	struct json_object *params; /* gone when the function has returned REQUEST_DEFERRED */
	uid_t uid;
	bool admin;
	int fd; /* for rows with takes_fd; closed with the request unless taken */
	int reply_fds[RPC_FDS_MAX]; /* sent and closed with the result */
	unsigned int n_reply_fds;
	/* Set by a function that defers: the client is gone, give up and call request_fail. May be NULL: work goes on. */
	void (*gone)(void *ctx);
	void *gone_ctx;
};

/*
 * Returns 0 with *ret_result (may stay NULL), negative with err set, or REQUEST_DEFERRED: then request_reply or
 * request_fail is called later, exactly once, and frees the request. It may also be called before the function
 * returns.
 */
#define REQUEST_DEFERRED 1
typedef int (*request_fn)(struct request *req, struct json_object **ret_result, struct error *err);

struct request_row {
	const char *name;
	enum request_permission permission;
	bool takes_fd;
	const struct rpc_arg *args;
	request_fn fn;
	const char *summary;
};

/* Ends with a NULL name. */
extern const struct request_row request_table[];
const char *request_permission_to_string(enum request_permission p);

/* Handle one line of a client. */
void request_handle_line(struct connection *c, const char *line, size_t len);

/* result is taken over; NULL is sent as {}. */
void request_reply(struct request *req, struct json_object *result);
void request_fail(struct request *req, const struct error *err);

/* The connection ends: detach the request from it. */
void request_client_gone(struct request *req);

/* The guest that the parameter "name" names, if the caller may touch it. */
int request_guest(struct request *req, struct guest **ret, struct error *err);

/* The table as JSON text for --list-requests and the tests; owned by the caller. */
char *requests_to_json(void);

/* Functions, by file. */
int request_system_hello(struct request *req, struct json_object **ret, struct error *err);
int request_events_subscribe(struct request *req, struct json_object **ret, struct error *err);
int request_guest_create(struct request *req, struct json_object **ret, struct error *err);
int request_guest_set(struct request *req, struct json_object **ret, struct error *err);
int request_guest_show(struct request *req, struct json_object **ret, struct error *err);
int request_guest_list(struct request *req, struct json_object **ret, struct error *err);
int request_guest_delete(struct request *req, struct json_object **ret, struct error *err);
int request_guest_rename(struct request *req, struct json_object **ret, struct error *err);
int request_guest_start(struct request *req, struct json_object **ret, struct error *err);
int request_guest_stop(struct request *req, struct json_object **ret, struct error *err);
int request_guest_kill(struct request *req, struct json_object **ret, struct error *err);
int request_guest_restart(struct request *req, struct json_object **ret, struct error *err);
int request_guest_pause(struct request *req, struct json_object **ret, struct error *err);
int request_guest_resume(struct request *req, struct json_object **ret, struct error *err);
int request_guest_wait(struct request *req, struct json_object **ret, struct error *err);
int request_guest_mconsole(struct request *req, struct json_object **ret, struct error *err);
int request_console_attach(struct request *req, struct json_object **ret, struct error *err);
int request_console_log(struct request *req, struct json_object **ret, struct error *err);
int request_image_list(struct request *req, struct json_object **ret, struct error *err);
int request_image_show(struct request *req, struct json_object **ret, struct error *err);
int request_image_build(struct request *req, struct json_object **ret, struct error *err);
int request_image_import(struct request *req, struct json_object **ret, struct error *err);
int request_image_delete(struct request *req, struct json_object **ret, struct error *err);
int request_job_list(struct request *req, struct json_object **ret, struct error *err);
int request_job_show(struct request *req, struct json_object **ret, struct error *err);
int request_job_cancel(struct request *req, struct json_object **ret, struct error *err);
int request_job_wait(struct request *req, struct json_object **ret, struct error *err);

/* Starts a stopped guest and answers req when its kernel runs or has failed to (request_guest_run.c). */
int request_begin_start(struct request *req, struct guest *g, struct error *err);

#endif

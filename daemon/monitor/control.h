/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The monitor's socket, RUN/monitors/GUEST.sock: accepts umld (and root's tools), reads JSON-RPC lines, hands requests to one
 * function and carries answers and notifications back. Peers with another uid than ours or root's are refused; their number
 * and what is kept for each is bounded, a peer that does not read is closed. One that
 * closes only its sending side still gets its answers.
 */
#ifndef DAEMON_MONITOR_CONTROL_H
#define DAEMON_MONITOR_CONTROL_H

#include <uv.h>

#include "common/error.h"
#include "common/rpc.h"

struct control;
struct control_peer;

/* A request that waits for its answer; outlives its peer. */
struct control_call;

/*
 * One request. The function answers at once or later, with exactly one of control_answer and control_fail. params is valid during
 * the call. Descriptors that came with the line are taken with control_take_fd.
 */
typedef void (*control_request_fn)(void *ctx, const char *method, struct json_object *params,
				   struct control_call *call);

int control_new(uv_loop_t *loop, const char *path, control_request_fn fn, void *ctx,
		struct control **ret, struct error *err);

/* Removes the socket. Calls that are still open must not be answered any more. NULL is fine. */
void control_free(struct control *c);

/* Both end the call. result is taken over; NULL is an empty object. */
void control_answer(struct control_call *call, struct json_object *result);
void control_fail(struct control_call *call, const struct error *err);

/* A descriptor that came with the request, the caller's from now on; -1 if there is none. Only inside the request function. */
int control_take_fd(struct control_call *call);

/* To every peer. params is taken over. */
void control_notify(struct control *c, const char *method, struct json_object *params);

#endif

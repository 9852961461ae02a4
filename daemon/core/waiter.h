/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests that wait for something to happen: to a guest, to a job. A waiter ends by being answered (waiter_take), by its
 * own timer (TIMED_OUT), or because its client went away; in each case it takes itself out of the list.
 */
#ifndef DAEMON_CORE_WAITER_H
#define DAEMON_CORE_WAITER_H

#include <stdint.h>
#include <uv.h>

#include "common/error.h"
#include "daemon/core/chain.h"

struct request;
struct waiter;

/* Fill err (TIMED_OUT) for a waiter that waited so long in vain: for whom, for what, and how it stands instead. */
typedef void (*waiter_late_fn)(void *ctx, int what, uint64_t waited_ms, struct error *err);

struct waiter_list {
	struct waiter *first;
	waiter_late_fn late;
	void *late_ctx;
};

void waiter_list_init(struct waiter_list *l, waiter_late_fn late, void *late_ctx);

/* what: the caller's own word. timeout_ms UINT64_MAX: none. Returns REQUEST_DEFERRED or negative with err set. */
int waiter_add(struct waiter_list *l, uv_loop_t *loop, struct request *req, int what,
	       uint64_t timeout_ms, struct error *err);

int waiter_what(const struct waiter *w);

/* Free the waiter and hand its request out, to be answered. */
struct request *waiter_take(struct waiter *w);

/* Call fn for each; fn may take the one it is given, no other. */
void waiter_list_each(struct waiter_list *l, void (*fn)(struct waiter *w, void *ctx), void *ctx);

/* Answer all with an error. */
void waiter_list_fail(struct waiter_list *l, enum error_code code, const char *reason,
		      const char *message);

#endif

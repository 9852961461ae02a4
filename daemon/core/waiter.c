/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting requests; see waiter.h.
 */
#include "daemon/core/waiter.h"

#include "daemon/core/loop_util.h"
#include "daemon/core/requests.h"

struct waiter {
	CHAIN_ENTRY(waiter) entry;
	struct request *req;
	const struct waiter_list *list;
	struct loop_timer *timer;
	uint64_t timeout_ms;
	int what;
};

void waiter_list_init(struct waiter_list *l, waiter_late_fn late, void *late_ctx)
{
	CHAIN_INIT(l);
	l->late = late;
	l->late_ctx = late_ctx;
}

struct request *waiter_take(struct waiter *w)
{
	struct request *req = w->req;

	CHAIN_REMOVE(w, entry);
	loop_timer_stop(&w->timer);
	req->gone = NULL;
	free(w);
	return req;
}

static void waiter_timed_out(void *ctx)
{
	struct waiter *w = ctx;
	cleanup_error struct error err = ERROR_INIT;

	w->timer = NULL;
	w->list->late(w->list->late_ctx, w->what, w->timeout_ms, &err);
	request_fail(waiter_take(w), &err);
}

static void waiter_gone(void *ctx)
{
	request_fail(waiter_take(ctx), NULL);
}

int waiter_add(struct waiter_list *l, uv_loop_t *loop, struct request *req, int what,
	       uint64_t timeout_ms, struct error *err)
{
	struct waiter *w = calloc(1, sizeof(*w));

	if (!w)
		return error_set_errno(err, ENOMEM, "wait");
	if (timeout_ms != UINT64_MAX) {
		w->timer = loop_timer_start(loop, timeout_ms, waiter_timed_out, w);
		if (!w->timer) {
			free(w);
			return error_set_errno(err, ENOMEM, "wait");
		}
	}
	w->req = req;
	w->list = l;
	w->timeout_ms = timeout_ms;
	w->what = what;
	req->gone = waiter_gone;
	req->gone_ctx = w;
	CHAIN_INSERT_FIRST(l, w, entry);
	return REQUEST_DEFERRED;
}

int waiter_what(const struct waiter *w)
{
	return w->what;
}

void waiter_list_each(struct waiter_list *l, void (*fn)(struct waiter *w, void *ctx), void *ctx)
{
	struct waiter *w, *next;

	for (w = CHAIN_FIRST(l); w; w = next) {
		next = CHAIN_NEXT(w, entry);
		fn(w, ctx);
	}
}

void waiter_list_fail(struct waiter_list *l, enum error_code code, const char *reason,
		      const char *message)
{
	cleanup_error struct error err = ERROR_INIT;
	struct waiter *w;

	(void)error_set(&err, code, reason, "%s", message);
	while ((w = CHAIN_FIRST(l)))
		request_fail(waiter_take(w), &err);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One-shot timers, descriptor watches and pool work over libuv; see loop_util.h for the rules. uv_close() finishes
 * later, so each object is freed in its close callback and nowhere else.
 */
#include "daemon/core/loop_util.h"

#include <errno.h>
#include <stdlib.h>

struct loop_timer {
	uv_timer_t handle;
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop_watch {
	uv_poll_t handle;
	int events;
	void (*fn)(void *ctx, int events);
	void *ctx;
};

struct loop_work {
	uv_work_t req;
	void (*work)(void *ctx);
	void (*done)(void *ctx);
	void *ctx;
};

static void handle_free(uv_handle_t *h)
{
	free(h->data);
}

static void timer_fired(uv_timer_t *handle)
{
	struct loop_timer *t = handle->data;
	void (*fn)(void *ctx) = t->fn;
	void *ctx = t->ctx;

	uv_close((uv_handle_t *)handle, handle_free);
	fn(ctx);
}

struct loop_timer *loop_timer_start(uv_loop_t *loop, uint64_t ms, void (*fn)(void *ctx), void *ctx)
{
	struct loop_timer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->fn = fn;
	t->ctx = ctx;
	(void)uv_timer_init(loop, &t->handle);
	t->handle.data = t;
	(void)uv_timer_start(&t->handle, timer_fired, ms, 0);
	return t;
}

void loop_timer_stop(struct loop_timer **t)
{
	if (!*t)
		return;
	uv_close((uv_handle_t *)&(*t)->handle, handle_free);
	*t = NULL;
}

static void watch_fired(uv_poll_t *handle, int status, int events)
{
	struct loop_watch *w = handle->data;
	int wanted = w->events;

	/* On an error of the descriptor libuv has stopped the handle: the next loop_watch_set has to start it again. */
	if (status < 0)
		w->events = 0;
	w->fn(w->ctx, status < 0 ? wanted : events);
}

struct loop_watch *loop_watch_start(uv_loop_t *loop, int fd, int events,
				    void (*fn)(void *ctx, int events), void *ctx)
{
	struct loop_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->fn = fn;
	w->ctx = ctx;
	if (uv_poll_init(loop, &w->handle, fd) < 0) {
		free(w);
		return NULL;
	}
	w->handle.data = w;
	if (loop_watch_set(w, events) < 0)
		loop_watch_stop(&w);
	return w;
}

int loop_watch_set(struct loop_watch *w, int events)
{
	if (events == w->events)
		return 0;
	w->events = events;
	return events ? uv_poll_start(&w->handle, events, watch_fired) : uv_poll_stop(&w->handle);
}

void loop_watch_stop(struct loop_watch **w)
{
	if (!*w)
		return;
	uv_close((uv_handle_t *)&(*w)->handle, handle_free);
	*w = NULL;
}

static void work_run(uv_work_t *req)
{
	struct loop_work *w = req->data;

	w->work(w->ctx);
}

static void work_done(uv_work_t *req, int status)
{
	struct loop_work *w = req->data;

	w->done(w->ctx);
	free(w);
}

int loop_work_run(uv_loop_t *loop, void (*work)(void *ctx), void (*done)(void *ctx), void *ctx)
{
	struct loop_work *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->work = work;
	w->done = done;
	w->ctx = ctx;
	w->req.data = w;
	r = uv_queue_work(loop, &w->req, work_run, work_done);
	if (r < 0)
		free(w);
	return r;
}

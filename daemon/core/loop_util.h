/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libuv handles as plain pointers: a one-shot timer, a descriptor watch, a piece of work in the thread pool. The
 * handles free themselves when libuv lets go of them, so owners keep no half-closed states.
 *
 * Rules: everything is called on the loop's thread. A timer is gone before its function runs (the
 * owner forgets its pointer there). The stop functions accept NULL and set the pointer to NULL; after them the
 * function is not called any more, and a watched descriptor may be closed at once.
 */
#ifndef DAEMON_CORE_LOOP_UTIL_H
#define DAEMON_CORE_LOOP_UTIL_H

#include <stdint.h>
#include <uv.h>

struct loop_timer;
struct loop_watch;

/* NULL without memory. */
struct loop_timer *loop_timer_start(uv_loop_t *loop, uint64_t ms, void (*fn)(void *ctx), void *ctx);
void loop_timer_stop(struct loop_timer **t);

/*
 * events: UV_READABLE and UV_WRITABLE. An error or hang-up of the descriptor is reported as the events that are
 * watched: the following read or write tells. loop_watch_set(w, 0) pauses. NULL without memory or for a
 * descriptor that cannot be polled. The descriptor stays the caller's.
 */
struct loop_watch *loop_watch_start(uv_loop_t *loop, int fd, int events,
				    void (*fn)(void *ctx, int events), void *ctx);
int loop_watch_set(struct loop_watch *w, int events);
void loop_watch_stop(struct loop_watch **w);

/* Run work(ctx) in a thread of the pool, then done(ctx) on the loop. -errno if it could not be queued. */
int loop_work_run(uv_loop_t *loop, void (*work)(void *ctx), void (*done)(void *ctx), void *ctx);

#endif

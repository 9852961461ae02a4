/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * umld's connection to one guest's monitor. Opening keeps trying while the guest's lock is held, because the monitor
 * may not listen yet; when the lock is free the guest has stopped, and guest_monitor_gone is called. Nothing here
 * waits: each call has a deadline of its own.
 */
#ifndef DAEMON_CORE_MONITOR_LINK_H
#define DAEMON_CORE_MONITOR_LINK_H

#include <json-c/json.h>
#include <stdint.h>

#include "common/error.h"

struct guest;

#define MONITOR_CALL_MS	    10000
#define MONITOR_MCONSOLE_MS 15000

/*
 * Set g->link and start to connect. ready is called once: err NULL when the first status has arrived (g mirrors it
 * already) or the guest has turned out to be stopped; TIMED_OUT after 10 s, while trying goes on.
 */
int monitor_link_open(struct guest *g, void (*ready)(struct guest *g, const struct error *err),
		      struct error *err);

/* Forget it; calls under way fail, ready is not called any more. Sets g->link to NULL. */
void monitor_link_close(struct guest *g);

/*
 * Call a method. While there is no connection the call waits for one, or for the guest's end ("monitor-gone"). done is called exactly once, later, with the result (borrowed) or with err. params and fd (-1: none)
 * are taken over, on failure too. method must stay valid: a constant.
 */
typedef void (*monitor_done_fn)(void *ctx, struct json_object *result, const struct error *err);
int monitor_call(struct guest *g, const char *method, struct json_object *params, int fd,
		 uint64_t timeout_ms, monitor_done_fn done, void *ctx, struct error *err);

/* What the monitor shall do after a reboot or a crash, as the definition says now. Also done whenever a link comes up. */
void monitor_tell_policy(struct guest *g);

#endif

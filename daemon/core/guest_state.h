/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mirror of a guest's state: what its monitor reports, plus `stopped`, which only umld can know. Every change emits an event and
 * wakes the requests that wait for it.
 */
#ifndef DAEMON_CORE_GUEST_STATE_H
#define DAEMON_CORE_GUEST_STATE_H

#include <json-c/json.h>

#include "daemon/core/guest.h"

/* What a waiter (waiter.h) of a guest may wait for, beside a state itself. */
#define GUEST_WAIT_SETTLED 100 /* stopped, running or paused, and nothing under way */
#define GUEST_WAIT_STARTED 101 /* running, or stopped again: then the answer is an error */

/* Reports of the monitor: the result of monitor.status, the parameters of monitor.state. */
int guest_state_reported(struct guest *g, struct json_object *status, struct error *err);
void guest_state_notified(struct guest *g, struct json_object *params);

/* monitor_link.c: nobody holds the guest's lock any more. Settles the files, the network, the waiters. */
void guest_monitor_gone(struct guest *g);

/* A monitor has been started; what it reports follows. */
void guest_state_launched(struct guest *g);

/* Begin and end an operation; the end wakes those who wait for a settled guest. */
void guest_op_begin(struct guest *g, enum guest_op op);
void guest_op_end(struct guest *g);

/* The guest has stopped, or never ran: as guest_monitor_gone with a known end (message NULL: not known). */
void guest_state_stopped(struct guest *g, enum guest_end end, const char *message);

/* For a request that has just begun to wait: it may be satisfied already. */
void guest_waiters_check(struct guest *g);

/* "guest.created" …; fields is taken over and gets "guest". */
void guest_emit(struct guest *g, const char *event, struct json_object *fields);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The part of events.c that the request side uses: making the log, subscribing connections. daemon/events.h is what
 * emits. A subscriber who may not see an event gets {"event":"hidden"} in its place, so that its
 * sequence has no gaps either.
 */
#ifndef DAEMON_CORE_EVENT_LOG_H
#define DAEMON_CORE_EVENT_LOG_H

#include <sys/types.h>

#include "daemon/events.h"

struct connection;

/* epoch is borrowed. NULL without memory. */
struct events *events_new(const char *epoch);
void events_free(struct events *e);

/* As events_emit, for an event that only owner and administrators may see. */
void events_emit_owned(struct events *e, uid_t owner, const char *event,
		       struct json_object *fields);

uint64_t events_seq(const struct events *e);
/* The oldest event that is kept; seq + 1 if there is none. */
uint64_t events_oldest(const struct events *e);

/* From now on the connection gets events; those after since that are kept come first. Again: starts anew. */
int events_subscribe(struct events *e, struct connection *c, uint64_t since);
void events_unsubscribe(struct events *e, struct connection *c);

#endif

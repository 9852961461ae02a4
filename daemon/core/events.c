/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event log: a ring of the last 1024 events and the connections that follow it. An event is formatted
 * once; a follower that does not read is disconnected by its connection's output limit, and finds out
 * what it missed by seq and epoch.
 */
#include "daemon/core/event_log.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/rpc.h"
#include "daemon/core/chain.h"
#include "daemon/core/connection.h"
#include "daemon/core/identity.h"

#define EVENTS_KEPT 1024u
#define OWNER_ANY   ((uid_t)-1)

struct event {
	char *line;   /* the notification; NULL: could not be formatted */
	char *hidden; /* what those see who may not; NULL for OWNER_ANY */
	uid_t owner;
};

struct subscriber {
	CHAIN_ENTRY(subscriber) entry;
	struct connection *conn;
};

struct events {
	const char *epoch;
	uint64_t seq;			/* of the last event; the first is 1 */
	struct event ring[EVENTS_KEPT]; /* event n is at n % EVENTS_KEPT */
	CHAIN_HEAD(subscriber_list, subscriber) subscribers;
};

struct events *events_new(const char *epoch)
{
	struct events *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->epoch = epoch;
	CHAIN_INIT(&e->subscribers);
	return e;
}

void events_free(struct events *e)
{
	struct subscriber *s;

	if (!e)
		return;
	while ((s = CHAIN_FIRST(&e->subscribers)))
		events_unsubscribe(e, s->conn);
	for (size_t i = 0; i < EVENTS_KEPT; i++) {
		free(e->ring[i].line);
		free(e->ring[i].hidden);
	}
	free(e);
}

static char *event_format(struct events *e, const char *event, struct json_object *fields)
{
	char stamp[ID_TIME_BYTES];

	time_now_format(stamp);
	if (!fields)
		fields = json_object_new_object();
	json_object_object_add(fields, "seq", json_object_new_uint64(e->seq));
	json_object_object_add(fields, "epoch", json_object_new_string(e->epoch));
	json_object_object_add(fields, "time", json_object_new_string(stamp));
	json_object_object_add(fields, "event", json_object_new_string(event));
	return rpc_format_notification("event", fields);
}

static void event_send(const struct event *ev, struct connection *c, bool asked_for)
{
	bool visible = ev->owner == OWNER_ANY || c->admin || c->uid == ev->owner;
	const char *line = visible ? ev->line : ev->hidden;

	if (line && asked_for)
		connection_answer(c, strdup(line), NULL, 0);
	else if (line)
		connection_send(c, strdup(line), NULL, 0);
}

void events_emit_owned(struct events *e, uid_t owner, const char *event, struct json_object *fields)
{
	struct event *ev;
	struct subscriber *s;

	e->seq++;
	ev = &e->ring[e->seq % EVENTS_KEPT];
	free(ev->line);
	free(ev->hidden);
	ev->owner = owner;
	ev->line = event_format(e, event, fields);
	ev->hidden = owner == OWNER_ANY ? NULL : event_format(e, "hidden", NULL);
	/* Sending never unsubscribes at once (connection.h), so the list holds still. */
	CHAIN_FOREACH(s, &e->subscribers, entry)
	event_send(ev, s->conn, false);
}

void events_emit(struct events *e, const char *event, struct json_object *fields)
{
	events_emit_owned(e, OWNER_ANY, event, fields);
}

uint64_t events_seq(const struct events *e)
{
	return e->seq;
}

uint64_t events_oldest(const struct events *e)
{
	return e->seq < EVENTS_KEPT ? 1 : e->seq - EVENTS_KEPT + 1;
}

int events_subscribe(struct events *e, struct connection *c, uint64_t since)
{
	struct subscriber *s = c->subscriber;
	uint64_t n = since + 1;

	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s)
			return -ENOMEM;
		s->conn = c;
		c->subscriber = s;
		CHAIN_INSERT_FIRST(&e->subscribers, s, entry);
	}
	if (n < events_oldest(e))
		n = events_oldest(e);
	for (; n <= e->seq; n++)
		event_send(&e->ring[n % EVENTS_KEPT], c, true);
	return 0;
}

void events_unsubscribe(struct events *e, struct connection *c)
{
	if (!c->subscriber)
		return;
	CHAIN_REMOVE(c->subscriber, entry);
	free(c->subscriber);
	c->subscriber = NULL;
}

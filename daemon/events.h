/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events for subscribers: {"seq":N,"epoch":E,"time":T,"event":"guest.state","guest":…,…}. seq has no gaps within an
 * epoch (one run of umld), so a client knows whether it missed something; the last 1024 are kept for late subscribers.
 */
#ifndef DAEMON_EVENTS_H
#define DAEMON_EVENTS_H

#include <json-c/json.h>
#include <stdint.h>

struct events;

/* fields is taken over and completed with seq, epoch, time and event. */
void events_emit(struct events *e, const char *event, struct json_object *fields);

#endif

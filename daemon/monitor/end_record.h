/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a run ended, and end.json, which says so durably. Written by a worker thread, again after a second when the disk
 * refuses, so that neither a slow disk nor a full one stops the loop.
 */
#ifndef DAEMON_MONITOR_END_RECORD_H
#define DAEMON_MONITOR_END_RECORD_H

#include <uv.h>

#include "daemon/guest_kernel.h"

#define END_TAIL_BYTES 2048u

struct end_record {
	char run_id[65];
	enum guest_end end;
	char message[512];
	int status, signal;
	char time[32];
	unsigned int restarts;
	char *console_tail; /* owned; NULL for none */
};

/* Replaces what was there; message is cut to fit, on a character's boundary. */
void end_record_set(struct end_record *e, enum guest_end end, const char *fmt, ...)
	printf_like(3, 4);

/* end.json's text, owned by the caller; NULL if there is no memory. */
char *end_record_format(const struct end_record *e);

/* Write end.json below dirfd; fn(ctx) when it is durable, or after the last try (logged). One at a time. */
int end_record_write(uv_loop_t *loop, int dirfd, const struct end_record *e, void (*fn)(void *ctx),
		     void *ctx);

void end_record_done(struct end_record *e);

/* "2026-01-31T12:00:00Z", now. */
void time_format_utc(char buf[32]);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between mconsole.c (sockets, packets) and mconsole_cmd.c (what the commands do). */
#ifndef DRIVERS_MCONSOLE_CMD_H
#define DRIVERS_MCONSOLE_CMD_H

#include "lib/types.h"

#define MCONSOLE_DATA 512

/* The answer to one request, sent in packets as it grows. */
struct mconsole_reply;

void reply_text(struct mconsole_reply *r, const char *text, size_t len);
void reply_add(struct mconsole_reply *r, const char *fmt, ...) printf_like(2, 3);
/* Send the last packet; err: 0, a positive code, or -errno. Exactly once for each request. */
void reply_end(struct mconsole_reply *r, int err);

/* Run one request; ends the reply. May sleep. */
void mconsole_run(struct mconsole_reply *r, char *line);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A console's log file, console-N.log, written from the scrollback ring by libuv's worker threads: a full or slow disk delays
 * nobody but the log, which then skips what the ring has lost, says so in the file, and goes on. When the file
 * would pass max_bytes it becomes console-N.log.1 and a new one begins.
 */
#ifndef DAEMON_MONITOR_CONSOLE_LOG_H
#define DAEMON_MONITOR_CONSOLE_LOG_H

#include <stdbool.h>
#include <uv.h>

#include "daemon/monitor/scrollback.h"

struct console_log;

/* ring and dirfd are borrowed. max_bytes 0: nothing is ever written. NULL if there is no memory. */
struct console_log *console_log_new(uv_loop_t *loop, int dirfd, unsigned int index,
				    uint64_t max_bytes, const struct scrollback *ring);

/* The ring has more. */
void console_log_kick(struct console_log *log);

/* Everything that the ring has is in the file, or could not be written. */
bool console_log_is_idle(const struct console_log *log);

/* Called whenever the log becomes idle; NULL for nobody. */
void console_log_on_idle(struct console_log *log, void (*fn)(void *ctx), void *ctx);

/* Only when idle. Accepts NULL. */
void console_log_free(struct console_log *log);

#endif

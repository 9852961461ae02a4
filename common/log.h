/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Log lines of the daemons: to standard error with a "<N>" priority prefix that the journal understands when $JOURNAL_STREAM
 * names that stream, with time and level otherwise. Libraries (common/) do not log; programs log once, where the decision
 * is made, and say ", ignoring" when they go on.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include "common/cleanup.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* identity: "umld", "umld-monitor gonzo" …; borrowed. */
void log_init(const char *identity, enum log_level max);
void log_write(enum log_level level, const char *fmt, ...) printf_like(2, 3);

#define log_error(...)	 log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif

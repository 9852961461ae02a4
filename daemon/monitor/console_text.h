/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console output as text that is safe to put into JSON and onto an administrator's terminal: valid UTF-8, no control
 * bytes but newline and tab, escape sequences dropped.
 */
#ifndef DAEMON_MONITOR_CONSOLE_TEXT_H
#define DAEMON_MONITOR_CONSOLE_TEXT_H

#include <stddef.h>

/* In place; buf needs room for one byte more than len (the NUL). Returns the new length. */
size_t console_text_clean(char *buf, size_t len);

#endif

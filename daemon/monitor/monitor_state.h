/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guest's states as the monitor runs them, and the legal changes between them, as one table
 * (daemon/README.md has the drawing). Only monitor.c changes the state.
 */
#ifndef DAEMON_MONITOR_MONITOR_STATE_H
#define DAEMON_MONITOR_MONITOR_STATE_H

#include <stdbool.h>

enum monitor_state {
	MONITOR_STARTING, /* the kernel has not announced its mconsole, or waits for its next start */
	MONITOR_RUNNING,
	MONITOR_PAUSED,
	MONITOR_STOPPING,
	MONITOR_STOPPED, /* final: end.json is written or has failed to be */
	MONITOR_STATE_MAX,
};

const char *monitor_state_to_string(enum monitor_state s);

/* Staying where one is counts as legal and changes nothing. */
bool monitor_state_may_change(enum monitor_state from, enum monitor_state to);

#endif

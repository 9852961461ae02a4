// SPDX-License-Identifier: GPL-2.0-or-later
/* The table behind monitor_state.h. */
#include "daemon/monitor/monitor_state.h"

#define BIT(s) (1u << (s))

static const struct {
	const char *name;
	unsigned int next; /* set of states */
} states[MONITOR_STATE_MAX] = {
	[MONITOR_STARTING] = { "starting", BIT(MONITOR_RUNNING) | BIT(MONITOR_STOPPING) |
						   BIT(MONITOR_STOPPED) },
	[MONITOR_RUNNING] = { "running", BIT(MONITOR_PAUSED) | BIT(MONITOR_STARTING) |
						 BIT(MONITOR_STOPPING) | BIT(MONITOR_STOPPED) },
	[MONITOR_PAUSED] = { "paused", BIT(MONITOR_RUNNING) | BIT(MONITOR_STARTING) |
					       BIT(MONITOR_STOPPING) | BIT(MONITOR_STOPPED) },
	[MONITOR_STOPPING] = { "stopping", BIT(MONITOR_STARTING) | BIT(MONITOR_STOPPED) },
	[MONITOR_STOPPED] = { "stopped", 0 },
};

const char *monitor_state_to_string(enum monitor_state s)
{
	return (unsigned int)s < MONITOR_STATE_MAX ? states[s].name : "unknown";
}

bool monitor_state_may_change(enum monitor_state from, enum monitor_state to)
{
	if ((unsigned int)from >= MONITOR_STATE_MAX || (unsigned int)to >= MONITOR_STATE_MAX)
		return false;
	return from == to || (states[from].next & BIT(to)) != 0;
}

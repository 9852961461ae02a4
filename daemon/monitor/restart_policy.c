// SPDX-License-Identifier: GPL-2.0-or-later
/* See restart_policy.h. */
#include <string.h>

#include "daemon/monitor/restart_policy.h"

int restart_word_parse(const char *word, bool *ret)
{
	if (strcmp(word, "restart") == 0)
		*ret = true;
	else if (strcmp(word, "stop") == 0)
		*ret = false;
	else
		return -EINVAL;
	return 0;
}

bool restart_policy_applies(const struct restart_policy *p, enum guest_end end)
{
	switch (end) {
	case GUEST_END_REBOOT:
		return p->on_reboot;
	case GUEST_END_PANIC:
	case GUEST_END_KILLED:
		return p->on_crash;
	default:
		return false; /* powered off: as wished; failed: it would fail again */
	}
}

uint64_t restart_backoff_next(struct restart_backoff *b, uint64_t run_ms)
{
	uint64_t delay_ms;

	if (run_ms >= RESTART_LONG_RUN_MS)
		b->short_runs = 0;
	if (b->short_runs == 0)
		delay_ms = 0;
	else if (b->short_runs > 6)
		delay_ms = RESTART_DELAY_MAX_MS;
	else
		delay_ms = 1000u << (b->short_runs - 1);
	if (b->short_runs < 7)
		b->short_runs++;
	return delay_ms < RESTART_DELAY_MAX_MS ? delay_ms : RESTART_DELAY_MAX_MS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a guest is started again after its kernel has ended by itself, and how long to wait before: 0, 1, 2, 4 … 60 s
 * while runs last under a minute, so that a guest that crashes at boot does not eat the host. No clock, no state elsewhere.
 */
#ifndef DAEMON_MONITOR_RESTART_POLICY_H
#define DAEMON_MONITOR_RESTART_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/guest_kernel.h"

struct restart_policy {
	bool on_reboot; /* start again after the guest rebooted */
	bool on_crash;	/* after a panic, or when the kernel was killed from outside */
};

/* "restart"/"stop" to bool. -EINVAL for another word. */
int restart_word_parse(const char *word, bool *ret);

bool restart_policy_applies(const struct restart_policy *p, enum guest_end end);

#define RESTART_LONG_RUN_MS  60000u
#define RESTART_DELAY_MAX_MS 60000u

struct restart_backoff {
	unsigned int short_runs; /* in a row */
};

/* Enter a run that has just ended; the delay before the next start. */
uint64_t restart_backoff_next(struct restart_backoff *b, uint64_t run_ms);

#endif

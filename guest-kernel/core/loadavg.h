/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load averages as Linux has them: the number of tasks that run, want to, or sleep uninterruptibly, looked at every five seconds and averaged over 1, 5 and 15
 * minutes. An idle guest is not looked at: what it missed counts as nothing to do. Under the big lock.
 */
#ifndef CORE_LOADAVG_H
#define CORE_LOADAVG_H

void loadavg_init(void);

/* A vCPU has found work. */
void loadavg_busy(void);

/* Now, in 1/2048. */
void loadavg_get(unsigned int ret[3]);

#endif

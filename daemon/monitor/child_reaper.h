/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For hosts where no PID namespace can be made: a child subreaper inherits every descendant whose parent dies, so killing
 * one's children and reaping them until there are none left ends a whole tree. Safe against reused pids: an unreaped child's pid is
 * not given out again.
 */
#ifndef DAEMON_MONITOR_CHILD_REAPER_H
#define DAEMON_MONITOR_CHILD_REAPER_H

/* SIGKILL to all direct children of the caller, found through /proc. */
void children_kill(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The out-of-memory killer's choice. */
#ifndef TASK_TASK_OOM_H
#define TASK_TASK_OOM_H

#include "lib/types.h"

struct task;
struct thread_group;

/* Pages and adjustment together, as Linux weighs them; INT64_MIN: never killed. */
int64_t task_oom_badness(const struct thread_group *g);
/* /proc/PID/oom_score. */
unsigned int task_oom_score(const struct thread_group *g);
void task_oom_register(void);

/* The host has killed the task's stub. Was it for want of memory? Then the log says so, as for a kill of our own. */
void task_oom_host_killed(struct task *t);

#endif

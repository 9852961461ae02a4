/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The out-of-memory killer's choice. */
#ifndef TASK_TASK_OOM_H
#define TASK_TASK_OOM_H

#include "lib/types.h"

struct thread_group;

/* Pages and adjustment together (/proc/PID/oom_score scales it); INT64_MIN: never killed. */
int64_t task_oom_score(const struct thread_group *g);
void task_oom_register(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of task/: registers the signal parts and ops. task_space_died is the engine's report of a stub that died unwatched. */
#ifndef TASK_TASK_INIT_H
#define TASK_TASK_INIT_H

struct engine_space;

int task_init(const char *hostname);
void task_space_died(struct engine_space *space, void *owner); /* owner: the struct mm */

#endif

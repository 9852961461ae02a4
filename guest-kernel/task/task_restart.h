/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that go on after an interruption without a handler but not from the beginning (a sleep with a relative time): they note how to go on and
 * return what task_restart_with returns; restart_syscall(2) then calls fn.
 */
#ifndef TASK_TASK_RESTART_H
#define TASK_TASK_RESTART_H

#include "lib/types.h"

struct task;

struct restart_block {
	int64_t (*fn)(struct task *t, const struct restart_block *b);
	uint64_t args[7];
};

/* Keep b for restart_syscall; returns -ERESTART_RESTARTBLOCK. */
int64_t task_restart_with(struct task *t, const struct restart_block *b);
int64_t task_restart(struct task *t);

#endif

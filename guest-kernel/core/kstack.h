/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel stacks as coroutines. Used by sched.c and task.c only. */
#ifndef CORE_KSTACK_H
#define CORE_KSTACK_H

#include "lib/types.h"

#define KSTACK_BYTES (64 * 1024ul)

/* A stack whose first switch calls fn(arg) on it; fn never returns. *ret_sp is what to switch to. NULL if memory is out. */
void *kstack_create(void (*fn)(void *arg), void *arg, void **ret_sp);
void kstack_free(void *stack);

void kstack_switch(void **save_sp, void *to_sp);

#endif

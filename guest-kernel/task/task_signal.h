/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals: sending, queues, actions, delivery. Numbers and structures are in abi/abi_signal.h. */
#ifndef TASK_SIGNAL_H
#define TASK_SIGNAL_H

#include "abi/abi_signal.h"
#include "lib/types.h"

struct task;
struct thread_group;
struct process_group;

/* si_code SI_KERNEL with only signo, or a full siginfo. Under the big lock; never sleeps. 0, -EAGAIN (queue limit of real-time signals). */
int signal_send_task(struct task *t, const struct abi_siginfo *info);
int signal_send_group(struct thread_group *g, const struct abi_siginfo *info);
int signal_send_pgrp(struct process_group *p, const struct abi_siginfo *info); /* -ESRCH if empty */
void signal_simple(struct thread_group *g, int signo);			       /* from the kernel */
void signal_simple_pgrp(struct process_group *p, int signo);
/* A fault of the current task: delivered even if blocked or ignored (then the default action). */
void signal_force(struct task *t, const struct abi_siginfo *info);

bool signal_pending(struct task *t); /* one that is not blocked, or a fatal one */
bool signal_fatal_pending(struct task *t);
uint64_t signal_blocked(struct task *t); /* bit signo-1 */
void signal_set_blocked(struct task *t, uint64_t mask);
bool signal_ignored(struct thread_group *g, int signo);

/* For job control in the tty: is signo blocked or ignored by the current task? */
bool signal_blocked_or_ignored(int signo);

/* Set a mask for the duration of a sleep (ppoll, pselect, epoll_pwait, sigsuspend): restored after delivery. */
void signal_set_temporary_mask(struct task *t, uint64_t mask);

#endif

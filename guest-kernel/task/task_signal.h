/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals: sending, queues, actions, delivery. Numbers and structures are in abi/abi_signal.h. */
#ifndef TASK_SIGNAL_H
#define TASK_SIGNAL_H

#include "abi/abi_signal.h"
#include "lib/types.h"

struct task;
struct thread_group;
struct process_group;
struct wait_queue;

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

/* What signalfd and sigpending need: pending for the thread or its process; take one of set (0: none); a queue that is woken whenever one is
 * queued to the process (readiness is tested by signal_pending_set); NULL for a task that has ended. */
uint64_t signal_pending_set(struct task *t);
int signal_take(struct task *t, uint64_t set, struct abi_siginfo *ret);
struct wait_queue *signal_wait_queue(struct task *t);

/* sigtimedwait: the signal taken, -EAGAIN at the deadline (0: do not wait), -EINTR. May sleep. */
int signal_wait(struct task *t, uint64_t set, uint64_t deadline_ns, struct abi_siginfo *ret);
/* sigaction: set may be NULL. */
/*
 * Around guest code of a vfork child. Before exec it asks for and sets each of its actions, for posix_spawn does so, and it is not known to anybody who could
 * send it signals meanwhile: its actions go with it, and what it has set counts when it traps.
 */
void signal_lend(struct task *t);
void signal_take_back(struct task *t);
void signal_action(struct task *t, int signo, const struct abi_sigaction *set,
		   struct abi_sigaction *ret_old);

/* The senders' rule of kill(2): may the current task send signo to g? 0 or -EPERM. */
int signal_may_send(const struct thread_group *g, int signo);
/* kill(2), tgkill(2) (tgid 0: tkill), with permission checks; info->signo 0 only checks. */
int signal_kill(int pid, struct abi_siginfo *info);
int signal_tgkill(int tgid, int tid, struct abi_siginfo *info);
/* pidfd_send_signal: the process is known already. */
int signal_kill_group(struct thread_group *g, struct abi_siginfo *info);
/* The siginfo of kill and tgkill: from the current task. */
void signal_info_from_current(struct abi_siginfo *info, int signo, int code);

/* sigaltstack for a stack pointer; rt_sigreturn's registers. See sigaltstack(2). */
int signal_altstack(struct task *t, const struct abi_stack *set, struct abi_stack *ret_old);
int64_t signal_return(struct task *t);

/* Set a mask for the duration of a sleep (ppoll, pselect, epoll_pwait, sigsuspend): restored after delivery. */
void signal_set_temporary_mask(struct task *t, uint64_t mask);

/* For /proc/PID/status: masks with bit signo-1. */
struct signal_status {
	uint64_t pending, shared_pending, blocked, ignored, caught;
	unsigned int queued;
};
void signal_status_get(struct task *t, struct signal_status *ret);

#endif

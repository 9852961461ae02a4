/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the signal code share: queues, actions, and the state of a process' and a thread's signals. All under the big lock;
 * none of these functions sleeps.
 */
#ifndef TASK_SIGNAL_STATE_H
#define TASK_SIGNAL_STATE_H

#include "abi/abi_signal.h"
#include "core/ktimer.h"
#include "core/task.h"
#include "lib/list.h"
#include "task/task_restart.h"

#define SIGNALS_STOP (SIG_BIT(SIGSTOP) | SIG_BIT(SIGTSTP) | SIG_BIT(SIGTTIN) | SIG_BIT(SIGTTOU))
#define SIGNALS_IGNORED_BY_DEFAULT \
	(SIG_BIT(SIGCONT) | SIG_BIT(SIGCHLD) | SIG_BIT(SIGWINCH) | SIG_BIT(SIGURG))
#define SIGNALS_CORE                                                                \
	(SIG_BIT(SIGQUIT) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | SIG_BIT(SIGABRT) | \
	 SIG_BIT(SIGBUS) | SIG_BIT(SIGFPE) | SIG_BIT(SIGSEGV) | SIG_BIT(SIGSYS) |   \
	 SIG_BIT(SIGXCPU) | SIG_BIT(SIGXFSZ))
#define SIGNALS_SYNCHRONOUS                                                        \
	(SIG_BIT(SIGSEGV) | SIG_BIT(SIGBUS) | SIG_BIT(SIGILL) | SIG_BIT(SIGTRAP) | \
	 SIG_BIT(SIGFPE) | SIG_BIT(SIGSYS))
/* Nobody blocks, ignores or catches these. */
#define SIGNALS_ABSOLUTE (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))

struct signal_user;
struct posix_timer;

/* One queued signal. Those of POSIX timers are embedded in the timer and never freed here. */
struct signal_entry {
	struct list_head link;
	struct abi_siginfo info;
	struct signal_user *user; /* who is charged */
	struct posix_timer *timer;
};

struct signal_queue {
	uint64_t set; /* a bit may be set without an entry: memory or the limit was out */
	struct list_head entries;
};

/* The actions; processes made with CLONE_SIGHAND share one. */
struct signal_hand {
	uint32_t refs;
	struct abi_sigaction actions[NSIG]; /* of signal n at n - 1 */
};

struct interval_timer {
	uint64_t value_ns, interval_ns; /* value: of the clock, absolute; 0: not armed */
	struct ktimer timer;
	struct thread_group *group;
};

/* Of a process; from its first thread's birth to its last thread's end. */
struct signal_shared {
	struct signal_hand *hand;
	struct signal_queue pending;
	struct wait_queue
		signalfd_queue; /* woken when a signal is queued to the process or one of its threads */
	bool unkillable;	/* pid 1: signals without a handler do nothing */
	unsigned int stop_left; /* threads that have not stopped yet */
	int stop_signo;
	struct interval_timer itimers[3]; /* ITIMER_REAL, VIRTUAL, PROF */
	struct ktimer cpu_limit_timer;	  /* RLIMIT_CPU */
	struct thread_group *group;
	uint64_t xcpu_ns; /* when SIGXCPU is sent the next time */
	struct list_head posix_timers;
	int next_timer_id;
};

/* Of a thread. */
struct task_signals {
	uint64_t blocked;
	uint64_t real_blocked; /* while sigtimedwait has opened its set: the mask before */
	uint64_t saved_mask;
	bool restore_mask; /* saved_mask comes back at the return to user space */
	bool stop_pending; /* part of a stop that is under way */
	bool stopped;
	bool stop_dequeued; /* a tracer holds a stop signal that is being delivered; cleared by SIGCONT */
	bool has_forced;
	struct signal_queue pending;
	struct abi_siginfo forced; /* a fault of its own: comes before all others */
	struct abi_stack altstack;
	uint64_t fault_cr2, fault_error, fault_trapno;
	struct restart_block restart;
};

static inline bool signal_valid(int signo)
{
	return signo >= 1 && signo <= NSIG;
}

/* signal_queue.c */
void signal_queue_init(struct signal_queue *q);
/* Queue for task's owner. 0, or -EAGAIN if the limit is reached and the signal may not be lost silently. */
int signal_queue_add(struct signal_queue *q, const struct task *target,
		     const struct abi_siginfo *info);
/* The next signal that is in set and not in blocked; 0 if there is none. */
int signal_queue_take(struct signal_queue *q, uint64_t blocked, struct abi_siginfo *ret);
void signal_queue_remove(struct signal_queue *q, uint64_t signals);
struct signal_entry *signal_entry_alloc(const struct task *owner, bool over_limit);
void signal_entry_free(struct signal_entry *e); /* a timer keeps its own */
/* How many signals the user has queued (/proc/PID/status, RLIMIT_SIGPENDING). */
unsigned int signal_user_count(uint32_t uid);

/* task_signal.c */
void task_signal_register(void);
void signal_part_register(void);
bool signal_ignored_by(const struct task *t, int signo, bool from_kernel);
void signal_wake(struct task *t, bool fatal);
/* A thread no longer takes these signals of its process: somebody else may have to be woken for them. */
void signal_retarget(struct task *t, uint64_t signals);
/* Queue a timer's own entry (t NULL: to the process). 0: queued or pending already; 1: dropped, it is ignored. */
int signal_send_entry(struct task *t, struct thread_group *g, struct signal_entry *e);
/* Take the next signal outside mask that t may take, its own ones first. */
int signal_dequeue(struct task *t, uint64_t blocked, struct abi_siginfo *ret);

/* task_stop.c */
void signal_stop_begin(struct task *t, int signo);
void signal_stop_wait(struct task *t);	      /* may sleep */
void signal_continue(struct thread_group *g); /* SIGCONT was sent */
void signal_stop_leave(struct task *t);	      /* a thread ends while a stop is under way */
bool pgrp_is_orphaned_now(const struct thread_group *g);

/* signal_frame.c. May sleep. -EFAULT: the stack is no good. */
int signal_frame_push(struct task *t, const struct abi_sigaction *act,
		      const struct abi_siginfo *info, uint64_t mask);

/* posix_timers.c, task_itimers.c */
void posix_timer_taken(struct posix_timer *t, struct abi_siginfo *info);
void posix_timers_exit(struct thread_group *g);
void posix_timers_thread_exit(struct task *t);
void itimers_init(struct thread_group *g);
void itimers_exit(struct thread_group *g);

#endif

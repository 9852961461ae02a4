/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vCPUs and the run queue. A vCPU is a host thread; a task is a coroutine on a kernel stack of its own, which any vCPU may
 * continue. While a guest thread runs, its task's coroutine sits in engine->wait on the vCPU's host thread with the big lock released.
 *
 * Scheduling: one queue, by nice level into slices; a task that wakes preempts one that has run for more than a millisecond; a task leaves the vCPU
 * it ran on last only when another has been idle for over a millisecond. `current_task()` must not be kept across a sleep as a host
 * thread-local address: it is a function call on purpose.
 */
#ifndef CORE_SCHED_H
#define CORE_SCHED_H

#include "lib/list.h"
#include "lib/types.h"

struct task;
struct engine_thread;
struct engine_event;

#define SCHED_VCPUS_MAX 16

struct abi_regs;

/* What the scheduler needs of the engine, which lies above it; boot/ fills it from engine_ops before sched_run. */
struct sched_engine_ops {
	int (*resume)(struct engine_thread *thread);
	int (*wait)(struct engine_thread *thread, struct engine_event *ev);
	void (*interrupt)(struct engine_thread *thread);
	const struct abi_regs *(*regs)(const struct engine_thread *thread);
	/* Optional; as in engine.h. */
	void (*place)(int guest_cpu, int worker_cpu);
	void (*spin)(unsigned int times);
	void (*rest)(struct engine_thread *thread);
};
extern struct sched_engine_ops sched_engine;

/* Start ncpus - 1 further host threads and the I/O thread; the caller becomes vCPU 0 in sched_run. */
int sched_init(unsigned int ncpus);
/* Run tasks for ever; ends only with the process. Takes the big lock. */
noreturn void sched_run(void);

unsigned int sched_ncpus(void);

/* The task that runs on the calling vCPU, NULL on the I/O thread. */
struct task *current_task(void);
int current_vcpu(void); /* -1 on the I/O thread */

/* Make a task runnable for the first time, or again: harmless if it is already. Under the big lock, from any thread. */
void task_wake(struct task *t);

/* Let others run; returns when it is this task's turn again. May sleep. */
void sched_give_way(void);
bool sched_need_resched(void);

/*
 * Run the current task's guest thread until it traps: resumes it, drops the big lock, waits, takes the lock, lets others run if
 * the time slice is over. Returns 0 with *ev filled (INTERRUPTED after a signal or at the end of a slice), or what resume answered. May sleep.
 */
int sched_run_guest(struct engine_thread *thread, struct engine_event *ev);

/* Drop the big lock around a host call that may block, and take it again. May sleep (debug=preempt yields here). */
void big_lock_drop(void);
void big_lock_retake(void);

/*
 * A number that is another one whenever the big lock was given up or another task has run in between: what was read under the lock at the same number is
 * still true. For those who can look again, in place of a lock around something that rarely sleeps.
 */
uint64_t sched_epoch(void);

/* Make a task that runs guest code trap soon, if it does; used when a signal becomes pending. */
void sched_interrupt(struct task *t);

/* Has the task run guest code without a break since the stamp was taken? False: it has been in the kernel at some time since. */
uint64_t sched_guest_stamp(void);
bool sched_in_guest_since(const struct task *t, uint64_t stamp);

/*
 * Freeze: guest threads stop at their next way back to user space, those that run are made to trap. Kernel threads and what the kernel does for a
 * system call that is under way go on. Thaw lets them run again.
 */
void sched_freeze(bool on);

/* Leave the scheduler for ever; the stack is freed by the vCPU. The task object must have been unlinked from all else. */
noreturn void sched_exit(void);

/* A kernel task without a guest thread. fn runs under the big lock and may sleep; the task ends when it returns. */
struct task *kthread_start(const char *name, void (*fn)(void *arg), void *arg);

/* Host threads of the guest's have work to do for the calling vCPU, which sleeps meanwhile: a word to those who choose where threads run. */
void sched_note_order(void);

/* Processor time of the guest and the kernel on behalf of a task is added up in struct task; totals here. */
struct sched_stats {
	uint64_t switches, wakes, idle_ns[SCHED_VCPUS_MAX], user_ns[SCHED_VCPUS_MAX],
		system_ns[SCHED_VCPUS_MAX];
	unsigned int running, load[3]; /* load averages in 1/2048 */
};
void sched_stats_get(struct sched_stats *ret);

/* Processor time of a task up to now, the stretch that it is running included. */
void sched_task_times(const struct task *t, uint64_t *ret_user_ns, uint64_t *ret_system_ns);

/*
 * debug=preempt: wherever the big lock may be dropped others run first in half of the cases, in any order and on any vCPU; every fourth sleep ends
 * at once; slices are short. sched_debug_point is for places that may sleep by contract and seldom do. Both only while it is on.
 */
void sched_debug_point(void);
extern bool sched_debug_preempt;

#endif

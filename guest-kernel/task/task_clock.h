/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clocks of clock_gettime(2), CPU clocks of processes and threads included, sleeping on them, and the interval timers of a process. A clock
 * id is what the guest gives. All under the big lock.
 */
#ifndef TASK_TASK_CLOCK_H
#define TASK_TASK_CLOCK_H

#include "lib/types.h"

struct abi_siginfo;
struct abi_sigevent;
struct task;
struct thread_group;

#define TIME_NS_MAX INT64_MAX

/* Now, in nanoseconds. -EINVAL: no such clock (or the process of a CPU clock is gone). */
int task_clock_read(int clock, uint64_t *ret_ns);
bool task_clock_is_cpu(int clock);
/* The resolution that clock_getres tells. -EINVAL. */
int task_clock_resolution(int clock, uint64_t *ret_ns);
/* When a (not CPU) clock will show abs_ns, on the monotonic clock. The host's wall time is not expected to jump. */
uint64_t task_clock_to_monotonic(int clock, uint64_t abs_ns);

/* clock_nanosleep. ns: relative, or absolute. The remaining time into *ret_left when it was interrupted. 0, -EINTR, -EINVAL, -EOPNOTSUPP. May sleep. */
int task_clock_sleep(int clock, bool absolute, uint64_t ns, uint64_t *ret_left);

/* Processor time of all threads, living and dead. */
void group_cpu_times(const struct thread_group *g, uint64_t *ret_user_ns, uint64_t *ret_system_ns);

/* setitimer and getitimer; which as the guest gives it, checked by the caller. Values relative. */
void task_itimer_get(struct thread_group *g, int which, uint64_t *ret_value,
		     uint64_t *ret_interval);
int task_itimer_set(struct thread_group *g, int which, uint64_t value, uint64_t interval);

/* RLIMIT_CPU was set: prlimit(2) calls it. */
void task_cpu_limit_changed(struct thread_group *g);

/* POSIX timers. Functions return 0 or -EINVAL (no such timer) unless said. */
int posix_timer_create(int clock, const struct abi_sigevent *ev,
		       int *ret_id); /* -EAGAIN, -EINVAL, -EPERM */
int posix_timer_set(int id, bool absolute, uint64_t value, uint64_t interval,
		    uint64_t *ret_old_value, uint64_t *ret_old_interval);
int posix_timer_get(int id, uint64_t *ret_value, uint64_t *ret_interval);
int posix_timer_overrun(int id);
int posix_timer_delete(int id);

#endif

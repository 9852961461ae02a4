// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks, sleeping, interval timers, POSIX timers. The guest's wall time is the host's and cannot be set. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_time.h"
#include "host/host_clock.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_clock.h"

#define TICK_NS 10000000ull /* USER_HZ is 100 */

static struct abi_timespec timespec_of(uint64_t ns)
{
	return (struct abi_timespec){ (int64_t)(ns / NSEC_PER_SEC), (int64_t)(ns % NSEC_PER_SEC) };
}

static struct abi_timeval timeval_of(uint64_t ns)
{
	return (struct abi_timeval){ (int64_t)(ns / NSEC_PER_SEC),
				     (int64_t)(ns % NSEC_PER_SEC / 1000) };
}

/* -EINVAL unless it is normal and not negative; far times are cut at TIME_NS_MAX. */
static int timespec_ns(const struct abi_timespec *ts, uint64_t *ret)
{
	if (ts->sec < 0 || ts->nsec < 0 || ts->nsec >= (int64_t)NSEC_PER_SEC)
		return -EINVAL;
	*ret = ts->sec >= (int64_t)(TIME_NS_MAX / NSEC_PER_SEC)
		       ? (uint64_t)TIME_NS_MAX
		       : (uint64_t)ts->sec * NSEC_PER_SEC + (uint64_t)ts->nsec;
	return 0;
}

static int timeval_ns(const struct abi_timeval *tv, uint64_t *ret)
{
	struct abi_timespec ts = { tv->sec, tv->usec * 1000 };

	return tv->usec < 0 || tv->usec >= 1000000 ? -EINVAL : timespec_ns(&ts, ret);
}

SYSCALL_HANDLER(sys_clock_gettime)
{
	struct abi_timespec ts;
	uint64_t ns;
	int r = task_clock_read((int)a[0], &ns);

	if (r < 0)
		return r;
	ts = timespec_of(ns);
	return put_user(ts, UADDR(a[1]));
}

SYSCALL_HANDLER(sys_clock_getres)
{
	struct abi_timespec ts;
	uint64_t ns;
	int r = task_clock_resolution((int)a[0], &ns);

	if (r < 0)
		return r;
	ts = timespec_of(ns);
	return a[1] ? put_user(ts, UADDR(a[1])) : 0;
}

SYSCALL_HANDLER(sys_clock_settime)
{
	return (int)a[0] == CLOCK_REALTIME ? -EPERM : -EINVAL;
}

SYSCALL_HANDLER(sys_settimeofday)
{
	return -EPERM;
}

SYSCALL_HANDLER(sys_gettimeofday)
{
	struct abi_timeval tv = timeval_of(host_realtime_ns());
	struct abi_timezone tz = { 0 };

	if (a[0] && put_user(tv, UADDR(a[0])) < 0)
		return -EFAULT;
	return a[1] ? put_user(tz, UADDR(a[1])) : 0;
}

SYSCALL_HANDLER(sys_time)
{
	int64_t now = (int64_t)(host_realtime_ns() / NSEC_PER_SEC);

	if (a[0] && put_user(now, UADDR(a[0])) < 0)
		return -EFAULT;
	return now;
}

SYSCALL_HANDLER(sys_times)
{
	const struct thread_group *g = t->group;
	uint64_t user, system;
	struct abi_tms tms;

	group_cpu_times(g, &user, &system);
	tms = (struct abi_tms){ (int64_t)(user / TICK_NS), (int64_t)(system / TICK_NS),
				(int64_t)(g->children_user_ns / TICK_NS),
				(int64_t)(g->children_system_ns / TICK_NS) };
	if (a[0] && put_user(tms, UADDR(a[0])) < 0)
		return -EFAULT;
	return (int64_t)(host_boottime_ns() / TICK_NS);
}

/* --- sleeping ----------------------------------------------------------------------------------- */

static int64_t do_sleep(int clock, bool absolute, uint64_t request, uint64_t remain)
{
	struct abi_timespec ts;
	uint64_t ns, left = 0;
	int r;

	if (copy_from_user(&ts, UADDR(request), sizeof(ts)) < 0)
		return -EFAULT;
	r = timespec_ns(&ts, &ns);
	if (r < 0)
		return r;
	r = task_clock_sleep(clock, absolute, ns, &left);
	if (r == -EINTR && !absolute && remain) {
		ts = timespec_of(left);
		if (put_user(ts, UADDR(remain)) < 0)
			return -EFAULT;
	}
	return r;
}

SYSCALL_HANDLER(sys_nanosleep)
{
	return do_sleep(CLOCK_MONOTONIC, false, a[0], a[1]);
}

SYSCALL_HANDLER(sys_clock_nanosleep)
{
	return do_sleep((int)a[0], ((int)a[1] & TIMER_ABSTIME) != 0, a[2], a[3]);
}

/* --- interval timers ---------------------------------------------------------------------------- */

static struct abi_itimerval itimer_of(struct thread_group *g, int which)
{
	uint64_t value, interval;

	task_itimer_get(g, which, &value, &interval);
	return (struct abi_itimerval){ timeval_of(interval), timeval_of(value) };
}

SYSCALL_HANDLER(sys_getitimer)
{
	struct abi_itimerval v;

	if ((unsigned int)a[0] > ITIMER_PROF)
		return -EINVAL;
	v = itimer_of(t->group, (int)a[0]);
	return put_user(v, UADDR(a[1]));
}

SYSCALL_HANDLER(sys_setitimer)
{
	struct abi_itimerval v = { 0 }, old;
	uint64_t value, interval;
	int r;

	if ((unsigned int)a[0] > ITIMER_PROF)
		return -EINVAL;
	if (a[1] && copy_from_user(&v, UADDR(a[1]), sizeof(v)) < 0)
		return -EFAULT;
	r = timeval_ns(&v.value, &value);
	if (r == 0)
		r = timeval_ns(&v.interval, &interval);
	if (r < 0)
		return r;
	old = itimer_of(t->group, (int)a[0]);
	r = task_itimer_set(t->group, (int)a[0], value, interval);
	if (r < 0)
		return r;
	return a[2] ? put_user(old, UADDR(a[2])) : 0;
}

SYSCALL_HANDLER(sys_alarm)
{
	uint64_t value, interval;

	task_itimer_get(t->group, ITIMER_REAL, &value, &interval);
	(void)task_itimer_set(t->group, ITIMER_REAL, (a[0] & 0xffffffff) * NSEC_PER_SEC, 0);
	/* A rest of less than a second counts as one: 0 would mean that there was no alarm. */
	return (int64_t)((value + NSEC_PER_SEC / 2) / NSEC_PER_SEC +
			 (value > 0 && value < NSEC_PER_SEC / 2));
}

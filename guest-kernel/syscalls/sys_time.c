// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks, sleeping, timers. The host owns the wall clock: nobody sets it here. */
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "abi/abi_time.h"
#include "host/host_clock.h"
#include "mm/user_copy.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_clock.h"
#include "task/task_restart.h"

#define CLOCK_TICKS_NS (10 * NSEC_PER_MSEC) /* of times(2) */

static bool timespec_valid(const struct abi_timespec *ts)
{
	return ts->sec >= 0 && ts->nsec >= 0 && ts->nsec < (int64_t)NSEC_PER_SEC;
}

static uint64_t timespec_ns(const struct abi_timespec *ts)
{
	if ((uint64_t)ts->sec >= TIME_NS_MAX / NSEC_PER_SEC)
		return TIME_NS_MAX;
	return (uint64_t)ts->sec * NSEC_PER_SEC + (uint64_t)ts->nsec;
}

static struct abi_timespec timespec_from(uint64_t ns)
{
	return (struct abi_timespec){ (int64_t)(ns / NSEC_PER_SEC), (int64_t)(ns % NSEC_PER_SEC) };
}

/* --- reading and setting ------------------------------------------------------------------------ */

SYSCALL_HANDLER(sys_clock_gettime)
{
	struct abi_timespec ts;
	uint64_t ns;
	int r = task_clock_read((int)a[0], &ns);

	(void)t;
	if (r < 0)
		return r;
	ts = timespec_from(ns);
	return copy_to_user(UADDR(a[1]), &ts, sizeof(ts));
}

SYSCALL_HANDLER(sys_clock_getres)
{
	struct abi_timespec ts;
	uint64_t ns;
	int r = task_clock_resolution((int)a[0], &ns);

	(void)t;
	if (r < 0 || a[1] == 0)
		return r;
	ts = timespec_from(ns);
	return copy_to_user(UADDR(a[1]), &ts, sizeof(ts));
}

SYSCALL_HANDLER(sys_clock_settime)
{
	struct abi_timespec ts;

	(void)t;
	if ((int)a[0] != CLOCK_REALTIME && !((int)a[0] < 0))
		return -EINVAL;
	if (copy_from_user(&ts, UADDR(a[1]), sizeof(ts)) < 0)
		return -EFAULT;
	return timespec_valid(&ts) ? -EPERM : -EINVAL;
}

SYSCALL_HANDLER(sys_gettimeofday)
{
	uint64_t now = host_realtime_ns();
	const struct abi_timeval tv = { (int64_t)(now / NSEC_PER_SEC),
					(int64_t)(now % NSEC_PER_SEC / NSEC_PER_USEC) };
	const struct abi_timezone tz = { 0, 0 };

	(void)t;
	if (a[0] && copy_to_user(UADDR(a[0]), &tv, sizeof(tv)) < 0)
		return -EFAULT;
	return a[1] ? copy_to_user(UADDR(a[1]), &tz, sizeof(tz)) : 0;
}

SYSCALL_HANDLER(sys_settimeofday)
{
	struct abi_timeval tv;

	(void)t;
	if (a[0] && copy_from_user(&tv, UADDR(a[0]), sizeof(tv)) < 0)
		return -EFAULT;
	return -EPERM;
}

SYSCALL_HANDLER(sys_time)
{
	int64_t now = (int64_t)(host_realtime_ns() / NSEC_PER_SEC);

	(void)t;
	if (a[0] && put_user(now, UADDR(a[0])) < 0)
		return -EFAULT;
	return now;
}

SYSCALL_HANDLER(sys_times)
{
	uint64_t user, system;
	struct abi_tms tms;

	group_cpu_times(t->group, &user, &system);
	tms.utime = (int64_t)(user / CLOCK_TICKS_NS);
	tms.stime = (int64_t)(system / CLOCK_TICKS_NS);
	tms.cutime = (int64_t)(t->group->children_user_ns / CLOCK_TICKS_NS);
	tms.cstime = (int64_t)(t->group->children_system_ns / CLOCK_TICKS_NS);
	if (a[0] && copy_to_user(UADDR(a[0]), &tms, sizeof(tms)) < 0)
		return -EFAULT;
	return (int64_t)(host_monotonic_ns() / CLOCK_TICKS_NS);
}

/* --- sleeping ----------------------------------------------------------------------------------- */

static int64_t sleep_once(struct task *t, int clock, bool absolute, uint64_t ns, uint64_t ret_addr);

static int64_t sleep_again(struct task *t, const struct restart_block *b)
{
	return sleep_once(t, (int)b->args[0], false, b->args[1], b->args[2]);
}

static int64_t sleep_once(struct task *t, int clock, bool absolute, uint64_t ns, uint64_t ret_addr)
{
	struct restart_block b = { .fn = sleep_again };
	struct abi_timespec left;
	uint64_t left_ns = 0;
	int r = task_clock_sleep(clock, absolute, ns, &left_ns);

	if (r != -EINTR)
		return r;
	if (absolute)
		return -ERESTARTNOHAND;
	left = timespec_from(left_ns);
	if (ret_addr && copy_to_user(UADDR(ret_addr), &left, sizeof(left)) < 0)
		return -EFAULT;
	b.args[0] = (uint64_t)(int64_t)clock;
	b.args[1] = left_ns;
	b.args[2] = ret_addr;
	return task_restart_with(t, &b);
}

SYSCALL_HANDLER(sys_nanosleep)
{
	struct abi_timespec ts;

	if (copy_from_user(&ts, UADDR(a[0]), sizeof(ts)) < 0)
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	return sleep_once(t, CLOCK_MONOTONIC, false, timespec_ns(&ts), a[1]);
}

SYSCALL_HANDLER(sys_clock_nanosleep)
{
	bool absolute = (a[1] & TIMER_ABSTIME) != 0;
	struct abi_timespec ts;
	uint64_t now;
	int r = task_clock_read((int)a[0], &now);

	if (r < 0)
		return r;
	if (copy_from_user(&ts, UADDR(a[2]), sizeof(ts)) < 0)
		return -EFAULT;
	if (!timespec_valid(&ts))
		return -EINVAL;
	return sleep_once(t, (int)a[0], absolute, timespec_ns(&ts), absolute ? 0 : a[3]);
}

/* --- interval timers ---------------------------------------------------------------------------- */

static struct abi_timeval timeval_from(uint64_t ns)
{
	ns += NSEC_PER_USEC - 1; /* a timer that runs never shows 0 */
	return (struct abi_timeval){ (int64_t)(ns / NSEC_PER_SEC),
				     (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

static bool timeval_ns(const struct abi_timeval *tv, uint64_t *ret)
{
	struct abi_timespec ts = { tv->sec, tv->usec * 1000 };

	if (tv->usec < 0 || tv->usec >= 1000000 || tv->sec < 0)
		return false;
	*ret = timespec_ns(&ts);
	return true;
}

static int put_itimer(uint64_t to, uint64_t value, uint64_t interval)
{
	const struct abi_itimerval it = { timeval_from(interval), timeval_from(value) };

	return copy_to_user(UADDR(to), &it, sizeof(it));
}

SYSCALL_HANDLER(sys_getitimer)
{
	uint64_t value, interval;

	if (a[0] > ITIMER_PROF)
		return -EINVAL;
	task_itimer_get(t->group, (int)a[0], &value, &interval);
	return put_itimer(a[1], value, interval);
}

SYSCALL_HANDLER(sys_setitimer)
{
	struct abi_itimerval it = { 0 };
	uint64_t value, interval, old_value, old_interval;
	int r;

	if (a[1] && copy_from_user(&it, UADDR(a[1]), sizeof(it)) < 0)
		return -EFAULT;
	if (a[0] > ITIMER_PROF || !timeval_ns(&it.value, &value) ||
	    !timeval_ns(&it.interval, &interval))
		return -EINVAL;
	task_itimer_get(t->group, (int)a[0], &old_value, &old_interval);
	r = task_itimer_set(t->group, (int)a[0], value, interval);
	if (r == 0 && a[2])
		r = put_itimer(a[2], old_value, old_interval);
	return r;
}

SYSCALL_HANDLER(sys_alarm)
{
	uint64_t value, interval;

	task_itimer_get(t->group, ITIMER_REAL, &value, &interval);
	(void)task_itimer_set(t->group, ITIMER_REAL, (a[0] & UINT32_MAX) * NSEC_PER_SEC, 0);
	/* Rounded, but a timer that runs is never told as 0. */
	if (value > 0 && value < NSEC_PER_SEC)
		return 1;
	return (int64_t)((value + NSEC_PER_SEC / 2) / NSEC_PER_SEC);
}

/* --- POSIX timers ------------------------------------------------------------------------------- */

SYSCALL_HANDLER(sys_timer_create)
{
	struct abi_sigevent ev;
	int id, r;

	(void)t;
	if (a[1] && copy_from_user(&ev, UADDR(a[1]), sizeof(ev)) < 0)
		return -EFAULT;
	r = posix_timer_create((int)a[0], a[1] ? &ev : NULL, &id);
	if (r == 0 && put_user(id, UADDR(a[2])) < 0) {
		(void)posix_timer_delete(id);
		r = -EFAULT;
	}
	return r;
}

static int put_itimerspec(uint64_t to, uint64_t value, uint64_t interval)
{
	const struct abi_itimerspec it = { timespec_from(interval), timespec_from(value) };

	return copy_to_user(UADDR(to), &it, sizeof(it));
}

SYSCALL_HANDLER(sys_timer_settime)
{
	struct abi_itimerspec it;
	uint64_t old_value, old_interval;
	int r;

	(void)t;
	if (a[2] == 0)
		return -EINVAL;
	if (copy_from_user(&it, UADDR(a[2]), sizeof(it)) < 0)
		return -EFAULT;
	if (!timespec_valid(&it.value) || !timespec_valid(&it.interval))
		return -EINVAL;
	r = posix_timer_set((int)a[0], (a[1] & TIMER_ABSTIME) != 0, timespec_ns(&it.value),
			    timespec_ns(&it.interval), &old_value, &old_interval);
	if (r == 0 && a[3])
		r = put_itimerspec(a[3], old_value, old_interval);
	return r;
}

SYSCALL_HANDLER(sys_timer_gettime)
{
	uint64_t value, interval;
	int r = posix_timer_get((int)a[0], &value, &interval);

	(void)t;
	return r < 0 ? r : put_itimerspec(a[1], value, interval);
}

SYSCALL_HANDLER(sys_timer_getoverrun)
{
	(void)t;
	return posix_timer_overrun((int)a[0]);
}

SYSCALL_HANDLER(sys_timer_delete)
{
	(void)t;
	return posix_timer_delete((int)a[0]);
}

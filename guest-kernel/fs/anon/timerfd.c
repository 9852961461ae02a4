// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ktimerfd_create(2). Deadlines are kept on the timer's own clock and armed on the monotonic one; a timer on the wall clock, which the host may set, is
 * looked at again once a minute.
 */
#include "abi/abi_clone.h"
#include "abi/abi_epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "abi/abi_time.h"
#include "core/sched.h"
#include "fs/anon/anon.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"

#define WALL_CLOCK_LOOK (60 * NSEC_PER_SEC)

struct timerfd {
	struct ktimer timer;
	struct wait_queue queue;
	int clock;
	uint64_t next_ns; /* of the clock; 0: not armed */
	uint64_t interval_ns;
	uint64_t ticks; /* not yet read, apart from those since next_ns of a repeating timer */
	uint32_t set_flags;
};

static uint64_t clock_now(int clock)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
		return host_realtime_ns();
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		return host_boottime_ns();
	default:
		return host_monotonic_ns();
	}
}

static bool is_wall_clock(int clock)
{
	return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_ALARM;
}

static int timerfd_arm(struct timerfd *t)
{
	uint64_t now = clock_now(t->clock);
	uint64_t wait = t->next_ns > now ? t->next_ns - now : 0;

	if (is_wall_clock(t->clock))
		wait = MIN(wait, WALL_CLOCK_LOOK);
	return ktimer_arm(&t->timer, host_monotonic_ns() + wait);
}

/* Count the expirations up to now and move next_ns on. */
static void timerfd_advance(struct timerfd *t)
{
	uint64_t now = clock_now(t->clock), n;

	if (t->next_ns == 0 || now < t->next_ns)
		return;
	if (t->interval_ns == 0) {
		t->ticks++;
		t->next_ns = 0;
		return;
	}
	n = (now - t->next_ns) / t->interval_ns + 1;
	t->ticks += n;
	t->next_ns += n * t->interval_ns;
}

/*
 * One wake for each batch of expirations: a repeating timer that nobody reads is not armed again until somebody does, so that an
 * interval of a nanosecond costs nothing.
 */
static void timerfd_expired(struct ktimer *k)
{
	struct timerfd *t = container_of(k, struct timerfd, timer);

	timerfd_advance(t);
	if (t->ticks > 0)
		(void)wait_queue_wake_events(&t->queue, POLLIN | POLLRDNORM);
	else if (t->next_ns)
		(void)timerfd_arm(t);
}

static void timerfd_release(struct file *f)
{
	struct timerfd *t = f->private;

	if (!t)
		return;
	(void)ktimer_cancel(&t->timer);
	wait_queue_release(&t->queue);
	kfree(t);
}

static ssize_t timerfd_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct timerfd *t = f->private;
	uint64_t n;

	(void)pos;
	if (to->left < sizeof(n))
		return -EINVAL;
	while (t->ticks == 0) {
		int r;

		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = wait_queue_sleep(&t->queue, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
	timerfd_advance(t);
	n = t->ticks;
	t->ticks = 0;
	if (t->next_ns && timerfd_arm(t) < 0)
		return -ENOMEM;
	return iter_copy_to(to, &n, sizeof(n)) == (ssize_t)sizeof(n) ? (ssize_t)sizeof(n) : -EFAULT;
}

static uint32_t timerfd_poll(struct file *f, struct poll_table *table)
{
	struct timerfd *t = f->private;

	poll_wait(table, &t->queue);
	return t->ticks > 0 ? POLLIN | POLLRDNORM : 0;
}

static int64_t timerfd_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct timerfd *t = f->private;
	uint64_t ticks;

	if (cmd != TFD_IOC_SET_TICKS)
		return -ENOTTY;
	if (get_user(ticks, UADDR(arg)) < 0)
		return -EFAULT;
	if (ticks == 0)
		return -EINVAL;
	t->ticks = ticks;
	(void)wait_queue_wake_events(&t->queue, POLLIN | POLLRDNORM);
	return 0;
}

static void to_timespec(uint64_t ns, struct abi_timespec *ret)
{
	ret->sec = (int64_t)(ns / NSEC_PER_SEC);
	ret->nsec = (int64_t)(ns % NSEC_PER_SEC);
}

static void timerfd_value(struct timerfd *t, struct abi_itimerspec *ret)
{
	uint64_t now, next = t->next_ns;

	now = clock_now(t->clock);
	if (next && next <= now && t->interval_ns)
		next += ((now - next) / t->interval_ns + 1) * t->interval_ns;
	to_timespec(t->interval_ns, &ret->interval);
	/* An armed timer never shows 0, which would mean that it is not. */
	to_timespec(next == 0 ? 0 : next > now ? next - now : 1, &ret->value);
}

static void timerfd_show(struct file *f, char *buf, size_t len)
{
	struct timerfd *t = f->private;
	struct abi_itimerspec v;

	timerfd_value(t, &v);
	(void)format_str(buf, len,
			 "clockid: %d\nticks: %llu\nsettime flags: 0%o\n"
			 "it_value: (%llu, %llu)\nit_interval: (%llu, %llu)\n",
			 t->clock, (unsigned long long)t->ticks, t->set_flags,
			 (unsigned long long)v.value.sec, (unsigned long long)v.value.nsec,
			 (unsigned long long)v.interval.sec, (unsigned long long)v.interval.nsec);
}

static const struct file_ops timerfd_ops = {
	.release = timerfd_release,
	.read = timerfd_read,
	.poll = timerfd_poll,
	.ioctl = timerfd_ioctl,
	.show_fdinfo = timerfd_show,
	.llseek = anon_llseek,
	.no_pos = true,
};

int ktimerfd_create(int clock, uint32_t flags)
{
	struct timerfd *t;
	int r;

	if (flags & ~(TFD_NONBLOCK | TFD_CLOEXEC))
		return -EINVAL;
	switch (clock) {
	case CLOCK_REALTIME_ALARM:
	case CLOCK_BOOTTIME_ALARM:
		if (!capable(CAP_WAKE_ALARM))
			return -EPERM;
		break;
	case CLOCK_REALTIME:
	case CLOCK_MONOTONIC:
	case CLOCK_BOOTTIME:
		break;
	default:
		return -EINVAL;
	}
	t = kzalloc(sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->clock = clock;
	ktimer_init(&t->timer, timerfd_expired);
	wait_queue_init(&t->queue);
	r = anon_fd("[timerfd]", &timerfd_ops, t, O_RDWR | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (r < 0)
		kfree(t);
	return r;
}

int ktimerfd_settime(int fd, uint32_t flags, const struct abi_itimerspec *value,
		     struct abi_itimerspec *ret_old)
{
	uint64_t first, interval;
	struct timerfd *t;
	struct file *f;
	int r;

	if (flags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET))
		return -EINVAL;
	if (timespec_to_ns(&value->value, &first) < 0 ||
	    timespec_to_ns(&value->interval, &interval) < 0)
		return -EINVAL;
	r = anon_file_of(fd, &timerfd_ops, -EINVAL, &f);
	if (r < 0)
		return r;
	t = f->private;
	timerfd_value(t, ret_old);
	(void)ktimer_cancel(&t->timer);
	t->ticks = 0;
	t->set_flags = flags;
	t->interval_ns = interval;
	t->next_ns = first == 0 || (flags & TFD_TIMER_ABSTIME) ? first
							       : clock_now(t->clock) + first;
	r = t->next_ns ? timerfd_arm(t) : 0;
	file_put(f);
	return r;
}

int ktimerfd_gettime(int fd, struct abi_itimerspec *ret)
{
	struct file *f;
	int r = anon_file_of(fd, &timerfd_ops, -EINVAL, &f);

	if (r < 0)
		return r;
	timerfd_value(f->private, ret);
	file_put(f);
	return 0;
}

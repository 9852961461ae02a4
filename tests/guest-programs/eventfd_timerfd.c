// SPDX-License-Identifier: GPL-2.0-or-later
/* eventfd counters and semaphores; timerfd one-shot, repeating, absolute. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <time.h>

#include "guest_test.h"

static void counters(void)
{
	uint64_t v = 0;
	int fd = eventfd(3, EFD_NONBLOCK), sem = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);

	report("read", read(fd, &v, 8));
	printf("value %d\n", (int)v);
	report("empty", read(fd, &v, 8));
	v = UINT64_MAX;
	report("too large", write(fd, &v, 8));
	v = UINT64_MAX - 1;
	report("largest", write(fd, &v, 8));
	v = 1;
	report("one more", write(fd, &v, 8));
	report("short write", write(fd, &v, 4));
	report("short read", read(fd, &v, 4));
	report("semaphore", read(sem, &v, 8));
	printf("value %d\n", (int)v);
	report("semaphore", read(sem, &v, 8));
	report("semaphore empty", read(sem, &v, 8));
	report("bad flags", eventfd(0, 1 << 20));
}

static void timers(void)
{
	struct itimerspec t = { .it_value.tv_nsec = 500000000 }, old;
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t n = 0;

	report("not armed", read(fd, &n, 8));
	report("set", timerfd_settime(fd, 0, &t, &old));
	report("not yet", read(fd, &n, 8));
	report("poll", poll(&p, 1, -1));
	report("read", read(fd, &n, 8));
	printf("expired %d\n", (int)n);
	report("once only", read(fd, &n, 8));
	timerfd_gettime(fd, &t);
	printf("disarmed %d\n", t.it_value.tv_sec == 0 && t.it_value.tv_nsec == 0);
	t = (struct itimerspec){ .it_interval.tv_nsec = 10000000, .it_value.tv_nsec = 10000000 };
	timerfd_settime(fd, 0, &t, NULL);
	usleep(55000);
	report("repeating", read(fd, &n, 8));
	printf("several %d\n", n >= 4);
	timerfd_gettime(fd, &t);
	printf("interval %ld, armed %d\n", t.it_interval.tv_nsec, t.it_value.tv_nsec > 0);
	clock_gettime(CLOCK_REALTIME, &t.it_value);
	t.it_interval.tv_nsec = 0;
	t.it_value.tv_sec -= 1;
	fd = timerfd_create(CLOCK_REALTIME, 0);
	report("absolute in the past", timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL));
	report("read", read(fd, &n, 8));
	t.it_value.tv_nsec = 1000000000;
	report("bad nanoseconds", timerfd_settime(fd, 0, &t, NULL));
	report("bad clock", timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
	report("not a timer", timerfd_settime(0, 0, &(struct itimerspec){ 0 }, NULL));
}

int main(void)
{
	counters();
	timers();
	return 0;
}

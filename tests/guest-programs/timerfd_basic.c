// SPDX-License-Identifier: GPL-2.0-or-later
/* timerfd: expirations, intervals, gettime, absolute times in the past, disarming, errors. */
#include <poll.h>
#include <sys/timerfd.h>
#include <time.h>

#include "guest_helpers.h"

int main(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	struct itimerspec t = { .it_value = { 0, 1000000 } }, old;
	struct pollfd p = { fd, POLLIN, 0 };
	unsigned long long n = 0;
	char b[4];

	CHECK(fd >= 0);
	report("unarmed", read(fd, &n, 8));
	CHECK_EQ(timerfd_gettime(fd, &old), 0);
	printf("unarmed: %ld %ld\n", old.it_value.tv_sec, old.it_value.tv_nsec);
	CHECK_EQ(timerfd_settime(fd, 0, &t, NULL), 0);
	report("poll", poll(&p, 1, -1));
	report("read", read(fd, &n, 8));
	printf("once: %llu\n", n);
	report("again", read(fd, &n, 8));
	t.it_interval.tv_nsec = 1000000;
	CHECK_EQ(timerfd_settime(fd, 0, &t, NULL), 0);
	usleep(50000);
	CHECK_EQ(read(fd, &n, 8), 8);
	printf("many: %d\n", n >= 40);
	t = (struct itimerspec){ .it_value = { 1000, 0 }, .it_interval = { 7, 0 } };
	CHECK_EQ(timerfd_settime(fd, 0, &t, NULL), 0);
	t = (struct itimerspec){ 0 };
	CHECK_EQ(timerfd_settime(fd, 0, &t, &old), 0);
	printf("old: %d %ld\n", old.it_value.tv_sec == 999 || old.it_value.tv_sec == 1000,
	       old.it_interval.tv_sec);
	report("disarmed", read(fd, &n, 8));
	t.it_value.tv_nsec = 1;
	CHECK_EQ(timerfd_settime(fd, TFD_TIMER_ABSTIME, &t, NULL), 0);
	CHECK_EQ(poll(&p, 1, -1), 1);
	report("in the past", read(fd, &n, 8));
	printf("%llu\n", n);
	report("short", read(fd, b, 4));
	report("write", write(fd, &n, 8));
	t.it_value.tv_nsec = 1000000000;
	report("bad time", timerfd_settime(fd, 0, &t, NULL));
	report("bad flags", timerfd_settime(fd, 0x100, &old, NULL));
	report("bad clock", timerfd_create(99, 0));
	report("not a timer", timerfd_gettime(0, &old));
	return 0;
}

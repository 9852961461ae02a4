// SPDX-License-Identifier: GPL-2.0-or-later
/* Event counters and timers as descriptors. */
#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "host/host_eventfd.h"

int host_eventfd_create(void)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

void host_eventfd_add(int fd, uint64_t n)
{
	while (write(fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
}

uint64_t host_eventfd_take(int fd)
{
	uint64_t n = 0;

	while (read(fd, &n, sizeof(n)) < 0 && errno == EINTR)
		;
	return n;
}

uint64_t host_eventfd_try(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 ? host_eventfd_take(fd) : 0;
}

int host_timerfd_create(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	return fd < 0 ? -errno : fd;
}

void host_timerfd_arm(int fd, uint64_t after_ns)
{
	struct itimerspec t = { .it_value = { .tv_sec = (time_t)(after_ns / NSEC_PER_SEC),
					      .tv_nsec = (long)(after_ns % NSEC_PER_SEC) } };

	(void)timerfd_settime(fd, 0, &t, NULL);
}

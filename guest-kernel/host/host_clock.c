// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks and randomness. */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "host/host_clock.h"

static uint64_t clock_read(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) < 0)
		return 0;
	return (uint64_t)ts.tv_sec * NSEC_PER_SEC + (uint64_t)ts.tv_nsec;
}

uint64_t host_monotonic_ns(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

uint64_t host_realtime_ns(void)
{
	return clock_read(CLOCK_REALTIME);
}

uint64_t host_boottime_ns(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

uint64_t host_thread_cpu_ns(int pid, int tid)
{
	/* The kernel's encoding of a per-thread scheduling clock: ~tid << 3 | PERTHREAD(4) | SCHED(2). */
	(void)pid;
	return clock_read((clockid_t)((~(unsigned int)tid << 3) | 6u));
}

void host_random_bytes(void *buf, size_t len)
{
	char *p = buf;

	while (len > 0) {
		ssize_t n = getrandom(p, len, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			abort(); /* no randomness: nothing that follows could be trusted */
		p += n;
		len -= (size_t)n;
	}
}

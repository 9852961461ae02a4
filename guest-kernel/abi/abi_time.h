/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time: timespec, itimers, clocks, sigevent. See clock_gettime(2), timer_create(2), setitimer(2). */
#ifndef ABI_TIME_H
#define ABI_TIME_H

#include "abi/abi_clone.h" /* struct abi_timeval */
#include "lib/types.h"

struct abi_timespec {
	int64_t sec, nsec;
};
_Static_assert(sizeof(struct abi_timespec) == 16, "struct timespec");

struct abi_itimerspec {
	struct abi_timespec interval, value;
};
_Static_assert(sizeof(struct abi_itimerspec) == 32, "struct itimerspec");

struct abi_itimerval {
	struct abi_timeval interval, value;
};
_Static_assert(sizeof(struct abi_itimerval) == 32, "struct itimerval");

struct abi_timezone {
	int32_t minuteswest, dsttime;
};

struct abi_tms {
	int64_t utime, stime, cutime, cstime;
};
_Static_assert(sizeof(struct abi_tms) == 32, "struct tms");

enum {
	CLOCK_REALTIME = 0,
	CLOCK_MONOTONIC = 1,
	CLOCK_PROCESS_CPUTIME_ID = 2,
	CLOCK_THREAD_CPUTIME_ID = 3,
	CLOCK_MONOTONIC_RAW = 4,
	CLOCK_REALTIME_COARSE = 5,
	CLOCK_MONOTONIC_COARSE = 6,
	CLOCK_BOOTTIME = 7,
	CLOCK_REALTIME_ALARM = 8,
	CLOCK_BOOTTIME_ALARM = 9,
	CLOCK_TAI = 11,
};

#define TIMER_ABSTIME 1

enum { ITIMER_REAL = 0, ITIMER_VIRTUAL = 1, ITIMER_PROF = 2 };

enum { SIGEV_SIGNAL = 0, SIGEV_NONE = 1, SIGEV_THREAD = 2, SIGEV_THREAD_ID = 4 };

struct abi_sigevent {
	uint64_t value;
	int32_t signo, notify;
	int32_t tid; /* SIGEV_THREAD_ID */
	int32_t pad[11];
};
_Static_assert(sizeof(struct abi_sigevent) == 64, "struct sigevent");

#endif

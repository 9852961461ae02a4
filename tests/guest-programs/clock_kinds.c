// SPDX-License-Identifier: GPL-2.0-or-later
/* Clocks: they go forward, resolution, process and thread time, other processes', setting refused to users. */
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>

#include "guest_helpers.h"

static void user(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	become(1000, 1000);
	result("user sets the clock", clock_settime(CLOCK_REALTIME, &t));
}

int main(void)
{
	static const int clocks[] = {
		CLOCK_REALTIME,		 CLOCK_MONOTONIC,     CLOCK_PROCESS_CPUTIME_ID,
		CLOCK_THREAD_CPUTIME_ID, CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE,
		CLOCK_MONOTONIC_COARSE,	 CLOCK_BOOTTIME,      CLOCK_TAI
	};
	struct timespec a, b, r;
	struct timeval tv;
	struct tms tms;
	clockid_t c;

	for (unsigned int i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		int back = 0;

		CHECK_EQ(clock_gettime(clocks[i], &a), 0);
		for (int n = 0; n < 1000; n++) {
			CHECK_EQ(clock_gettime(clocks[i], &b), 0);
			back += b.tv_sec < a.tv_sec ||
				(b.tv_sec == a.tv_sec && b.tv_nsec < a.tv_nsec);
			a = b;
		}
		CHECK_EQ(clock_getres(clocks[i], &r), 0);
		CHECK_EQ(syscall(SYS_clock_gettime, clocks[i], &b), 0);
		printf("%d: back %d resolution %s\n", clocks[i], back,
		       r.tv_nsec == 1 ? "1" : "coarse");
	}
	gettimeofday(&tv, NULL);
	clock_gettime(CLOCK_REALTIME, &a);
	printf("same time of day %d, time() %d\n", a.tv_sec - tv.tv_sec <= 1,
	       (int)(time(NULL) - tv.tv_sec) <= 1);
	printf("clock id %d\n", clock_getcpuclockid(getppid(), &c));
	report("another's time", clock_gettime(c, &a));
	printf("nobody %s\n", strerrorname_np(clock_getcpuclockid(1 << 29, &c)));
	report("bad clock", clock_gettime(77, &a));
	report("res of bad", clock_getres(77, NULL));
	printf("times %d\n", times(&tms) > 0);
	report("set monotonic", clock_settime(CLOCK_MONOTONIC, &a));
	run_child("user", user);
	return 0;
}

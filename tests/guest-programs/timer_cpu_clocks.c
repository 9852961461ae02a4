// SPDX-License-Identifier: GPL-2.0-or-later
/* Timers and limits that count processor time: ITIMER_VIRTUAL, ITIMER_PROF, a process clock's timer, RLIMIT_CPU. */
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "guest_helpers.h"

static volatile sig_atomic_t hit;

static void handler(int s)
{
	hit = s;
}

static void burn(void)
{
	hit = 0;
	for (volatile unsigned long i = 0; !hit; i++)
		;
	printf("%s\n", sigabbrev_np(hit));
}

static void burn_long(void)
{
	struct rlimit l = { 1, 2 };

	CHECK_EQ(setrlimit(RLIMIT_CPU, &l), 0);
	catch_signal(SIGXCPU, handler, 0);
	burn();
	l.rlim_cur = 1;
	for (;;)
		;
}

int main(void)
{
	struct itimerval it = { { 0, 0 }, { 0, 20000 } }, old;
	struct itimerspec its = { { 0, 0 }, { 0, 20000000 } };
	struct timespec a, b;
	timer_t id;

	catch_signal(SIGVTALRM, handler, 0);
	catch_signal(SIGPROF, handler, 0);
	catch_signal(SIGALRM, handler, 0);
	CHECK_EQ(setitimer(ITIMER_VIRTUAL, &it, NULL), 0);
	burn();
	CHECK_EQ(setitimer(ITIMER_PROF, &it, NULL), 0);
	burn();
	CHECK_EQ(setitimer(ITIMER_PROF, &it, NULL), 0);
	usleep(60000);
	CHECK_EQ(getitimer(ITIMER_PROF, &old), 0);
	printf("does not count sleep: %d\n", old.it_value.tv_usec > 0);
	memset(&it, 0, sizeof(it));
	CHECK_EQ(setitimer(ITIMER_PROF, &it, NULL), 0);
	CHECK_EQ(timer_create(CLOCK_PROCESS_CPUTIME_ID, NULL, &id), 0);
	CHECK_EQ(timer_settime(id, 0, &its, NULL), 0);
	burn();
	CHECK_EQ(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a), 0);
	CHECK_EQ(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b), 0);
	printf("thread at most process: %d\n",
	       a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec <= b.tv_nsec));
	it.it_value.tv_usec = 1000000;
	report("microseconds", setitimer(ITIMER_REAL, &it, NULL));
	report("unknown timer", getitimer(3, &old));
	report("alarm", alarm(100));
	CHECK_EQ(getitimer(ITIMER_REAL, &old), 0);
	printf("seen as a timer: %d\n", old.it_value.tv_sec >= 98);
	printf("alarm's rest: %d\n", alarm(0) >= 99);
	run_child("RLIMIT_CPU", burn_long);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* POSIX timers: overruns while the signal is blocked, SIGEV_NONE, thread targets, deletion with a signal pending, absolute times, refusals. */
#include <time.h>

#include "guest_helpers.h"

static volatile sig_atomic_t hits, value, code, tid, overrun;

static void hit(int s, siginfo_t *si, void *u)
{
	if (!hits++)
		overrun = si->si_overrun;
	value = si->si_value.sival_int;
	code = si->si_code;
	tid = gettid();
}

static long create(clockid_t clock, struct sigevent *e, timer_t *ret)
{
	int id = -1;
	long r = syscall(SYS_timer_create, clock, e, &id);

	*ret = (timer_t)(long)id;
	return r;
}

int main(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL,
			      .sigev_signo = SIGRTMIN + 4,
			      .sigev_value.sival_int = 42 };
	struct itimerspec it = { { 0, 2000000 }, { 0, 2000000 } }, off = { { 0, 0 }, { 0, 0 } },
			  old;
	struct timespec t;
	timer_t id, none;
	sigset_t set;

	catch_info(SIGRTMIN + 4, hit, 0);
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	block_signal(SIG_BLOCK, SIGRTMIN + 4);
	CHECK_EQ(timer_settime(id, 0, &it, NULL), 0);
	usleep(30000);
	sigpending(&set);
	printf("pending %d\n", sigismember(&set, SIGRTMIN + 4));
	block_signal(SIG_UNBLOCK, SIGRTMIN + 4);
	while (!hits)
		usleep(1000);
	printf("value %d code %d overrun %d\n", (int)value, (int)code, overrun >= 4);
	CHECK_EQ(timer_settime(id, 0, &off, NULL), 0);
	hits = 0;
	CHECK_EQ(timer_settime(id, 0, &it, NULL), 0);
	while (hits < 5)
		usleep(1000);
	printf("several\n");
	it = (struct itimerspec){ { 0, 0 }, { 1000, 0 } };
	CHECK_EQ(timer_settime(id, 0, &it, &old), 0);
	printf("old interval %ld.%09ld\n", (long)old.it_interval.tv_sec, old.it_interval.tv_nsec);
	CHECK_EQ(timer_gettime(id, &old), 0);
	printf("rest %d\n", old.it_value.tv_sec == 999 || old.it_value.tv_sec == 1000);
	hits = 0;
	clock_gettime(CLOCK_MONOTONIC, &t);
	it.it_value = t;
	CHECK_EQ(timer_settime(id, TIMER_ABSTIME, &it, NULL), 0);
	while (!hits)
		usleep(1000);
	printf("absolute, in the past: fired\n");
	CHECK_EQ(timer_delete(id), 0);
	report("delete again", timer_delete(id));
	report("settime of a deleted one", timer_settime(id, 0, &it, NULL));

	e.sigev_notify = SIGEV_NONE;
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &none), 0);
	it = (struct itimerspec){ { 0, 0 }, { 0, 1000000 } };
	hits = 0;
	CHECK_EQ(timer_settime(none, 0, &it, NULL), 0);
	do {
		usleep(1000);
		CHECK_EQ(timer_gettime(none, &old), 0);
	} while (old.it_value.tv_sec || old.it_value.tv_nsec);
	printf("SIGEV_NONE hits %d\n", (int)hits);

	e.sigev_notify = SIGEV_THREAD_ID;
	e._sigev_un._tid = gettid();
	CHECK_EQ(create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(timer_settime(id, 0, &it, NULL), 0);
	while (!hits)
		usleep(1000);
	printf("to the thread %d\n", tid == gettid());
	e._sigev_un._tid = 1 << 29;
	report("thread of nobody", create(CLOCK_MONOTONIC, &e, &id));
	e.sigev_notify = 99;
	report("unknown kind", create(CLOCK_MONOTONIC, &e, &id));
	e.sigev_notify = SIGEV_SIGNAL;
	e.sigev_signo = 65;
	report("signal 65", create(CLOCK_MONOTONIC, &e, &id));
	report("unknown clock", create(99, NULL, &id));
	report("bad event", syscall(SYS_timer_create, CLOCK_MONOTONIC, 16, &id));
	CHECK_EQ(create(CLOCK_REALTIME, NULL, &id), 0);
	it.it_value.tv_nsec = 1000000000;
	report("nanoseconds", timer_settime(id, 0, &it, NULL));
	it.it_value.tv_nsec = -1;
	report("negative", timer_settime(id, 0, &it, NULL));
	return 0;
}

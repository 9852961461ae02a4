// SPDX-License-Identifier: GPL-2.0-or-later
/* POSIX timers: signals with values, overruns, gettime, deletion, SIGEV_NONE and thread ids, errors. */
#include <time.h>

#include "guest_helpers.h"

static volatile int count, value, code;

static void on_signal(int s, siginfo_t *i, void *u)
{
	count++;
	value = i->si_value.sival_int;
	code = i->si_code;
}

int main(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL,
			      .sigev_signo = SIGRTMIN,
			      .sigev_value.sival_int = 77 };
	struct itimerspec t = { .it_value = { 0, 1000000 } };
	sigset_t none;
	timer_t id;

	catch_info(SIGRTMIN, on_signal, 0);
	block_signal(SIG_BLOCK, SIGRTMIN);
	sigemptyset(&none);
	CHECK_EQ(timer_create(CLOCK_MONOTONIC, &e, &id), 0);
	CHECK_EQ(timer_settime(id, 0, &t, NULL), 0);
	while (!count)
		sigsuspend(&none);
	printf("value %d code %d overrun %d\n", value, code, timer_getoverrun(id));
	CHECK_EQ(timer_gettime(id, &t), 0);
	printf("expired: %ld %ld\n", t.it_value.tv_sec, t.it_value.tv_nsec);
	t = (struct itimerspec){ .it_value = { 0, 1000000 }, .it_interval = { 0, 1000000 } };
	count = 0;
	CHECK_EQ(timer_settime(id, 0, &t, NULL), 0);
	usleep(50000);
	while (!count)
		sigsuspend(&none);
	printf("count %d overruns many %d\n", count, timer_getoverrun(id) >= 30);
	CHECK_EQ(timer_delete(id), 0);
	report("deleted", timer_delete(id));
	e.sigev_notify = SIGEV_NONE;
	CHECK_EQ(timer_create(CLOCK_REALTIME, &e, &id), 0);
	t = (struct itimerspec){ .it_value = { 100, 0 } };
	CHECK_EQ(timer_settime(id, 0, &t, NULL), 0);
	CHECK_EQ(timer_gettime(id, &t), 0);
	printf("left %d\n", t.it_value.tv_sec == 99 || t.it_value.tv_sec == 100);
	t.it_value.tv_nsec = -1;
	report("bad time", timer_settime(id, 0, &t, NULL));
	e.sigev_notify = SIGEV_THREAD_ID;
	e._sigev_un._tid = 1 << 30;
	report("no such thread", timer_create(CLOCK_REALTIME, &e, &id));
	e._sigev_un._tid = gettid();
	report("own thread", timer_create(CLOCK_REALTIME, &e, &id));
	e.sigev_signo = 99;
	report("bad signal", timer_create(CLOCK_REALTIME, &e, &id));
	report("bad clock", timer_create(99, NULL, &id));
	return 0;
}

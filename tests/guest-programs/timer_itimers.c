// SPDX-License-Identifier: GPL-2.0-or-later
/* setitimer: real, virtual and profiling timers send their signals; alarm; intervals; fork does not inherit. */
#include <sys/time.h>

#include "guest_helpers.h"

static volatile int got[64];

static void on_signal(int s)
{
	got[s]++;
}

static void child(void)
{
	struct itimerval it;

	getitimer(ITIMER_REAL, &it);
	printf("child: %ld\n", it.it_value.tv_sec);
}

int main(void)
{
	struct itimerval it = { .it_value = { 0, 2000 }, .it_interval = { 0, 2000 } }, old;

	catch_signal(SIGALRM, on_signal, 0);
	catch_signal(SIGVTALRM, on_signal, 0);
	catch_signal(SIGPROF, on_signal, 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &it, NULL), 0);
	while (got[SIGALRM] < 3)
		pause();
	printf("real: three times\n");
	it.it_interval.tv_usec = 0;
	it.it_value.tv_usec = 5000;
	CHECK_EQ(setitimer(ITIMER_VIRTUAL, &it, NULL), 0);
	while (!got[SIGVTALRM])
		;
	CHECK_EQ(setitimer(ITIMER_PROF, &it, NULL), 0);
	while (!got[SIGPROF])
		;
	printf("virtual %d prof %d\n", got[SIGVTALRM], got[SIGPROF]);
	getitimer(ITIMER_VIRTUAL, &it);
	printf("over: %ld %ld\n", it.it_value.tv_sec, it.it_value.tv_usec);
	report("alarm", alarm(100));
	run_child("child", child);
	report("alarm says what was left", alarm(0) >= 99);
	report("no alarm", alarm(0));
	it.it_value.tv_usec = 1000000;
	report("bad time", setitimer(ITIMER_REAL, &it, NULL));
	report("bad timer", setitimer(9, &old, NULL));
	return 0;
}

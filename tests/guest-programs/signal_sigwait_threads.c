// SPDX-License-Identifier: GPL-2.0-or-later
/* Several threads wait for the same signals: is each queued signal taken by exactly one of them? */
#include <pthread.h>

#include "guest_helpers.h"

#define THREADS 4
#define SIGNALS 200

static int taken[SIGNALS], total;
static sigset_t set;

static void *waiter(void *arg)
{
	siginfo_t si;

	while (sigwaitinfo(&set, &si) == SIGRTMIN + 1 && si.si_value.sival_int >= 0) {
		__atomic_add_fetch(&taken[si.si_value.sival_int], 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&total, 1, __ATOMIC_RELAXED);
	}
	return NULL;
}

int main(void)
{
	pthread_t t[THREADS];
	union sigval v;
	int once = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	CHECK_EQ(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(pthread_create(&t[i], NULL, waiter, NULL), 0);
	for (int i = 0; i < SIGNALS; i++) {
		v.sival_int = i;
		CHECK_EQ(sigqueue(getpid(), SIGRTMIN + 1, v), 0);
	}
	while (__atomic_load_n(&total, __ATOMIC_RELAXED) < SIGNALS)
		usleep(1000);
	v.sival_int = -1;
	for (int i = 0; i < THREADS; i++)
		CHECK_EQ(sigqueue(getpid(), SIGRTMIN + 1, v), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < SIGNALS; i++)
		once += taken[i] == 1;
	printf("taken once: %d of %d\n", once, SIGNALS);
	return 0;
}

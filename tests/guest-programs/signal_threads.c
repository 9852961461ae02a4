// SPDX-License-Identifier: GPL-2.0-or-later
/* A process's signal goes to a thread that does not block it; pthread_kill to that one; a fatal one ends all threads. */
#include <pthread.h>

#include "guest_helpers.h"

static pthread_t main_thread;
static volatile int ready, stop, by_main, by_other;

static void on_signal(int s)
{
	if (pthread_self() == main_thread)
		by_main++;
	else
		by_other++;
}

static void *thread(void *arg)
{
	block_signal(SIG_UNBLOCK, SIGUSR1);
	ready = 1;
	while (!stop)
		usleep(1000);
	return NULL;
}

static void *killer(void *arg)
{
	raise(SIGTERM);
	return NULL;
}

static void fatal(void)
{
	pthread_t t;

	pthread_create(&t, NULL, killer, NULL);
	for (;;)
		pause();
}

int main(void)
{
	pthread_t t;

	main_thread = pthread_self();
	catch_signal(SIGUSR1, on_signal, 0);
	block_signal(SIG_BLOCK, SIGUSR1);
	pthread_create(&t, NULL, thread, NULL);
	while (!ready)
		usleep(1000);
	for (int i = 0; i < 10; i++) {
		kill(getpid(), SIGUSR1);
		while (by_other == i)
			usleep(100);
	}
	printf("process: main %d other %d\n", by_main, by_other);
	pthread_kill(main_thread, SIGUSR1);
	printf("blocked in main: %d\n", by_main);
	block_signal(SIG_UNBLOCK, SIGUSR1);
	printf("unblocked: %d\n", by_main);
	stop = 1;
	pthread_join(t, NULL);
	run_child("fatal", fatal);
	return 0;
}

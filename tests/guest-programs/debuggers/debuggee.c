// SPDX-License-Identifier: GPL-2.0-or-later
/* What run-debuggers looks at: three threads that wait, a counter, and a crash four frames deep; with an argument it counts for ever instead. */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

int counter;

static int depth(int n)
{
	if (n == 0)
		*(volatile int *)8 = 1;
	return n + depth(n - 1);
}

static void *waiter(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void tick(int n)
{
	counter = n + 1;
}

int main(int argc, char **argv)
{
	pthread_t t[3];

	(void)argv;
	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, waiter, NULL);
	for (int i = 0; i < 5; i++)
		counter += i;
	printf("counter %d\n", counter);
	fflush(stdout);
	/* NOLINTNEXTLINE(bugprone-infinite-loop): until the debugger ends it. */
	while (argc > 1) {
		usleep(10000);
		tick(counter);
	}
	usleep(50000);
	return depth(3);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* A handler interrupted by another signal's handler, and one that waits for a third. */
#include "guest_helpers.h"

static void third(int s)
{
	printf("  third\n");
}

static void second(int s)
{
	sigset_t m;

	printf(" second begins\n");
	sigemptyset(&m);
	block_signal(SIG_BLOCK, SIGHUP);
	raise(SIGHUP);
	printf(" second waits\n");
	sigsuspend(&m);
	printf(" second ends\n");
}

static void first(int s)
{
	printf("first begins\n");
	raise(SIGUSR2);
	printf("first ends\n");
}

int main(void)
{
	sigset_t m;

	catch_signal(SIGUSR1, first, 0);
	catch_signal(SIGUSR2, second, 0);
	catch_signal(SIGHUP, third, 0);
	raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &m);
	for (int i = 1; i < 32; i++)
		if (sigismember(&m, i))
			printf("blocked after all: %d\n", i);
	return 0;
}

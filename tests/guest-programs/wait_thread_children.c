// SPDX-License-Identifier: GPL-2.0-or-later
/* A child made by one thread may be waited for by another, but not with __WNOTHREAD; it stays when the thread that made it ends. */
#include <pthread.h>

#include "guest_helpers.h"

static pid_t child;
static int p[2];

static void *maker(void *arg)
{
	child = fork();
	if (child == 0) {
		char c;

		(void)!read(p[0], &c, 1);
		printf("parent still there: %d\n", getppid() == (pid_t)(long)arg);
		_exit(9);
	}
	return NULL;
}

int main(void)
{
	pthread_t t;

	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(pthread_create(&t, NULL, maker, (void *)(long)getpid()), 0);
	pthread_join(t, NULL);
	report("WNOHANG", waitpid(child, NULL, WNOHANG));
	(void)!write(p[1], "x", 1);
	reap("by the other thread", child);

	CHECK_EQ(pthread_create(&t, NULL, maker, (void *)(long)getpid()), 0);
	pthread_join(t, NULL);
	(void)!write(p[1], "x", 1);
	reap("again", child);
	report("none, __WNOTHREAD", waitpid(-1, NULL, __WNOTHREAD));
	return 0;
}

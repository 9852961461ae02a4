// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll_pwait's mask lets a signal in only while it waits; epoll_pwait2's timeouts and their refusals. */
#include <sys/epoll.h>
#include <time.h>

#include "guest_helpers.h"

static volatile sig_atomic_t hits;

static void hit(int s)
{
	hits++;
}

int main(void)
{
	struct timespec t = { 0, 1000000 }, bad = { 0, 1000000000 }, neg = { -1, 0 };
	struct epoll_event e;
	int ep = epoll_create1(0);
	sigset_t none;

	sigemptyset(&none);
	catch_signal(SIGUSR1, hit, 0);
	block_signal(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	report("blocked", epoll_wait(ep, &e, 1, 0));
	printf("hits %d\n", (int)hits);
	report("let in", epoll_pwait(ep, &e, 1, -1, &none));
	printf("hits %d\n", (int)hits);
	raise(SIGUSR1);
	report("kept out", epoll_wait(ep, &e, 1, 5));
	printf("hits %d\n", (int)hits);
	report("pwait2 times out", syscall(SYS_epoll_pwait2, ep, &e, 1, &t, NULL, 8));
	report("pwait2 with the mask", syscall(SYS_epoll_pwait2, ep, &e, 1, NULL, &none, 8));
	printf("hits %d\n", (int)hits);
	report("pwait2 nanoseconds", syscall(SYS_epoll_pwait2, ep, &e, 1, &bad, NULL, 8));
	report("pwait2 negative", syscall(SYS_epoll_pwait2, ep, &e, 1, &neg, NULL, 8));
	report("pwait2 bad pointer", syscall(SYS_epoll_pwait2, ep, &e, 1, (void *)16, NULL, 8));
	report("mask size", syscall(SYS_epoll_pwait2, ep, &e, 1, &t, &none, 4));
	return 0;
}

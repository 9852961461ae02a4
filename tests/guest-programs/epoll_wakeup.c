// SPDX-License-Identifier: GPL-2.0-or-later
/* A sleeper in epoll_wait wakes for what is added, made ready or signalled meanwhile; epoll_pwait's mask. */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "guest_helpers.h"

static int ep, ev;
static volatile pid_t tid;

static void on_signal(int s)
{
	printf("handler\n");
}

static void *waiter(void *arg)
{
	struct epoll_event e = { 0 };
	int n;

	tid = gettid();
	n = epoll_wait(ep, &e, 1, -1);
	printf("woken: %d %x\n", n, e.events);
	return NULL;
}

int main(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	unsigned long long one = 1;
	sigset_t none;
	pthread_t t;

	ep = epoll_create1(0);
	ev = eventfd(1, EFD_NONBLOCK);
	pthread_create(&t, NULL, waiter, NULL);
	while (!tid)
		usleep(1000);
	wait_asleep(getpid(), tid);
	epoll_ctl(ep, EPOLL_CTL_ADD, ev, &e);
	pthread_join(t, NULL);
	CHECK_EQ(read(ev, &one, 8), 8);
	tid = 0;
	pthread_create(&t, NULL, waiter, NULL);
	while (!tid)
		usleep(1000);
	wait_asleep(getpid(), tid);
	CHECK_EQ(write(ev, &one, 8), 8);
	pthread_join(t, NULL);
	CHECK_EQ(read(ev, &one, 8), 8);
	catch_signal(SIGUSR1, on_signal, SA_RESTART);
	block_signal(SIG_BLOCK, SIGUSR1);
	raise(SIGUSR1);
	sigemptyset(&none);
	report("epoll_pwait", epoll_pwait(ep, &e, 1, -1, &none));
	CHECK_EQ(write(ev, &one, 8), 8);
	raise(SIGUSR1);
	report("ready comes first", epoll_pwait(ep, &e, 1, -1, &none));
	block_signal(SIG_UNBLOCK, SIGUSR1);
	return 0;
}

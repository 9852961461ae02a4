// SPDX-License-Identifier: GPL-2.0-or-later
/* Two descriptors of one file, several ready ones in turn, EPOLLRDHUP and EPOLLERR, a write end. */
#include <sys/epoll.h>
#include <sys/socket.h>

#include "guest_helpers.h"

static int ep;

static void add(int fd, unsigned int events, int data)
{
	struct epoll_event e = { .events = events, .data.u32 = data };

	CHECK_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e), 0);
}

static int by_data(const void *a, const void *b)
{
	const struct epoll_event *x = a, *y = b;

	return (int)x->data.u32 - (int)y->data.u32;
}

static void wait_(const char *label, int max)
{
	struct epoll_event e[16];
	int n = epoll_wait(ep, e, max, 0);

	qsort(e, n, sizeof(e[0]), by_data);
	printf("%s: %d", label, n);
	for (int i = 0; i < n; i++)
		printf(" %x/%u", e[i].events, e[i].data.u32);
	printf("\n");
}

int main(void)
{
	int p[4][2], s[2], q[2], seen[4] = { 0 };
	struct epoll_event e;

	ep = epoll_create1(0);
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(pipe(p[i]), 0);
		add(p[i][0], EPOLLIN, i);
		CHECK_EQ(write(p[i][1], "x", 1), 1);
	}
	wait_("four", 16);
	for (int i = 0; i < 4; i++) {
		CHECK_EQ(epoll_wait(ep, &e, 1, 0), 1);
		seen[e.data.u32]++;
	}
	printf("one at a time: %d %d %d %d\n", seen[0], seen[1], seen[2], seen[3]);
	for (int i = 0; i < 4; i++)
		close(p[i][0]);
	wait_("closed", 16);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	add(s[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP, 10);
	wait_("socket", 16);
	shutdown(s[1], SHUT_WR);
	wait_("half closed", 16);
	close(s[1]);
	wait_("closed", 16);
	close(s[0]);
	CHECK_EQ(pipe(q), 0);
	add(q[1], EPOLLOUT, 20);
	add(dup(q[1]), EPOLLOUT, 21);
	wait_("writing end twice", 16);
	close(q[0]);
	wait_("no reader", 16);
	return 0;
}

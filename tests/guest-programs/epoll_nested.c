// SPDX-License-Identifier: GPL-2.0-or-later
/* An epoll inside an epoll is readable when something in it is; loops are refused; dup'ed descriptors live on. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "guest_helpers.h"

static int add(int ep, int fd, unsigned int events, int data)
{
	struct epoll_event e = { .events = events, .data.u32 = data };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void wait_(const char *label, int ep)
{
	struct epoll_event e[4];
	int n = epoll_wait(ep, e, 4, 0);

	printf("%s: %d", label, n);
	for (int i = 0; i < n; i++)
		printf(" %x/%u", e[i].events, e[i].data.u32);
	printf("\n");
}

int main(void)
{
	int in = epoll_create1(0), out = epoll_create1(0), ev = eventfd(0, 0), copy;
	unsigned long long v = 1;

	result("event", add(in, ev, EPOLLIN, 1));
	result("inner", add(out, in, EPOLLIN, 2));
	result("loop", add(in, out, EPOLLIN, 3));
	wait_("quiet", out);
	CHECK_EQ(write(ev, &v, 8), 8);
	wait_("outer", out);
	wait_("inner", in);
	wait_("outer again", out);
	CHECK_EQ(read(ev, &v, 8), 8);
	wait_("read", out);
	copy = dup(ev);
	close(ev);
	CHECK_EQ(write(copy, &v, 8), 8);
	wait_("the copy keeps it", in);
	result("del by the old number", epoll_ctl(in, EPOLL_CTL_DEL, ev, NULL));
	close(copy);
	wait_("all closed", in);
	wait_("outer too", out);
	return 0;
}

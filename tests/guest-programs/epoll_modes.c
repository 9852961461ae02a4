// SPDX-License-Identifier: GPL-2.0-or-later
/* Level, edge and one-shot; EPOLL_CTL_MOD asks again; a closed descriptor whose file lives on still reports; EPOLLEXCLUSIVE's rules. */
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "guest_helpers.h"

static int ep;

static void look(const char *label)
{
	struct epoll_event e[8];
	int n = epoll_wait(ep, e, 8, 0);

	printf("%s: %d", label, n);
	for (int i = 0; i < n; i++)
		printf(" %x/%d", e[i].events, e[i].data.fd);
	printf("\n");
}

static void ctl(const char *label, int op, int fd, unsigned int events, int data)
{
	struct epoll_event e = { .events = events, .data.fd = data };

	result(label, epoll_ctl(ep, op, fd, &e));
}

int main(void)
{
	int p[2], ev, d, f, ep2;

	ep = epoll_create1(0);
	CHECK_EQ(pipe(p), 0);
	ctl("add", EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
	look("empty");
	CHECK_EQ(write(p[1], "ab", 2), 2);
	look("level");
	look("level again");
	ctl("edge", EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET, 2);
	look("edge");
	look("edge again");
	CHECK_EQ(write(p[1], "c", 1), 1);
	look("new data");
	ctl("one shot", EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 3);
	look("once");
	CHECK_EQ(write(p[1], "d", 1), 1);
	look("not again");
	ctl("rearm", EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT, 4);
	look("rearmed");
	ctl("no events", EPOLL_CTL_MOD, p[0], 0, 5);
	look("nothing");
	close(p[1]);
	look("hang-up without asking");
	ctl("add twice", EPOLL_CTL_ADD, p[0], EPOLLIN, 1);
	ctl("delete", EPOLL_CTL_DEL, p[0], 0, 0);
	ctl("delete twice", EPOLL_CTL_DEL, p[0], 0, 0);
	ctl("modify what is not there", EPOLL_CTL_MOD, p[0], EPOLLIN, 0);
	ev = eventfd(1, 0);
	ctl("add eventfd", EPOLL_CTL_ADD, ev, EPOLLIN, 6);
	d = dup(ev);
	ctl("its duplicate is another entry", EPOLL_CTL_ADD, d, EPOLLIN, 7);
	look("both");
	close(ev);
	look("closed, still both");
	close(d);
	look("all closed");
	f = open("file", O_RDWR | O_CREAT, 0600);
	ctl("regular file", EPOLL_CTL_ADD, f, EPOLLIN, 0);
	ctl("directory", EPOLL_CTL_ADD, open(".", O_RDONLY), EPOLLIN, 0);
	ctl("itself", EPOLL_CTL_ADD, ep, EPOLLIN, 0);
	ctl("bad descriptor", EPOLL_CTL_ADD, 999, EPOLLIN, 0);
	ctl("unknown operation", 9, p[0], EPOLLIN, 0);
	ctl("exclusive", EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE, 8);
	ctl("modify an exclusive one", EPOLL_CTL_MOD, p[0], EPOLLIN, 8);
	ctl("delete it", EPOLL_CTL_DEL, p[0], 0, 0);
	ctl("exclusive and one shot", EPOLL_CTL_ADD, p[0], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT,
	    8);
	ep2 = epoll_create1(EPOLL_CLOEXEC);
	ctl("exclusive epoll", EPOLL_CTL_ADD, ep2, EPOLLIN | EPOLLEXCLUSIVE, 8);
	ctl("exclusive, modify to it", EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLEXCLUSIVE, 8);
	result("wait on a file", epoll_wait(f, (struct epoll_event *)1, 1, 0));
	result("no room", epoll_wait(ep, NULL, 0, 0));
	result("too much room", epoll_wait(ep, NULL, 1 << 30, 0));
	result("size 0", epoll_create(0));
	result("unknown flag", epoll_create1(1));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* epoll: level and edge, one-shot, changes, nesting and its limits, the errors. */
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

#include "guest_test.h"

static int add(int ep, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = 0x100000000ull + (unsigned int)fd };

	return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

static void show(const char *label, int ep, int fd)
{
	struct epoll_event e[4] = { 0 };
	int n = epoll_wait(ep, e, 4, 0);

	printf("%s: %d", label, n);
	for (int i = 0; i < n; i++)
		printf(" %x%s", e[i].events,
		       e[i].data.u64 == 0x100000000ull + (unsigned int)fd ? "" : " (another)");
	printf("\n");
}

static void modes(void)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = epoll_create1(0), fd = eventfd(0, EFD_NONBLOCK);

	report("add", add(ep, fd, EPOLLIN));
	report("add twice", add(ep, fd, EPOLLIN));
	show("nothing", ep, fd);
	eventfd_write(fd, 1);
	show("level", ep, fd);
	show("level again", ep, fd);
	report("delete", epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	report("delete again", epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
	report("edge", add(ep, fd, EPOLLIN | EPOLLET));
	show("edge", ep, fd);
	show("edge again", ep, fd);
	eventfd_write(fd, 1);
	show("edge after a write", ep, fd);
	e.data.u64 = 0x100000000ull + (unsigned int)fd;
	report("modify", epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	show("one-shot", ep, fd);
	show("one-shot again", ep, fd);
	report("rearm", epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
	show("rearmed", ep, fd);
	close(fd);
	show("closed", ep, fd);
	close(ep);
}

static void dup_keeps(void)
{
	int ep = epoll_create1(0), p[2], d;

	CHECK(pipe(p) == 0);
	add(ep, p[0], EPOLLIN);
	d = dup(p[0]);
	close(p[0]);
	(void)!write(p[1], "x", 1);
	show("closed but duplicated", ep, p[0]);
	close(d);
	show("all closed", ep, p[0]);
	close(p[1]);
	close(ep);
}

static void nesting(void)
{
	int chain[7], p[2];

	CHECK(pipe(p) == 0);
	for (int i = 0; i < 7; i++)
		chain[i] = epoll_create1(0);
	add(chain[0], p[0], EPOLLIN);
	for (int i = 1; i < 7; i++)
		report("nest", add(chain[i], chain[i - 1], EPOLLIN));
	report("cycle", add(chain[0], chain[2], EPOLLIN));
	report("itself", add(chain[0], chain[0], EPOLLIN));
	show("quiet", chain[3], chain[2]);
	(void)!write(p[1], "x", 1);
	show("through three", chain[3], chain[2]);
}

static void errors(void)
{
	int ep = epoll_create1(0), file = open("file", O_RDWR | O_CREAT, 0600);
	struct epoll_event e = { .events = EPOLLIN };

	report("create 0", epoll_create(0));
	report("bad flags", epoll_create1(1));
	report("regular file", add(ep, file, EPOLLIN));
	report("not a set", epoll_ctl(0, EPOLL_CTL_ADD, ep, &e));
	report("bad descriptor", add(ep, 99, EPOLLIN));
	report("bad operation", epoll_ctl(ep, 7, ep, &e));
	report("no event", epoll_ctl(ep, EPOLL_CTL_ADD, ep, NULL));
	report("no room", epoll_wait(ep, &e, 0, 0));
	report("wait on a file", epoll_wait(file, &e, 1, 0));
	report("time-out", epoll_wait(ep, &e, 1, 20));
	report("exclusive set", add(ep, epoll_create1(0), EPOLLIN | EPOLLEXCLUSIVE));
}

static void waiting(void)
{
	int ep = epoll_create1(0), p[2];
	struct epoll_event e;

	CHECK(pipe(p) == 0);
	add(ep, p[0], EPOLLIN);
	if (fork() == 0) {
		usleep(50000);
		(void)!write(p[1], "x", 1);
		_exit(0);
	}
	report("woken", epoll_wait(ep, &e, 1, 5000));
	wait(NULL);
	eventfd_write(0, 0);
	report("bad array", epoll_wait(ep, (struct epoll_event *)8, 1, 0));
	show("still there", ep, p[0]);
}

int main(void)
{
	modes();
	dup_keeps();
	nesting();
	errors();
	waiting();
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* No more descriptors: each call says EMFILE and leaves nothing behind. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>

#include "guest_helpers.h"

int main(void)
{
	struct rlimit l = { 10, 10 };
	sigset_t set;
	int v[2];

	sigemptyset(&set);
	while (dup(1) < 9)
		;
	setrlimit(RLIMIT_NOFILE, &l);
	result("open", open("/", O_RDONLY));
	result("O_CREAT", open("f", O_CREAT | O_RDWR, 0644));
	result("the file was not made", access("f", F_OK));
	result("dup", dup(1));
	result("pipe", pipe(v));
	result("socket", socket(AF_UNIX, SOCK_STREAM, 0));
	result("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, v));
	result("epoll", epoll_create1(0));
	result("eventfd", eventfd(0, 0));
	result("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
	result("signalfd", signalfd(-1, &set, 0));
	result("inotify", inotify_init());
	result("memfd", memfd_create("x", 0));
	result("memory maps on",
	       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1
											     : 0);
	close(9);
	result("pipe with one free", pipe(v));
	result("still one", open("/", O_RDONLY));
	return 0;
}

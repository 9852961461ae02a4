// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors in flight: two pairs that hold each other are found, and with them what they hold; how many one user may have. */
#include <sys/resource.h>
#include <sys/socket.h>

#include "guest_helpers.h"

static long send_fds(int s, const int *fds, size_t n)
{
	union {
		char b[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr align;
	} c = { 0 };
	struct iovec v = { "x", 1 };
	struct msghdr m = { .msg_iov = &v,
			    .msg_iovlen = 1,
			    .msg_control = c.b,
			    .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);

	h->cmsg_level = SOL_SOCKET;
	h->cmsg_type = SCM_RIGHTS;
	h->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(h), fds, n * sizeof(int));
	return sendmsg(s, &m, MSG_DONTWAIT);
}

/* All that is sent is closed: only the end of a pipe tells that it has gone. */
static void cycle(void)
{
	int a[2], b[2], p[2], other[2];
	char byte;

	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, b), 0);
	result("send", send_fds(a[0], (int[]){ a[0], a[1], b[0], b[1], p[1] }, 5));
	result("send", send_fds(b[0], (int[]){ a[0], a[1], b[0], b[1] }, 4));
	close(a[0]);
	close(a[1]);
	close(b[0]);
	close(b[1]);
	close(p[1]);
	/* Linux looks for garbage when some other socket is closed. */
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, other), 0);
	close(other[0]);
	close(other[1]);
	printf("the pipe's end: %zd\n", read(p[0], &byte, 1));
	close(p[0]);
}

/* A socket that somebody outside can reach is not garbage, whatever cycles it is in. */
static void reachable(void)
{
	int a[2], b[2];
	char byte = 0;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, a), 0);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, b), 0);
	result("send", send_fds(b[0], (int[]){ a[0], a[1], b[0] }, 3));
	result("send", send_fds(a[0], (int[]){ b[0] }, 1));
	close(a[0]);
	close(a[1]);
	close(b[0]);
	result("read", read(b[1], &byte, 1));
	printf("still there: %c\n", byte);
	printf("no more: %zd\n", read(b[1], &byte, 1));
}

static void limit(void)
{
	const struct rlimit r = { 16, 16 };
	int s[2], n = 0;

	become(54321, 54321);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &r), 0);
	while (n < 100 && send_fds(s[0], s, 1) > 0)
		n++;
	result("one more", send_fds(s[0], s, 1));
	printf("in flight: %d\n", n);
}

int main(void)
{
	alarm(20);
	cycle();
	reachable();
	limit();
	return 0;
}

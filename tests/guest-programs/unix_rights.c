// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors and credentials over Unix sockets; cycles of descriptors in flight. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "guest_test.h"

union control {
	char b[512];
	struct cmsghdr align;
};

static long send_fds(int s, const int *fds, int n)
{
	union control c = { 0 };
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
	return sendmsg(s, &m, 0);
}

/* Receive; prints what came, returns the first descriptor. */
static int receive(const char *label, int s, size_t room, int flags)
{
	union control c = { 0 };
	char b[16];
	struct iovec v = { b, sizeof(b) };
	struct msghdr m = {
		.msg_iov = &v, .msg_iovlen = 1, .msg_control = c.b, .msg_controllen = room
	};
	long n = recvmsg(s, &m, flags);
	int first = -1;

	printf("%s: %ld flags %x control %d", label, n, m.msg_flags, (int)m.msg_controllen);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); n >= 0 && h; h = CMSG_NXTHDR(&m, h)) {
		if (h->cmsg_type == SCM_RIGHTS) {
			printf(" rights %d", (int)((h->cmsg_len - CMSG_LEN(0)) / sizeof(int)));
			memcpy(&first, CMSG_DATA(h), sizeof(first));
		} else if (h->cmsg_type == SCM_CREDENTIALS) {
			struct ucred u;

			memcpy(&u, CMSG_DATA(h), sizeof(u));
			printf(" credentials %d", u.pid == getpid() && u.uid == getuid());
		}
	}
	printf("\n");
	return first;
}

static void rights(void)
{
	int s[2], p[2], fds[3], fd;
	char b[8] = "";

	CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0 && pipe(p) == 0);
	fds[0] = p[0];
	fds[1] = p[1];
	fds[2] = 0;
	report("send", send_fds(s[0], fds, 3));
	report("send one", send_fds(s[0], fds, 1));
	report("and plain", send(s[0], "yy", 2, 0));
	close(p[0]);
	fd = receive("three", s[1], 512, MSG_CMSG_CLOEXEC);
	report("close on exec", fcntl(fd, F_GETFD));
	report("write", write(p[1], "pipe", 4));
	report("read through it", read(fd, b, 8));
	fd = receive("peek", s[1], 512, MSG_PEEK);
	report("got", fd >= 0 ? 0 : -1);
	fd = receive("one", s[1], 512, 0);
	report("close on exec", fcntl(fd, F_GETFD));
	receive("plain", s[1], 512, 0);
	send_fds(s[0], fds + 1, 2);
	receive("room for one", s[1], CMSG_LEN(sizeof(int)), 0);
	send_fds(s[0], fds + 1, 2);
	receive("no room", s[1], 0, 0);
	fds[0] = 99;
	report("bad descriptor", send_fds(s[0], fds, 1));
}

static void credentials(void)
{
	int s[2], on = 1;

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	report("pass", setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	report("send", send(s[0], "hello", 5, 0));
	receive("credentials", s[1], 512, 0);
}

/* Sockets that only messages refer to must not stay: the limit on files would be reached. */
static void cycles(void)
{
	long bad = 0;

	for (int i = 0; i < 600; i++) {
		int s[2];

		if (socketpair(AF_UNIX, SOCK_STREAM, 0, s) < 0) {
			bad++;
			continue;
		}
		if (send_fds(s[0], &s[1], 1) < 0 || send_fds(s[1], &s[0], 1) < 0 ||
		    send_fds(s[0], &s[0], 1) < 0)
			bad++;
		close(s[0]);
		close(s[1]);
	}
	printf("cycles failed: %ld\n", bad);
}

/* A long chain, each holding the next: its end must not be a deep recursion. */
static void chain(void)
{
	int prev = open("/dev/null", O_RDONLY), bad = 0;

	for (int i = 0; i < 300; i++) {
		int s[2];

		CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
		bad += send_fds(s[0], &prev, 1) < 0;
		close(prev);
		close(s[0]);
		prev = s[1];
	}
	report("close", close(prev));
	printf("chain failed: %d\n", bad);
}

int main(void)
{
	rights();
	credentials();
	cycles();
	chain();
	return 0;
}

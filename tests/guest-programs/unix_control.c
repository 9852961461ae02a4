// SPDX-License-Identifier: GPL-2.0-or-later
/* Control messages: truncation, limits of descriptors, MSG_CMSG_CLOEXEC, descriptors in flight that are never received, bad ones. */
#include <sys/socket.h>

#include "guest_helpers.h"

static int s[2];

static long give(const int *fds, int n, int type)
{
	char space[CMSG_SPACE(300 * sizeof(int))] __attribute__((aligned(8))) = { 0 };
	struct iovec io = { "x", 1 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = CMSG_SPACE((size_t)n * sizeof(int)) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	return sendmsg(s[0], &m, MSG_DONTWAIT);
}

static void take(const char *label, size_t room, int flags)
{
	char space[CMSG_SPACE(300 * sizeof(int))] __attribute__((aligned(8))), b[8];
	struct iovec io = { b, 1 };
	struct msghdr m = {
		.msg_iov = &io, .msg_iovlen = 1, .msg_control = space, .msg_controllen = room
	};
	ssize_t n = recvmsg(s[1], &m, flags | MSG_DONTWAIT);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;
	int got = c ? (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int)) : 0, cloexec = 0, fd;

	if (n < 0) {
		printf("%s: %s\n", label, strerrorname_np(errno));
		return;
	}
	for (int i = 0; i < got; i++) {
		memcpy(&fd, CMSG_DATA(c) + (size_t)i * sizeof(int), sizeof(fd));
		cloexec += fcntl(fd, F_GETFD) == FD_CLOEXEC;
		close(fd);
	}
	printf("%s: %zd, %d descriptors, %d close on exec, truncated %d, control %zu\n", label, n,
	       got, cloexec, !!(m.msg_flags & MSG_CTRUNC), (size_t)m.msg_controllen);
}

int main(void)
{
	int fds[300], p[2];
	char b;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	CHECK_EQ(pipe(p), 0);
	for (int i = 0; i < 300; i++)
		fds[i] = p[1];
	report("three", give(fds, 3, SCM_RIGHTS));
	take("room for all", CMSG_SPACE(12), 0);
	report("three", give(fds, 3, SCM_RIGHTS));
	take("room for two", CMSG_LEN(8), 0);
	report("three", give(fds, 3, SCM_RIGHTS));
	take("room for the header", CMSG_LEN(0), 0);
	report("three", give(fds, 3, SCM_RIGHTS));
	take("no room", 0, 0);
	report("three", give(fds, 3, SCM_RIGHTS));
	take("peek", CMSG_SPACE(12), MSG_PEEK);
	take("close on exec", CMSG_SPACE(12), MSG_CMSG_CLOEXEC);
	report("253", give(fds, 253, SCM_RIGHTS));
	take("all 253", CMSG_SPACE(300 * sizeof(int)), 0);
	report("254", give(fds, 254, SCM_RIGHTS));
	report("unknown type", give(fds, 1, 77));
	fds[1] = 999;
	report("a bad one among them", give(fds, 3, SCM_RIGHTS));
	fds[1] = p[1];
	report("one is left in flight", give(fds, 1, SCM_RIGHTS));
	close(p[1]);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	result("its pipe is still open", read(p[0], &b, 1));
	close(s[1]);
	close(s[0]);
	report("closed with the socket", read(p[0], &b, 1));
	/* A socket that is in its own queue: nobody can reach it any more. */
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	CHECK_EQ(pipe(p), 0);
	fds[0] = s[1];
	fds[1] = p[1];
	report("itself and a pipe", give(fds, 2, SCM_RIGHTS));
	close(s[0]);
	close(s[1]);
	close(p[1]);
	fcntl(p[0], F_SETFL, O_NONBLOCK);
	/* The collector of such circles may take its time. */
	for (int i = 0; i < 3000 && read(p[0], &b, 1) != 0; i++) {
		close(socket(AF_UNIX, SOCK_STREAM, 0));
		usleep(1000);
	}
	report("collected", read(p[0], &b, 1));
	return 0;
}

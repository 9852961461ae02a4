// SPDX-License-Identifier: GPL-2.0-or-later
/* MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_DONTWAIT, lengths and flags of truncated messages on all three kinds of Unix socket. */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guest_helpers.h"

static void get(const char *label, int fd, size_t len, int flags)
{
	char b[64] = "";
	struct iovec io = { b, len };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	ssize_t n = recvmsg(fd, &m, flags | MSG_DONTWAIT);

	if (n < 0)
		printf("  %s: %s\n", label, strerrorname_np(errno));
	else
		printf("  %s: %zd \"%.*s\" flags %x\n", label, n, (int)len, b, m.msg_flags);
}

static void kind(const char *name, int type)
{
	int s[2], n = -1;

	printf("%s\n", name);
	CHECK_EQ(socketpair(AF_UNIX, type, 0, s), 0);
	CHECK_EQ(send(s[0], "first", 5, 0), 5);
	CHECK_EQ(send(s[0], "second", 6, 0), 6);
	CHECK_EQ(ioctl(s[1], FIONREAD, &n), 0);
	printf("  FIONREAD %d\n", n);
	get("peek", s[1], 20, MSG_PEEK);
	get("peek short", s[1], 3, MSG_PEEK);
	get("peek short, real length", s[1], 3, MSG_PEEK | MSG_TRUNC);
	get("short", s[1], 3, 0);
	get("next", s[1], 20, 0);
	get("rest", s[1], 20, 0);
	report("  empty message", send(s[0], "", 0, 0));
	get("it", s[1], 20, 0);
	get("nothing", s[1], 20, MSG_PEEK);
	result("  out of band", send(s[0], "x", 1, MSG_OOB | MSG_DONTWAIT) < 0 ? -1 : 0);
	get("after", s[1], 20, 0);
	close(s[0]);
	get("end", s[1], 20, 0);
	signal(SIGPIPE, SIG_IGN);
	result("  send to the closed", send(s[1], "x", 1, 0));
	close(s[1]);
}

int main(void)
{
	kind("datagram", SOCK_DGRAM);
	kind("seqpacket", SOCK_SEQPACKET);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Stream sockets: shutdown of each side, EPIPE and SIGPIPE, ECONNRESET with unread data, poll's answer, MSG_WAITALL and PEEK. */
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "guest_helpers.h"

static int v[2];

static void events(const char *label, int fd)
{
	struct pollfd p = { fd, POLLIN | POLLOUT | POLLRDHUP, 0 };

	poll(&p, 1, 0);
	printf("%s: %x\n", label, p.revents);
}

static void sigpipe(void)
{
	signal(SIGPIPE, SIG_DFL);
	send(v[0], "x", 1, 0);
}

int main(void)
{
	char b[16] = "";
	int n;

	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, v), 0);
	events("fresh", v[0]);
	CHECK_EQ(send(v[0], "hello", 5, 0), 5);
	report("peek", recv(v[1], b, 16, MSG_PEEK));
	report("peek again", recv(v[1], b, 3, MSG_PEEK));
	ioctl(v[1], FIONREAD, &n);
	printf("FIONREAD %d\n", n);
	CHECK_EQ(send(v[0], "world", 5, 0), 5);
	report("all", recv(v[1], b, 10, MSG_WAITALL));
	printf("%s\n", b);
	result("shutdown write", shutdown(v[0], SHUT_WR));
	events("my writing side", v[0]);
	events("other side", v[1]);
	report("end", recv(v[1], b, 1, 0));
	report("EPIPE", send(v[0], "x", 1, 0));
	report("other way", send(v[1], "back", 4, 0));
	report("read it", recv(v[0], b, 16, 0));
	result("shutdown read", shutdown(v[0], SHUT_RD));
	report("write to who does not read", send(v[1], "x", 1, 0));
	report("read after it", recv(v[0], b, 1, 0));
	run_child("SIGPIPE", sigpipe);
	report("MSG_NOSIGNAL", send(v[0], "x", 1, MSG_NOSIGNAL));
	close(v[0]);
	events("closed", v[1]);
	report("end", recv(v[1], b, 1, 0));
	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, v), 0);
	CHECK_EQ(send(v[0], "unread", 6, 0), 6);
	CHECK_EQ(send(v[1], "x", 1, 0), 1);
	close(v[1]);
	report("what was sent", recv(v[0], b, 16, 0));
	report("closed with unread data", recv(v[0], b, 16, 0));
	report("then", recv(v[0], b, 16, 0));
	result("shutdown bad", shutdown(v[0], 9));
	result("not connected", shutdown(socket(AF_UNIX, SOCK_STREAM, 0), SHUT_RD));
	report("send unconnected", send(socket(AF_UNIX, SOCK_STREAM, 0), "x", 1, MSG_NOSIGNAL));
	report("recv unconnected", recv(socket(AF_UNIX, SOCK_STREAM, 0), b, 1, 0));
	return 0;
}

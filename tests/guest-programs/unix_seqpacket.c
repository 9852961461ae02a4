// SPDX-License-Identifier: GPL-2.0-or-later
/* SOCK_SEQPACKET: records, truncation, EOF, connection refused, backlog, shutdown, peek. */
#include <sys/socket.h>
#include <sys/un.h>

#include "guest_helpers.h"

int main(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX, .sun_path = "sock" };
	socklen_t len = sizeof(a);
	char b[16] = "";
	int s, c, d, v[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, v), 0);
	report("one", send(v[0], "first", 5, 0));
	report("two", send(v[0], "second", 6, 0));
	report("peek", recv(v[1], b, 16, MSG_PEEK));
	report("cut", recv(v[1], b, 2, 0));
	report("MSG_TRUNC", recv(v[1], b, 2, MSG_TRUNC));
	report("empty", recv(v[1], b, 2, MSG_DONTWAIT));
	report("zero bytes", send(v[0], "", 0, 0));
	report("received", recv(v[1], b, 2, MSG_DONTWAIT));
	shutdown(v[0], SHUT_WR);
	report("end", recv(v[1], b, 2, 0));
	report("write after shutdown", send(v[0], "x", 1, 0));
	close(v[0]);
	report("peer gone", send(v[1], "x", 1, 0));
	s = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	c = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	result("missing", connect(c, (void *)&a, len));
	result("bind", bind(s, (void *)&a, len));
	result("bind again", bind(socket(AF_UNIX, SOCK_SEQPACKET, 0), (void *)&a, len));
	result("not listening", connect(c, (void *)&a, len));
	result("listen", listen(s, 0));
	result("connect", connect(c, (void *)&a, len));
	d = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	result("backlog full", connect(d, (void *)&a, len));
	result("wrong type", connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&a, len));
	result("accept", v[0] = accept(s, (void *)&a, &len));
	printf("peer's name has %u bytes\n", len);
	result("connect again", connect(c, (void *)&a, sizeof(a)));
	len = sizeof(a);
	getpeername(c, (void *)&a, &len);
	printf("%s\n", a.sun_path);
	unlink("sock");
	close(s);
	result("after unlink", connect(d, (void *)&a, sizeof(a)));
	result("accept on a client", accept(c, NULL, NULL));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* SO_RCVTIMEO and SO_SNDTIMEO on every blocking socket call, options that are read back, buffer sizes, SO_ERROR, SO_TYPE and relatives. */
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include "guest_helpers.h"

static void option(const char *label, int fd, int name)
{
	int v = -1;
	socklen_t len = sizeof(v);

	if (getsockopt(fd, SOL_SOCKET, name, &v, &len) < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %d, length %u\n", label, v, len);
}

int main(void)
{
	struct timeval t = { 0, 20000 }, bad = { 0, 1000000 };
	struct sockaddr_un a = { AF_UNIX, "s" };
	socklen_t len = sizeof(t);
	char big[65536] = "";
	int s[2], l, c, on = 1;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, s), 0);
	result("set", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)));
	result("set", setsockopt(s[0], SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)));
	result("recv", recv(s[0], big, 1, 0));
	result("read", read(s[0], big, 1));
	while (send(s[0], big, sizeof(big), 0) > 0)
		;
	result("send", -1);
	CHECK_EQ(getsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, &len), 0);
	printf("read back %ld.%06ld length %u\n", (long)t.tv_sec, (long)t.tv_usec, len);
	result("microseconds", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof(bad)));
	result("short", setsockopt(s[0], SOL_SOCKET, SO_RCVTIMEO, &t, 4));
	l = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(bind(l, (void *)&a, sizeof(a)), 0);
	CHECK_EQ(listen(l, 0), 0);
	CHECK_EQ(setsockopt(l, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	result("accept", accept(l, NULL, NULL));
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(connect(c, (void *)&a, sizeof(a)), 0);
	c = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK_EQ(setsockopt(c, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)), 0);
	result("connect", connect(c, (void *)&a, sizeof(a)));
	option("type", l, SO_TYPE);
	option("domain", l, SO_DOMAIN);
	option("protocol", l, SO_PROTOCOL);
	option("listening", l, SO_ACCEPTCONN);
	option("not listening", c, SO_ACCEPTCONN);
	option("error", c, SO_ERROR);
	option("passcred", c, SO_PASSCRED);
	option("reuse", c, SO_REUSEADDR);
	option("unknown", c, 999);
	result("passcred", setsockopt(c, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	option("passcred", c, SO_PASSCRED);
	result("type is read-only", setsockopt(c, SOL_SOCKET, SO_TYPE, &on, sizeof(on)));
	result("bad level", setsockopt(c, 99, 1, &on, sizeof(on)));
	result("bad pointer", setsockopt(c, SOL_SOCKET, SO_PASSCRED, (void *)16, 4));
	result("of a file", setsockopt(0, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	return 0;
}

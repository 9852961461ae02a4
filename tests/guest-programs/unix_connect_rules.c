// SPDX-License-Identifier: GPL-2.0-or-later
/* Every refusal of bind, listen, connect and accept on Unix sockets; names as getsockname and accept tell them; backlog; umask on the node. */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest_helpers.h"

static int sock(int type)
{
	int fd = socket(AF_UNIX, type, 0);

	CHECK(fd >= 0);
	return fd;
}

static long at(int (*call)(int, const struct sockaddr *, socklen_t), int fd, const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	strcpy(a.sun_path, path);
	return call(fd, (void *)&a, sizeof(a));
}

static void name(const char *label, int fd)
{
	struct sockaddr_un a;
	socklen_t len = sizeof(a);

	CHECK_EQ(getsockname(fd, (void *)&a, &len), 0);
	printf("%s: length %u \"%s\"\n", label, len, len > 2 ? a.sun_path : "");
}

static void user(void)
{
	become(1000, 1000);
	result("user connects", at(connect, sock(SOCK_STREAM), "s"));
}

int main(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct stat st;
	int s, c, d, c2;

	umask(022);
	s = sock(SOCK_STREAM);
	result("listen without a name", listen(s, 1));
	name("no name", s);
	result("bind", at(bind, s, "s"));
	name("bound", s);
	CHECK_EQ(stat("s", &st), 0);
	printf("node %o\n", st.st_mode);
	result("connect before listen", at(connect, sock(SOCK_STREAM), "s"));
	result("accept before listen", accept(s, NULL, NULL));
	result("bind again", at(bind, s, "t"));
	result("bind over it", at(bind, sock(SOCK_STREAM), "s"));
	result("listen", listen(s, 0));
	result("connect the listener", at(connect, s, "s"));
	c = sock(SOCK_STREAM);
	result("connect", at(connect, c, "s"));
	c2 = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	result("backlog full", at(connect, c2, "s"));
	d = accept(s, NULL, NULL);
	result("accept", d);
	result("connect again", at(connect, c, "s"));
	name("accepted", d);
	name("connected", c);
	result("another kind", at(connect, sock(SOCK_DGRAM), "s"));
	result("missing", at(connect, c2, "missing"));
	make_file("file", "");
	result("a file", at(connect, c2, "file"));
	result("a directory", at(connect, c2, "."));
	result("name too long", connect(c2, (void *)&a, sizeof(a) + 1));
	result("name too short", connect(c2, (void *)&a, 1));
	a.sun_family = AF_INET;
	result("another family", connect(c2, (void *)&a, sizeof(a)));
	a.sun_family = AF_UNIX;
	result("autobind", bind(c2, (void *)&a, 2));
	result("accept on a connected one", accept(c, NULL, NULL));
	result("listen on a connected one", listen(c, 1));
	result("datagram listen", listen(sock(SOCK_DGRAM), 1));
	result("send on an unconnected one", send(sock(SOCK_STREAM), "x", 1, MSG_NOSIGNAL));
	result("datagram without a target", send(sock(SOCK_DGRAM), "x", 1, 0));
	result("peer of an unconnected one",
	       getpeername(sock(SOCK_STREAM), (void *)&a, &(socklen_t){ sizeof(a) }));
	run_child("user", user);
	close(s);
	result("listener gone", at(connect, sock(SOCK_STREAM), "s"));
	result("unlink", unlink("s"));
	result("unknown type", socket(AF_UNIX, 77, 0));
	result("unknown protocol", socket(AF_UNIX, SOCK_STREAM, 5));
	result("unknown family", socket(77, SOCK_STREAM, 0));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Abstract names: bytes with zeros, autobind, freed with the socket, no file; getsockname and lengths. */
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest_helpers.h"

static struct sockaddr_un a = { .sun_family = AF_UNIX };

int main(void)
{
	int base = offsetof(struct sockaddr_un, sun_path), s, t;
	socklen_t len;

	memcpy(a.sun_path, "\0gp-test\0x", 10);
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	t = socket(AF_UNIX, SOCK_DGRAM, 0);
	result("bind", bind(s, (void *)&a, base + 10));
	result("same name", bind(t, (void *)&a, base + 10));
	result("longer name", bind(t, (void *)&a, base + 11));
	result("bind twice", bind(t, (void *)&a, base + 12));
	result("send", sendto(t, "x", 1, 0, (void *)&a, base + 10));
	len = sizeof(a);
	getsockname(s, (void *)&a, &len);
	printf("length %d\n", (int)len - base);
	close(s);
	result("closed", sendto(t, "x", 1, 0, (void *)&a, base + 10));
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	result("again", bind(s, (void *)&a, base + 10));
	s = socket(AF_UNIX, SOCK_DGRAM, 0);
	len = sizeof(a);
	getsockname(s, (void *)&a, &len);
	printf("unbound length %d\n", (int)len - base);
	result("autobind", bind(s, (void *)&a, sizeof(sa_family_t)));
	len = sizeof(a);
	getsockname(s, (void *)&a, &len);
	printf("autobind length %d first %d\n", (int)len - base, a.sun_path[0]);
	a.sun_family = AF_INET;
	result("wrong family", bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&a, base + 5));
	a.sun_family = AF_UNIX;
	result("too long", bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&a, sizeof(a) + 1));
	result("too short", bind(socket(AF_UNIX, SOCK_DGRAM, 0), (void *)&a, 1));
	result("bad type", socket(AF_UNIX, 99, 0));
	result("bad protocol", socket(AF_UNIX, SOCK_STREAM, 9));
	result("bad family", socket(99, SOCK_STREAM, 0));
	result("bad address", bind(s, (void *)16, 20));
	return 0;
}

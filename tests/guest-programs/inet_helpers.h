/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sockets on the loopback interface: addresses, listeners, connected pairs. */
#ifndef INET_HELPERS_H
#define INET_HELPERS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "guest_helpers.h"

static inline struct sockaddr_in loopback(unsigned short port)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(port),
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
}

static inline struct sockaddr_in name_of(int fd)
{
	struct sockaddr_in a;
	socklen_t len = sizeof(a);

	CHECK_EQ(getsockname(fd, (void *)&a, &len), 0);
	CHECK_EQ(len, sizeof(a));
	return a;
}

/* A listener on a port of the kernel's choice; its address. */
static inline int listener(int backlog, struct sockaddr_in *ret)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	*ret = loopback(0);
	CHECK(fd >= 0);
	CHECK_EQ(bind(fd, (void *)ret, sizeof(*ret)), 0);
	CHECK_EQ(listen(fd, backlog), 0);
	*ret = name_of(fd);
	return fd;
}

static inline void tcp_pair(int ends[2])
{
	struct sockaddr_in a;
	int l = listener(1, &a);

	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
	CHECK_EQ(connect(ends[0], (void *)&a, sizeof(a)), 0);
	ends[1] = accept(l, NULL, NULL);
	CHECK(ends[1] >= 0);
	close(l);
}

/* A bound datagram socket. */
static inline int udp_socket(struct sockaddr_in *ret)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	*ret = loopback(0);
	CHECK(fd >= 0);
	CHECK_EQ(bind(fd, (void *)ret, sizeof(*ret)), 0);
	*ret = name_of(fd);
	return fd;
}

/* What poll says now, or within a while for what comes by itself. */
static inline void show_poll(const char *label, int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI | POLLRDHUP };
	int n = poll(&p, 1, ms);

	printf("%s: %d%s%s%s%s%s%s\n", label, n, p.revents & POLLIN ? " in" : "",
	       p.revents & POLLOUT ? " out" : "", p.revents & POLLPRI ? " pri" : "",
	       p.revents & POLLERR ? " err" : "", p.revents & POLLHUP ? " hup" : "",
	       p.revents & POLLRDHUP ? " rdhup" : "");
}

/* Until fd is ready for something: what another socket did takes its way through the kernel. */
static inline void wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	CHECK_EQ(poll(&p, 1, 20000), 1);
}

#endif

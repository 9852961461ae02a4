// SPDX-License-Identifier: GPL-2.0-or-later
/* The network: families and options that must not reach the host, garbage in every structure, races between closing and waiting, rights of others. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "attack.h"

/* --- doors --------------------------------------------------------------------------------------- */

/* Nothing but the families that are written down, and of netlink two protocols. */
static void net_families(void)
{
	for (int family = 0; family < 64; family++)
		for (int type = 0; type < 11; type++)
			for (int protocol = -1; protocol < 300; protocol++) {
				int fd = socket(family, type, protocol);

				if (fd < 0)
					continue;
				if (family != AF_UNIX && family != AF_INET && family != AF_INET6 &&
				    family != AF_NETLINK && family != AF_PACKET)
					breach("a socket of family %d", family);
				if (family == AF_NETLINK && protocol != NETLINK_ROUTE &&
				    protocol != NETLINK_SOCK_DIAG)
					breach("netlink %d", protocol);
				if (family == AF_INET && type == SOCK_STREAM && protocol != 0 &&
				    protocol != IPPROTO_TCP)
					breach("a stream of protocol %d", protocol);
				close(fd);
			}
}

static int some_socket(void)
{
	static const int kinds[][3] = {
		{ AF_INET, SOCK_STREAM, 0 },	   { AF_INET, SOCK_DGRAM, 0 },
		{ AF_INET, SOCK_RAW, 255 },	   { AF_INET, SOCK_RAW, 1 },
		{ AF_INET6, SOCK_STREAM, 0 },	   { AF_INET6, SOCK_DGRAM, 0 },
		{ AF_INET6, SOCK_RAW, 58 },	   { AF_NETLINK, SOCK_RAW, 0 },
		{ AF_NETLINK, SOCK_RAW, 4 },	   { AF_PACKET, SOCK_RAW, 0x0300 },
		{ AF_PACKET, SOCK_DGRAM, 0x0008 }, { AF_UNIX, SOCK_STREAM, 0 },
	};
	const int *k = kinds[random_next() % (sizeof(kinds) / sizeof(kinds[0]))];

	return socket(k[0], k[1] | SOCK_NONBLOCK, k[2]);
}

static void fill(void *p, size_t len)
{
	unsigned char *b = p;

	for (size_t i = 0; i < len; i++)
		b[i] = (unsigned char)(random_next() % 3 ? 0 : random_next());
}

/* An option that would let a program or a table into the host's kernel. */
static void forbidden(int fd, int level, int option)
{
	static const struct sock_filter code[1] = { { BPF_RET | BPF_K, 0, 0, 0 } };
	struct sock_fprog prog = { 1, (struct sock_filter *)code };
	int family = 0;
	socklen_t len = sizeof(family);

	(void)getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	if (setsockopt(fd, level, option, &prog, sizeof(prog)) == 0 && family != AF_PACKET)
		breach("option %d of level %d on family %d", option, level, family);
}

static void net_options(void)
{
	static const int levels[] = { 0, 1, 6, 17, 41, 58, 255, 263, 270, 282, 132, -1 };
	static unsigned char value[8192];

	for (;;) {
		int fd = some_socket();

		for (int i = 0; i < 200; i++) {
			int level = levels[random_next() % (sizeof(levels) / sizeof(levels[0]))];
			int option = (int)(random_next() % 130);
			socklen_t len = (socklen_t)(random_next() % 5000);

			fill(value, 64);
			(void)setsockopt(fd, level, option, value, len);
			(void)setsockopt(fd, level, option, (void *)(random_next() & 0xffff), len);
			(void)getsockopt(fd, level, option, value, &len);
			len = (socklen_t)random_next();
			(void)getsockopt(fd, level, option, value, &len);
		}
		forbidden(fd, SOL_SOCKET, SO_ATTACH_FILTER);
		forbidden(fd, SOL_SOCKET, SO_ATTACH_BPF);
		forbidden(fd, SOL_IP, 64 /* IPT_SO_SET_REPLACE */);
		forbidden(fd, SOL_IPV6, 64);
		forbidden(fd, SOL_IP, 200 /* MRT_INIT */);
		close(fd);
	}
}

/* --- messages ------------------------------------------------------------------------------------ */

static void net_messages(void)
{
	static unsigned char data[70000], control[20000], name[200];

	for (;;) {
		struct iovec v[3] = { { data, random_next() % 70000 },
				      { (void *)(random_next() & 0xffffff), random_next() % 100 },
				      { data, random_next() % 5 } };
		struct msghdr m = { .msg_name = name,
				    .msg_namelen = (socklen_t)(random_next() % 200),
				    .msg_iov = v,
				    .msg_iovlen = random_next() % 4,
				    .msg_control = control,
				    .msg_controllen = random_next() % 20000 };
		int fd = some_socket(), flags = (int)random_next();
		struct sockaddr_in in = { .sin_family = AF_INET,
					  .sin_port = (in_port_t)random_next(),
					  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

		fill(name, sizeof(name));
		fill(control, 256);
		*(unsigned short *)name = (unsigned short)(random_next() % 20);
		if (random_next() % 2) {
			struct cmsghdr *c = (void *)control;

			c->cmsg_len = random_next() % 64;
			c->cmsg_level = (int)(random_next() % 42);
			c->cmsg_type = (int)(random_next() % 110);
		}
		if (random_next() % 2)
			memcpy(name, &in, sizeof(in));
		(void)bind(fd, (void *)name, m.msg_namelen);
		(void)connect(fd, (void *)name, m.msg_namelen);
		(void)sendmsg(fd, &m, flags | MSG_DONTWAIT | MSG_NOSIGNAL);
		(void)recvmsg(fd, &m, flags | MSG_DONTWAIT);
		(void)getsockname(fd, (void *)name, &m.msg_namelen);
		(void)shutdown(fd, (int)(random_next() % 5));
		close(fd);
	}
}

static void net_ioctls(void)
{
	static unsigned char arg[256];

	for (;;) {
		int fd = some_socket();

		for (unsigned int cmd = 0x8900; cmd < 0x8a00; cmd++) {
			fill(arg, sizeof(arg));
			if (random_next() % 2)
				memcpy(arg, "lo", 3);
			(void)ioctl(fd, cmd, arg);
			(void)ioctl(fd, cmd, random_next() & 0xfff);
			(void)ioctl(fd, cmd + 0x200, arg);
		}
		close(fd);
		/* Others need lo. */
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		struct ifreq up = { .ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING };

		(void)ioctl(fd, SIOCSIFFLAGS, &up);
		close(fd);
	}
}

/* --- netlink ------------------------------------------------------------------------------------- */

static struct {
	struct nlmsghdr h;
	unsigned char body[2000];
} request;

/* What the kernel says to a request: 0, -errno, or 1 for something else. */
static int ask(int fd, size_t len)
{
	static unsigned char answer[32768];
	const struct nlmsghdr *h = (void *)answer;
	ssize_t n;

	request.h.nlmsg_len = (unsigned int)len;
	request.h.nlmsg_flags |= NLM_F_REQUEST;
	if (send(fd, &request, len, MSG_DONTWAIT) < 0)
		return -errno;
	n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (n >= (ssize_t)NLMSG_LENGTH(sizeof(int)) && h->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
	return 1;
}

/* A link request with one attribute, which names a process or a kind. */
static void link_with(int fd, int type, int attribute, const void *value, unsigned short len)
{
	struct ifinfomsg *link = (void *)request.body;
	struct rtattr *a = (void *)(request.body + sizeof(*link));

	memset(&request, 0, sizeof(request));
	request.h.nlmsg_type = (unsigned short)type;
	request.h.nlmsg_flags = NLM_F_ACK | NLM_F_CREATE;
	link->ifi_index = type == RTM_NEWLINK && attribute == IFLA_LINKINFO ? 0 : 1;
	a->rta_type = (unsigned short)attribute;
	a->rta_len = (unsigned short)RTA_LENGTH(len);
	memcpy(RTA_DATA(a), value, len);
	if (ask(fd, NLMSG_LENGTH(sizeof(*link)) + a->rta_len) == 0)
		breach("link attribute %d of request %d", attribute, type);
}

static void net_netlink(void)
{
	unsigned int one = 1;

	for (;;) {
		int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK,
				random_next() % 2 ? NETLINK_ROUTE : NETLINK_SOCK_DIAG);

		for (int i = 0; i < 100; i++) {
			size_t len = random_next() % 400;

			fill(&request, sizeof(request));
			request.h.nlmsg_type = (unsigned short)(random_next() % 130);
			/* A dump fills the socket; without it each is answered at once. */
			if (random_next() % 8)
				request.h.nlmsg_flags &= (unsigned short)~NLM_F_DUMP;
			(void)ask(fd, len + 16);
			request.h.nlmsg_len = (unsigned int)random_next();
			(void)send(fd, &request, len, MSG_DONTWAIT);
		}
		close(fd);
		fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
		link_with(fd, RTM_NEWLINK, IFLA_NET_NS_PID, &one, 4);
		link_with(fd, RTM_SETLINK, IFLA_NET_NS_FD, &one, 4);
		link_with(fd, RTM_NEWLINK, IFLA_LINKINFO, "\x0a\0\x01\0dummy\0\0", 12);
		close(fd);
	}
}

/* As somebody without rights: nothing of the network may change. */
static void net_rights(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) };
	struct ifreq down = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (bind(fd, (void *)&a, sizeof(a)) == 0)
		breach("port 80");
	if (ioctl(fd, SIOCSIFFLAGS, &down) == 0)
		breach("lo is down");
	if (setsockopt(fd, SOL_SOCKET, SO_MARK, &one, sizeof(one)) == 0)
		breach("a mark");
	if (socket(AF_INET, SOCK_RAW, 1) >= 0 || socket(AF_INET6, SOCK_RAW, 58) >= 0 ||
	    socket(AF_PACKET, SOCK_RAW, 0) >= 0)
		breach("a raw socket");
	fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	link_with(fd, RTM_NEWLINK, IFLA_MTU, &one, 4);
}

/* Only what belongs to this guest is to be seen. */
static void net_view(void)
{
	struct ifreq ifr = { .ifr_name = "" };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	for (int i = 2; i < 1000; i++) {
		ifr.ifr_ifindex = i;
		if (ioctl(fd, SIOCGIFNAME, &ifr) == 0 && strncmp(ifr.ifr_name, "eth", 3) != 0 &&
		    strncmp(ifr.ifr_name, "sit", 3) != 0 && strncmp(ifr.ifr_name, "tunl", 4) != 0 &&
		    strncmp(ifr.ifr_name, "gre", 3) != 0 && strncmp(ifr.ifr_name, "ip", 2) != 0 &&
		    strncmp(ifr.ifr_name, "erspan", 6) != 0)
			breach("interface %s", ifr.ifr_name);
	}
}

/* --- filters ------------------------------------------------------------------------------------- */

static void net_filters(void)
{
	static struct sock_filter code[600];

	for (;;) {
		int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
		struct sock_fprog prog = { (unsigned short)(random_next() % 600), code };

		for (unsigned int i = 0; i < 600; i++) {
			code[i] = (struct sock_filter){ (unsigned short)(random_next() % 0xc0),
							(unsigned char)(random_next() % 4),
							(unsigned char)(random_next() % 4),
							(unsigned int)random_next() };
			if (random_next() % 2)
				code[i].k %= 64;
		}
		if (random_next() % 2)
			code[prog.len ? prog.len - 1 : 0] = (struct sock_filter){ 6, 0, 0, 100 };
		(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
		prog.filter = (void *)8;
		(void)setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog));
		close(fd);
	}
}

/* --- races --------------------------------------------------------------------------------------- */

static int shared_fd[8];

static void *closer(void *arg)
{
	(void)arg;
	for (;;) {
		int i = (int)(random_next() % 8);
		struct sockaddr_in a = { .sin_family = AF_INET,
					 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
		socklen_t len = sizeof(a);
		int fd = socket(AF_INET, random_next() % 2 ? SOCK_STREAM : SOCK_DGRAM, 0);

		(void)bind(fd, (void *)&a, len);
		(void)listen(fd, 3);
		(void)getsockname(fd, (void *)&a, &len);
		dup2(fd, shared_fd[i]);
		if (random_next() % 2)
			(void)connect(shared_fd[random_next() % 8], (void *)&a, len);
		close(fd);
	}
	return NULL;
}

static void *user(void *arg)
{
	static char buf[100000];
	struct epoll_event e = { .events = EPOLLIN | EPOLLOUT | EPOLLET };
	int ep = epoll_create1(0);

	(void)arg;
	for (;;) {
		int fd = shared_fd[random_next() % 8], got;

		(void)epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
		(void)epoll_wait(ep, &e, 1, 0);
		(void)send(fd, buf, random_next() % sizeof(buf), MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)recv(fd, buf, random_next() % sizeof(buf), MSG_DONTWAIT);
		got = accept4(fd, NULL, NULL, 0);
		if (got >= 0)
			close(got);
		(void)shutdown(fd, (int)(random_next() % 3));
	}
	return NULL;
}

static void net_races(void)
{
	struct timeval tv = { 0, 1000 };

	for (int i = 0; i < 8; i++) {
		shared_fd[i] = socket(AF_INET, SOCK_DGRAM, 0);
		(void)setsockopt(shared_fd[i], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	}
	for (int i = 0; i < 3; i++) {
		in_thread(closer, NULL);
		in_thread(user, NULL);
	}
	user(NULL);
}

/* As many sockets as there can be, all full. */
static void net_full(void)
{
	static char buf[65536];
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(a);
	int l = socket(AF_INET, SOCK_STREAM, 0);

	(void)bind(l, (void *)&a, len);
	(void)listen(l, 4096);
	(void)getsockname(l, (void *)&a, &len);
	for (;;) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		if (fd < 0 || connect(fd, (void *)&a, len) < 0) {
			usleep(10000);
			continue;
		}
		while (send(fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
			;
	}
}

const struct attack net_attacks[] = {
	{ "net-families", net_families, 0 },
	{ "net-options", net_options, 0 },
	{ "net-messages", net_messages, 0 },
	{ "net-ioctls", net_ioctls, 0 },
	{ "net-netlink", net_netlink, 0 },
	{ "net-rights", net_rights, "user" },
	{ "net-view", net_view, 0 },
	{ "net-filters", net_filters, 0 },
	{ "net-races", net_races, 0 },
	{ "net-full", net_full, 0 },
	{ 0, 0, 0 },
};

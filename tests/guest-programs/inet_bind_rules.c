// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may bind what: taken ports, REUSEADDR, low ports and raw sockets for users without rights, addresses that are not ours, protocols that do not exist. */
#include <linux/if_packet.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "inet_helpers.h"

static void rules(const char *who)
{
	struct sockaddr_in a = loopback(81);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1, mark = 5;
	struct ifreq ifr = { .ifr_name = "lo" };

	printf("%s\n", who);
	result("port 81", bind(fd, (void *)&a, sizeof(a)));
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	a = loopback(1023);
	result("port 1023", bind(fd, (void *)&a, sizeof(a)));
	result("mark", setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)));
	result("transparent", setsockopt(fd, SOL_IP, IP_TRANSPARENT, &on, sizeof(on)));
	result("get flags", ioctl(fd, SIOCGIFFLAGS, &ifr));
	ifr.ifr_flags |= IFF_UP;
	result("set flags", ioctl(fd, SIOCSIFFLAGS, &ifr));
	result("get mtu", ioctl(fd, SIOCGIFMTU, &ifr));
	result("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
	result("raw 6", socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6));
	result("packet", socket(AF_PACKET, SOCK_RAW, 0));
	close(fd);
}

int main(void)
{
	struct sockaddr_in a, b;
	int l = listener(1, &a), fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;

	result("taken", bind(fd, (void *)&a, sizeof(a)));
	CHECK_EQ(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	result("taken by a listener", bind(fd, (void *)&a, sizeof(a)));
	b = loopback(0);
	result("twice", bind(l, (void *)&b, sizeof(b)));
	b.sin_addr.s_addr = htonl(0x08080808);
	result("not ours", bind(fd, (void *)&b, sizeof(b)));
	b = loopback(0);
	result("short", bind(fd, (void *)&b, 8));
	result("long", bind(fd, (void *)&b, 200));
	b.sin_family = AF_UNIX;
	result("family", bind(fd, (void *)&b, sizeof(b)));
	result("no such protocol", socket(AF_INET, SOCK_STREAM, IPPROTO_UDP));
	result("no such protocol", socket(AF_INET, SOCK_DGRAM, IPPROTO_TCP));
	result("no such type", socket(AF_INET, SOCK_SEQPACKET, 0));
	result("raw without protocol", socket(AF_INET, SOCK_RAW, 0));
	result("no such family", socket(45, SOCK_STREAM, 0));
	result("pair", socketpair(AF_INET, SOCK_STREAM, 0, (int[2]){ 0 }));
	rules("root");
	CHECK_EQ(setgroups(0, NULL), 0);
	CHECK_EQ(setresgid(1000, 1000, 1000), 0);
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	rules("somebody");
	return 0;
}

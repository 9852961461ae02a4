// SPDX-License-Identifier: GPL-2.0-or-later
/* Options of sockets, TCP, IP and IPv6 as they are read back, values out of range, lengths that are too short. */
#include "inet_helpers.h"

static void show(const char *label, int fd, int level, int option)
{
	int v = -1;
	socklen_t len = sizeof(v);

	if (getsockopt(fd, level, option, &v, &len) < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %d, length %u\n", label, v, len);
}

static void change(const char *label, int fd, int level, int option, int v)
{
	if (setsockopt(fd, level, option, &v, sizeof(v)) < 0)
		printf("%s = %d: %s\n", label, v, strerrorname_np(errno));
	show(label, fd, level, option);
}

int main(void)
{
	int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_DGRAM, 0),
	    six = socket(AF_INET6, SOCK_STREAM, 0);
	struct linger l = { 1, 5 };
	struct timeval tv = { 3, 0 };
	struct tcp_info info;
	char name[16] = "";
	socklen_t len;

	show("type", t, SOL_SOCKET, SO_TYPE);
	show("type", u, SOL_SOCKET, SO_TYPE);
	show("domain", six, SOL_SOCKET, SO_DOMAIN);
	show("protocol", t, SOL_SOCKET, SO_PROTOCOL);
	show("protocol", u, SOL_SOCKET, SO_PROTOCOL);
	show("error", t, SOL_SOCKET, SO_ERROR);
	show("listening", t, SOL_SOCKET, SO_ACCEPTCONN);
	change("reuseaddr", t, SOL_SOCKET, SO_REUSEADDR, 1);
	change("reuseport", t, SOL_SOCKET, SO_REUSEPORT, 7);
	change("keepalive", t, SOL_SOCKET, SO_KEEPALIVE, 1);
	change("broadcast", u, SOL_SOCKET, SO_BROADCAST, 1);
	change("oobinline", t, SOL_SOCKET, SO_OOBINLINE, 1);
	change("rcvlowat", t, SOL_SOCKET, SO_RCVLOWAT, 100);
	change("sndbuf", t, SOL_SOCKET, SO_SNDBUF, 20000);
	change("rcvbuf", t, SOL_SOCKET, SO_RCVBUF, 20000);
	change("rcvbuf least", u, SOL_SOCKET, SO_RCVBUF, 1);
	change("priority", t, SOL_SOCKET, SO_PRIORITY, 3);
	change("nodelay", t, SOL_TCP, TCP_NODELAY, 1);
	change("cork", t, SOL_TCP, TCP_CORK, 1);
	change("keepidle", t, SOL_TCP, TCP_KEEPIDLE, 100);
	change("keepidle", t, SOL_TCP, TCP_KEEPIDLE, 0);
	change("keepcnt", t, SOL_TCP, TCP_KEEPCNT, 200);
	change("syncnt", t, SOL_TCP, TCP_SYNCNT, 3);
	change("user timeout", t, SOL_TCP, TCP_USER_TIMEOUT, 1000);
	change("defer", t, SOL_TCP, TCP_DEFER_ACCEPT, 1);
	change("tos", t, SOL_IP, IP_TOS, 0x10);
	change("ttl", t, SOL_IP, IP_TTL, 33);
	change("ttl", t, SOL_IP, IP_TTL, 256);
	change("mtu discover", u, SOL_IP, IP_MTU_DISCOVER, 2);
	change("pktinfo", u, SOL_IP, IP_PKTINFO, 1);
	change("recverr", u, SOL_IP, IP_RECVERR, 1);
	change("multicast ttl", u, SOL_IP, IP_MULTICAST_TTL, 4);
	change("multicast loop", u, SOL_IP, IP_MULTICAST_LOOP, 0);
	show("v6only", six, SOL_IPV6, IPV6_V6ONLY);
	change("v6only", six, SOL_IPV6, IPV6_V6ONLY, 1);
	change("hops", six, SOL_IPV6, IPV6_UNICAST_HOPS, 5);
	change("hops", six, SOL_IPV6, IPV6_UNICAST_HOPS, 300);
	change("level of another", t, SOL_IPV6, IPV6_V6ONLY, 1);
	change("unknown option", t, SOL_TCP, 999, 1);
	change("unknown level", t, 999, 1, 1);
	result("linger", setsockopt(t, SOL_SOCKET, SO_LINGER, &l, sizeof(l)));
	memset(&l, 0, sizeof(l));
	len = sizeof(l);
	result("linger", getsockopt(t, SOL_SOCKET, SO_LINGER, &l, &len));
	printf("%d %d %u\n", l.l_onoff, l.l_linger, len);
	result("linger, short", setsockopt(t, SOL_SOCKET, SO_LINGER, &l, 4));
	result("timeout", setsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv)));
	len = sizeof(tv);
	result("timeout", getsockopt(t, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
	printf("%ld.%06ld %u\n", (long)tv.tv_sec, (long)tv.tv_usec, len);
	len = 4;
	result("congestion", getsockopt(t, SOL_TCP, TCP_CONGESTION, name, &len) < 0 ? -1 : 0);
	len = sizeof(info);
	result("info", getsockopt(t, SOL_TCP, TCP_INFO, &info, &len));
	printf("state %d\n", info.tcpi_state);
	result("short value", setsockopt(t, SOL_SOCKET, SO_KEEPALIVE, "", 1));
	len = 0xffffffff;
	result("length below zero", getsockopt(t, SOL_SOCKET, SO_TYPE, name, &len));
	result("bad pointer", setsockopt(t, SOL_SOCKET, SO_KEEPALIVE, (void *)8, 4));
	return 0;
}

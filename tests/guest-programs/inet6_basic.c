// SPDX-License-Identifier: GPL-2.0-or-later
/* IPv6 on loopback: TCP and UDP, names, mapped addresses, V6ONLY. */
#include "inet_helpers.h"

static struct sockaddr_in6 six(unsigned short port)
{
	return (struct sockaddr_in6){ .sin6_family = AF_INET6,
				      .sin6_port = htons(port),
				      .sin6_addr = IN6ADDR_LOOPBACK_INIT };
}

int main(void)
{
	struct sockaddr_in6 a = six(0), b, any = { .sin6_family = AF_INET6 };
	int l = socket(AF_INET6, SOCK_STREAM, 0), c = socket(AF_INET6, SOCK_STREAM, 0), s, u, v,
	    four = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	socklen_t len = sizeof(a);
	struct sockaddr_in x;
	char text[64];

	CHECK_EQ(bind(l, (void *)&a, sizeof(a)), 0);
	CHECK_EQ(listen(l, 2), 0);
	CHECK_EQ(getsockname(l, (void *)&a, &len), 0);
	printf("length %u %s\n", len, inet_ntop(AF_INET6, &a.sin6_addr, text, sizeof(text)));
	result("connect", connect(c, (void *)&a, sizeof(a)));
	len = sizeof(b);
	s = accept(l, (void *)&b, &len);
	CHECK(s >= 0);
	printf("length %u %s\n", len, inet_ntop(AF_INET6, &b.sin6_addr, text, sizeof(text)));
	report("send", send(c, "six", 3, 0));
	report("recv", recv(s, text, sizeof(text), 0));
	result("short address", connect(c, (void *)&a, 16));
	close(l);
	l = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_EQ(bind(l, (void *)&any, sizeof(any)), 0);
	CHECK_EQ(listen(l, 2), 0);
	len = sizeof(a);
	CHECK_EQ(getsockname(l, (void *)&a, &len), 0);
	x = loopback(ntohs(a.sin6_port));
	result("IPv4 client", connect(four, (void *)&x, sizeof(x)));
	len = sizeof(b);
	s = accept(l, (void *)&b, &len);
	printf("as %s\n", inet_ntop(AF_INET6, &b.sin6_addr, text, sizeof(text)));
	close(l);
	u = socket(AF_INET6, SOCK_DGRAM, 0);
	a = six(0);
	CHECK_EQ(bind(u, (void *)&a, sizeof(a)), 0);
	len = sizeof(a);
	CHECK_EQ(getsockname(u, (void *)&a, &len), 0);
	v = socket(AF_INET6, SOCK_DGRAM, 0);
	report("sendto", sendto(v, "dgram", 5, 0, (void *)&a, sizeof(a)));
	len = sizeof(b);
	report("recvfrom", recvfrom(u, text, sizeof(text), 0, (void *)&b, &len));
	printf("length %u, loopback %d\n", len, IN6_IS_ADDR_LOOPBACK(&b.sin6_addr));
	close(v);
	v = socket(AF_INET6, SOCK_STREAM, 0);
	CHECK_EQ(setsockopt(v, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
	any.sin6_port = 0;
	result("bind", bind(v, (void *)&any, sizeof(any)));
	result("v6only once bound", setsockopt(v, SOL_IPV6, IPV6_V6ONLY, &on, sizeof(on)));
	result("wrong family", bind(socket(AF_INET6, SOCK_DGRAM, 0), (void *)&x, sizeof(x)));
	return 0;
}

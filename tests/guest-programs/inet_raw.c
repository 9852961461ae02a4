// SPDX-License-Identifier: GPL-2.0-or-later
/* A ping through a raw socket, several sockets on one port, connected UDP that talks to itself, copies of a descriptor. */
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>

#include "inet_helpers.h"

static unsigned short checksum(const void *p, size_t len)
{
	const unsigned short *w = p;
	unsigned int sum = 0;

	for (; len > 1; len -= 2)
		sum += *w++;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (unsigned short)~sum;
}

static void echo_raw(void)
{
	struct icmphdr h = { .type = ICMP_ECHO, .un.echo = { htons(4711), htons(1) } };
	struct sockaddr_in a = loopback(0);
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	unsigned char buf[256];

	CHECK(fd >= 0);
	h.checksum = checksum(&h, sizeof(h));
	report("send", sendto(fd, &h, sizeof(h), 0, (void *)&a, sizeof(a)));
	for (;;) {
		ssize_t n = recv(fd, buf, sizeof(buf), 0);
		struct iphdr ip;

		CHECK(n >= (ssize_t)(sizeof(ip) + sizeof(h)));
		memcpy(&ip, buf, sizeof(ip));
		memcpy(&h, buf + ip.ihl * 4, sizeof(h));
		/* Its own request comes by as well. */
		if (h.type != ICMP_ECHOREPLY || h.un.echo.id != htons(4711))
			continue;
		printf("reply: %zd bytes, version %d, protocol %d\n", n, ip.version, ip.protocol);
		break;
	}
	close(fd);
}

static void same_port(void)
{
	struct sockaddr_in a = loopback(0);
	int x = socket(AF_INET, SOCK_DGRAM, 0), y = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	CHECK_EQ(setsockopt(x, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	CHECK_EQ(bind(x, (void *)&a, sizeof(a)), 0);
	a = name_of(x);
	result("second without the option", bind(y, (void *)&a, sizeof(a)));
	CHECK_EQ(setsockopt(y, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	result("second with it", bind(y, (void *)&a, sizeof(a)));
	close(x);
	close(y);
}

static void to_itself(void)
{
	struct sockaddr_in a;
	int fd = udp_socket(&a), other = dup(fd);
	char buf[8] = "";
	pid_t pid;

	CHECK_EQ(connect(fd, (void *)&a, sizeof(a)), 0);
	report("send", send(fd, "me", 2, 0));
	report("recv", recv(other, buf, sizeof(buf), 0));
	printf("%s\n", buf);
	close(fd);
	report("the copy lives", send(other, "x", 1, 0));
	pid = fork();
	if (pid == 0) {
		report("child", recv(other, buf, sizeof(buf), 0));
		_exit(0);
	}
	reap("child", pid);
}

int main(void)
{
	echo_raw();
	same_port();
	to_itself();
	return 0;
}

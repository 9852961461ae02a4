// SPDX-License-Identifier: GPL-2.0-or-later
/* Unix datagrams and sequenced packets: borders, truncation, queue limits, who may send. */
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "guest_test.h"

static char b[300000];

static int named(const char *name, struct sockaddr_un *a)
{
	int s = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	*a = (struct sockaddr_un){ .sun_family = AF_UNIX };
	strcpy(a->sun_path, name);
	CHECK(bind(s, (void *)a, sizeof(*a)) == 0);
	return s;
}

static void datagrams(void)
{
	struct sockaddr_un aa, ba, from = { 0 };
	int a = named("a", &aa), z = named("b", &ba), c, n;
	socklen_t len = sizeof(from);
	struct pollfd p;

	report("sendto", sendto(a, "hello", 5, 0, (void *)&ba, sizeof(ba)));
	report("empty one", sendto(a, "", 0, 0, (void *)&ba, sizeof(ba)));
	report("truncated", recvfrom(z, b, 2, 0, (void *)&from, &len));
	printf("from %s\n", from.sun_path);
	report("empty one", recv(z, b, 2, 0));
	report("none", recv(z, b, 2, 0));
	sendto(a, "hello", 5, 0, (void *)&ba, sizeof(ba));
	report("real length", recv(z, b, 2, MSG_TRUNC));
	report("too long", sendto(a, b, sizeof(b), 0, (void *)&ba, sizeof(ba)));
	report("not connected", send(a, "x", 1, 0));
	for (n = 0; sendto(a, "x", 1, 0, (void *)&ba, sizeof(ba)) == 1; n++)
		;
	printf("queue limit %d %s\n", n, strerrorname_np(errno));
	report("connect", connect(a, (void *)&ba, sizeof(ba)));
	p = (struct pollfd){ .fd = a, .events = POLLOUT };
	report("poll full", poll(&p, 1, 0));
	recv(z, b, 1, 0);
	report("poll room", poll(&p, 1, 0));
	c = socket(AF_UNIX, SOCK_DGRAM, 0);
	report("connect back", connect(z, (void *)&aa, sizeof(aa)));
	report("a third may not", sendto(c, "x", 1, 0, (void *)&ba, sizeof(ba)));
	report("wrong type", connect(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&ba, sizeof(ba)));
	close(z);
	report("peer gone", send(a, "x", 1, 0));
	report("then not connected", send(a, "x", 1, 0));
}

static void packets(void)
{
	int s[2];

	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s) == 0);
	report("send", send(s[0], "one", 3, 0));
	report("send", send(s[0], "three", 5, 0));
	report("recv", recv(s[1], b, 100, 0));
	report("cut", recv(s[1], b, 2, 0));
	report("none", recv(s[1], b, 2, MSG_DONTWAIT));
	close(s[0]);
	report("end", recv(s[1], b, 2, 0));
	report("send", send(s[1], "x", 1, MSG_NOSIGNAL));
}

static void many(void)
{
	struct mmsghdr m[3] = { 0 };
	struct iovec v[3] = { { "a", 1 }, { "bb", 2 }, { "ccc", 3 } };
	int s[2];

	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, s) == 0);
	for (int i = 0; i < 3; i++)
		m[i].msg_hdr = (struct msghdr){ .msg_iov = &v[i], .msg_iovlen = 1 };
	report("sendmmsg", sendmmsg(s[0], m, 3, 0));
	for (int i = 0; i < 3; i++)
		v[i] = (struct iovec){ b + i * 10, 10 };
	report("recvmmsg", recvmmsg(s[1], m, 3, MSG_WAITFORONE, NULL));
	printf("lengths %u %u %u\n", m[0].msg_len, m[1].msg_len, m[2].msg_len);
}

int main(void)
{
	datagrams();
	packets();
	many();
	report("no such type", socket(AF_UNIX, SOCK_RDM, 0));
	report("no such family", socket(200, SOCK_STREAM, 0));
	report("no such protocol", socket(AF_UNIX, SOCK_STREAM, 7));
	return 0;
}

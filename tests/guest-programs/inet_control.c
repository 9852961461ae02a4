// SPDX-License-Identifier: GPL-2.0-or-later
/* Control messages of UDP: packet information, TTL and TOS both ways, time stamps, the error queue, buffers that are too small, sendmmsg and recvmmsg. */
#include <time.h>

#include <linux/errqueue.h>

#include "inet_helpers.h"

static char control[512];

static struct msghdr message(struct iovec *v, struct sockaddr_in *to, size_t room)
{
	return (struct msghdr){ .msg_name = to,
				.msg_namelen = to ? sizeof(*to) : 0,
				.msg_iov = v,
				.msg_iovlen = 1,
				.msg_control = control,
				.msg_controllen = room };
}

static void show(struct msghdr *m)
{
	printf("flags %x\n", m->msg_flags);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct in_pktinfo info;
		int v;

		memcpy(&v, CMSG_DATA(c), sizeof(v));
		if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&info, CMSG_DATA(c), sizeof(info));
			printf("pktinfo: to %s, interface %d\n", inet_ntoa(info.ipi_addr),
			       info.ipi_ifindex);
		} else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TTL) {
			printf("ttl %d\n", v);
		} else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_TOS) {
			printf("tos %d\n", *CMSG_DATA(c));
		} else if (c->cmsg_level == SOL_IP && c->cmsg_type == IP_RECVERR) {
			struct sock_extended_err e;

			memcpy(&e, CMSG_DATA(c), sizeof(e));
			printf("error %s origin %d\n", strerrorname_np((int)e.ee_errno),
			       e.ee_origin);
		} else {
			printf("level %d type %d length %zu\n", c->cmsg_level, c->cmsg_type,
			       (size_t)c->cmsg_len);
		}
	}
}

int main(void)
{
	struct sockaddr_in a, b;
	int x = udp_socket(&a), y = udp_socket(&b), on = 1, ttl = 77;
	char buf[16];
	struct iovec v = { buf, sizeof(buf) }, w = { "data", 4 };
	struct msghdr m;
	struct cmsghdr *c;
	struct mmsghdr many[3] = { 0 };

	CHECK_EQ(setsockopt(y, SOL_IP, IP_PKTINFO, &on, sizeof(on)), 0);
	CHECK_EQ(setsockopt(y, SOL_IP, IP_RECVTTL, &on, sizeof(on)), 0);
	CHECK_EQ(setsockopt(y, SOL_IP, IP_RECVTOS, &on, sizeof(on)), 0);
	m = message(&w, &b, CMSG_SPACE(sizeof(int)));
	c = CMSG_FIRSTHDR(&m);
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_IP, IP_TTL };
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	report("sendmsg", sendmsg(x, &m, 0));
	m = message(&v, NULL, sizeof(control));
	report("recvmsg", recvmsg(y, &m, 0));
	show(&m);
	report("sendto", sendto(x, "again", 5, 0, (void *)&b, sizeof(b)));
	m = message(&v, NULL, CMSG_SPACE(sizeof(struct in_pktinfo)));
	report("recvmsg, little room", recvmsg(y, &m, 0));
	printf("cut %d\n", (m.msg_flags & MSG_CTRUNC) != 0);
	CHECK_EQ(setsockopt(y, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)), 0);
	report("sendto", sendto(x, "stamp", 5, 0, (void *)&b, sizeof(b)));
	m = message(&v, NULL, sizeof(control));
	report("recvmsg", recvmsg(y, &m, 0));
	show(&m);
	m = message(&w, &b, CMSG_SPACE(sizeof(int)));
	c = CMSG_FIRSTHDR(&m);
	*c = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_IP, IP_TTL };
	ttl = 300;
	memcpy(CMSG_DATA(c), &ttl, sizeof(ttl));
	result("ttl out of range", sendmsg(x, &m, 0));
	*c = (struct cmsghdr){ 3, SOL_IP, IP_TTL };
	result("length too small", sendmsg(x, &m, 0));
	*c = (struct cmsghdr){ 1000, SOL_IP, IP_TTL };
	result("length too large", sendmsg(x, &m, 0));
	for (int i = 0; i < 3; i++) {
		many[i].msg_hdr.msg_iov = &w;
		many[i].msg_hdr.msg_iovlen = 1;
		many[i].msg_hdr.msg_name = &b;
		many[i].msg_hdr.msg_namelen = sizeof(b);
	}
	report("sendmmsg", sendmmsg(x, many, 3, 0));
	for (int i = 0; i < 3; i++)
		many[i].msg_hdr.msg_iov = &v;
	report("recvmmsg", recvmmsg(y, many, 3, MSG_WAITFORONE, NULL));
	/* Errors of a datagram that nobody took. */
	CHECK_EQ(setsockopt(x, SOL_IP, IP_RECVERR, &on, sizeof(on)), 0);
	close(y);
	report("to nobody", sendto(x, "lost", 4, 0, (void *)&b, sizeof(b)));
	show_poll("error", x, 20000);
	m = message(&v, &a, sizeof(control));
	report("errqueue", recvmsg(x, &m, MSG_ERRQUEUE));
	show(&m);
	result("empty", recvmsg(x, &m, MSG_ERRQUEUE));
	return 0;
}

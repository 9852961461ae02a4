// SPDX-License-Identifier: GPL-2.0-or-later
/* Route netlink: dumps of links and addresses (lo is the same everywhere), acknowledgements, errors, what a user without rights is told, truncated reads. */
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "inet_helpers.h"

static struct {
	struct nlmsghdr h;
	union {
		struct ifinfomsg link;
		struct ifaddrmsg addr;
		char room[64];
	};
} request;

static char answer[65536];

static void ask(int fd, int type, int flags, size_t len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	request.h = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(len),
				       .nlmsg_type = (unsigned short)type,
				       .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags),
				       .nlmsg_seq = 7 };
	CHECK_EQ(sendto(fd, &request, request.h.nlmsg_len, 0, (void *)&kernel, sizeof(kernel)),
		 request.h.nlmsg_len);
}

static void show_lo(const struct nlmsghdr *h)
{
	const struct ifinfomsg *link = NLMSG_DATA(h);
	const struct ifaddrmsg *addr = NLMSG_DATA(h);
	char text[64];
	size_t left;

	if (h->nlmsg_type == RTM_NEWLINK && link->ifi_index == 1) {
		left = IFLA_PAYLOAD(h);
		printf("link 1, loopback %d\n", (link->ifi_flags & IFF_LOOPBACK) != 0);
		for (struct rtattr *a = IFLA_RTA(link); RTA_OK(a, left); a = RTA_NEXT(a, left))
			if (a->rta_type == IFLA_IFNAME)
				printf("name %s\n", (char *)RTA_DATA(a));
	}
	if (h->nlmsg_type == RTM_NEWADDR && addr->ifa_index == 1) {
		left = IFA_PAYLOAD(h);
		for (struct rtattr *a = IFA_RTA(addr); RTA_OK(a, left); a = RTA_NEXT(a, left))
			if (a->rta_type == IFA_ADDRESS &&
			    inet_ntop(addr->ifa_family, RTA_DATA(a), text, sizeof(text)))
				printf("address %s/%d\n", text, addr->ifa_prefixlen);
	}
}

/* Until the dump or the acknowledgement ends. */
static void listen_to(int fd)
{
	for (;;) {
		ssize_t n = recv(fd, answer, sizeof(answer), 0);
		struct nlmsghdr *h = (void *)answer;

		CHECK(n > 0);
		for (size_t left = (size_t)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			CHECK_EQ(h->nlmsg_seq, 7);
			if (h->nlmsg_type == NLMSG_DONE) {
				printf("done\n");
				return;
			}
			if (h->nlmsg_type == NLMSG_ERROR) {
				int e = -((struct nlmsgerr *)NLMSG_DATA(h))->error;

				printf("answer: %s\n", e ? strerrorname_np(e) : "ok");
				return;
			}
			show_lo(h);
		}
	}
}

static void change(int fd)
{
	memset(request.room, 0, sizeof(request.room));
	request.link.ifi_family = AF_UNSPEC;
	request.link.ifi_index = 1;
	request.link.ifi_flags = IFF_UP;
	request.link.ifi_change = IFF_UP;
	ask(fd, RTM_NEWLINK, NLM_F_ACK, sizeof(request.link));
	listen_to(fd);
}

int main(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), on = 1;
	struct sockaddr_nl name;
	socklen_t len = sizeof(name);

	CHECK(fd >= 0);
	name = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
	result("bind", bind(fd, (void *)&name, sizeof(name)));
	CHECK_EQ(getsockname(fd, (void *)&name, &len), 0);
	printf("length %u, port is the process: %d\n", len, name.nl_pid == (unsigned int)getpid());
	request.link = (struct ifinfomsg){ .ifi_family = AF_UNSPEC };
	ask(fd, RTM_GETLINK, NLM_F_DUMP, sizeof(request.link));
	listen_to(fd);
	request.addr = (struct ifaddrmsg){ .ifa_family = AF_INET };
	ask(fd, RTM_GETADDR, NLM_F_DUMP, sizeof(request.addr));
	listen_to(fd);
	memset(request.room, 0, sizeof(request.room));
	request.link.ifi_index = 9999;
	ask(fd, RTM_GETLINK, 0, sizeof(request.link));
	listen_to(fd);
	request.link.ifi_index = 1;
	ask(fd, RTM_GETLINK, 0, sizeof(request.link));
	printf("length by peek is more than 32: %d\n",
	       recv(fd, answer, 32, MSG_PEEK | MSG_TRUNC) > 32);
	show_lo((recv(fd, answer, sizeof(answer), 0), (void *)answer));
	result("nothing left", recv(fd, answer, sizeof(answer), MSG_DONTWAIT));
	show_poll("idle", fd, 0);
	change(fd);
	/* More bytes than the message has, and something that is none. */
	request.link.ifi_index = 1;
	request.h = (struct nlmsghdr){ .nlmsg_len = NLMSG_LENGTH(sizeof(request.link)),
				       .nlmsg_type = RTM_GETLINK,
				       .nlmsg_flags = NLM_F_REQUEST,
				       .nlmsg_seq = 7 };
	memset(&request.link + 1, 0, sizeof(request.room) - sizeof(request.link));
	report("with a tail", send(fd, &request, sizeof(request), 0));
	show_lo((recv(fd, answer, sizeof(answer), 0), (void *)answer));
	report("no message", send(fd, answer + 1000, 3, 0));
	result("extended answers", setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)));
	result("other protocol", socket(AF_NETLINK, SOCK_STREAM, NETLINK_ROUTE));
	printf("lo is number %u\n", if_nametoindex("lo"));
	CHECK_EQ(setresuid(1000, 1000, 1000), 0);
	change(fd);
	fd = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE);
	change(fd);
	return 0;
}

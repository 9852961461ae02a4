// SPDX-License-Identifier: GPL-2.0-or-later
/* A socket's line in /proc/net: owner and inode are those of the file, for root and for somebody else; SOCK_DIAG says the same. */
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "inet_helpers.h"

static void find(const char *file, int fd, unsigned short port)
{
	char line[512], wanted[16];
	FILE *f = fopen(file, "r");
	struct stat st;

	CHECK(f);
	CHECK_EQ(fstat(fd, &st), 0);
	snprintf(wanted, sizeof(wanted), ":%04X", port);
	while (fgets(line, sizeof(line), f)) {
		char local[128];
		unsigned int state, uid;
		unsigned long inode;

		if (sscanf(line, "%*s %127s %*s %x %*s %*s %*s %u %*s %lu", local, &state, &uid,
			   &inode) == 4 &&
		    strstr(local, wanted))
			printf("%s: state %x, uid %u, inode is the file's: %d\n", file, state, uid,
			       inode == st.st_ino);
	}
	fclose(f);
}

static void diag(int fd, unsigned short port)
{
	struct {
		struct nlmsghdr h;
		struct inet_diag_req_v2 r;
	} q = { { sizeof(q), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 1, 0 },
		{ .sdiag_family = AF_INET,
		  .sdiag_protocol = IPPROTO_TCP,
		  .idiag_states = 1 << 10 /* listening */ } };
	int nl = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_SOCK_DIAG);
	static char buf[65536];
	struct stat st;

	CHECK_EQ(fstat(fd, &st), 0);
	CHECK_EQ(send(nl, &q, sizeof(q), 0), sizeof(q));
	for (;;) {
		ssize_t n = recv(nl, buf, sizeof(buf), 0);
		struct nlmsghdr *h = (void *)buf;

		CHECK(n > 0);
		for (size_t left = (size_t)n; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
			struct inet_diag_msg *m = NLMSG_DATA(h);

			if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
				close(nl);
				return;
			}
			if (m->id.idiag_sport == htons(port))
				printf("diag: uid %u, inode is the file's: %d\n", m->idiag_uid,
				       m->idiag_inode == st.st_ino);
		}
	}
}

static void look(void)
{
	struct sockaddr_in a, b;
	int l = listener(1, &a), u = udp_socket(&b);

	find("/proc/net/tcp", l, ntohs(a.sin_port));
	find("/proc/net/udp", u, ntohs(b.sin_port));
	find("/proc/self/net/tcp", l, ntohs(a.sin_port));
	diag(l, ntohs(a.sin_port));
	close(l);
	close(u);
}

int main(void)
{
	look();
	CHECK_EQ(setresuid(1234, 1234, 1234), 0);
	look();
	return 0;
}

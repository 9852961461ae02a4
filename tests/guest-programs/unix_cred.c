// SPDX-License-Identifier: GPL-2.0-or-later
/* SO_PEERCRED and SCM_CREDENTIALS: who is on the other side, what may be claimed. */
#include <sys/socket.h>

#include "guest_helpers.h"

static int v[2];

static void send_as(const char *label, pid_t pid, uid_t uid)
{
	struct ucred u = { pid, uid, getgid() };
	char space[CMSG_SPACE(sizeof(u))] = { 0 };
	struct iovec io = { "x", 1 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_CREDENTIALS;
	c->cmsg_len = CMSG_LEN(sizeof(u));
	memcpy(CMSG_DATA(c), &u, sizeof(u));
	report(label, sendmsg(v[0], &m, 0));
}

static void receive(const char *label)
{
	char space[256], b[8];
	struct iovec io = { b, 8 };
	struct msghdr m = { .msg_iov = &io,
			    .msg_iovlen = 1,
			    .msg_control = space,
			    .msg_controllen = sizeof(space) };
	ssize_t n = recvmsg(v[1], &m, MSG_DONTWAIT);
	struct cmsghdr *c = n >= 0 ? CMSG_FIRSTHDR(&m) : NULL;

	printf("%s: %zd", label, n);
	if (c && c->cmsg_type == SCM_CREDENTIALS) {
		struct ucred *u = (void *)CMSG_DATA(c);

		printf(" pid %s uid %u gid %u",
		       u->pid == getpid() ? "own"
		       : u->pid == 1	  ? "1"
					  : "other",
		       u->uid, u->gid);
	}
	printf("\n");
}

static void user(void)
{
	become(1000, 1000);
	send_as("own", getpid(), 1000);
	send_as("claim root", getpid(), 0);
	send_as("claim another pid", getppid(), 1000);
	report("plain", send(v[0], "y", 1, 0));
}

int main(void)
{
	struct ucred u;
	socklen_t len = sizeof(u);
	int one = 1;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, v), 0);
	CHECK_EQ(getsockopt(v[0], SOL_SOCKET, SO_PEERCRED, &u, &len), 0);
	printf("peer own %d uid %u gid %u\n", u.pid == getpid(), u.uid, u.gid);
	report("set it", setsockopt(v[0], SOL_SOCKET, SO_PEERCRED, &u, len));
	CHECK_EQ(setsockopt(v[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)), 0);
	send_as("root claims", 1, 77);
	receive("claimed");
	send_as("nobody", 1 << 29, 0);
	run_child("user", user);
	receive("own");
	receive("plain");
	receive("no more");
	CHECK_EQ(send(v[0], "a", 1, 0), 1);
	receive("implicit");
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Bad pointers to the socket calls. */
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "efault_table.h"

static char buf[65536];

int main(void)
{
	struct sockaddr_un a = { AF_UNIX, "name" };
	struct iovec io = { buf, 4 };
	struct msghdr m = { .msg_iov = &io, .msg_iovlen = 1 };
	struct mmsghdr mm = { .msg_hdr = m };
	socklen_t len = sizeof(a);
	int s[2], l = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;

	CHECK_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s), 0);
	for (int i = 0; i < 8; i++)
		CHECK_EQ(send(s[0], buf, 8, 0), 8);
	const struct efault_call calls[] = {
		{ "socketpair", SYS_socketpair, "IIIW", { AF_UNIX, SOCK_STREAM, 0, (long)buf } },
		{ "connect", SYS_connect, "IP", { l, (long)&a, sizeof(a) } },
		{ "bind", SYS_bind, "IP", { l, (long)&a, sizeof(a) } },
		{ "getsockname", SYS_getsockname, "IWW", { s[0], (long)buf, (long)&len } },
		{ "getpeername", SYS_getpeername, "IWW", { s[0], (long)buf, (long)&len } },
		{ "sendto", SYS_sendto, "IP", { s[0], (long)buf, 4, 0, 0, 0 } },
		{ "sendmsg", SYS_sendmsg, "IP", { s[0], (long)&m, 0 } },
		{ "recvfrom", SYS_recvfrom, "IW", { s[1], (long)buf, 4, MSG_PEEK, 0, 0 } },
		{ "recvmsg", SYS_recvmsg, "IP", { s[1], (long)&m, MSG_PEEK } },
		{ "sendmmsg", SYS_sendmmsg, "IP", { s[0], (long)&mm, 1, 0 } },
		{ "recvmmsg", SYS_recvmmsg, "IP", { s[1], (long)&mm, 1, MSG_PEEK, 0 } },
		{ "getsockopt",
		  SYS_getsockopt,
		  "IIIWW",
		  { s[0], SOL_SOCKET, SO_TYPE, (long)buf, (long)&len } },
		{ "setsockopt",
		  SYS_setsockopt,
		  "IIIP",
		  { s[0], SOL_SOCKET, SO_PASSCRED, (long)&one, 4 } },
	};
	efault_run(calls, sizeof(calls) / sizeof(calls[0]));
	return 0;
}

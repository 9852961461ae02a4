// SPDX-License-Identifier: GPL-2.0-or-later
/* Flags of receives on TCP: PEEK, TRUNC, WAITALL, DONTWAIT, OOB; readv and writev; a receive with a low-water mark; bad pointers. */
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "inet_helpers.h"

static int s[2];

static void two_parts(void)
{
	CHECK_EQ(send(s[0], "1234", 4, 0), 4);
	usleep(50000);
	CHECK_EQ(send(s[0], "5678", 4, 0), 4);
	_exit(0);
}

int main(void)
{
	char a[4] = "", b[8] = "", buf[16] = "";
	struct iovec in[2] = { { a, 3 }, { b, 7 } };
	struct iovec out[3] = { { "ab", 2 }, { "", 0 }, { "cdefgh", 6 } };
	struct msghdr m = { .msg_iov = in, .msg_iovlen = 2 };
	int n = 4, on = 1;
	char *page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	tcp_pair(s);
	CHECK_EQ(setsockopt(s[0], SOL_TCP, TCP_NODELAY, &on, sizeof(on)), 0);
	report("writev", writev(s[0], out, 3));
	wait_for(s[1], POLLIN);
	result("FIONREAD", ioctl(s[1], FIONREAD, &n));
	printf("%d\n", n);
	report("peek", recv(s[1], buf, 3, MSG_PEEK));
	report("peek", recv(s[1], buf, 16, MSG_PEEK));
	report("readv", readv(s[1], in, 2));
	printf("%s %s\n", a, b);
	result("nothing", recv(s[1], buf, 1, MSG_DONTWAIT));
	report("send", send(s[0], "discard me", 10, 0));
	wait_for(s[1], POLLIN);
	report("discard", recv(s[1], NULL, 8, MSG_TRUNC));
	report("rest", recv(s[1], buf, 16, 0));
	pid = spawn(two_parts);
	report("all", recv(s[1], buf, 8, MSG_WAITALL));
	printf("%.8s\n", buf);
	reap("sender", pid);
	pid = spawn(two_parts);
	n = 8;
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_RCVLOWAT, &n, sizeof(n)), 0);
	report("low water", recv(s[1], buf, 16, 0));
	n = 1;
	CHECK_EQ(setsockopt(s[1], SOL_SOCKET, SO_RCVLOWAT, &n, sizeof(n)), 0);
	reap("sender", pid);
	report("urgent", send(s[0], "x!", 2, MSG_OOB));
	wait_for(s[1], POLLPRI);
	show_poll("urgent", s[1], 0);
	report("oob", recv(s[1], buf, 1, MSG_OOB));
	printf("%c\n", buf[0]);
	result("atmark", ioctl(s[1], SIOCATMARK, &n));
	printf("%d\n", n);
	report("plain", recv(s[1], buf, 16, 0));
	result("no oob", recv(s[1], buf, 1, MSG_OOB));
	CHECK_EQ(munmap(page + 4096, 4096), 0);
	memset(page, 'p', 4096);
	result("send from nowhere", send(s[0], (void *)8, 4, 0));
	report("send half a page", send(s[0], page + 4092, 4, 0));
	result("recv to nowhere", recv(s[1], (void *)8, 4, 0));
	report("recvmsg", recvmsg(s[1], &m, 0) > 0);
	printf("flags %d\n", m.msg_flags);
	return 0;
}

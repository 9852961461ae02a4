// SPDX-License-Identifier: GPL-2.0-or-later
/* A pidfd: poll, waitid(P_PIDFD), signals through it, what happens to it when the process is gone. */
#include <poll.h>

#include "guest_helpers.h"

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

static int go[2];

static void waits(void)
{
	char b;

	(void)!read(go[0], &b, 1);
	_exit(5);
}

static int pidfd_open_(pid_t pid, unsigned int flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

int main(void)
{
	struct pollfd p = { .events = POLLIN };
	siginfo_t si = { 0 };
	pid_t pid;
	int fd, nb;

	CHECK_EQ(pipe(go), 0);
	pid = spawn(waits);
	fd = p.fd = pidfd_open_(pid, 0);
	CHECK(fd >= 0);
	printf("close on exec %d\n", fcntl(fd, F_GETFD));
	printf("poll %d\n", poll(&p, 1, 0));
	nb = pidfd_open_(pid, O_NONBLOCK);
	printf("nonblocking %d\n", !!(fcntl(nb, F_GETFL) & O_NONBLOCK));
	result("waitid on it", waitid(P_PIDFD, nb, &si, WEXITED));
	result("WNOHANG", waitid(P_PIDFD, fd, &si, WEXITED | WNOHANG));
	result("signal 0", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	result("signal with flags", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0x1000));
	result("signal 99", syscall(SYS_pidfd_send_signal, fd, 99, NULL, 0));
	result("read", read(fd, &si, 1));
	result("write", write(fd, &si, 1));
	(void)!write(go[1], "x", 1);
	printf("poll %d", poll(&p, 1, -1));
	printf(" events %x\n", p.revents);
	result("signal to a zombie", syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0));
	result("waitid", waitid(P_PIDFD, fd, &si, WEXITED));
	printf("code %d status %d\n", si.si_code, si.si_status);
	result("again", waitid(P_PIDFD, fd, &si, WEXITED));
	result("signal afterwards", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
	result("waitid on another file", waitid(P_PIDFD, go[0], &si, WEXITED));
	result("signal through another file", syscall(SYS_pidfd_send_signal, go[0], 0, NULL, 0));
	result("bad descriptor", waitid(P_PIDFD, 999, &si, WEXITED));
	result("negative", waitid(P_PIDFD, -1, &si, WEXITED));
	result("of nobody", pidfd_open_(1 << 29, 0));
	result("of 0", pidfd_open_(0, 0));
	result("of -1", pidfd_open_(-1, 0));
	result("unknown flags", pidfd_open_(getpid(), 0x10000));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* pidfd_getfd takes a descriptor out of another process: shared position, close on exec, rights and refusals. */
#include <sys/socket.h>

#include "guest_helpers.h"

static int p[2];

static void holds(void)
{
	int fd = open("f", O_RDONLY);
	char b;

	CHECK_EQ(dup2(fd, 77), 77);
	CHECK_EQ(lseek(77, 2, SEEK_SET), 2);
	CHECK_EQ(write(p[1], "r", 1), 1);
	(void)!read(p[0], &b, 0);
	for (;;)
		pause();
}

static void user(void)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getppid(), 0);

	become(1000, 1000);
	result("another user's", syscall(SYS_pidfd_getfd, pidfd, 0, 0));
}

int main(void)
{
	char b[4] = "";
	int pidfd, fd;
	pid_t pid;

	CHECK_EQ(pipe(p), 0);
	make_file("f", "0123456789");
	pid = spawn(holds);
	CHECK_EQ(read(p[0], b, 1), 1);
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	fd = (int)syscall(SYS_pidfd_getfd, pidfd, 77, 0);
	CHECK(fd >= 0);
	printf("close on exec %d position %ld\n", fcntl(fd, F_GETFD), (long)lseek(fd, 0, SEEK_CUR));
	result("not open there", syscall(SYS_pidfd_getfd, pidfd, 78, 0));
	result("flags", syscall(SYS_pidfd_getfd, pidfd, 77, 1));
	result("not a pidfd", syscall(SYS_pidfd_getfd, p[0], 77, 0));
	result("negative", syscall(SYS_pidfd_getfd, pidfd, -1, 0));
	run_child("user", user);
	kill(pid, SIGKILL);
	reap("holder", pid);
	result("gone", syscall(SYS_pidfd_getfd, pidfd, 77, 0));
	return 0;
}

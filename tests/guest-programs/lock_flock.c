// SPDX-License-Identifier: GPL-2.0-or-later
/* flock belongs to the open file: shared by dup and fork, dropped by the last close, converted, LOCK_NB; OFD locks as well. */
#include <sys/file.h>

#include "guest_helpers.h"

static int fd;

static void inherited(void)
{
	result("child converts", flock(fd, LOCK_SH | LOCK_NB));
	result("child back", flock(fd, LOCK_EX | LOCK_NB));
}

static void waiter(void)
{
	result("waiter", flock(open("f", O_RDONLY), LOCK_EX));
}

int main(void)
{
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int other, copy;
	pid_t pid;

	make_file("f", "x");
	fd = open("f", O_RDWR);
	other = open("f", O_RDONLY);
	result("exclusive", flock(fd, LOCK_EX));
	result("other", flock(other, LOCK_SH | LOCK_NB));
	copy = dup(fd);
	run_child("inherited", inherited);
	close(fd);
	result("dup keeps it", flock(other, LOCK_EX | LOCK_NB));
	result("to shared", flock(copy, LOCK_SH));
	result("both shared", flock(other, LOCK_SH | LOCK_NB));
	result("to exclusive", flock(other, LOCK_EX | LOCK_NB));
	/* A failed conversion has given up the shared lock. */
	result("the first now", flock(copy, LOCK_EX | LOCK_NB));
	pid = spawn(waiter);
	wait_asleep(pid, pid);
	flock(copy, LOCK_UN);
	reap("waiter", pid);
	result("nothing", flock(copy, 0));
	result("bad", flock(77, LOCK_SH));
	fd = open("f", O_RDWR);
	other = open("f", O_RDWR);
	result("OFD", fcntl(fd, F_OFD_SETLK, &l));
	result("OFD, other file", fcntl(other, F_OFD_SETLK, &l));
	result("OFD and POSIX conflict", fcntl(other, F_SETLK, &l));
	CHECK_EQ(fcntl(other, F_OFD_GETLK, &l), 0);
	printf("type %d pid %d\n", l.l_type, l.l_pid);
	close(fd);
	l = (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
	result("after the close", fcntl(other, F_OFD_SETLK, &l));
	l.l_pid = 5;
	result("OFD with a pid", fcntl(other, F_OFD_SETLK, &l));
	return 0;
}

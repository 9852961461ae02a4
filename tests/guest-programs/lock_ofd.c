// SPDX-License-Identifier: GPL-2.0-or-later
/* Open file description locks against each other and against POSIX locks; inheritance by fork; what close does to which. */
#include "guest_helpers.h"

static struct flock region(short type, long start, long len)
{
	return (struct flock){
		.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len
	};
}

static void set(const char *label, int fd, int cmd, short type, long start, long len)
{
	struct flock l = region(type, start, len);

	result(label, fcntl(fd, cmd, &l));
}

static void ask(const char *label, int fd, int cmd)
{
	struct flock l = region(F_WRLCK, 0, 0);

	CHECK_EQ(fcntl(fd, cmd, &l), 0);
	printf("%s: %s", label,
	       l.l_type == F_UNLCK   ? "free"
	       : l.l_type == F_RDLCK ? "read"
				     : "write");
	if (l.l_type != F_UNLCK)
		printf(" %ld+%ld pid %s", (long)l.l_start, (long)l.l_len,
		       l.l_pid == -1	     ? "-1"
		       : l.l_pid == getpid() ? "own"
					     : "other");
	printf("\n");
}

static int a, b;

static void child(void)
{
	int c = open("f", O_RDWR);

	ask("posix in the child", c, F_GETLK);
	set("inherited description", a, F_OFD_SETLK, F_WRLCK, 0, 10);
	set("posix over it", c, F_SETLK, F_WRLCK, 5, 1);
}

int main(void)
{
	make_file("f", "0123456789");
	a = open("f", O_RDWR);
	b = open("f", O_RDWR);
	set("a writes", a, F_OFD_SETLK, F_WRLCK, 0, 10);
	set("b reads", b, F_OFD_SETLK, F_RDLCK, 5, 1);
	ask("seen by b", b, F_OFD_GETLK);
	ask("seen by a", a, F_OFD_GETLK);
	ask("seen by posix", a, F_GETLK);
	set("posix of the same process", a, F_SETLK, F_WRLCK, 0, 5);
	run_child("child", child);
	set("a downgrades", a, F_OFD_SETLK, F_RDLCK, 0, 10);
	set("b reads", b, F_OFD_SETLK, F_RDLCK, 0, 20);
	set("a upgrades", a, F_OFD_SETLK, F_WRLCK, 0, 5);
	close(open("f", O_RDONLY));
	ask("after a close elsewhere", b, F_OFD_GETLK);
	close(dup(a));
	ask("after closing a duplicate", b, F_OFD_GETLK);
	close(a);
	ask("after the last close", b, F_OFD_GETLK);
	set("posix", b, F_SETLK, F_RDLCK, 0, 0);
	a = open("f", O_RDWR);
	ask("ofd sees posix", a, F_OFD_GETLK);
	close(open("f", O_RDONLY));
	ask("posix lost at any close", a, F_OFD_GETLK);
	{
		struct flock l = region(F_WRLCK, 0, 1);

		l.l_pid = 1;
		result("pid not zero", fcntl(a, F_OFD_SETLK, &l));
	}
	set("read-only file", open("f", O_RDONLY), F_OFD_SETLK, F_WRLCK, 0, 1);
	return 0;
}

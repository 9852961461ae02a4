// SPDX-License-Identifier: GPL-2.0-or-later
/* A cycle of POSIX lock waits is EDEADLK for the one that closes it; the others get their locks. */
#include "guest_helpers.h"

static int fd;

static long lock(int cmd, short type, long start)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = 1 };

	return fcntl(fd, cmd, &l);
}

static int ready[2], go[2];

static void member(int i)
{
	char c;

	CHECK_EQ(lock(F_SETLK, F_WRLCK, i), 0);
	(void)!write(ready[1], "x", 1);
	(void)!read(go[0], &c, 1);
	_exit(lock(F_SETLKW, F_WRLCK, i + 1) == 0 ? 0 : errno);
}

int main(void)
{
	pid_t a, b;
	char c;

	make_file("f", "0123456789");
	fd = open("f", O_RDWR);
	CHECK_EQ(pipe(ready), 0);
	CHECK_EQ(pipe(go), 0);
	a = fork();
	if (a == 0)
		member(0);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	b = fork();
	if (b == 0)
		member(1);
	CHECK_EQ(read(ready[0], &c, 1), 1);
	CHECK_EQ(lock(F_SETLK, F_WRLCK, 2), 0);
	CHECK_EQ(write(go[1], "xx", 2), 2);
	wait_asleep(a, a);
	wait_asleep(b, b);
	result("closing the circle", lock(F_SETLKW, F_WRLCK, 0));
	result("trying", lock(F_SETLK, F_WRLCK, 0));
	CHECK_EQ(lock(F_SETLK, F_UNLCK, 2), 0);
	reap("b", b);
	reap("a", a);
	result("free now", lock(F_SETLKW, F_WRLCK, 0));
	return 0;
}

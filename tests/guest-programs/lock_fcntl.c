// SPDX-License-Identifier: GPL-2.0-or-later
/* Record locks: conflicts, ranges that split and merge, F_GETLK, deadlock, close drops all, fork does not inherit. */
#include "guest_helpers.h"

static int fd;

static int lock(int cmd, int type, long start, long len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	return fcntl(fd, cmd, &l);
}

static void get(const char *label, int type, long start, long len)
{
	struct flock l = { .l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = len };

	CHECK_EQ(fcntl(fd, F_GETLK, &l), 0);
	if (l.l_type == F_UNLCK)
		printf("%s: free\n", label);
	else
		printf("%s: %s from %ld length %ld by the parent %d\n", label,
		       l.l_type == F_RDLCK ? "read" : "write", (long)l.l_start, (long)l.l_len,
		       l.l_pid == getppid());
}

static void child(void)
{
	get("all", F_WRLCK, 0, 0);
	get("from 15", F_WRLCK, 15, 5);
	get("from 25", F_RDLCK, 25, 5);
	get("behind", F_WRLCK, 1000, 1);
	result("read over a write lock", lock(F_SETLK, F_RDLCK, 0, 10));
	result("free part", lock(F_SETLK, F_WRLCK, 12, 3));
	result("shared", lock(F_SETLK, F_RDLCK, 25, 2));
	result("upgrade of a shared one", lock(F_SETLK, F_WRLCK, 25, 2));
}

static void after_close(void)
{
	get("after a close", F_WRLCK, 0, 0);
}

int main(void)
{
	int p[2], q[2];
	char c;
	pid_t pid;

	make_file("f", "x");
	fd = open("f", O_RDWR);
	result("write lock", lock(F_SETLK, F_WRLCK, 0, 30));
	result("hole", lock(F_SETLK, F_UNLCK, 10, 10));
	result("downgrade", lock(F_SETLK, F_RDLCK, 20, 10));
	run_child("child", child);
	close(open("f", O_RDONLY));
	run_child("after a close of another descriptor", after_close);
	result("read-only for writing", (fd = open("f", O_RDONLY), lock(F_SETLK, F_WRLCK, 0, 1)));
	fd = open("f", O_RDWR);
	result("bad type", lock(F_SETLK, 9, 0, 1));
	result("before the start", lock(F_SETLK, F_WRLCK, -5, 1));
	result("negative length", lock(F_SETLK, F_WRLCK, 10, -5));
	result("of a pipe", (pipe(p), 0));
	CHECK_EQ(pipe(q), 0);
	lock(F_SETLK, F_UNLCK, 0, 0);
	CHECK_EQ(lock(F_SETLK, F_WRLCK, 0, 1), 0);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(lock(F_SETLK, F_WRLCK, 1, 1), 0);
		CHECK_EQ(write(q[1], "x", 1), 1);
		_exit(lock(F_SETLKW, F_WRLCK, 0, 1) == 0 ? 7 : 8);
	}
	CHECK_EQ(read(q[0], &c, 1), 1);
	wait_asleep(pid, pid);
	result("deadlock", lock(F_SETLKW, F_WRLCK, 1, 1));
	lock(F_SETLK, F_UNLCK, 0, 1);
	reap("then the child", pid);
	return 0;
}

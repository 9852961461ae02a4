// SPDX-License-Identifier: GPL-2.0-or-later
/* Every refusal of setpgid, setsid, getpgid and getsid. */
#include "guest_helpers.h"

static int ready[2], go[2];

static void wait_for(int fd)
{
	char b;

	(void)!read(fd, &b, 1);
}

static void execs(void)
{
	execl("/proc/self/exe", "child", (char *)NULL);
}

static void session_of_its_own(void)
{
	setsid();
	(void)!write(ready[1], "x", 1);
	wait_for(go[0]);
}

int main(int argc, char **argv)
{
	pid_t a, b, c;

	if (argc && strcmp(argv[0], "child") == 0) {
		(void)!write(10, "x", 1);
		wait_for(11);
		return 0;
	}
	CHECK_EQ(pipe(ready), 0);
	CHECK_EQ(pipe(go), 0);
	dup2(ready[1], 10);
	dup2(go[0], 11);
	a = spawn(execs);
	wait_for(ready[0]);
	result("setpgid of a child after exec", setpgid(a, a));
	b = spawn(session_of_its_own);
	wait_for(ready[0]);
	result("setpgid of a child in another session", setpgid(b, 0));
	result("setpgid into a group of another session", setpgid(0, b));
	c = fork();
	if (c == 0) {
		wait_for(go[0]);
		_exit(0);
	}
	result("setpgid of a child", setpgid(c, c));
	result("setpgid into its group", setpgid(0, c));
	result("back", setpgid(0, 0));
	result("setsid of a group leader", setsid());
	result("negative pid", setpgid(-1, 0));
	result("negative group", setpgid(0, -1));
	result("nobody", setpgid(1 << 29, 0));
	result("no such group", setpgid(0, 1 << 29));
	result("not a child", setpgid(getppid(), 0));
	result("getpgid of nobody", getpgid(1 << 29));
	result("getsid of nobody", getsid(1 << 29));
	result("getsid of a foreign session", getsid(b));
	printf("session differs: %d\n", getsid(b) != getsid(0));
	(void)!write(go[1], "xxx", 3);
	reap("a", a);
	reap("b", b);
	reap("c", c);
	return 0;
}

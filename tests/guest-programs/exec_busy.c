// SPDX-License-Identifier: GPL-2.0-or-later
/* ETXTBSY: a running program cannot be opened for writing or truncated, but renamed and removed. */
#include "guest_helpers.h"

int main(int argc, char **argv)
{
	char b[65536];
	int in, out, p[2];
	ssize_t n;
	pid_t pid;

	if (argc && strcmp(argv[0], "wait") == 0) {
		(void)!write(1, "r", 1);
		(void)!read(0, b, 1);
		return 0;
	}
	in = open("/proc/self/exe", O_RDONLY);
	out = open("prog", O_WRONLY | O_CREAT, 0755);
	CHECK(in >= 0 && out >= 0);
	while ((n = read(in, b, sizeof(b))) > 0)
		CHECK_EQ(write(out, b, (size_t)n), n);
	CHECK_EQ(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		execl("./prog", "wait", (char *)NULL);
		_exit(errno == ETXTBSY ? 9 : 1);
	}
	reap("exec while open for writing", pid);
	close(out);
	int r[2];

	CHECK_EQ(pipe(r), 0);
	pid = fork();
	if (pid == 0) {
		dup2(p[0], 0);
		dup2(r[1], 1);
		execl("./prog", "wait", (char *)NULL);
		_exit(1);
	}
	CHECK_EQ(read(r[0], b, 1), 1);
	result("open for writing", open("prog", O_WRONLY));
	result("open for reading and writing", open("prog", O_RDWR));
	result("open with O_TRUNC", open("prog", O_RDONLY | O_TRUNC));
	result("truncate", truncate("prog", 0));
	result("open for reading", open("prog", O_RDONLY));
	result("chmod", chmod("prog", 0700));
	result("rename", rename("prog", "other"));
	result("unlink", unlink("other"));
	(void)!write(p[1], "x", 1);
	reap("program", pid);
	return 0;
}

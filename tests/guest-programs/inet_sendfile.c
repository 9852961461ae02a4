// SPDX-License-Identifier: GPL-2.0-or-later
/* Files onto and off TCP sockets without user memory: sendfile, splice both ways, and dup'ed and inherited descriptors. */
#include <sys/sendfile.h>

#include "inet_helpers.h"

#define SIZE 300000

int main(void)
{
	int file = open("f", O_RDWR | O_CREAT | O_TRUNC, 0600), s[2], p[2];
	static char buf[SIZE], back[SIZE];
	size_t got = 0;
	off_t offset = 1000;
	pid_t pid;

	for (int i = 0; i < SIZE; i++)
		buf[i] = (char)(i / 3);
	CHECK_EQ(write(file, buf, SIZE), SIZE);
	tcp_pair(s);
	pid = fork();
	if (pid == 0) {
		close(s[1]);
		while (offset < SIZE)
			CHECK(sendfile(s[0], file, &offset, SIZE) > 0);
		_exit(0);
	}
	close(s[0]);
	for (ssize_t n; (n = read(s[1], back + got, SIZE - got)) > 0;)
		got += (size_t)n;
	printf("%zu bytes, equal %d\n", got, memcmp(buf + 1000, back, got) == 0);
	reap("sender", pid);
	tcp_pair(s);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(write(p[1], "through a pipe", 14), 14);
	report("splice out", splice(p[0], NULL, s[0], NULL, 100, 0));
	wait_for(s[1], POLLIN);
	report("splice in", splice(s[1], NULL, p[1], NULL, 100, 0));
	report("read", read(p[0], back, 100));
	printf("%.14s\n", back);
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(write(dup(s[0]), "child", 5), 5);
		_exit(0);
	}
	reap("child", pid);
	report("read", recv(s[1], back, 5, MSG_WAITALL));
	result("lseek", lseek(s[0], 0, SEEK_SET));
	result("pread", pread(s[0], back, 1, 0));
	result("mmap", ftruncate(s[0], 0));
	return 0;
}

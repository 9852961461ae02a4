// SPDX-License-Identifier: GPL-2.0-or-later
/* A reader sleeps until bytes come, a writer until there is room; closing the other end wakes both. */
#include "guest_helpers.h"

static int p[2];

static void reader(void)
{
	char b[8];

	close(p[1]);
	report("reader got", read(p[0], b, 8));
	report("reader at the end", read(p[0], b, 8));
}

static void writer(void)
{
	static char b[100000];

	close(p[0]);
	signal(SIGPIPE, SIG_IGN);
	report("writer wrote", write(p[1], b, sizeof(b)));
	printf("writer then wrote a part %d\n", write(p[1], b, sizeof(b)) > 0);
}

int main(void)
{
	static char b[65536];
	pid_t pid;
	ssize_t n, total = 0;

	CHECK_EQ(pipe(p), 0);
	pid = spawn(reader);
	wait_asleep(pid, pid);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	usleep(10000);
	wait_asleep(pid, pid);
	close(p[1]);
	reap("reader", pid);
	close(p[0]);
	CHECK_EQ(pipe(p), 0);
	pid = spawn(writer);
	close(p[1]);
	wait_asleep(pid, pid);
	while (total < 100000 &&
	       (n = read(p[0], b, 100000 - total < 65536 ? 100000 - total : 65536)) > 0)
		total += n;
	wait_asleep(pid, pid);
	close(p[0]);
	reap("writer", pid);
	printf("read %zd\n", total);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* vfork: the child borrows the memory, and the parent waits until it execs or exits. */
#include <sys/wait.h>

#include "guest_test.h"

int main(int argc, char **argv)
{
	volatile int shared = 1;
	int status;
	pid_t pid;

	if (argc == 2)
		return 9;
	pid = vfork();
	if (pid == 0) {
		shared = 2;
		_exit(4);
	}
	printf("child wrote %d\n", shared);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("status %d\n", WEXITSTATUS(status));
	pid = vfork();
	if (pid == 0) {
		execl("/proc/self/exe", "x", "y", NULL);
		_exit(99);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("after exec %d\n", WEXITSTATUS(status));
	return 0;
}

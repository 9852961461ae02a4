// SPDX-License-Identifier: GPL-2.0-or-later
/* Orphans go to the subreaper, or init; the parent's number changes. */
#include <sys/prctl.h>
#include <sys/wait.h>

#include "guest_test.h"

int main(void)
{
	int status, pipefd[2];
	char c;

	CHECK_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	CHECK_EQ(pipe(pipefd), 0);
	if (fork() == 0) {
		pid_t middle = getpid();

		if (fork() == 0) {
			while (getppid() == middle)
				usleep(1000);
			c = (char)(getppid() == 1 ? 'i' : 's');
			CHECK_EQ(write(pipefd[1], &c, 1), 1);
			_exit(6);
		}
		_exit(5);
	}
	CHECK(wait(&status) > 0);
	printf("middle %d\n", WEXITSTATUS(status));
	CHECK_EQ(read(pipefd[0], &c, 1), 1);
	printf("new parent %c\n", c);
	CHECK(wait(&status) > 0);
	printf("orphan %d\n", WEXITSTATUS(status));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Does an orphan end with SIGCHLD for its new parent, whatever signal its old parent had asked for? */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest_test.h"

int main(void)
{
	int status, p[2];
	char byte;
	pid_t pid;

	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1) == 0);
	CHECK(pipe(p) == 0);
	pid = fork();
	if (pid == 0) {
		/* The grandchild ends after its parent; its exit signal is one that kills. */
		if (syscall(SYS_clone, SIGTERM, 0, 0, 0, 0) == 0) {
			close(p[1]);
			(void)!read(p[0], &byte, 1);
			_exit(3);
		}
		_exit(4);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	printf("child: %d\n", WEXITSTATUS(status));
	close(p[1]);
	CHECK(wait(&status) > 0);
	printf("orphan: %d\n", WEXITSTATUS(status));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a parent see how its children ended: exit status, signal, order of reaping by pid? */
#include <signal.h>
#include <sys/wait.h>

#include "guest_test.h"

int main(void)
{
	int status;
	pid_t a = fork();

	if (a == 0)
		_exit(42);
	CHECK_EQ(waitpid(a, &status, 0), a);
	printf("exited %d status %d\n", WIFEXITED(status), WEXITSTATUS(status));
	a = fork();
	if (a == 0) {
		pause();
		_exit(0);
	}
	kill(a, SIGKILL);
	CHECK_EQ(waitpid(a, &status, 0), a);
	printf("signaled %d by %d\n", WIFSIGNALED(status), WTERMSIG(status));
	report("no child left", wait(&status));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* fork_exec N: N times fork, exec of itself, exit. Each child's status is checked; the last line counts. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t start(char *const *argv, int by_vfork)
{
	pid_t pid = by_vfork ? vfork() : fork();

	if (pid == 0) {
		execv("/proc/self/exe", argv);
		_exit(1);
	}
	return pid;
}

int main(int argc, char **argv)
{
	char *const child[] = { argv[0], NULL };
	long n = argc > 1 ? atol(argv[1]) : 0;
	int status = -1;

	if (argc == 1)
		return 7; /* the child */
	for (long i = 0; i < n; i++) {
		pid_t pid = start(child, i % 4 == 3);

		if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != 7) {
			printf("round %ld: pid %d status %#x\n", i, pid, status);
			return 1;
		}
	}
	printf("%ld rounds\n", n);
	return 0;
}

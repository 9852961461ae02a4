// SPDX-License-Identifier: GPL-2.0-or-later
/* Process groups and sessions: who may move where, and what setsid and getsid say. */
#include <sys/wait.h>

#include "guest_test.h"

int main(void)
{
	int status, go[2];
	char c;
	pid_t pid;

	CHECK_EQ(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		printf("child joins its own group %d\n", setpgid(0, 0));
		printf("leader of it %d\n", getpgrp() == getpid());
		report("leader may not setsid", setsid());
		fflush(stdout);
		if (fork() == 0) {
			pid_t s = setsid();

			printf("setsid gives own pid %d, group %d\n", s == getpid(),
			       getpgrp() == s);
			printf("sid %d\n", getsid(0) == s);
			report("again", setsid());
			report("leader may not move", setpgid(0, getppid()));
			fflush(stdout);
			_exit(0);
		}
		wait(&status);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	report("no such process", setpgid(999999, 0));
	report("negative group", setpgid(0, -1));
	report("getpgid of nobody", getpgid(999999));
	pid = fork();
	if (pid == 0) {
		CHECK_EQ(read(go[0], &c, 1), 1);
		execl("/proc/self/exe", "x", NULL);
		_exit(1);
	}
	CHECK_EQ(setpgid(pid, pid), 0);
	printf("parent moved child %d\n", getpgid(pid) == pid);
	CHECK_EQ(kill(-pid, 9), 0);
	CHECK_EQ(waitpid(-pid, &status, 0), pid);
	printf("killed by group %d\n", WTERMSIG(status));
	return 0;
}

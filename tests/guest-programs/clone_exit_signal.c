// SPDX-License-Identifier: GPL-2.0-or-later
/* A child with another exit signal: the parent gets that one; __WCLONE and __WALL find it. */
#include "guest_helpers.h"

static volatile int got;

static void on_signal(int s)
{
	got = s;
}

int main(void)
{
	pid_t pid;

	catch_signal(SIGUSR1, on_signal, 0);
	catch_signal(SIGCHLD, on_signal, 0);
	pid = (pid_t)syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0);
	if (pid == 0)
		_exit(3);
	while (!got)
		usleep(1000);
	printf("signal %s\n", sigabbrev_np(got));
	report("plain wait", waitpid(pid, NULL, 0));
	printf("__WCLONE %d\n", waitpid(pid, NULL, __WCLONE) == pid);
	got = 0;
	pid = (pid_t)syscall(SYS_clone, 0, 0, 0, 0, 0);
	if (pid == 0)
		_exit(3);
	printf("__WALL %d\n", waitpid(pid, NULL, __WALL) == pid);
	printf("no signal: %d\n", got);
	return 0;
}

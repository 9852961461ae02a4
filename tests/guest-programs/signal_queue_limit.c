// SPDX-License-Identifier: GPL-2.0-or-later
/* RLIMIT_SIGPENDING: sigqueue gives EAGAIN, kill still works. */
#include <sys/resource.h>

#include "guest_helpers.h"

static void child(void)
{
	struct rlimit l = { 3, 3 };
	int n = 0;

	become(4321, 4321);
	block_signal(SIG_BLOCK, SIGRTMIN);
	block_signal(SIG_BLOCK, SIGUSR1);
	CHECK_EQ(setrlimit(RLIMIT_SIGPENDING, &l), 0);
	while (sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 0 }) == 0 && n < 100)
		n++;
	printf("queued %d, then %s\n", n, strerrorname_np(errno));
	report("kill", kill(getpid(), SIGUSR1));
	report("kill real-time", kill(getpid(), SIGRTMIN));
}

int main(void)
{
	run_child("child", child);
	return 0;
}

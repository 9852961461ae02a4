// SPDX-License-Identifier: GPL-2.0-or-later
/* Two processes send each other queued signals as fast as they can: is none lost, none doubled, and their order kept? */
#include "guest_helpers.h"

#define ROUNDS 1000

static volatile int next, bad;

static void got(int s, siginfo_t *si, void *u)
{
	if (si->si_value.sival_int != next)
		bad++;
	next++;
}

static void send_all(pid_t to)
{
	for (int i = 0; i < ROUNDS; i++) {
		union sigval v = { .sival_int = i };

		while (sigqueue(to, SIGRTMIN + 2, v) < 0)
			CHECK_EQ(errno, EAGAIN);
	}
	while (next < ROUNDS)
		usleep(500);
}

int main(void)
{
	pid_t parent = getpid(), pid;

	catch_info(SIGRTMIN + 2, got, SA_RESTART);
	pid = fork();
	if (pid == 0) {
		send_all(parent);
		printf("child: %d received, %d out of order\n", next, bad);
		_exit(0);
	}
	send_all(pid);
	reap("child", pid);
	printf("parent: %d received, %d out of order\n", next, bad);
	return 0;
}

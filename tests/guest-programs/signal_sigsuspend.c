// SPDX-License-Identifier: GPL-2.0-or-later
/* sigsuspend swaps the mask for one wait, runs the handler, and puts the mask back. */
#include "guest_helpers.h"

static volatile int seen;

static void on_signal(int s)
{
	sigset_t m;

	sigprocmask(SIG_BLOCK, NULL, &m);
	seen = s;
	printf("handler of %s: HUP blocked %d\n", sigabbrev_np(s), sigismember(&m, SIGHUP));
}

int main(void)
{
	sigset_t block, wait_mask, m;

	catch_signal(SIGUSR1, on_signal, 0);
	catch_signal(SIGUSR2, on_signal, 0);
	sigemptyset(&block);
	sigaddset(&block, SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, NULL);
	raise(SIGUSR1);
	sigemptyset(&wait_mask);
	sigaddset(&wait_mask, SIGHUP);
	report("sigsuspend with one pending", sigsuspend(&wait_mask));
	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("mask after: USR1 %d HUP %d\n", sigismember(&m, SIGUSR1), sigismember(&m, SIGHUP));
	if (fork() == 0) {
		wait_asleep(getppid(), getppid());
		kill(getppid(), SIGUSR2);
		_exit(0);
	}
	report("sigsuspend", sigsuspend(&wait_mask));
	printf("seen %s\n", sigabbrev_np(seen));
	wait(NULL);
	report("bad size", syscall(SYS_rt_sigsuspend, &wait_mask, 4));
	return 0;
}

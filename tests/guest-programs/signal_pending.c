// SPDX-License-Identifier: GPL-2.0-or-later
/* A blocked signal stays pending once, however often it is sent; unblocking delivers it. */
#include "guest_helpers.h"

static volatile int count;

static void on_signal(int s)
{
	count++;
}

int main(void)
{
	sigset_t set;

	catch_signal(SIGUSR1, on_signal, 0);
	block_signal(SIG_BLOCK, SIGUSR1);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	raise(SIGUSR1);
	printf("handled %d\n", count);
	sigpending(&set);
	printf("pending %d, other %d\n", sigismember(&set, SIGUSR1), sigismember(&set, SIGUSR2));
	block_signal(SIG_UNBLOCK, SIGUSR1);
	/* One for the process, one for the thread. */
	printf("handled %d\n", count);
	sigpending(&set);
	printf("pending %d\n", sigismember(&set, SIGUSR1));
	block_signal(SIG_BLOCK, SIGUSR1);
	kill(getpid(), SIGUSR1);
	signal(SIGUSR1, SIG_IGN);
	sigpending(&set);
	printf("ignored takes it away: %d\n", sigismember(&set, SIGUSR1));
	kill(getpid(), SIGUSR1);
	sigpending(&set);
	/* A blocked signal is kept even if it is ignored now: the action may change. */
	printf("ignored and blocked: %d\n", sigismember(&set, SIGUSR1));
	block_signal(SIG_BLOCK, SIGKILL);
	sigprocmask(SIG_BLOCK, NULL, &set);
	printf("SIGKILL in the mask: %d\n", sigismember(&set, SIGKILL));
	report("sigaction KILL",
	       sigaction(SIGKILL, &(struct sigaction){ .sa_handler = SIG_IGN }, NULL));
	report("sigaction 65", syscall(SYS_rt_sigaction, 65, NULL, NULL, 8));
	report("size 4", syscall(SYS_rt_sigaction, SIGUSR1, NULL, NULL, 4));
	report("how 7", syscall(SYS_rt_sigprocmask, 7, &set, NULL, 8));
	return 0;
}

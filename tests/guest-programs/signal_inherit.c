// SPDX-License-Identifier: GPL-2.0-or-later
/* Handlers, ignored signals, mask and pending ones over fork and exec. */
#include "guest_helpers.h"

static void on_signal(int s)
{
}

static void child(void)
{
	struct sigaction sa;
	sigset_t pending, mask;

	sigaction(SIGUSR1, NULL, &sa);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	printf("fork: handler kept %d, HUP pending %d blocked %d\n", sa.sa_handler == on_signal,
	       sigismember(&pending, SIGHUP), sigismember(&mask, SIGHUP));
}

int main(int argc, char **argv)
{
	struct sigaction sa;
	sigset_t pending, mask;

	if (argc > 1) {
		sigaction(SIGUSR1, NULL, &sa);
		printf("exec: handler default %d flags %x\n", sa.sa_handler == SIG_DFL,
		       sa.sa_flags & ~0x04000000);
		sigaction(SIGUSR2, NULL, &sa);
		printf("exec: ignored %d\n", sa.sa_handler == SIG_IGN);
		sigpending(&pending);
		sigprocmask(SIG_BLOCK, NULL, &mask);
		printf("exec: HUP pending %d blocked %d\n", sigismember(&pending, SIGHUP),
		       sigismember(&mask, SIGHUP));
		return 0;
	}
	catch_signal(SIGUSR1, on_signal, SA_RESTART);
	signal(SIGUSR2, SIG_IGN);
	block_signal(SIG_BLOCK, SIGHUP);
	raise(SIGHUP);
	run_child("child", child);
	execl("/proc/self/exe", argv[0], "x", NULL);
	return 1;
}

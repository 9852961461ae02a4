// SPDX-License-Identifier: GPL-2.0-or-later
/* SA_RESETHAND, SA_NODEFER and sa_mask: what is blocked in a handler, and what is left after it. */
#include "guest_helpers.h"

static volatile int depth, most, calls;

static void nested(int s)
{
	depth++;
	if (depth > most)
		most = depth;
	if (depth < 3 && ++calls < 5)
		raise(s);
	depth--;
}

static void masked(int s)
{
	sigset_t m;

	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("in the handler: USR1 %d USR2 %d HUP %d\n", sigismember(&m, SIGUSR1),
	       sigismember(&m, SIGUSR2), sigismember(&m, SIGHUP));
}

int main(void)
{
	struct sigaction sa = { .sa_handler = masked }, old;
	sigset_t m;

	sigaddset(&sa.sa_mask, SIGUSR2);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("after: USR1 %d USR2 %d\n", sigismember(&m, SIGUSR1), sigismember(&m, SIGUSR2));
	catch_signal(SIGUSR1, nested, SA_NODEFER);
	raise(SIGUSR1);
	printf("nodefer depth %d\n", most);
	most = calls = 0;
	catch_signal(SIGUSR1, nested, 0);
	raise(SIGUSR1);
	printf("plain depth %d\n", most);
	catch_signal(SIGUSR1, nested, SA_RESETHAND);
	depth = 5;
	raise(SIGUSR1);
	sigaction(SIGUSR1, NULL, &old);
	printf("reset: default %d flags %x\n", old.sa_handler == SIG_DFL,
	       old.sa_flags & ~0x04000000);
	catch_signal(SIGUSR1, masked, SA_RESTART | SA_ONSTACK | SA_NOCLDSTOP);
	sigaction(SIGUSR1, NULL, &old);
	printf("kept flags %x\n", old.sa_flags & ~0x04000000);
	return 0;
}

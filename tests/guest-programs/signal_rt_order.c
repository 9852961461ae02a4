// SPDX-License-Identifier: GPL-2.0-or-later
/* Real-time signals queue, lowest number first, in order of sending; standard ones before them. */
#include "guest_helpers.h"

static int order[32], value[32], n;

static void on_signal(int s, siginfo_t *i, void *u)
{
	order[n] = s >= SIGRTMIN ? 100 + s - SIGRTMIN : s;
	value[n++] = i->si_value.sival_int;
}

static void round_(const char *label, int full)
{
	struct sigaction sa = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
	sigset_t all, old;

	if (full)
		sigfillset(&sa.sa_mask);
	sigaction(SIGRTMIN, &sa, NULL);
	sigaction(SIGRTMIN + 1, &sa, NULL);
	sigaction(SIGRTMIN + 2, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &old);
	sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = 1 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 2 });
	sigqueue(getpid(), SIGRTMIN + 2, (union sigval){ .sival_int = 3 });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 4 });
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 5 });
	sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 6 });
	sigqueue(getpid(), SIGUSR2, (union sigval){ .sival_int = 7 });
	n = 0;
	sigprocmask(SIG_SETMASK, &old, NULL);
	printf("%s:", label);
	for (int i = 0; i < n; i++)
		printf(" %d=%d", order[i], value[i]);
	printf("\n");
}

int main(void)
{
	round_("one after the other", 1);
	/* Without a mask the frames pile up: the last one pushed runs first. */
	round_("nested", 0);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* sigtimedwait takes pending signals lowest first, times out with EAGAIN, and a handler of another signal gives EINTR. */
#include <time.h>

#include "guest_helpers.h"

static void on_signal(int s)
{
	printf("handler\n");
}

int main(void)
{
	struct timespec none = { 0 }, bad = { .tv_nsec = -1 };
	siginfo_t i;
	sigset_t set;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	report("nothing", sigtimedwait(&set, &i, &none));
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){ .sival_int = 9 });
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 8 });
	kill(getpid(), SIGUSR1);
	for (int n = 0; n < 3; n++) {
		int s = sigtimedwait(&set, &i, &none);

		printf("%d code %d value %d\n", s >= SIGRTMIN ? s - SIGRTMIN + 100 : s, i.si_code,
		       s == SIGUSR1 ? 0 : i.si_value.sival_int);
	}
	report("empty again", sigtimedwait(&set, &i, &none));
	report("bad time", sigtimedwait(&set, &i, &bad));
	catch_signal(SIGUSR2, on_signal, SA_RESTART);
	pid = getpid();
	if (fork() == 0) {
		wait_asleep(pid, pid);
		kill(pid, SIGUSR2);
		_exit(0);
	}
	report("interrupted", sigtimedwait(&set, &i, NULL));
	wait(NULL);
	if (fork() == 0) {
		wait_asleep(pid, pid);
		kill(pid, SIGUSR1);
		_exit(0);
	}
	report("woken", sigwaitinfo(&set, &i));
	wait(NULL);
	return 0;
}

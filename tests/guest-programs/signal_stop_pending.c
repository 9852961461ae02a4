// SPDX-License-Identifier: GPL-2.0-or-later
/* Stop signals and SIGCONT remove each other from the queue; SIGCONT continues even if it is blocked or ignored. */
#include "guest_helpers.h"

static void got(int s)
{
	printf("handler %s\n", sigabbrev_np(s));
}

static void pending(const char *label)
{
	sigset_t set;

	sigpending(&set);
	printf("%s: TSTP %d TTIN %d CONT %d\n", label, sigismember(&set, SIGTSTP),
	       sigismember(&set, SIGTTIN), sigismember(&set, SIGCONT));
}

static void blocked(void)
{
	block_signal(SIG_BLOCK, SIGCONT);
	raise(SIGSTOP);
	printf("goes on, blocked\n");
	pending("after");
	signal(SIGCONT, SIG_IGN);
	pending("ignored");
	raise(SIGSTOP);
	printf("goes on, ignored\n");
}

int main(void)
{
	int status;
	pid_t pid;

	catch_signal(SIGTSTP, got, 0);
	catch_signal(SIGTTIN, got, 0);
	catch_signal(SIGCONT, got, 0);
	block_signal(SIG_BLOCK, SIGTSTP);
	block_signal(SIG_BLOCK, SIGTTIN);
	block_signal(SIG_BLOCK, SIGCONT);
	raise(SIGTSTP);
	raise(SIGTTIN);
	pending("two stops");
	raise(SIGCONT);
	pending("then a continue");
	raise(SIGTSTP);
	pending("then a stop");
	block_signal(SIG_UNBLOCK, SIGTSTP);
	pid = spawn(blocked);
	for (int i = 0; i < 2; i++) {
		CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
		show_status("child", status);
		kill(pid, SIGCONT);
	}
	reap("child", pid);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* waitid: WNOWAIT leaves the zombie, WNOHANG does not wait, siginfo says how it ended, WSTOPPED and WCONTINUED report. */
#include <signal.h>
#include <sys/wait.h>

#include "guest_test.h"

static void show(const char *what, int r, const siginfo_t *i)
{
	printf("%s: %d, code %d status %d signo %d\n", what, r, i->si_code, i->si_status,
	       i->si_signo);
}

int main(void)
{
	siginfo_t i = { 0 };
	int go[2];
	pid_t pid;

	CHECK_EQ(pipe(go), 0);
	pid = fork();
	if (pid == 0) {
		char c;

		raise(SIGSTOP);
		/* Not before the parent has seen that it goes on: a process that ended is no longer "continued". */
		CHECK_EQ(read(go[0], &c, 1), 1);
		_exit(33);
	}
	show("stopped", waitid(P_PID, pid, &i, WSTOPPED), &i);
	kill(pid, SIGCONT);
	memset(&i, 0, sizeof(i));
	show("continued", waitid(P_PID, pid, &i, WCONTINUED), &i);
	CHECK_EQ(write(go[1], "", 1), 1);
	memset(&i, 0, sizeof(i));
	show("exited, left", waitid(P_PID, pid, &i, WEXITED | WNOWAIT), &i);
	show("exited, taken", waitid(P_ALL, 0, &i, WEXITED), &i);
	memset(&i, 0, sizeof(i));
	report("nothing left", waitid(P_ALL, 0, &i, WEXITED));
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	memset(&i, 0xff, sizeof(i));
	report("nohang", waitid(P_PID, pid, &i, WEXITED | WNOHANG));
	printf("pid %d\n", i.si_pid);
	kill(pid, SIGTERM);
	show("killed", waitid(P_PID, pid, &i, WEXITED), &i);
	report("no options", waitid(P_ALL, 0, &i, 0));
	return 0;
}

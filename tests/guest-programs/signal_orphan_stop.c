// SPDX-License-Identifier: GPL-2.0-or-later
/* Terminal stop signals do nothing in an orphaned process group, SIGSTOP does; a group that is orphaned while stopped gets HUP and CONT. */
#include "guest_helpers.h"

static void orphaned(void)
{
	setsid();
	raise(SIGTSTP);
	printf("TSTP passed\n");
	raise(SIGTTIN);
	raise(SIGTTOU);
	printf("TTIN and TTOU passed\n");
}

static void on_signal(int s)
{
	char c = s == SIGHUP ? 'H' : 'C';

	(void)!write(9, &c, 1);
}

static void middle(void)
{
	pid_t pid;
	int status;

	setsid();
	pid = fork();
	if (pid == 0) {
		sigset_t none;

		setpgid(0, 0);
		catch_signal(SIGHUP, on_signal, 0);
		catch_signal(SIGCONT, on_signal, 0);
		sigemptyset(&none);
		raise(SIGSTOP);
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	show_status("grandchild", status);
}

int main(void)
{
	char b[3] = "";
	int p[2];
	ssize_t n, got = 0;

	run_child("session of its own", orphaned);
	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(dup2(p[1], 9), 9);
	close(p[1]);
	run_child("middle", middle);
	close(9);
	while (got < 2 && (n = read(p[0], b + got, 2 - got)) > 0)
		got += n;
	printf("both signals: %d\n", (b[0] == 'H' && b[1] == 'C') || (b[0] == 'C' && b[1] == 'H'));
	return 0;
}

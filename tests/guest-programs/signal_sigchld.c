// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGCHLD: its siginfo for exit, kill, stop and continue; SA_NOCLDSTOP; SA_NOCLDWAIT and SIG_IGN leave no zombie. */
#include "guest_helpers.h"

static siginfo_t last;
static volatile int count;

static void on_chld(int s, siginfo_t *i, void *u)
{
	last = *i;
	count++;
}

static void expect(const char *label, pid_t pid)
{
	for (int i = 0; i < 2000 && !count; i++)
		usleep(1000);
	printf("%s: count %d code %d status %d pid %s\n", label, count, last.si_code,
	       last.si_status, last.si_pid == pid ? "right" : "wrong");
	count = 0;
}

static void sleeper(void)
{
	for (;;)
		pause();
}

static void leave(void)
{
	_exit(9);
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_chld, .sa_flags = SA_SIGINFO | SA_NOCLDSTOP };
	pid_t pid;

	catch_info(SIGCHLD, on_chld, SA_RESTART);
	pid = spawn(leave);
	expect("exit", pid);
	reap("exit", pid);
	pid = spawn(sleeper);
	kill(pid, SIGSTOP);
	expect("stop", pid);
	kill(pid, SIGCONT);
	expect("continue", pid);
	sigaction(SIGCHLD, &sa, NULL);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, NULL, WUNTRACED), pid);
	kill(pid, SIGCONT);
	CHECK_EQ(waitpid(pid, NULL, WCONTINUED), pid);
	printf("SA_NOCLDSTOP: count %d\n", count);
	kill(pid, SIGTERM);
	expect("kill", pid);
	reap("kill", pid);
	sa.sa_flags = SA_SIGINFO | SA_NOCLDWAIT;
	sigaction(SIGCHLD, &sa, NULL);
	pid = spawn(leave);
	expect("SA_NOCLDWAIT", pid);
	report("wait", wait(NULL));
	signal(SIGCHLD, SIG_IGN);
	spawn(leave);
	report("wait, ignored", wait(NULL));
	return 0;
}

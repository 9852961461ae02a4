// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGCHLD ignored or SA_NOCLDWAIT: children are not kept, wait returns ECHILD after the last; SA_NOCLDSTOP; codes of the signal. */
#include <sys/prctl.h>

#include "guest_helpers.h"

static volatile sig_atomic_t count;

static void got(int s, siginfo_t *si, void *u)
{
	printf("code %d status %d\n", si->si_code, si->si_status);
	count++;
}

static void exits(void)
{
	_exit(3);
}

static void killed(void)
{
	raise(SIGKILL);
}

static void dumps(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	signal(SIGTERM, SIG_DFL);
	raise(SIGTERM);
}

static int go[2];

/* Ends only when told, so that "continued" and "ended" are two signals. */
static void stops(void)
{
	char b;

	raise(SIGSTOP);
	(void)!read(go[0], &b, 1);
	_exit(0);
}

static void wait_count(int n)
{
	while (count < n)
		usleep(500);
}

int main(void)
{
	struct sigaction sa = { .sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT };
	int status;
	pid_t pid;

	CHECK_EQ(pipe(go), 0);
	signal(SIGCHLD, SIG_IGN);
	spawn(exits);
	spawn(exits);
	report("ignored", wait(NULL));
	CHECK_EQ(sigaction(SIGCHLD, &sa, NULL), 0);
	spawn(exits);
	report("SA_NOCLDWAIT", wait(NULL));
	catch_info(SIGCHLD, got, SA_NOCLDWAIT);
	spawn(exits);
	wait_count(1);
	report("SA_NOCLDWAIT with a handler", waitpid(-1, NULL, 0));
	catch_info(SIGCHLD, got, 0);
	count = 0;
	pid = spawn(killed);
	wait_count(1);
	reap("killed", pid);
	pid = spawn(dumps);
	wait_count(2);
	reap("terminated", pid);
	pid = spawn(stops);
	wait_count(3);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGCONT);
	wait_count(4);
	(void)!write(go[1], "x", 1);
	wait_count(5);
	reap("stopped", pid);
	catch_info(SIGCHLD, got, SA_NOCLDSTOP);
	count = 0;
	pid = spawn(stops);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	printf("stops reported: %d\n", (int)count);
	kill(pid, SIGCONT);
	(void)!write(go[1], "x", 1);
	wait_count(1);
	reap("SA_NOCLDSTOP", pid);
	return 0;
}

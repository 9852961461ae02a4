// SPDX-License-Identifier: GPL-2.0-or-later
/* SEIZE: no stop by itself; INTERRUPT; group stops are events; LISTEN lets SIGCONT be told; CONT runs in the middle of a group stop. */
#include "ptrace_helpers.h"

static void forever(void)
{
	for (;;)
		pause();
}

static void children(void)
{
	for (int i = 0; i < 2; i++) {
		pid_t p = fork();

		if (p == 0)
			_exit(9);
		waitpid(p, NULL, 0);
	}
	forever();
}

static void no_stop(const char *label, pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, WNOHANG | __WALL), 0);
	printf("%s: nothing\n", label);
}

int main(void)
{
	pid_t pid = spawn(forever);
	siginfo_t si;

	wait_asleep(pid, pid);
	result("bad options", ptrace(PTRACE_SEIZE, pid, 0, 1L << 30));
	result("address", ptrace(PTRACE_SEIZE, pid, 8, 0));
	result("seize", ptrace(PTRACE_SEIZE, pid, 0, 0));
	result("again", ptrace(PTRACE_SEIZE, pid, 0, 0));
	no_stop("seized", pid);
	result("cont of a running one", ptrace(PTRACE_CONT, pid, 0, 0));
	result("listen to a running one", ptrace(PTRACE_LISTEN, pid, 0, 0));
	result("interrupt", ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	expect_stop("interrupted", pid);
	CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &si), 0);
	printf("signal %d code %x\n", si.si_signo, (unsigned)si.si_code);
	result("interrupt while stopped", ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	no_stop("stopped", pid);
	go(PTRACE_CONT, pid, 0);
	expect_stop("interrupted later", pid);
	go(PTRACE_CONT, pid, 0);
	kill(pid, SIGSTOP);
	expect_stop("signal", pid);
	go(PTRACE_CONT, pid, SIGSTOP);
	expect_stop("group stop", pid);
	printf("letter %c\n", thread_state(pid, pid));
	go(PTRACE_LISTEN, pid, 0);
	no_stop("listening", pid);
	result("peek while listening", ptrace(PTRACE_GETSIGINFO, pid, 0, &si));
	kill(pid, SIGCONT);
	expect_stop("continued", pid);
	go(PTRACE_CONT, pid, 0);
	expect_stop("the signal itself", pid);
	go(PTRACE_CONT, pid, SIGCONT);
	kill(pid, SIGSTOP);
	expect_stop("signal", pid);
	go(PTRACE_CONT, pid, SIGSTOP);
	expect_stop("group stop", pid);
	go(PTRACE_LISTEN, pid, 0);
	go(PTRACE_INTERRUPT, pid, 0);
	expect_stop("interrupted while listening", pid);
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	result("detach a running one", ptrace(PTRACE_DETACH, pid, 0, 0));
	kill_and_reap(pid);

	pid = spawn_traced(children, 0);
	go(PTRACE_DETACH, pid, 0);
	kill_and_reap(pid);
	pid = spawn(children);
	wait_asleep(pid, pid);
	kill_and_reap(pid);
	return 0;
}

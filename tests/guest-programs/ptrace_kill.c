// SPDX-License-Identifier: GPL-2.0-or-later
/* SIGKILL ends a tracee in any stop but that of its end, whose event comes even then; PTRACE_KILL. */
#include "ptrace_helpers.h"

static void forever(void)
{
	for (;;)
		pause();
}

static void end(void)
{
	_exit(4);
}

static void killed(const char *label, pid_t pid)
{
	kill(pid, SIGKILL);
	expect_stop(label, pid);
}

int main(void)
{
	pid_t pid = spawn_traced(forever, 0);

	killed("signal stop", pid);
	pid = spawn_traced(forever, PTRACE_O_TRACESYSGOOD);
	go(PTRACE_SYSCALL, pid, 0);
	expect_stop("call", pid);
	killed("entry", pid);
	pid = spawn_traced(end, PTRACE_O_TRACEEXIT);
	go(PTRACE_CONT, pid, 0);
	expect_stop("exit", pid);
	printf("message %lx\n", event_message(pid));
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &(int){ 0 }, WNOHANG | __WALL), 0);
	go(PTRACE_CONT, pid, 0);
	expect_stop("too late", pid);
	pid = spawn_traced(forever, PTRACE_O_TRACEEXIT);
	killed("with the exit event", pid);
	printf("message %lx\n", event_message(pid));
	go(PTRACE_CONT, pid, 0);
	expect_stop("end", pid);
	pid = spawn_traced(forever, 0);
	result("request", ptrace(PTRACE_KILL, pid, 0, 0));
	expect_stop("end", pid);
	pid = spawn_traced(forever, 0);
	go(PTRACE_CONT, pid, SIGKILL);
	expect_stop("continued with it", pid);
	return 0;
}

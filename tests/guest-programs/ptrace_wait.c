// SPDX-License-Identifier: GPL-2.0-or-later
/* What wait and waitid tell a tracer and a parent of the same process: codes, WNOWAIT, WNOHANG, who hears of the end first. */
#include "ptrace_helpers.h"

static void forever(void)
{
	for (;;)
		pause();
}

static void info(const char *label, int which, pid_t pid, int options)
{
	siginfo_t si = { 0 };

	if (waitid(which, (id_t)pid, &si, options) < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: code %d status %x signal %d\n", label, si.si_code,
		       (unsigned)si.si_status, si.si_signo);
}

static pid_t victim;
static int pipe_in[2], pipe_out[2];

static void step(void)
{
	char c = 0;

	CHECK_EQ(write(pipe_in[1], &c, 1), 1);
	CHECK_EQ(read(pipe_out[0], &c, 1), 1);
}

static void answer(void)
{
	char c = 0;

	CHECK_EQ(write(pipe_out[1], &c, 1), 1);
	CHECK_EQ(read(pipe_in[0], &c, 1), 1);
}

/* Traces its brother. */
static void stranger(void)
{
	char c;
	int status;

	CHECK_EQ(read(pipe_in[0], &c, 1), 1);
	CHECK_EQ(ptrace(PTRACE_SEIZE, victim, 0, 0), 0);
	answer();
	CHECK_EQ(waitpid(victim, &status, __WALL), victim);
	CHECK_EQ(WTERMSIG(status), SIGKILL);
	answer();
}

int main(void)
{
	pid_t pid = spawn_traced(forever, PTRACE_O_TRACESYSGOOD), tracer;
	int status;

	go(PTRACE_SYSCALL, pid, 0);
	info("not taken", P_PID, pid, WSTOPPED | WNOWAIT);
	info("again", P_PID, pid, WSTOPPED);
	info("taken", P_PID, pid, WSTOPPED | WNOHANG);
	CHECK_EQ(waitpid(pid, &status, WNOHANG), 0);
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	kill(pid, SIGUSR1);
	info("signal", P_ALL, 0, WSTOPPED | __WALL);
	go(PTRACE_CONT, pid, SIGSTOP);
	info("group stop", P_PGID, getpgrp(), WSTOPPED);
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	kill(pid, SIGKILL);
	info("end", P_PID, pid, WEXITED | WSTOPPED);
	info("nobody", P_PID, pid, WEXITED);

	CHECK_EQ(pipe(pipe_in), 0);
	CHECK_EQ(pipe(pipe_out), 0);
	victim = spawn(forever);
	wait_asleep(victim, victim);
	tracer = spawn(stranger);
	step(); /* it traces now */
	CHECK_EQ(waitpid(victim, &status, WNOHANG), 0);
	kill(victim, SIGKILL);
	for (int i = 0; i < 500 && thread_state(victim, victim) != 'Z'; i++)
		usleep(1000);
	CHECK_EQ(waitpid(victim, &status, WNOHANG), 0);
	printf("the tracer comes first\n");
	step(); /* it has waited */
	reap("victim", victim);
	CHECK_EQ(write(pipe_in[1], "", 1), 1);
	reap("tracer", tracer);
	return 0;
}

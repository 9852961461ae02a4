/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ptrace programs share: a tracee that has asked to be traced, waiting for a stop and saying what it is. Only tracers print. */
#ifndef PTRACE_HELPERS_H
#define PTRACE_HELPERS_H

#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#include "guest_helpers.h"

/* Print a status as wait told it: events by number. */
static inline void show_stop(const char *label, int status)
{
	if (!WIFSTOPPED(status))
		show_status(label, status);
	else if (status >> 16)
		printf("%s: event %d with %s\n", label, status >> 16,
		       sigabbrev_np(WSTOPSIG(status)));
	else if (WSTOPSIG(status) == (SIGTRAP | 0x80))
		printf("%s: system call\n", label);
	else
		printf("%s: stopped by %s\n", label, sigabbrev_np(WSTOPSIG(status)));
}

static inline int wait_stop(pid_t pid)
{
	int status = 0;
	pid_t r;

	do
		r = waitpid(pid, &status, __WALL);
	while (r < 0 && errno == EINTR);
	CHECK_EQ(r, pid);
	return status;
}

static inline void expect_stop(const char *label, pid_t pid)
{
	show_stop(label, wait_stop(pid));
}

static inline void go(int request, pid_t pid, int signo)
{
	CHECK_EQ(ptrace(request, pid, 0, signo), 0);
}

static inline long call_number(pid_t pid)
{
	struct user_regs_struct r;

	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	return (long)r.orig_rax;
}

static inline unsigned long event_message(pid_t pid)
{
	unsigned long m = 0;

	CHECK_EQ(ptrace(PTRACE_GETEVENTMSG, pid, 0, &m), 0);
	return m;
}

/* A child that is traced and stopped by its own SIGSTOP; then it runs fn. */
static inline pid_t spawn_traced(void (*fn)(void), long options)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid == 0) {
		CHECK_EQ(ptrace(PTRACE_TRACEME, 0, 0, 0), 0);
		raise(SIGSTOP);
		fn();
		_exit(0);
	}
	CHECK_EQ(wait_stop(pid) >> 8, SIGSTOP);
	CHECK_EQ(ptrace(PTRACE_SETOPTIONS, pid, 0, options), 0);
	return pid;
}

static inline void kill_and_reap(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	do
		CHECK_EQ(waitpid(pid, &status, __WALL), pid);
	while (WIFSTOPPED(status));
}

#endif

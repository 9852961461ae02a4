// SPDX-License-Identifier: GPL-2.0-or-later
/* What each request answers to nonsense: nobody, not traced, running, bad pointers, unknown options. */
#include <stdbool.h>

#include "ptrace_helpers.h"

static void forever(void)
{
	for (;;)
		pause();
}

static const int requests[] = {
	PTRACE_PEEKDATA, PTRACE_POKEDATA,   PTRACE_CONT,       PTRACE_SYSCALL,
	PTRACE_GETREGS,	 PTRACE_SETREGS,    PTRACE_SETOPTIONS, PTRACE_GETEVENTMSG,
	PTRACE_DETACH,	 PTRACE_GETSIGINFO, PTRACE_LISTEN,     PTRACE_GETSIGMASK,
	PTRACE_KILL,	 PTRACE_INTERRUPT,  PTRACE_PEEKUSER,   PTRACE_SINGLESTEP,
};
#define N (sizeof(requests) / sizeof(requests[0]))

static void all(const char *label, pid_t pid, bool kill_too)
{
	printf("%s:", label);
	for (size_t i = 0; i < N; i++) {
		if ((requests[i] == PTRACE_KILL || requests[i] == PTRACE_INTERRUPT) && !kill_too)
			continue;
		errno = 0;
		syscall(SYS_ptrace, (long)requests[i], pid, 0, 8);
		printf(" %s", errno ? strerrorname_np(errno) : "ok");
	}
	printf("\n");
}

int main(void)
{
	pid_t pid = spawn(forever);

	wait_asleep(pid, pid);
	all("nobody", 1 << 29, true);
	all("not traced", pid, true);
	all("init", 1, true);
	CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, 0), 0);
	all("running", pid, false);
	result("interrupt", ptrace(PTRACE_INTERRUPT, pid, 0, 0));
	expect_stop("interrupted", pid);
	result("options", ptrace(PTRACE_SETOPTIONS, pid, 0, 1L << 30));
	result("bad regs", ptrace(PTRACE_GETREGS, pid, 0, 8));
	result("bad regs", ptrace(PTRACE_SETREGS, pid, 0, 8));
	result("bad siginfo", ptrace(PTRACE_GETSIGINFO, pid, 0, 8));
	result("bad message", ptrace(PTRACE_GETEVENTMSG, pid, 0, 8));
	result("bad mask", ptrace(PTRACE_GETSIGMASK, pid, 8, 8));
	result("bad mask size", ptrace(PTRACE_GETSIGMASK, pid, 7, 8));
	result("unknown", ptrace(0x4299, pid, 0, 0));
	kill_and_reap(pid);
	pid = fork();
	if (pid == 0) {
		result("traceme", ptrace(PTRACE_TRACEME, 0, 0, 0));
		result("twice", ptrace(PTRACE_TRACEME, 0, 0, 0));
		fflush(stdout);
		_exit(0);
	}
	reap("child", pid);
	pid = spawn(forever);
	kill(pid, SIGKILL);
	waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	result("a zombie", ptrace(PTRACE_SEIZE, pid, 0, 0));
	reap("zombie", pid);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* PTRACE_TRACEME: exec stop, continue with and without a signal, peek and poke, registers, detach, kill. */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "guest_helpers.h"

static volatile long word = 0x1122334455667788;

static void on_signal(int s)
{
	printf("child's handler of %s\n", sigabbrev_np(s));
}

static void traced(void)
{
	catch_signal(SIGUSR1, on_signal, 0);
	CHECK_EQ(ptrace(PTRACE_TRACEME, 0, 0, 0), 0);
	raise(SIGSTOP);
	printf("child sees %lx\n", word);
	raise(SIGUSR1);
	raise(SIGUSR1);
	printf("child ends\n");
	_exit(5);
}

static void stopped(const char *label, pid_t pid)
{
	int status;

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	show_status(label, status);
}

int main(void)
{
	struct user_regs_struct r;
	siginfo_t si;
	pid_t pid = spawn(traced);

	stopped("first", pid);
	printf("peek %lx\n", ptrace(PTRACE_PEEKDATA, pid, &word, 0));
	result("poke", ptrace(PTRACE_POKEDATA, pid, &word, 0x99));
	errno = 0;
	ptrace(PTRACE_PEEKDATA, pid, 16, 0);
	printf("bad address %s\n", strerrorname_np(errno));
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("user code %d\n", (int)(r.cs & 3));
	CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &si), 0);
	printf("signal %d code %d\n", si.si_signo, si.si_code);
	printf("letter %c\n", thread_state(pid, pid));
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0); /* the child prints now */
	stopped("suppressed", pid);
	result("cont", ptrace(PTRACE_CONT, pid, 0, 0));
	stopped("delivered", pid);
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, SIGUSR1), 0);
	reap("end", pid);
	result("gone", ptrace(PTRACE_CONT, pid, 0, 0));
	pid = spawn(traced);
	stopped("second", pid);
	result("detach with a signal", ptrace(PTRACE_DETACH, pid, 0, SIGTERM));
	reap("end", pid);
	pid = spawn(traced);
	stopped("third", pid);
	kill(pid, SIGKILL);
	reap("killed", pid);
	result("not mine", ptrace(PTRACE_PEEKDATA, getppid(), 0, 0));
	result("bad request", ptrace(9999, pid, 0, 0));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* exec under trace: SIGTRAP without TRACEEXEC, the event with it; the call's number and result at its stops; exec by another thread. */
#include <pthread.h>

#include "ptrace_helpers.h"

static char *argv_new[] = { "true", "child", NULL };

static void do_exec(void)
{
	execv("/proc/self/exe", argv_new);
}

static void *thread_exec(void *arg)
{
	(void)arg;
	do_exec();
	return NULL;
}

static void exec_by_thread(void)
{
	pthread_t t;

	pthread_create(&t, NULL, thread_exec, NULL);
	for (;;)
		pause();
}

static void calls(void)
{
	struct user_regs_struct r;
	pid_t pid = spawn_traced(do_exec, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC);
	int status;

	do {
		go(PTRACE_SYSCALL, pid, 0);
		status = wait_stop(pid);
	} while (call_number(pid) != SYS_execve);
	show_stop("entry", status);
	go(PTRACE_SYSCALL, pid, 0);
	expect_stop("then", pid);
	printf("number %ld\n", call_number(pid));
	go(PTRACE_SYSCALL, pid, 0);
	expect_stop("exit", pid);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("number %ld result %ld\n", (long)r.orig_rax, (long)r.rax);
	go(PTRACE_CONT, pid, 0);
	expect_stop("end", pid);
}

static void threads(void)
{
	pid_t pid = spawn_traced(exec_by_thread, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC), tid;

	go(PTRACE_CONT, pid, 0);
	expect_stop("clone", pid);
	tid = (pid_t)event_message(pid);
	expect_stop("thread", tid);
	go(PTRACE_CONT, pid, 0);
	go(PTRACE_CONT, tid, 0);
	expect_stop("exec", pid);
	printf("it was the thread: %d\n", (pid_t)event_message(pid) == tid);
	result("the old number", ptrace(PTRACE_CONT, tid, 0, 0));
	go(PTRACE_CONT, pid, 0);
	expect_stop("end", pid);
	CHECK_EQ(waitpid(-1, NULL, __WALL), -1);
	printf("nothing left: %s\n", strerrorname_np(errno));
}

int main(int argc, char **argv)
{
	siginfo_t si;
	pid_t pid;

	(void)argv;
	if (argc > 1)
		return 7;
	pid = spawn_traced(do_exec, 0);
	go(PTRACE_CONT, pid, 0);
	expect_stop("without the option", pid);
	CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &si), 0);
	printf("code %d from itself %d\n", si.si_code, si.si_pid == pid);
	go(PTRACE_CONT, pid, 0);
	expect_stop("end", pid);
	calls();
	threads();
	return 0;
}

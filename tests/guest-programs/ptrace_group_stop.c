// SPDX-License-Identifier: GPL-2.0-or-later
/* Attached the old way: a stop signal stops twice, GETSIGINFO tells the two apart; attach to a stopped process; detach leaves it stopped. */
#include "ptrace_helpers.h"

static void forever(void)
{
	for (;;)
		pause();
}

int main(void)
{
	pid_t pid = spawn_traced(forever, 0);
	siginfo_t si;
	int status;

	go(PTRACE_CONT, pid, 0);
	kill(pid, SIGTSTP);
	expect_stop("signal", pid);
	result("siginfo", ptrace(PTRACE_GETSIGINFO, pid, 0, &si));
	printf("from kill %d\n", si.si_code == SI_USER && si.si_pid == getpid());
	/* A session's leader has no group that could continue it: TSTP would be dropped. */
	go(PTRACE_CONT, pid, SIGSTOP);
	expect_stop("group stop", pid);
	result("siginfo", ptrace(PTRACE_GETSIGINFO, pid, 0, &si));
	printf("letter %c\n", thread_state(pid, pid));
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	printf("runs on: %c\n", thread_state(pid, pid));
	kill(pid, SIGCONT);
	expect_stop("continue", pid);
	go(PTRACE_CONT, pid, SIGCONT);
	wait_asleep(pid, pid);
	kill_and_reap(pid);

	pid = spawn(forever);
	wait_asleep(pid, pid);
	kill(pid, SIGSTOP);
	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	show_status("stopped", status);
	result("attach", ptrace(PTRACE_ATTACH, pid, 0, 0));
	CHECK_EQ(waitpid(pid, &status, WNOHANG), pid);
	show_stop("attached at once", status);
	printf("letter %c\n", thread_state(pid, pid));
	result("detach", ptrace(PTRACE_DETACH, pid, 0, 0));
	for (int i = 0; i < 500 && thread_state(pid, pid) != 'T'; i++)
		usleep(10000);
	printf("letter %c\n", thread_state(pid, pid));
	kill(pid, SIGCONT);
	wait_asleep(pid, pid);
	CHECK_EQ(waitpid(pid, &status, WCONTINUED), pid);
	show_status("continued", status);
	result("seize", ptrace(PTRACE_SEIZE, pid, 0, 0));
	kill(pid, SIGTERM);
	expect_stop("signal", pid);
	result("detach with another", ptrace(PTRACE_DETACH, pid, 0, SIGUSR2));
	reap("end", pid);
	return 0;
}

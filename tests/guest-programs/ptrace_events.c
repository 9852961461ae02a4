// SPDX-License-Identifier: GPL-2.0-or-later
/* Which event stops do fork, vfork, clone, exec and exit make, in which order, with which message? */
#include <sched.h>

#include "ptrace_helpers.h"

static char stack[65536];

static int quiet(void *arg)
{
	(void)arg;
	return 3;
}

static void work(void)
{
	char *argv[] = { "true", "child", NULL };
	pid_t p = fork();

	if (p == 0)
		_exit(1);
	waitpid(p, NULL, 0);
	p = vfork();
	if (p == 0)
		_exit(2);
	waitpid(p, NULL, 0);
	p = clone(quiet, stack + sizeof(stack), 0, NULL);
	waitpid(p, NULL, __WCLONE);
	execv("/proc/self/exe", argv);
}

int main(int argc, char **argv)
{
	long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
		       PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_TRACEVFORKDONE;
	pid_t pid, child = 0;

	(void)argv;
	if (argc > 1)
		return 7;
	pid = spawn_traced(work, options);
	for (;;) {
		int status, signo = 0;

		go(PTRACE_CONT, pid, 0);
		status = wait_stop(pid);
		if (!WIFSTOPPED(status)) {
			show_status("end", status);
			break;
		}
		if (status >> 16 == 0) {
			signo = WSTOPSIG(status);
			CHECK_EQ(signo, SIGCHLD); /* the children's ends: when depends on chance */
			continue;
		}
		show_stop("parent", status);
		switch (status >> 16) {
		case PTRACE_EVENT_FORK:
		case PTRACE_EVENT_VFORK:
		case PTRACE_EVENT_CLONE:
			child = (pid_t)event_message(pid);
			expect_stop("child", child);
			go(PTRACE_CONT, child, 0);
			if (status >> 16 == PTRACE_EVENT_VFORK)
				go(PTRACE_CONT, pid, 0);
			expect_stop("child", child);
			printf("child's status %lx\n", event_message(child));
			go(PTRACE_CONT, child, 0);
			expect_stop("child", child);
			if (status >> 16 == PTRACE_EVENT_VFORK) {
				do
					status = wait_stop(pid);
				while (status >> 16 == 0 && (go(PTRACE_CONT, pid, 0), 1));
				show_stop("parent", status);
				printf("same child %d\n", (pid_t)event_message(pid) == child);
			}
			break;
		case PTRACE_EVENT_EXEC:
			printf("same number %d\n", (pid_t)event_message(pid) == pid);
			break;
		case PTRACE_EVENT_EXIT:
			printf("status %lx\n", event_message(pid));
			break;
		default:
			break;
		}
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* PTRACE_SYSCALL stops at entry and exit with TRACESYSGOOD; the call can be changed; PTRACE_SINGLESTEP; SETOPTIONS events. */
#include <sys/ptrace.h>
#include <sys/user.h>

#include "guest_helpers.h"

static void traced(void)
{
	CHECK_EQ(ptrace(PTRACE_TRACEME, 0, 0, 0), 0);
	raise(SIGSTOP);
	syscall(SYS_getppid);
	printf("changed to %ld\n", syscall(SYS_getuid));
	if (fork() == 0)
		_exit(1);
	wait(NULL);
	_exit(5);
}

int main(void)
{
	struct user_regs_struct r;
	unsigned long msg;
	int status, stops = 0;
	pid_t pid = spawn(traced);

	CHECK_EQ(waitpid(pid, &status, 0), pid);
	result("options", ptrace(PTRACE_SETOPTIONS, pid, 0,
				 PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEEXIT |
					 PTRACE_O_EXITKILL));
	for (;;) {
		CHECK_EQ(ptrace(PTRACE_SYSCALL, pid, 0, 0), 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
		CHECK(WIFSTOPPED(status));
		CHECK_EQ(WSTOPSIG(status), SIGTRAP | 0x80);
		CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
		if (r.orig_rax == SYS_getppid)
			printf("getppid: %s\n", (long)r.rax == -38	   ? "entry"
						: (pid_t)r.rax == getpid() ? "exit"
									   : "?");
		if (r.orig_rax == SYS_getuid) {
			if (++stops == 2) {
				r.rax = 4242;
				CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
				break;
			}
		}
	}
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("event %d\n", status >> 8 == (SIGTRAP | PTRACE_EVENT_FORK << 8));
	CHECK_EQ(ptrace(PTRACE_GETEVENTMSG, pid, 0, &msg), 0);
	{
		pid_t child = (pid_t)msg;

		CHECK_EQ(waitpid(child, &status, __WALL), child);
		printf("child %s\n", sigabbrev_np(WSTOPSIG(status)));
		for (int i = 0; i < 100; i++) {
			CHECK_EQ(ptrace(PTRACE_SINGLESTEP, child, 0, 0), 0);
			CHECK_EQ(waitpid(child, &status, __WALL), child);
			if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP || status >> 16)
				break;
		}
		printf("single steps: %s\n",
		       WIFSTOPPED(status) ? sigabbrev_np(WSTOPSIG(status)) : "ended");
		ptrace(PTRACE_DETACH, child, 0, 0);
	}
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	if (WIFSTOPPED(status) && WSTOPSIG(status) == SIGCHLD) {
		printf("SIGCHLD\n");
		CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
		CHECK_EQ(waitpid(pid, &status, 0), pid);
	}
	printf("exit event %d\n", status >> 8 == (SIGTRAP | PTRACE_EVENT_EXIT << 8));
	CHECK_EQ(ptrace(PTRACE_GETEVENTMSG, pid, 0, &msg), 0);
	printf("status %lx\n", msg);
	CHECK_EQ(ptrace(PTRACE_CONT, pid, 0, 0), 0);
	reap("end", pid);
	return 0;
}

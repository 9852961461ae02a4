// SPDX-License-Identifier: GPL-2.0-or-later
/* clone3: pidfd, ids written to parent and child, handlers cleared, exit signal, set_tid; and the structures it refuses. */
#include <linux/sched.h>
#include <poll.h>

#include "guest_helpers.h"

static long clone3_(struct clone_args *a, size_t size)
{
	return syscall(SYS_clone3, a, size);
}

static void handler(int s)
{
}

static void refused(const char *label, struct clone_args a)
{
	long pid = clone3_(&a, sizeof(a));

	if (pid == 0)
		_exit(0);
	result(label, pid);
	if (pid > 0)
		waitpid((pid_t)pid, NULL, __WALL);
}

int main(void)
{
	int pidfd = -1, parent_tid = 0, child_tid = 0, status;
	struct clone_args a = { .flags = CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID,
				.pidfd = (unsigned long)&pidfd,
				.parent_tid = (unsigned long)&parent_tid,
				.child_tid = (unsigned long)&child_tid,
				.exit_signal = SIGCHLD };
	struct pollfd p;
	char big[128] = "";
	pid_t pid = (pid_t)clone3_(&a, sizeof(a));

	if (pid == 0)
		_exit(child_tid == getpid() && parent_tid != getpid() ? 11 : 12);
	CHECK(pid > 0);
	printf("parent_tid %d child_tid %d\n", parent_tid == pid, child_tid);
	p = (struct pollfd){ pidfd, POLLIN, 0 };
	printf("poll %d, close on exec %d\n", poll(&p, 1, -1), fcntl(pidfd, F_GETFD));
	reap("child", pid);

	catch_signal(SIGUSR1, handler, 0);
	signal(SIGUSR2, SIG_IGN);
	a = (struct clone_args){ .flags = CLONE_CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	pid = (pid_t)clone3_(&a, sizeof(a));
	if (pid == 0) {
		struct sigaction s1, s2;

		sigaction(SIGUSR1, NULL, &s1);
		sigaction(SIGUSR2, NULL, &s2);
		_exit((s1.sa_handler == SIG_DFL) * 2 + (s2.sa_handler == SIG_IGN));
	}
	reap("cleared and kept", pid);

	a = (struct clone_args){ .exit_signal = 0 };
	pid = (pid_t)clone3_(&a, sizeof(a));
	if (pid == 0)
		_exit(4);
	report("wait without __WCLONE", waitpid(pid, &status, 0));
	CHECK_EQ(waitpid(pid, &status, __WCLONE), pid);
	show_status("with it", status);

	a = (struct clone_args){ .exit_signal = SIGCHLD };
	memcpy(big, &a, sizeof(a));
	pid = (pid_t)clone3_((void *)big, sizeof(big));
	if (pid == 0)
		_exit(5);
	result("longer, zeros", pid);
	waitpid(pid, NULL, 0);
	big[120] = 1;
	result("longer, not zeros", clone3_((void *)big, sizeof(big)));
	result("too short", clone3_(&a, 63));
	result("too long", clone3_(&a, 5000));
	result("bad pointer", clone3_((void *)16, sizeof(a)));
	refused("signal 65", (struct clone_args){ .exit_signal = 65 });
	refused("signal in the flags", (struct clone_args){ .flags = SIGCHLD });
	refused("thread without memory", (struct clone_args){ .flags = CLONE_THREAD });
	refused("handlers without memory", (struct clone_args){ .flags = CLONE_SIGHAND });
	refused("thread with a signal",
		(struct clone_args){ .flags = CLONE_THREAD | CLONE_SIGHAND | CLONE_VM,
				     .exit_signal = SIGCHLD });
	refused("shared and cleared handlers",
		(struct clone_args){ .flags = CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND });
	refused("shared and new mounts", (struct clone_args){ .flags = CLONE_FS | CLONE_NEWNS });
	refused("parent and signal",
		(struct clone_args){ .flags = CLONE_PARENT, .exit_signal = SIGCHLD });
	refused("stack without size",
		(struct clone_args){ .stack = (unsigned long)big, .exit_signal = SIGCHLD });
	refused("size without stack",
		(struct clone_args){ .stack_size = 4096, .exit_signal = SIGCHLD });
	refused("pidfd and parent_tid at one place",
		(struct clone_args){ .flags = CLONE_DETACHED, .exit_signal = SIGCHLD });
	refused("unknown flag", (struct clone_args){ .flags = 1ul << 40, .exit_signal = SIGCHLD });
	refused("set_tid without array",
		(struct clone_args){ .set_tid_size = 1, .exit_signal = SIGCHLD });
	refused("pidfd to a bad pointer",
		(struct clone_args){ .flags = CLONE_PIDFD, .pidfd = 16, .exit_signal = SIGCHLD });
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* clone: what CLONE_VM, FILES, FS, SIGHAND, PARENT, SETTID, CLEARTID share or set; flags that need each other; CLONE_VFORK. */
#include <sched.h>

#include "guest_helpers.h"

static volatile int shared;
static volatile pid_t parent_tid, child_tid;
static char stack[65536] __attribute__((aligned(16)));

static int child(void *arg)
{
	shared = 7;
	chdir("/");
	umask(077);
	close(50);
	return child_tid == (pid_t)syscall(SYS_gettid) ? 0 : 1;
}

static void round_(const char *label, int flags)
{
	char cwd[100];
	int status;
	pid_t pid;

	shared = 0;
	parent_tid = child_tid = -1;
	umask(022);
	chdir("/tmp");
	CHECK_EQ(dup2(1, 50), 50);
	pid = clone(child, stack + sizeof(stack), flags | SIGCHLD, NULL, &parent_tid, NULL,
		    &child_tid);
	CHECK(pid > 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("%s: memory %d cwd %s umask %o fd %s parent_tid %d child_tid %s exit %d\n", label,
	       shared, getcwd(cwd, sizeof(cwd)), umask(022),
	       fcntl(50, F_GETFD) < 0 ? "closed" : "open", parent_tid == pid,
	       child_tid == pid ? "set"
	       : child_tid == 0 ? "cleared"
				: "unset",
	       WEXITSTATUS(status));
}

int main(void)
{
	round_("nothing", CLONE_CHILD_SETTID);
	round_("VM", CLONE_VM | CLONE_CHILD_SETTID);
	round_("VM, cleared",
	       CLONE_VM | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_PARENT_SETTID);
	round_("FS", CLONE_FS | CLONE_CHILD_SETTID);
	round_("FILES", CLONE_FILES | CLONE_CHILD_SETTID);
	round_("VFORK", CLONE_VFORK | CLONE_VM | CLONE_CHILD_SETTID);
	report("SIGHAND without VM", syscall(SYS_clone, CLONE_SIGHAND, 0, 0, 0, 0));
	report("THREAD without SIGHAND", syscall(SYS_clone, CLONE_THREAD | CLONE_VM, 0, 0, 0, 0));
	report("FS and NEWNS", syscall(SYS_clone, CLONE_FS | CLONE_NEWNS, 0, 0, 0, 0));
	report("clone3 small", syscall(SYS_clone3, stack, 8));
	report("clone3 bad pointer", syscall(SYS_clone3, 16, 88));
	return 0;
}

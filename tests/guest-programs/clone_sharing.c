// SPDX-License-Identifier: GPL-2.0-or-later
/* CLONE_FILES, CLONE_FS, CLONE_VM and CLONE_SIGHAND one by one: which change of the child does the parent see? unshare undoes them. */
#include <sched.h>

#include "guest_helpers.h"

static char stack[65536] __attribute__((aligned(16)));
static volatile int memory;

static void handler(int s)
{
}

static int child(void *arg)
{
	int undo = (int)(long)arg;

	if (undo)
		CHECK_EQ(unshare(undo), 0);
	memory = 1;
	dup2(1, 100);
	fcntl(101, F_SETFD, FD_CLOEXEC);
	chdir("/");
	umask(077);
	signal(SIGUSR1, SIG_IGN);
	_exit(0);
}

static void try(const char *label, int flags, int undo)
{
	struct sigaction sa;
	char cwd[256];
	pid_t pid;

	memory = 0;
	close(100);
	dup2(1, 101);
	CHECK_EQ(chdir("/tmp"), 0);
	umask(022);
	catch_signal(SIGUSR1, handler, 0);
	fflush(stdout);
	pid = clone(child, stack + sizeof(stack), flags | SIGCHLD, (void *)(long)undo);
	CHECK(pid > 0);
	CHECK_EQ(waitpid(pid, NULL, 0), pid);
	sigaction(SIGUSR1, NULL, &sa);
	getcwd(cwd, sizeof(cwd));
	printf("%s: memory %d descriptor %d flag %d directory %s umask %03o handler %s\n", label,
	       memory, fcntl(100, F_GETFD) >= 0, fcntl(101, F_GETFD), cwd, umask(022),
	       sa.sa_handler == SIG_IGN ? "changed" : "kept");
}

int main(void)
{
	try("nothing", 0, 0);
	try("files", CLONE_FILES, 0);
	try("fs", CLONE_FS, 0);
	try("memory", CLONE_VM, 0);
	try("memory and handlers", CLONE_VM | CLONE_SIGHAND, 0);
	try("all", CLONE_VM | CLONE_SIGHAND | CLONE_FS | CLONE_FILES, 0);
	try("files, unshared", CLONE_FILES, CLONE_FILES);
	try("fs, unshared", CLONE_FS, CLONE_FS);
	try("vfork", CLONE_VM | CLONE_VFORK, 0);
	result("unshare handlers alone", unshare(CLONE_SIGHAND));
	result("unshare a thread", unshare(CLONE_THREAD));
	result("unshare nothing", unshare(0));
	result("unshare unknown", unshare(0x1));
	return 0;
}

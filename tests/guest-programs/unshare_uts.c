// SPDX-License-Identifier: GPL-2.0-or-later
/* Does a UTS namespace of one's own keep names apart, by unshare and by clone? */
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>

#include "guest_test.h"

static void name_show(const char *who)
{
	struct utsname u;

	CHECK(uname(&u) == 0);
	printf("%s: %s\n", who, u.nodename);
	fflush(stdout);
}

static void in_child(unsigned long flags)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = (pid_t)syscall(SYS_clone, SIGCHLD | flags, 0, 0, 0, 0);
	if (pid == 0) {
		name_show("child before");
		CHECK(sethostname("inner", 5) == 0);
		name_show("child after");
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid);
	CHECK_EQ(status, 0);
}

int main(void)
{
	CHECK(unshare(CLONE_NEWUTS) == 0);
	CHECK(sethostname("outer", 5) == 0);
	in_child(CLONE_NEWUTS);
	name_show("parent");
	in_child(0);
	name_show("parent");
	CHECK(unshare(CLONE_NEWUTS | CLONE_NEWNS | CLONE_FILES | CLONE_FS) == 0);
	name_show("parent");
	return 0;
}

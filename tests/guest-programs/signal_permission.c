// SPDX-License-Identifier: GPL-2.0-or-later
/* Who may signal whom: another user, the same session's SIGCONT, groups, nobody there. */
#include "guest_helpers.h"

static pid_t target;

static void stranger(void)
{
	become(1000, 1000);
	result("TERM to root", kill(target, SIGTERM));
	result("0 to root", kill(target, 0));
	result("CONT in the session", kill(target, SIGCONT));
	result("tgkill", syscall(SYS_tgkill, target, target, SIGTERM));
	result("to init", kill(1, SIGTERM));
	result("to myself", kill(getpid(), 0));
}

static void elsewhere(void)
{
	setsid();
	become(1000, 1000);
	result("CONT from another session", kill(target, SIGCONT));
}

static void by_saved(void)
{
	/* The sender's real or effective uid against the target's real or saved one. */
	CHECK_EQ(setresuid(2000, 1000, 2000), 0);
	result("effective uid", kill(target, SIGTERM));
}

static void sleeper(void)
{
	become(1000, 1000);
	for (;;)
		pause();
}

static void leave(void)
{
}

static void forever(void)
{
	for (;;)
		pause();
}

int main(void)
{
	pid_t pid;

	target = spawn(forever);
	run_child("stranger", stranger);
	run_child("elsewhere", elsewhere);
	kill(target, SIGKILL);
	reap("target", target);
	result("a reaped one", kill(target, 0));
	target = spawn(sleeper);
	wait_asleep(target, target);
	run_child("by the effective uid", by_saved);
	reap("target", target);
	pid = spawn(forever);
	setpgid(pid, pid);
	result("group", kill(-pid, SIGTERM));
	reap("member", pid);
	result("empty group", kill(-pid, SIGTERM));
	pid = spawn(leave);
	CHECK_EQ(waitid(P_PID, (id_t)pid, &(siginfo_t){ 0 }, WEXITED | WNOWAIT), 0);
	result("zombie", kill(pid, SIGTERM));
	reap("zombie", pid);
	return 0;
}

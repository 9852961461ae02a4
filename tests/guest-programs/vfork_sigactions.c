// SPDX-License-Identifier: GPL-2.0-or-later
/* Signal actions that a vfork child looks at and changes: it sees what it has set, signals obey it, its parent's stay, exec keeps what is ignored. */
#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "guest_test.h"

extern char **environ;

struct kernel_action {
	void *handler;
	unsigned long flags;
	void *restorer;
	unsigned long mask;
};

static volatile int caught;

static void handler(int signo)
{
	caught = signo;
}

static long action(int signo, const void *set, void *old)
{
	return syscall(SYS_rt_sigaction, signo, set, old, 8);
}

static void show(const char *what, int signo)
{
	struct sigaction sa;

	CHECK_EQ(sigaction(signo, NULL, &sa), 0);
	printf("%s: %d is %s, flags %x\n", what, signo,
	       sa.sa_handler == SIG_DFL	  ? "default"
	       : sa.sa_handler == SIG_IGN ? "ignored"
	       : sa.sa_handler == handler ? "caught"
					  : "strange",
	       (unsigned int)sa.sa_flags & ~0x04000000u);
}

static void set(int signo, void (*fn)(int), int flags)
{
	struct sigaction sa = { .sa_handler = fn, .sa_flags = flags };

	CHECK_EQ(sigaction(signo, &sa, NULL), 0);
}

static void try_errors(void)
{
	struct kernel_action a = { .handler = SIG_IGN };
	char odd[2 * sizeof(a)] = { 0 };

	printf("numbers %d %d %d\n", action(0, NULL, &a) < 0 ? errno : 0,
	       action(65, NULL, &a) < 0 ? errno : 0, action(SIGKILL, &a, NULL) < 0 ? errno : 0);
	printf("pointers %d %d\n", action(SIGUSR1, (void *)8, NULL) < 0 ? errno : 0,
	       action(SIGUSR1, NULL, (void *)-64L) < 0 ? errno : 0);
	printf("stop %ld, odd %ld\n", action(SIGSTOP, NULL, &a), action(SIGUSR1, NULL, odd + 1));
	printf("size %d\n", syscall(SYS_rt_sigaction, SIGUSR1, NULL, &a, 4) < 0 ? errno : 0);
}

static void in_child(void)
{
	struct kernel_action a = { .handler = handler, .mask = ~0ul }, old;

	show("child", SIGUSR1);
	show("child", SIGUSR2);
	set(SIGUSR1, SIG_IGN, 0);
	show("child set", SIGUSR1);
	CHECK_EQ(kill(getpid(), SIGUSR1),
		 0); /* it would end the child otherwise, or call the parent's handler */
	printf("caught %d\n", caught);
	set(SIGUSR2, SIG_DFL, 0);
	set(SIGUSR2, handler, SA_NODEFER);
	show("child set twice", SIGUSR2);
	CHECK_EQ(raise(SIGUSR2), 0);
	printf("caught %d\n", caught);
	/* Old and new in one place: the new one is read first. */
	CHECK_EQ(action(SIGHUP, NULL, &old), 0);
	CHECK_EQ(syscall(SYS_rt_sigaction, SIGWINCH, &a, &a, 8), 0);
	printf("same place: %s\n", a.handler == SIG_DFL ? "default" : "strange");
	CHECK_EQ(action(SIGWINCH, NULL, &a), 0);
	printf("mask without KILL and STOP: %lx\n", ~a.mask);
	try_errors();
	set(SIGALRM, SIG_IGN, 0);
	set(SIGTERM, handler, 0);
}

int main(int argc, char **argv)
{
	char *args[] = { argv[0], "exec", NULL };
	posix_spawnattr_t attr;
	int status;
	pid_t pid;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (argc == 2) {
		show("exec", SIGUSR1);
		show("exec", SIGALRM);
		show("exec", SIGTERM);
		show("exec", SIGCONT);
		return 0;
	}
	set(SIGUSR1, handler, SA_RESTART);
	set(SIGCONT, SIG_IGN, 0);
	pid = vfork();
	if (pid == 0) {
		in_child();
		execv("/proc/self/exe", args);
		_exit(99);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("status %x\n", status);
	show("parent", SIGUSR1);
	show("parent", SIGUSR2);
	show("parent", SIGALRM);
	/* With attributes posix_spawn asks for all actions and sets those that have handlers. */
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
	sigset_t def;
	sigfillset(&def);
	posix_spawnattr_setsigdefault(&attr, &def);
	CHECK_EQ(posix_spawn(&pid, "/proc/self/exe", NULL, &attr, args, environ), 0);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("status %x\n", status);
	/* A child that dies of a signal whose action it has just set. */
	pid = vfork();
	if (pid == 0) {
		set(SIGUSR1, SIG_DFL, 0);
		(void)raise(SIGUSR1);
		_exit(98);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	printf("status %x\n", status);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* INTERRUPT in the middle of sleeping calls: their stops show ERESTARTSYS and its kin, and they go on afterwards as if nothing had been. */
#include <sys/prctl.h>
#include <time.h>

#include "ptrace_helpers.h"

static int fds[2];
static volatile int done;

static void reader(void)
{
	char c;

	done = (int)read(fds[0], &c, 1);
	_exit(done);
}

static void sleeper(void)
{
	struct timespec t = { 0, 300000000 };

	_exit(nanosleep(&t, NULL) == 0 ? 21 : 22);
}

static void suspended(void)
{
	sigset_t s;

	sigemptyset(&s);
	sigsuspend(&s);
	_exit(23);
}

static void look(const char *label, void (*fn)(void), int end_signal)
{
	struct user_regs_struct r;
	pid_t pid = spawn(fn);

	wait_asleep(pid, pid);
	CHECK_EQ(ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD), 0);
	CHECK_EQ(ptrace(PTRACE_INTERRUPT, pid, 0, 0), 0);
	expect_stop(label, pid);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("  result %ld\n", (long)r.rax);
	go(PTRACE_SYSCALL, pid, 0);
	expect_stop("  again", pid);
	printf("  restart_syscall %d\n", call_number(pid) == SYS_restart_syscall);
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	if (end_signal > 0) {
		kill(pid, end_signal);
		expect_stop("  signal", pid);
		go(PTRACE_CONT, pid, end_signal);
	} else if (end_signal == 0) {
		CHECK_EQ(write(fds[1], "x", 1), 1);
	}
	expect_stop("  end", pid);
}

int main(void)
{
	CHECK_EQ(pipe(fds), 0);
	look("read", reader, 0);
	look("nanosleep", sleeper, -1);
	look("sigsuspend", suspended, SIGUSR1);
	return 0;
}

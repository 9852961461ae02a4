// SPDX-License-Identifier: GPL-2.0-or-later
/* At the stops of a system call its number, arguments and result can be changed, or the call left out; SYSEMU leaves out all. */
#include <stddef.h>

#include "ptrace_helpers.h"

static volatile long results[5];

static void work(void)
{
	results[0] = syscall(SYS_getppid);
	results[1] = syscall(SYS_getppid);
	errno = 0;
	results[2] = syscall(SYS_getppid);
	if (results[2] < 0)
		results[2] = -errno;
	results[3] = syscall(SYS_dup, 1000);
	results[4] = syscall(SYS_getppid);
	_exit(3);
}

static pid_t pid;

static struct user_regs_struct next_call(long nr)
{
	struct user_regs_struct r;

	do {
		go(PTRACE_SYSCALL, pid, 0);
		CHECK_EQ(wait_stop(pid) >> 8, SIGTRAP | 0x80);
		CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	} while ((long)r.orig_rax != nr);
	return r;
}

static struct user_regs_struct leave(const char *label)
{
	struct user_regs_struct r;

	go(PTRACE_SYSCALL, pid, 0);
	CHECK_EQ(wait_stop(pid) >> 8, SIGTRAP | 0x80);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("%s: number %ld\n", label, (long)r.orig_rax);
	return r;
}

int main(void)
{
	struct user_regs_struct r;
	long v;

	pid = spawn_traced(work, PTRACE_O_TRACESYSGOOD);
	/* Another call. */
	r = next_call(SYS_getppid);
	printf("entry result %ld\n", (long)r.rax);
	r.orig_rax = SYS_getpid;
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	r = leave("another");
	printf("its own number %d\n", (pid_t)r.rax == pid);
	/* None, with a result of the tracer's. */
	r = next_call(SYS_getppid);
	CHECK_EQ(ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1), 0);
	r = leave("none");
	printf("result %ld\n", (long)r.rax);
	r.rax = 77;
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	/* One that does not exist. */
	r = next_call(SYS_getppid);
	r.orig_rax = 5000;
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	r = leave("unknown");
	printf("result %ld\n", (long)r.rax);
	/* Another argument. */
	r = next_call(SYS_dup);
	r.rdi = 1;
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	r = leave("argument");
	printf("worked %d\n", (long)r.rax > 1);
	/* SYSEMU: stops at the entry, nothing happens, no second stop. */
	go(PTRACE_SYSEMU, pid, 0);
	expect_stop("sysemu", pid);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("number %ld\n", (long)r.orig_rax);
	r.rax = 99;
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	go(PTRACE_SYSEMU, pid, 0);
	expect_stop("sysemu", pid);
	printf("number %ld\n", call_number(pid));
	for (int i = 0; i < 5; i++) {
		v = ptrace(PTRACE_PEEKDATA, pid, &results[i], 0);
		if (i > 0 && i != 3)
			printf("results[%d] %ld\n", i, v);
	}
	go(PTRACE_CONT, pid, 0);
	kill_and_reap(pid);
	return 0;
}

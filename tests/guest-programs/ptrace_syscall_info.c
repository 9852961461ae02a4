// SPDX-License-Identifier: GPL-2.0-or-later
/* PTRACE_GET_SYSCALL_INFO at each kind of stop, and with buffers of all sizes. */
#include <linux/ptrace.h>

#include "guest_helpers.h"

/* The structure is in the kernel's header, which cannot stand beside <sys/ptrace.h>. */
static long raw_ptrace(long request, pid_t who, unsigned long addr, void *data)
{
	return syscall(SYS_ptrace, request, who, addr, data);
}

static void work(void)
{
	syscall(SYS_lseek, -1, 2, 3, 4, 5, 6);
	syscall(SYS_getppid);
	raise(SIGUSR1);
}

static pid_t pid;

static void info(const char *label, size_t size)
{
	struct ptrace_syscall_info i;
	long r;

	memset(&i, 0x55, sizeof(i));
	r = raw_ptrace(PTRACE_GET_SYSCALL_INFO, pid, size, &i);
	if (r < 0) {
		printf("%s: %s\n", label, strerrorname_np(errno));
		return;
	}
	printf("%s: %ld bytes, op %d arch %x ip %d\n", label, r, i.op, i.arch,
	       i.instruction_pointer != 0);
	if (i.op == PTRACE_SYSCALL_INFO_ENTRY)
		printf("  number %d arguments %d %d %d %d %d %d\n", (int)i.entry.nr,
		       (int)i.entry.args[0], (int)i.entry.args[1], (int)i.entry.args[2],
		       (int)i.entry.args[3], (int)i.entry.args[4], (int)i.entry.args[5]);
	else if (i.op == PTRACE_SYSCALL_INFO_EXIT)
		printf("  result %d error %d\n", i.exit.rval < 0 ? (int)i.exit.rval : 1,
		       i.exit.is_error);
}

static void next(int request)
{
	int status;

	CHECK_EQ(raw_ptrace(request, pid, 0, 0), 0);
	CHECK_EQ(waitpid(pid, &status, __WALL), pid);
	CHECK(WIFSTOPPED(status));
}

static void until(long nr)
{
	struct ptrace_syscall_info i;

	do {
		next(PTRACE_SYSCALL);
		CHECK(raw_ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(i), &i) > 0);
	} while (i.op != PTRACE_SYSCALL_INFO_ENTRY || (long)i.entry.nr != nr);
}

int main(void)
{
	int status;

	pid = fork();
	if (pid == 0) {
		raw_ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		work();
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	info("signal stop", sizeof(struct ptrace_syscall_info));
	CHECK_EQ(raw_ptrace(PTRACE_SETOPTIONS, pid, 0, (void *)PTRACE_O_TRACESYSGOOD), 0);
	until(SYS_lseek);
	info("entry", sizeof(struct ptrace_syscall_info));
	info("short", 8);
	info("none", 0);
	next(PTRACE_SYSCALL);
	info("exit", sizeof(struct ptrace_syscall_info));
	until(SYS_getppid);
	next(PTRACE_SYSCALL);
	info("exit", sizeof(struct ptrace_syscall_info));
	kill(pid, SIGKILL);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	info("gone", sizeof(struct ptrace_syscall_info));
	return 0;
}

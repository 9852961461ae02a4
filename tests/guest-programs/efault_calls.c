// SPDX-License-Identifier: GPL-2.0-or-later
/* A bad pointer to every call that takes one is EFAULT, never a crash. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>

#include "guest_test.h"

#define BAD ((void *)0x10)

int main(void)
{
	int p[2];

	CHECK_EQ(pipe(p), 0);
	CHECK_EQ(write(p[1], "abc", 3), 3);
	report("read", syscall(SYS_read, p[0], BAD, 3));
	report("write", syscall(SYS_write, p[1], BAD, 3));
	report("open", syscall(SYS_open, BAD, O_RDONLY));
	report("stat", syscall(SYS_stat, "/", BAD));
	report("stat name", syscall(SYS_stat, BAD, BAD));
	report("pipe", syscall(SYS_pipe, BAD));
	report("readv", syscall(SYS_readv, p[0], BAD, 1));
	report("getcwd", syscall(SYS_getcwd, BAD, 100));
	report("clock_gettime", syscall(SYS_clock_gettime, 0, BAD));
	report("nanosleep", syscall(SYS_nanosleep, BAD, NULL));
	report("rt_sigaction", syscall(SYS_rt_sigaction, SIGUSR1, BAD, NULL, 8));
	report("rt_sigprocmask", syscall(SYS_rt_sigprocmask, SIG_BLOCK, BAD, NULL, 8));
	report("poll", syscall(SYS_poll, BAD, 1, 0));
	report("select", syscall(SYS_select, 1, BAD, NULL, NULL, BAD));
	report("execve", syscall(SYS_execve, BAD, NULL, NULL));
	report("uname", syscall(SYS_uname, BAD));
	report("gettimeofday", syscall(SYS_gettimeofday, BAD, NULL));
	report("getrlimit", syscall(SYS_getrlimit, 0, BAD));
	report("sigaltstack", syscall(SYS_sigaltstack, BAD, NULL));
	report("mkdir", syscall(SYS_mkdir, BAD, 0700));
	report("symlink", syscall(SYS_symlink, "a", BAD));
	report("getdents64", syscall(SYS_getdents64, open("/", O_RDONLY), BAD, 4096));
	report("sysinfo", syscall(SYS_sysinfo, BAD));
	report("kernel address", syscall(SYS_write, p[1], 0xffffffff80000000ul, 3));
	report("far address", syscall(SYS_write, p[1], 0x7ffffffff000ul, 3));
	return 0;
}

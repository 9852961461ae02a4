// SPDX-License-Identifier: GPL-2.0-or-later
/* Tracing host threads. SIGCHLD stays blocked but in ppoll, so that no change of a tracee can slip by between look and sleep. */
#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#include <linux/audit.h>

#include "host/host_clock.h"
#include "host/host_ptrace.h"

static sigset_t sleep_mask;

static void sigchld(int signo)
{
}

int host_ptrace_init(void)
{
	struct sigaction sa = { .sa_handler = sigchld };
	sigset_t block;

	if (sigaction(SIGCHLD, &sa, NULL) < 0)
		return -errno;
	sigemptyset(&block);
	sigaddset(&block, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &block, &sleep_mask) < 0)
		return -errno;
	sigdelset(&sleep_mask, SIGCHLD);
	return 0;
}

int host_ptrace_setup(int tid)
{
	unsigned long options = PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
				PTRACE_O_TRACECLONE;

	return ptrace(PTRACE_SETOPTIONS, tid, NULL, options) < 0 ? -errno : 0;
}

int host_ptrace_go(int tid, enum host_ptrace_go how, int signo)
{
	static const enum __ptrace_request requests[] = {
		[HOST_PTRACE_CONT] = PTRACE_CONT,
		[HOST_PTRACE_STEP] = PTRACE_SINGLESTEP,
		[HOST_PTRACE_SYSEMU] = PTRACE_SYSEMU,
		[HOST_PTRACE_SYSEMU_STEP] = PTRACE_SYSEMU_SINGLESTEP,
	};

	return ptrace(requests[how], tid, NULL, (long)signo) < 0 ? -errno : 0;
}

int host_ptrace_getregs(int tid, struct abi_regs *ret)
{
	return ptrace(PTRACE_GETREGS, tid, NULL, ret) < 0 ? -errno : 0;
}

int host_ptrace_setregs(int tid, const struct abi_regs *regs, bool bases)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)regs,
			     .iov_len = offsetof(struct abi_regs, fs_base) };

	if (bases)
		return ptrace(PTRACE_SETREGS, tid, NULL, regs) < 0 ? -errno : 0;
	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &iov) < 0 ? -errno : 0;
}

ssize_t host_ptrace_getfp(int tid, void *buf, size_t len)
{
	struct iovec iov = { .iov_base = buf, .iov_len = len };

	return ptrace(PTRACE_GETREGSET, tid, NT_X86_XSTATE, &iov) < 0 ? -errno
								      : (ssize_t)iov.iov_len;
}

int host_ptrace_setfp(int tid, const void *buf, size_t len)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = len };

	return ptrace(PTRACE_SETREGSET, tid, NT_X86_XSTATE, &iov) < 0 ? -errno : 0;
}

int host_ptrace_siginfo(int tid, int *ret_code, uint64_t *ret_addr)
{
	siginfo_t info;

	if (ptrace(PTRACE_GETSIGINFO, tid, NULL, &info) < 0)
		return -errno;
	*ret_code = info.si_code;
	*ret_addr = (uint64_t)(uintptr_t)info.si_addr;
	return 0;
}

int host_ptrace_newpid(int tid)
{
	unsigned long pid;

	return ptrace(PTRACE_GETEVENTMSG, tid, NULL, &pid) < 0 ? -errno : (int)pid;
}

bool host_ptrace_is_native(int tid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, tid, (void *)sizeof(info), &info) <= 0)
		return false;
	return info.arch == AUDIT_ARCH_X86_64;
}

bool host_ptrace_sleep(int fd, uint64_t deadline_ns)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct timespec ts, *timeout = NULL;
	uint64_t now, left;

	if (deadline_ns != UINT64_MAX) {
		now = host_monotonic_ns();
		left = deadline_ns > now ? deadline_ns - now : 0;
		ts.tv_sec = (time_t)(left / NSEC_PER_SEC);
		ts.tv_nsec = (long)(left % NSEC_PER_SEC);
		timeout = &ts;
	}
	return ppoll(&p, 1, timeout, &sleep_mask) > 0;
}

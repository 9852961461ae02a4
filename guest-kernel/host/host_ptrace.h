/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tracing host threads, for the ptrace engine. A tracee obeys one host thread only, the one that started it: all calls come from there. Calls on
 * a tracee fail with -ESRCH when it has been killed meanwhile.
 */
#ifndef HOST_PTRACE_H
#define HOST_PTRACE_H

#include "abi/abi_regs.h"
#include "host/host_process.h"

enum host_ptrace_go {
	HOST_PTRACE_CONT,
	HOST_PTRACE_STEP,	 /* one instruction, or one signal frame */
	HOST_PTRACE_SYSEMU,	 /* until a system call, which is not carried out */
	HOST_PTRACE_SYSEMU_STEP, /* one instruction; a system call is not carried out */
};

/* Block SIGCHLD in the calling thread and let it end host_ptrace_sleep. Once, by the tracer, before there are other threads. */
int host_ptrace_init(void);

/* After the first stop: die with the tracer, mark system call stops, attach to children and threads. */
int host_ptrace_setup(int tid);

int host_ptrace_go(int tid, enum host_ptrace_go how, int signo);
int host_ptrace_getregs(int tid, struct abi_regs *ret);
/* bases: also fs_base, gs_base and the data segments; refused with -EIO if one is not a user address. */
int host_ptrace_setregs(int tid, const struct abi_regs *regs, bool bases);
ssize_t host_ptrace_getfp(int tid, void *buf, size_t len);
int host_ptrace_setfp(int tid, const void *buf, size_t len);
/* The signal of a stop: code and address. */
int host_ptrace_siginfo(int tid, int *ret_code, uint64_t *ret_addr);
/* A new child's or thread's id after a stop with an event. */
int host_ptrace_newpid(int tid);
/* Was the system call of this stop made by the 64-bit instruction? */
bool host_ptrace_is_native(int tid);

/*
 * Sleep until SIGCHLD comes (or came since the last look), fd is readable (-1: none) or the deadline (UINT64_MAX: none) is
 * over. Ask host_wait_try before and after. Returns true if fd is readable.
 */
bool host_ptrace_sleep(int fd, uint64_t deadline_ns);

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/* Single steps: one instruction each, over a system call, into a signal handler, over int3; the trap flag shows nowhere. */
#include "ptrace_helpers.h"

static volatile int handled;

static void on_usr1(int s)
{
	(void)s;
	handled++;
}

extern char step_nop[], step_call[], step_after[], step_int3[], step_end[];

static void work(void)
{
	catch_signal(SIGUSR1, on_usr1, 0);
	__asm__ volatile("int3\n"
			 ".globl step_nop, step_call, step_after, step_int3, step_end\n"
			 "step_nop: nop\n"
			 "mov $39, %%eax\n"
			 "step_call: syscall\n"
			 "step_after: nop\n"
			 "step_int3: int3\n"
			 "step_end: nop\n"
			 :
			 :
			 : "rax", "rcx", "r11", "memory");
	for (;;)
		pause();
}

static pid_t pid;

static void where(const char *label)
{
	struct user_regs_struct r;
	siginfo_t si;
	int status = wait_stop(pid);
	unsigned long ip;

	show_stop(label, status);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	CHECK_EQ(ptrace(PTRACE_GETSIGINFO, pid, 0, &si), 0);
	ip = r.rip;
	printf("  at %s, code %d, flag %d %d\n",
	       ip == (unsigned long)step_nop	 ? "nop"
	       : ip == (unsigned long)step_call	 ? "call"
	       : ip == (unsigned long)step_after ? "after"
	       : ip == (unsigned long)step_int3	 ? "int3"
	       : ip == (unsigned long)step_end	 ? "end"
	       : ip == (unsigned long)on_usr1	 ? "handler"
						 : "elsewhere",
	       si.si_code, (int)(r.eflags >> 8) & 1,
	       ip == (unsigned long)step_after ? (r.rax == (unsigned long)pid) : -1);
}

int main(void)
{
	struct user_regs_struct r;
	unsigned long flags;

	pid = spawn_traced(work, 0);
	go(PTRACE_CONT, pid, 0);
	where("int3");
	go(PTRACE_SINGLESTEP, pid, 0);
	where("step");
	go(PTRACE_SINGLESTEP, pid, 0);
	where("step");
	go(PTRACE_SINGLESTEP, pid, 0);
	where("over the call");
	go(PTRACE_SINGLESTEP, pid, SIGUSR1);
	where("into the handler");
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	/* The interrupted program's flags in the frame: behind the return address, ucontext to its registers, 17 words. */
	errno = 0;
	flags = (unsigned long)ptrace(PTRACE_PEEKDATA, pid, r.rsp + 8 + 40 + 17 * 8, 0);
	printf("in the frame: %d\n", (int)(flags >> 8) & 1);
	printf("not run yet: %d\n", (int)ptrace(PTRACE_PEEKDATA, pid, &handled, 0) & 0xffff);
	for (int i = 0; i < 200; i++) {
		go(PTRACE_SINGLESTEP, pid, 0);
		CHECK_EQ(wait_stop(pid) >> 8, SIGTRAP);
		CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
		if (r.rip == (unsigned long)step_after)
			break;
	}
	printf("back: %d, handled %d\n", r.rip == (unsigned long)step_after,
	       (int)ptrace(PTRACE_PEEKDATA, pid, &handled, 0) & 0xffff);
	go(PTRACE_SINGLESTEP, pid, 0);
	where("step");
	go(PTRACE_SINGLESTEP, pid, 0);
	where("int3");
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	printf("runs\n");
	kill_and_reap(pid);
	return 0;
}

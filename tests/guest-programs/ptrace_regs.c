// SPDX-License-Identifier: GPL-2.0-or-later
/* Registers: by structure, by word, by set; what may not be set; extended state changes what the program computes. */
#include <elf.h>
#include <stddef.h>

#include "ptrace_helpers.h"

static volatile double half = 0.5, sum;

extern char regs_here[];

static void work(void)
{
	__asm__ volatile("movsd half(%%rip), %%xmm5\n"
			 "mov $0x1122334455667788, %%r12\n"
			 "int3\n"
			 ".globl regs_here\nregs_here:\n"
			 "addsd %%xmm5, %%xmm5\n"
			 "movsd %%xmm5, sum(%%rip)\n"
			 :
			 :
			 : "xmm5", "r12", "memory");
	for (;;)
		pause();
}

static pid_t pid;

static void poke(const char *label, size_t offset, long v)
{
	result(label, ptrace(PTRACE_POKEUSER, pid, offset, v));
}

#define REG(name) offsetof(struct user_regs_struct, name)

int main(void)
{
	struct user_regs_struct r, s;
	struct user_fpregs_struct f;
	static unsigned char x[65536];
	struct iovec iov = { &s, sizeof(s) };
	unsigned long xcr0, v;
	double d;

	(void)half;
	pid = spawn_traced(work, 0);
	go(PTRACE_CONT, pid, 0);
	expect_stop("int3", pid);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("rip %d r12 %llx cs %llx ss %llx ds %llx orig_rax %lld\n",
	       r.rip == (unsigned long)regs_here, r.r12, r.cs, r.ss, r.ds, (long long)r.orig_rax);
	CHECK_EQ(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov), 0);
	printf("set of %zu bytes, same %d\n", iov.iov_len, memcmp(&r, &s, sizeof(r)) == 0);
	iov.iov_len = 16;
	CHECK_EQ(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov), 0);
	printf("short %zu\n", iov.iov_len);
	iov.iov_len = 15;
	result("odd", ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &iov));
	result("unknown set", ptrace(PTRACE_GETREGSET, pid, 0x7777, &iov));
	printf("word %lx\n", ptrace(PTRACE_PEEKUSER, pid, REG(r12), 0));
	poke("r12", REG(r12), 5);
	printf("word %lx\n", ptrace(PTRACE_PEEKUSER, pid, REG(r12), 0));
	poke("unaligned", 3, 5);
	poke("far out", sizeof(struct user), 5);
	poke("cs 0", REG(cs), 0);
	poke("kernel cs", REG(cs), 0x10);
	poke("fs_base of the kernel", REG(fs_base), -1);
	poke("flags", REG(eflags), r.eflags | 1);
	printf("carry %ld\n", ptrace(PTRACE_PEEKUSER, pid, REG(eflags), 0) & 1);
	poke("all flags", REG(eflags), -1);
	v = (unsigned long)ptrace(PTRACE_PEEKUSER, pid, REG(eflags), 0);
	printf("interrupts %lu privilege %lu\n", v >> 9 & 1, v >> 12 & 3);
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	printf("debug status %ld\n",
	       ptrace(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg) + 7 * 8, 0));
	poke("debug control off", offsetof(struct user, u_debugreg) + 7 * 8, 0);

	CHECK_EQ(ptrace(PTRACE_GETFPREGS, pid, 0, &f), 0);
	memcpy(&d, &f.xmm_space[5 * 4], sizeof(d));
	printf("xmm5 %g mxcsr %x\n", d, f.mxcsr);
	d = 1.25;
	memcpy(&f.xmm_space[5 * 4], &d, sizeof(d));
	result("set", ptrace(PTRACE_SETFPREGS, pid, 0, &f));
	f.mxcsr = -1;
	result("bad mxcsr", ptrace(PTRACE_SETFPREGS, pid, 0, &f));
	iov = (struct iovec){ x, sizeof(x) };
	CHECK_EQ(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &iov), 0);
	memcpy(&xcr0, x + 464, sizeof(xcr0));
	memcpy(&d, x + 160 + 5 * 16, sizeof(d));
	printf("xstate %d features %d xmm5 %g\n", iov.iov_len >= 576, (xcr0 & 3) == 3, d);
	d += 2;
	memcpy(x + 160 + 5 * 16, &d, sizeof(d));
	result("set xstate", ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov));
	iov.iov_len = 512;
	result("half of it", ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &iov));
	go(PTRACE_CONT, pid, 0);
	wait_asleep(pid, pid);
	kill(pid, SIGUSR1);
	expect_stop("later", pid);
	v = (unsigned long)ptrace(PTRACE_PEEKDATA, pid, &sum, 0);
	memcpy(&d, &v, sizeof(d));
	printf("sum %g\n", d);
	kill_and_reap(pid);
	return 0;
}

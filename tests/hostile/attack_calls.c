// SPDX-License-Identifier: GPL-2.0-or-later
/* Other ways into the host's kernel than `syscall`, wild stack pointers and bases, and signal frames that no kernel made. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "attack.h"
#include "stub/stub_layout.h"

static int own_pid;

/* --- other doors ---------------------------------------------------------------------------------- */

static void int80(uint64_t nr)
{
	long r;

	__asm__ volatile("int $0x80" : "=a"(r) : "a"(nr), "b"(0), "c"(0), "d"(0) : "memory");
	if (nr == 20 && r > 0 && r != own_pid)
		breach("int 0x80 told a pid of the host, %ld", r);
	if (nr == 2 && r >= 0 && r < 4096)
		_exit(0); /* as fork: whatever it is, do not go on twice */
}

static void int80_calls(void)
{
	own_pid = getpid();
	for (uint64_t nr = 0; nr < 450; nr++)
		if (nr != 1 && nr != 29 && nr != 252)
			in_child(int80, nr, 20);
}

static void sysenter(uint64_t nr)
{
	__asm__ volatile("mov %0, %%rax\n\tmov %%rsp, %%rbp\n\tsysenter"
			 :
			 : "r"(nr)
			 : "rax", "rcx", "rdx", "memory");
}

static void sysenter_calls(void)
{
	for (uint64_t nr = 0; nr < 60; nr++)
		in_child(sysenter, nr, 20);
}

/* A 32-bit code segment: code and stack below 4 GiB. */
static void compat_call(uint64_t which)
{
	static const unsigned char codes[][16] = {
		{ 0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe }, /* mov $20,%eax; int $0x80; jmp . */
		{ 0xb8, 20, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xfe }, /* syscall */
		{ 0xb8, 20, 0, 0, 0, 0x89, 0xe5, 0x0f, 0x34, 0xeb, 0xfe },	/* sysenter */
		{ 0xb8, 1, 0, 0, 0, 0xbb, 1, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe }, /* exit(1) */
		{ 0xb8, 2, 0, 0, 0, 0xcd, 0x80, 0xeb, 0xfe },			/* fork */
		{ 0x0f, 0x0b },							/* ud2 */
		{ 0xeb, 0xfe },							/* for ever */
		{ 0xa1, 0, 0, 0, 0 },						/* a read at 0 */
	};
	unsigned char *low = mmap((void *)0x10000000, 8192, PROT_READ | PROT_WRITE | PROT_EXEC,
				  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	if (low == MAP_FAILED)
		return;
	memcpy(low, codes[which], sizeof(codes[which]));
	__asm__ volatile("mov $0x10002000, %%rsp\n\tpushq $0x23\n\tpushq $0x10000000\n\tlretq"
			 :
			 :
			 : "memory");
}

static void compat_mode(void)
{
	for (uint64_t i = 0; i < 8; i++)
		in_child(compat_call, i, 300);
}

static void vsyscall(uint64_t at)
{
	long r;

	__asm__ volatile("call *%[at]"
			 : "=a"(r)
			 : [at] "r"(at), "D"(0), "S"(0)
			 : "rcx", "r11", "memory");
}

static void vsyscalls(void)
{
	for (uint64_t at = 0xffffffffff600000; at < 0xffffffffff601000; at += 0x100)
		in_child(vsyscall, at, 50);
	in_child(vsyscall, 0xffffffffff600001, 50);
	in_child(vsyscall, 0xffffffffff601000, 50);
}

/* --- registers ------------------------------------------------------------------------------------- */

static void wild_stack(uint64_t rsp)
{
	__asm__ volatile("mov %[sp], %%rsp\n\tmov $39, %%eax\n\tsyscall\n\tmov $0, %%eax\n\t"
			 "mov (%%rax), %%rax\n1: jmp 1b"
			 :
			 : [sp] "r"(rsp)
			 : "rax", "rcx", "r11", "memory");
}

static void stack_pointers(void)
{
	static const uint64_t values[] = { 0,
					   8,
					   4096,
					   STUB_TEXT + 0x800,
					   STUB_ORDERS + 0x800,
					   STUB_RESULTS + 0x800,
					   STUB_THREADS + 0x800,
					   STUB_THREADS + 0xff00,
					   STUB_THREADS + 0x8100,
					   0x7ffffffff000,
					   0x800000000000,
					   0xffff800000000000,
					   ~0ull };

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		in_child(wild_stack, values[i], 200);
}

static void bases(uint64_t value)
{
	if (syscall(SYS_arch_prctl, 0x1002, value) == 0) /* ARCH_SET_FS */
		__asm__ volatile("mov $39, %%eax\n\tsyscall" : : : "rax", "rcx", "r11", "memory");
	__asm__ volatile("wrgsbase %0" : : "r"(value));
	__asm__ volatile("mov $39, %%eax\n\tsyscall" : : : "rax", "rcx", "r11", "memory");
	__asm__ volatile("wrfsbase %0" : : "r"(value));
	__asm__ volatile("mov $39, %%eax\n\tsyscall\n\tmov $231, %%eax\n\tsyscall"
			 :
			 :
			 : "rax", "rcx", "r11", "memory");
}

static void selectors(uint64_t value)
{
	__asm__ volatile("mov %0, %%gs\n\tmov $39, %%eax\n\tsyscall\n\tmov %0, %%fs\n\t"
			 "mov $39, %%eax\n\tsyscall\n\tmov %0, %%ds\n\tmov %0, %%es\n\t"
			 "mov $39, %%eax\n\tsyscall\n\tmov %0, %%ss\n\tmov $231, %%eax\n\tsyscall"
			 :
			 : "r"((uint16_t)value)
			 : "rax", "rcx", "r11", "memory");
}

static void segment_bases(void)
{
	static const uint64_t values[] = { 0,
					   4096,
					   STUB_THREADS,
					   STUB_RESULTS,
					   0x7ffffffff000,
					   0x800000000000,
					   0xffff800000000000,
					   ~0ull };

	for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		in_child(bases, values[i], 200);
	for (uint64_t i = 0; i < 0x80; i++)
		in_child(selectors, i, 50);
}

static void flags(uint64_t value)
{
	__asm__ volatile(
		"pushq %0\n\tpopfq\n\tmov $39, %%eax\n\tsyscall\n\tmov $231, %%eax\n\tsyscall"
		:
		: "r"(value)
		: "rax", "rcx", "r11", "memory");
}

static void wild_flags(void)
{
	for (unsigned int bit = 0; bit < 22; bit++)
		in_child(flags, 0x202 | 1ull << bit, 200);
	in_child(flags, 0x3fffd7, 200);
}

/* --- frames that no kernel made --------------------------------------------------------------------- */

static uint64_t frame_kind;

static void forge(int signo, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *r = uc->uc_mcontext.gregs;
	unsigned char *fp = (unsigned char *)uc->uc_mcontext.fpregs;

	(void)signo;
	(void)info;
	switch (frame_kind) {
	case 0:
		*(uint32_t *)(fp + 464) = 0;
		break; /* no magic */
	case 1:
		*(uint32_t *)(fp + 468) = 0xffffffff;
		break; /* extended size */
	case 2:
		*(uint64_t *)(fp + 472) = ~0ull;
		break; /* features */
	case 3:
		*(uint32_t *)(fp + 480) = 0x7fffffff;
		break; /* xstate size */
	case 4:
		*(uint32_t *)(fp + 24) = 0xffffffff;
		break; /* MXCSR */
	case 5:
		*(uint64_t *)(fp + 512) = ~0ull;
		break; /* header: components */
	case 6:
		*(uint64_t *)(fp + 520) = ~0ull;
		break; /* header: compacted */
	case 7:
		memset(fp + 528, 0xff, 48);
		break; /* header: reserved */
	case 8:
		uc->uc_mcontext.fpregs = (void *)8;
		break;
	case 9:
		uc->uc_mcontext.fpregs = (void *)(fp + 1);
		break;
	case 10:
		uc->uc_mcontext.fpregs = (void *)STUB_THREADS;
		break;
	case 11:
		uc->uc_mcontext.fpregs = (void *)0xffff800000000000;
		break;
	case 12:
		uc->uc_mcontext.fpregs = (void *)(STUB_ORDERS + 64);
		break;
	case 13:
		r[REG_CSGSFS] = 0x10;
		break; /* the kernel's code segment */
	case 14:
		r[REG_CSGSFS] = (greg_t)0x002b000000000023;
		break;
	case 15:
		r[REG_CSGSFS] = (greg_t)0xffffffffffffffff;
		break;
	case 16:
		r[REG_RIP] = (greg_t)0x800000000000;
		break;
	case 17:
		r[REG_RIP] = (greg_t)0xffff800000000000;
		break;
	case 18:
		r[REG_RIP] = (greg_t)STUB_TEXT + 0x100;
		break;
	case 19:
		r[REG_RSP] = (greg_t)0xffff800000000000;
		break;
	case 20:
		r[REG_EFL] = (greg_t)~0ull;
		break;
	case 21:
		r[REG_EFL] = 0x3000;
		break;
	case 22:
		r[REG_EFL] |= 0x24100;
		break; /* VM, AC, TF */
	case 23:
		uc->uc_stack.ss_sp = (void *)STUB_THREADS;
		uc->uc_stack.ss_size = 65536;
		break;
	case 24:
		uc->uc_flags = ~0ul;
		break;
	case 25:
		memset(uc, 0xff, 256);
		break;
	case 26:
		memset(uc, 0, 256);
		break;
	case 27:
		memset(fp, 0xff, 512);
		break;
	case 28:
		sigfillset(&uc->uc_sigmask);
		break;
	case 29:
		for (int i = 0; i < 512; i++)
			((unsigned char *)uc)[random_next() % 900] = (unsigned char)random_next();
		break;
	default: /* the magic behind the area */
		*(uint32_t *)(fp + *(uint32_t *)(fp + 480)) = 0;
		break;
	}
}

static void forge_kind(uint64_t kind)
{
	static char stack[65536];
	const stack_t ss = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction sa = { .sa_sigaction = forge, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	frame_kind = kind;
	random_seed(kind);
	sigaltstack(&ss, NULL);
	sigaction(SIGUSR1, &sa, NULL);
	raise(SIGUSR1);
	(void)syscall(SYS_getppid);
}

static void forged_frames(void)
{
	for (uint64_t kind = 0; kind < 31; kind++)
		in_child(forge_kind, kind, 300);
	for (uint64_t i = 0; i < 40; i++) {
		(void)random_next();
		in_child(forge_kind, 29, 100);
	}
}

static void random_sigreturn(uint64_t seed)
{
	static unsigned char frame[8192] __attribute__((aligned(64)));

	random_seed(seed);
	for (unsigned int i = 0; i < sizeof(frame); i++)
		frame[i] = (unsigned char)random_next();
	__asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall"
			 :
			 : "r"(frame + 1024)
			 : "memory");
}

static void random_sigreturns(void)
{
	for (uint64_t seed = 0; seed < 60; seed++)
		in_child(random_sigreturn, seed, 100);
}

/* --- debugging others -------------------------------------------------------------------------------- */

static void peek_at_others(void)
{
	char buf[64];
	const struct iovec local = { buf, sizeof(buf) },
			   remote = { (void *)STUB_TEXT, sizeof(buf) };

	for (int pid = 1; pid < 40; pid++) {
		if (ptrace(PTRACE_ATTACH, pid, 0, 0) == 0)
			ptrace(PTRACE_DETACH, pid, 0, 0);
		if (process_vm_readv(pid, &local, 1, &remote, 1, 0) > 0)
			breach("process_vm_readv of process %d's stub", pid);
		if (process_vm_writev(pid, &local, 1, &remote, 1, 0) > 0)
			breach("process_vm_writev of process %d's stub", pid);
		(void)syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, pid, 0), 1, 0);
	}
	(void)ptrace(PTRACE_TRACEME, 0, 0, 0);
	raise(SIGSTOP);
}

static void kill_by_number(void)
{
	for (int pid = 2; pid < 33000; pid++)
		(void)kill(pid, SIGKILL);
	(void)kill(-1, SIGKILL);
}

static void stop_everybody(void)
{
	for (int i = 0; i < 200; i++) {
		(void)kill(-1, SIGSTOP);
		(void)kill(-1, SIGCONT);
	}
}

static void filters(void)
{
	/* A filter of the guest's own must not reach the host: SIGSYS would end the stub. */
	struct {
		uint16_t code;
		uint8_t jt, jf;
		uint32_t k;
	} deny = { 6, 0, 0, 0x80000000u };
	struct {
		uint16_t len;
		void *filter;
	} program = { 1, &deny };

	(void)syscall(SYS_prctl, 38, 1, 0, 0, 0);
	(void)syscall(SYS_seccomp, 1, 0, &program);
	(void)syscall(SYS_prctl, 22, 1, 0, 0, 0);
	(void)syscall(SYS_getppid);
}

const struct attack call_attacks[] = {
	{ "int80", int80_calls, 0 },
	{ "sysenter", sysenter_calls, 0 },
	{ "compat-mode", compat_mode, 0 },
	{ "vsyscall", vsyscalls, 0 },
	{ "stack-pointers", stack_pointers, 0 },
	{ "segment-bases", segment_bases, 0 },
	{ "wild-flags", wild_flags, 0 },
	{ "forged-frames", forged_frames, 0 },
	{ "random-sigreturns", random_sigreturns, 0 },
	{ "peek-at-others", peek_at_others, 0 },
	{ "kill-by-number", kill_by_number, "user" },
	{ "stop-everybody", stop_everybody, "user" },
	{ "filters", filters, 0 },
	{ 0, 0, 0 },
};

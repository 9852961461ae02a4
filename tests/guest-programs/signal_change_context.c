// SPDX-License-Identifier: GPL-2.0-or-later
/* A handler changes the saved registers: the interrupted code goes on with the new ones. */
#include <ucontext.h>

#include "guest_helpers.h"

static void on_ill(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;
	greg_t *r = uc->uc_mcontext.gregs;

	printf("rbx %llx r15 %llx\n", r[REG_RBX], r[REG_R15]);
	r[REG_RIP] += 2;
	r[REG_RAX] = 0x1111;
	r[REG_RBX] = 0x2222;
	r[REG_R15] = 0x3333;
	r[REG_EFL] |= 1; /* carry */
	sigaddset(&uc->uc_sigmask, SIGHUP);
}

int main(void)
{
	unsigned long rax = 1, rbx = 0xb0b, r15 = 0x15, carry = 0, rcx = 0xcc;
	sigset_t m;

	catch_info(SIGILL, on_ill, 0);
	asm volatile(
		"mov %4, %%rcx\n\tmov %1, %%rbx\n\tmov %2, %%r15\n\tclc\n\tud2\n\tsetc %b3\n\tmov %%rbx, %1\n\t"
		"mov %%r15, %2\n\tmov %%rcx, %4"
		: "+a"(rax), "+d"(rbx), "+S"(r15), "+D"(carry), "+m"(rcx)
		:
		: "rbx", "r15", "rcx", "memory", "cc");
	printf("rax %lx rbx %lx r15 %lx carry %lu rcx %lx\n", rax, rbx, r15, carry & 1, rcx);
	sigprocmask(SIG_BLOCK, NULL, &m);
	printf("HUP blocked %d\n", sigismember(&m, SIGHUP));
	return 0;
}

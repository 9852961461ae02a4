// SPDX-License-Identifier: GPL-2.0-or-later
/* A handler starts with DF, TF and RF clear; the interrupted code's DF comes back. The red zone below the stack is kept. */
#include <ucontext.h>

#include "guest_helpers.h"

static unsigned long in_handler;
static long long saved;

static void on_signal(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;

	asm volatile("pushfq\n\tpop %0" : "=r"(in_handler));
	saved = uc->uc_mcontext.gregs[REG_EFL];
}

int main(void)
{
	unsigned long flags, red;

	catch_info(SIGUSR1, on_signal, 0);
	asm volatile(
		"movq $0x5a5a, -64(%%rsp)\n\tmovq $0x3c3c, -128(%%rsp)\n\tstd\n\tsyscall\n\t"
		"mov -128(%%rsp), %1\n\tadd -64(%%rsp), %1\n\tlea -128(%%rsp), %%rsp\n\tpushfq\n\tpop %0\n\tlea 128(%%rsp), %%rsp\n\tcld"
		: "=&r"(flags), "=&r"(red)
		: "a"((long)SYS_kill), "D"((long)getpid()), "S"((long)SIGUSR1)
		: "rcx", "r11", "memory");
	printf("handler DF %lu, saved DF %lld, after DF %lu, red zone %lx\n", in_handler >> 10 & 1,
	       saved >> 10 & 1, flags >> 10 & 1, red);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The trap flag: SIGTRAP after each instruction, also over a system call. */
#include <ucontext.h>

#include "guest_helpers.h"

static volatile int traps, code;

static void on_trap(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;

	traps++;
	code = i->si_code;
	if (traps == 5)
		uc->uc_mcontext.gregs[REG_EFL] &= ~0x100ll;
}

int main(void)
{
	catch_info(SIGTRAP, on_trap, 0);
	asm volatile(
		"lea -128(%%rsp), %%rsp\n\tpushfq\n\torq $0x100, (%%rsp)\n\tpopfq\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tnop\n\tlea 128(%%rsp), %%rsp"
		:
		:
		: "memory", "cc");
	printf("traps %d code %d\n", traps, code);
	return 0;
}

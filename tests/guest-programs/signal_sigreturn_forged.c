// SPDX-License-Identifier: GPL-2.0-or-later
/* rt_sigreturn with a forged frame: nonsense segments and flags end in SIGSEGV or are made harmless, never worse. */
#include <ucontext.h>

#include "guest_helpers.h"

static int what;

static void on_signal(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;
	greg_t *r = uc->uc_mcontext.gregs;

	switch (what) {
	case 0: /* kernel code segment: forced back to ring 3 */
		r[REG_CSGSFS] = (r[REG_CSGSFS] & ~0xffffll) | 0x10;
		break;
	case 1: /* IOPL and interrupts off */
		r[REG_EFL] = (r[REG_EFL] | 0x3000) & ~0x200ll;
		break;
	case 2: /* nowhere */
		r[REG_RIP] = 0x10;
		break;
	case 3: /* non-canonical */
		r[REG_RIP] = (greg_t)0x8000000000000000ull;
		break;
	case 4: /* kernel half */
		r[REG_RIP] = (greg_t)0xffffffff81000000ull;
		break;
	case 5: /* a bad pointer to the vector registers */
		uc->uc_mcontext.fpregs = (void *)8;
		break;
	case 6: /* reserved bits of mxcsr */
		uc->uc_mcontext.fpregs->mxcsr = 0xffffffff;
		break;
	case 7: /* no frame at all */
		asm volatile("mov $64, %%rsp\n\tmov $15, %%eax\n\tsyscall" : : : "memory");
		break;
	}
}

static void child(void)
{
	unsigned long flags;

	catch_info(SIGUSR1, on_signal, 0);
	raise(SIGUSR1);
	asm volatile("pushfq\n\tpop %0" : "=r"(flags));
	printf("%d: IOPL %lu IF %lu\n", what, flags >> 12 & 3, flags >> 9 & 1);
}

int main(void)
{
	for (what = 1; what < 8; what++) {
		if (what == 6)
			continue;
		run_child("child", child);
	}
	return 0;
}

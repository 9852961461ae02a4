// SPDX-License-Identifier: GPL-2.0-or-later
/* Unmasked SSE and x87 exceptions: SIGFPE with the right code. */
#include <setjmp.h>

#include "guest_helpers.h"

static sigjmp_buf env;
static volatile int code;

static void on_fpe(int s, siginfo_t *i, void *u)
{
	code = i->si_code;
	siglongjmp(env, 1);
}

int main(void)
{
	unsigned int mxcsr;
	unsigned short cw;
	volatile double one = 1, zero = 0, huge = 1e308, r;

	catch_info(SIGFPE, on_fpe, 0);
	mxcsr = 0x1f80 & ~0x200u;
	if (sigsetjmp(env, 1) == 0) {
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
		r = one / zero;
	}
	printf("divide %d\n", code == FPE_FLTDIV);
	mxcsr = 0x1f80 & ~0x400u;
	if (sigsetjmp(env, 1) == 0) {
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
		r = huge * huge;
	}
	printf("overflow %d\n", code == FPE_FLTOVF);
	mxcsr = 0x1f80 & ~0x80u;
	if (sigsetjmp(env, 1) == 0) {
		asm volatile("ldmxcsr %0" : : "m"(mxcsr));
		r = zero / zero;
	}
	printf("invalid %d\n", code == FPE_FLTINV);
	mxcsr = 0x1f80;
	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	cw = 0x37f & ~4;
	if (sigsetjmp(env, 1) == 0) {
		asm volatile("fninit\n\tfldcw %0\n\tfldz\n\tfld1\n\tfdivp\n\tfwait" : : "m"(cw));
	}
	printf("x87 divide %d\n", code == FPE_FLTDIV);
	asm volatile("fninit");
	(void)r;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* x87, SSE and AVX registers and their control words are kept over a handler that uses them all, and a handler may change them. */
#include <ucontext.h>

#include "guest_helpers.h"

static int change;

static void on_signal(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;
	unsigned int mxcsr = 0x1f80;
	unsigned short cw;

	asm volatile("fnstcw %0" : "=m"(cw));
	printf("in the handler: cw %x\n", cw);
	asm volatile("fninit\n\tfld1\n\tfldpi\n\tldmxcsr %0" : : "m"(mxcsr));
	asm volatile("pxor %%xmm0, %%xmm0\n\tpxor %%xmm7, %%xmm7\n\tpxor %%xmm15, %%xmm15"
		     :
		     :
		     : "xmm0", "xmm7", "xmm15");
	if (__builtin_cpu_supports("avx"))
		asm volatile("vzeroall" : : : "xmm0");
	if (change) {
		memset(uc->uc_mcontext.fpregs->_xmm[7].element, 0x77, 16);
		uc->uc_mcontext.fpregs->mxcsr = 0x9f80;
	}
}

static void round_(const char *label)
{
	unsigned char in[3][32], out[3][32];
	unsigned int mxcsr = 0x5f80, mxcsr_out = 0;
	unsigned short cw = 0x0f7f, cw_out = 0;
	double x87_in = 1234.5, x87_out = 0;
	long pid = getpid(), call;
	int avx = __builtin_cpu_supports("avx");

	for (int i = 0; i < 3; i++)
		memset(in[i], 0x11 * (i + 1), 32);
	memset(out, 0, sizeof(out));
	call = SYS_kill;
	asm volatile("fninit\n\tfldcw %1\n\tldmxcsr %0\n\tfldl %2"
		     :
		     : "m"(mxcsr), "m"(cw), "m"(x87_in));
	if (avx)
		asm volatile(
			"vmovdqu %3, %%ymm0\n\tvmovdqu %4, %%ymm7\n\tvmovdqu %5, %%ymm15\n\tsyscall\n\t"
			"vmovdqu %%ymm0, %0\n\tvmovdqu %%ymm7, %1\n\tvmovdqu %%ymm15, %2\n\tvzeroupper"
			: "=m"(out[0]), "=m"(out[1]), "=m"(out[2])
			: "m"(in[0]), "m"(in[1]), "m"(in[2]), "a"(call), "D"(pid),
			  "S"((long)SIGUSR1)
			: "xmm0", "xmm7", "xmm15", "rcx", "r11", "memory");
	else
		asm volatile(
			"movdqu %3, %%xmm0\n\tmovdqu %4, %%xmm7\n\tmovdqu %5, %%xmm15\n\tsyscall\n\t"
			"movdqu %%xmm0, %0\n\tmovdqu %%xmm7, %1\n\tmovdqu %%xmm15, %2"
			: "=m"(out[0]), "=m"(out[1]), "=m"(out[2])
			: "m"(in[0]), "m"(in[1]), "m"(in[2]), "a"(call), "D"(pid),
			  "S"((long)SIGUSR1)
			: "xmm0", "xmm7", "xmm15", "rcx", "r11", "memory");
	asm volatile("fstpl %0\n\tfnstcw %1\n\tstmxcsr %2\n\tfninit"
		     : "=m"(x87_out), "=m"(cw_out), "=m"(mxcsr_out));
	mxcsr = 0x1f80;
	asm volatile("ldmxcsr %0" : : "m"(mxcsr));
	printf("%s: x87 %s cw %x mxcsr %x", label, x87_out == x87_in ? "kept" : "lost", cw_out,
	       mxcsr_out);
	for (int i = 0; i < 3; i++)
		printf(" %x.%x%s", out[i][0], out[i][15],
		       memcmp(in[i] + 16, out[i] + 16, avx ? 16 : 0) == 0 ? "" : " upper lost");
	printf("\n");
}

int main(void)
{
	catch_info(SIGUSR1, on_signal, 0);
	round_("plain");
	change = 1;
	round_("changed");
	return 0;
}

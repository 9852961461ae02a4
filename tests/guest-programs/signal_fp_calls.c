// SPDX-License-Identifier: GPL-2.0-or-later
/* Are vector registers, the x87 stack, flags and all callee-saved registers kept over system calls and page faults? */
#include <sys/mman.h>

#include "guest_helpers.h"

int main(void)
{
	unsigned char in[32], out[32];
	char *page =
		mmap(NULL, 64 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long bad = 0, r8, r9, r10, rdx;
	int avx = __builtin_cpu_supports("avx");

	for (int round = 0; round < 64; round++) {
		memset(in, round + 1, 32);
		memset(out, 0, 32);
		if (avx)
			asm volatile(
				"vmovdqu %1, %%ymm9\n\tmov %2, %%eax\n\tsyscall\n\tmovb $1, (%3)\n\tvmovdqu %%ymm9, %0\n\tvzeroupper"
				: "=m"(out)
				: "m"(in), "i"(SYS_sched_yield), "r"(page + round * 4096)
				: "rax", "rcx", "r11", "xmm9", "memory");
		else
			asm volatile(
				"movdqu %1, %%xmm9\n\tmov %2, %%eax\n\tsyscall\n\tmovb $1, (%3)\n\tmovdqu %%xmm9, %0"
				: "=m"(out)
				: "m"(in), "i"(SYS_sched_yield), "r"(page + round * 4096)
				: "rax", "rcx", "r11", "xmm9", "memory");
		if (memcmp(in, out, avx ? 32 : 16) != 0)
			bad++;
	}
	printf("lost %lu\n", bad);
	asm volatile(
		"mov $0x88, %%r8\n\tmov $0x99, %%r9\n\tmov $0xaa, %%r10\n\tmov $0xdd, %%rdx\n\tmov %4, %%eax\n\tsyscall\n\t"
		"mov %%r8, %0\n\tmov %%r9, %1\n\tmov %%r10, %2\n\tmov %%rdx, %3"
		: "=m"(r8), "=m"(r9), "=m"(r10), "=m"(rdx)
		: "i"(SYS_getppid)
		: "rax", "rcx", "r8", "r9", "r10", "rdx", "r11", "memory");
	printf("r8 %lx r9 %lx r10 %lx rdx %lx\n", r8, r9, r10, rdx);
	return 0;
}

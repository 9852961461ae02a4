// SPDX-License-Identifier: GPL-2.0-or-later
/* Each exception that user code can raise becomes the right signal with the right code and address. */
#include <setjmp.h>
#include <stdint.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static sigjmp_buf back;
static char *page;

static void got(int s, siginfo_t *si, void *u)
{
	printf("SIG%s code %d address %s\n", sigabbrev_np(s), si->si_code,
	       !si->si_addr							  ? "0"
	       : (char *)si->si_addr >= page && (char *)si->si_addr < page + 8192 ? "in the page"
										  : "elsewhere");
	siglongjmp(back, 1);
}

#define TRY(label, ...)                        \
	do {                                   \
		printf("%s: ", label);         \
		if (sigsetjmp(back, 1) == 0) { \
			__VA_ARGS__;           \
			printf("nothing\n");   \
		}                              \
	} while (0)

int main(void)
{
	volatile int zero = 0, min = INT32_MIN, minus = -1, sink;

	page = mmap(NULL, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK_EQ(mprotect(page + 4096, 4096, PROT_NONE), 0);
	for (size_t i = 0; i < 5; i++)
		catch_info((int[]){ SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP }[i], got, 0);
	TRY("ud2", __asm__ volatile("ud2"));
	TRY("divide by zero", __asm__ volatile("xor %%edx, %%edx; divl %0" ::"r"(zero)
					       : "eax", "edx"));
	TRY("divide overflow", sink = min / minus);
	TRY("int3", __asm__ volatile("int3"));
	TRY("hlt", __asm__ volatile("hlt"));
	TRY("cli", __asm__ volatile("cli"));
	TRY("in", __asm__ volatile("inb $0x80, %%al" ::: "eax"));
	TRY("mov cr", __asm__ volatile("mov %%cr0, %%rax" ::: "rax"));
	TRY("rdmsr", __asm__ volatile("rdmsr" ::: "eax", "edx"));
	TRY("wbinvd", __asm__ volatile("wbinvd"));
	TRY("int 13", __asm__ volatile("int $13"));
	TRY("not canonical", sink = *(volatile int *)0x8000000000000000ul);
	TRY("kernel half", sink = *(volatile int *)0xffffffff81000000ul);
	TRY("write to read-only", *(volatile char *)page = 1);
	TRY("read of PROT_NONE", sink = (unsigned char)page[4096]);
	TRY("execute no-exec", ((void (*)(void))page)());
	TRY("null", sink = *(volatile int *)(long)zero);
	(void)sink;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Each kind of fault: signal, code, address, trap number and error bits. */
#include <setjmp.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "guest_helpers.h"

static sigjmp_buf env;
static siginfo_t info;
static long long trapno, err, rip_at_addr;

static void on_fault(int s, siginfo_t *i, void *u)
{
	ucontext_t *uc = u;

	info = *i;
	trapno = uc->uc_mcontext.gregs[REG_TRAPNO];
	err = uc->uc_mcontext.gregs[REG_ERR];
	rip_at_addr = uc->uc_mcontext.gregs[REG_RIP] == (long long)i->si_addr;
	siglongjmp(env, 1);
}

static char *pages;

#define TRY(label, base, code)                                                          \
	do {                                                                            \
		if (sigsetjmp(env, 1) == 0) {                                           \
			code;                                                           \
			printf("%s: nothing\n", label);                                 \
		} else {                                                                \
			printf("%s: %s code %d trap %lld err %lld", label,              \
			       sigabbrev_np(info.si_signo), info.si_code, trapno, err); \
			if (rip_at_addr)                                                \
				printf(" at the instruction\n");                        \
			else                                                            \
				printf(" address %ld\n",                                \
				       (long)((char *)info.si_addr - (char *)(base)));  \
		}                                                                       \
	} while (0)

int main(void)
{
	volatile int zero = 0, one = 1;
	int fd, sigs[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP };

	for (int i = 0; i < 5; i++)
		catch_info(sigs[i], on_fault, 0);
	make_file("f", "short");
	fd = open("f", O_RDWR);
	pages = mmap(NULL, 3 * 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(pages + 4096, 4096);
	CHECK(mmap(pages + 2 * 4096, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd,
		   4096) != MAP_FAILED);
	TRY("read unmapped", pages, (void)*(volatile char *)(pages + 4096 + 5));
	TRY("write unmapped", pages, *(volatile char *)(pages + 4096 + 6) = 1);
	TRY("write read-only", pages, *(volatile char *)(pages + 7) = 1);
	TRY("read behind the file", pages, (void)*(volatile char *)(pages + 2 * 4096 + 8));
	TRY("null", 0, (void)*(volatile char *)8);
	TRY("run what cannot", pages, ((void (*)(void))pages)());
	TRY("divide", 0, one /= zero);
	TRY("ud2", 0, asm volatile("ud2"));
	TRY("hlt", 0, asm volatile("hlt"));
	TRY("cli", 0, asm volatile("cli"));
	TRY("non-canonical", 0, (void)*(volatile char *)0x8000000000000000ul);
	TRY("kernel half", (char *)0xffffffff80000000ul,
	    (void)*(volatile char *)0xffffffff80000000ul);
	if (sigsetjmp(env, 1) == 0)
		asm volatile("int3");
	else
		printf("int3: %s code %d trap %lld address %ld\n", sigabbrev_np(info.si_signo),
		       info.si_code, trapno, (long)info.si_addr);
	return 0;
}

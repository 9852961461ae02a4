// SPDX-License-Identifier: GPL-2.0-or-later
/* Which protections does mprotect enforce: does a write to a read-only page give SIGSEGV with SEGV_ACCERR and the address? */
#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#include "guest_test.h"

static sigjmp_buf env;
static volatile int code;
static void *volatile addr;

static void on_segv(int s, siginfo_t *i, void *u)
{
	code = i->si_code;
	addr = i->si_addr;
	siglongjmp(env, 1);
}

static void try_write(const char *what, char *p)
{
	if (sigsetjmp(env, 1) == 0) {
		*(volatile char *)p = 1;
		printf("%s: written\n", what);
	} else {
		printf("%s: SIGSEGV code %d address %s\n", what, code,
		       addr == p ? "right" : "wrong");
	}
}

int main(void)
{
	struct sigaction sa = { .sa_sigaction = on_segv, .sa_flags = SA_SIGINFO };
	char *p = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	sigaction(SIGSEGV, &sa, NULL);
	try_write("writable", p + 10);
	CHECK_EQ(mprotect(p + 4096, 4096, PROT_READ), 0);
	try_write("before the read-only page", p + 4095);
	try_write("read-only", p + 4096 + 7);
	try_write("behind it", p + 2 * 4096);
	CHECK_EQ(munmap(p + 4096, 4096), 0);
	try_write("unmapped", p + 4096);
	CHECK_EQ(mprotect(p, 4096, PROT_NONE), 0);
	try_write("none", p);
	CHECK_EQ(mprotect(p, 4096, PROT_READ | PROT_WRITE), 0);
	printf("kept %d\n", p[10]);
	report("mprotect over a hole", mprotect(p, 3 * 4096, PROT_READ));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* MAP_GROWSDOWN: a touch just below extends the mapping down, keeping a gap to the next one. */
#include <setjmp.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static sigjmp_buf back;

static void fault(int s)
{
	siglongjmp(back, s);
}

static void touch(const char *label, volatile char *p)
{
	int s = sigsetjmp(back, 1);

	if (s == 0) {
		*p = 1;
		printf("%s: fine\n", label);
	} else {
		printf("%s: SIG%s\n", label, sigabbrev_np(s));
	}
}

int main(void)
{
	char *area = mmap(NULL, 4 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *top = area + (4 << 20), *p;

	catch_signal(SIGSEGV, fault, 0);
	CHECK_EQ(munmap(area + 4096, (4 << 20) - 4096), 0);
	p = mmap(top - 8192, 8192, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	CHECK(p == top - 8192);
	touch("inside", p);
	touch("one page below", p - 1);
	touch("ten pages below", p - 10 * 4096);
	touch("between", p - 5 * 4096);
	touch("64 pages below", p - 64 * 4096);
	touch("the neighbour", area);
	return 0;
}

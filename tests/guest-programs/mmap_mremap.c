// SPDX-License-Identifier: GPL-2.0-or-later
/* mremap: growing in place or by moving keeps contents, shrinking unmaps, fixed goes where it is told, bad calls are refused. */
#include <sys/mman.h>

#include "guest_test.h"

int main(void)
{
	char *p = mmap(NULL, 2 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *q, *room;

	CHECK(p != MAP_FAILED);
	memset(p, 5, 2 * 4096);
	q = mremap(p, 2 * 4096, 64 * 4096, MREMAP_MAYMOVE);
	CHECK(q != MAP_FAILED);
	printf("grown: %d %d %d\n", q[0], q[8191], q[8192]);
	q[63 * 4096] = 9;
	p = mremap(q, 64 * 4096, 4096, 0);
	printf("shrunk in place %d, %d\n", p == q, p[0]);
	report("the rest is gone", mprotect(p + 4096, 4096, PROT_READ));
	room = mmap(NULL, 4 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	q = mremap(p, 4096, 2 * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, room + 4096);
	printf("moved where told %d, %d %d\n", q == room + 4096, q[0], q[4096]);
	report("old place", mprotect(p, 4096, PROT_READ));
	report("fixed without maymove",
	       mremap(q, 4096, 4096, MREMAP_FIXED, room) == MAP_FAILED ? -1 : 0);
	report("not mapped", mremap(p, 4096, 8192, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	report("new length zero", mremap(q, 4096, 0, MREMAP_MAYMOVE) == MAP_FAILED ? -1 : 0);
	return 0;
}

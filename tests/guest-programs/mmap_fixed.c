// SPDX-License-Identifier: GPL-2.0-or-later
/* MAP_FIXED replaces, MAP_FIXED_NOREPLACE refuses, hints are taken when free, bad arguments are refused. */
#include <sys/mman.h>

#include "guest_test.h"

int main(void)
{
	char *p = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *q;

	CHECK(p != MAP_FAILED);
	memset(p, 7, 4 * 4096);
	q = mmap(p + 4096, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0);
	printf("fixed there %d, new page %d, old pages %d %d\n", q == p + 4096, q[0], p[4095],
	       p[2 * 4096]);
	q = mmap(p, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	report("noreplace over a map", q == MAP_FAILED ? -1 : 0);
	munmap(p + 4096, 4096);
	q = mmap(p + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1,
		 0);
	printf("noreplace into a hole %d\n", q == p + 4096);
	munmap(p + 4096, 4096);
	q = mmap(p + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	printf("hint taken %d\n", q == p + 4096);
	report("length zero",
	       mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	report("no type", mmap(NULL, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0);
	report("bad descriptor",
	       mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) == MAP_FAILED ? -1 : 0);
	report("fixed off a page",
	       mmap((void *)(p + 1), 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1,
		    0) == MAP_FAILED
		       ? -1
		       : 0);
	report("far too long",
	       mmap(NULL, 1ul << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
		       ? -1
		       : 0);
	report("munmap off a page", munmap(p + 1, 4096));
	report("munmap length zero", munmap(p, 0));
	report("munmap of a hole", munmap(p + 4 * 4096 + (1 << 20), 0x1000) > 0);
	return 0;
}

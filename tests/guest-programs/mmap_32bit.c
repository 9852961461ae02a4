// SPDX-License-Identifier: GPL-2.0-or-later
/* MAP_32BIT maps below 2 GiB; a hint wins if it is free; MAP_POPULATE and MAP_LOCKED make pages resident at once. */
#include <sys/mman.h>
#include <sys/resource.h>

#include "guest_helpers.h"

static int resident(void *p, int pages)
{
	unsigned char v[64];
	int n = 0;

	CHECK_EQ(mincore(p, (size_t)pages * 4096, v), 0);
	for (int i = 0; i < pages; i++)
		n += v[i] & 1;
	return n;
}

int main(void)
{
	int rw = PROT_READ | PROT_WRITE, anon = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mmap(NULL, 65536, rw, anon | MAP_32BIT, -1, 0), *q;
	struct rlimit l = { 4096, 4096 };

	CHECK(p != MAP_FAILED);
	printf("below 2 GiB: %d\n", (unsigned long)p + 65536 <= 1ul << 31);
	memset(p, 1, 65536);
	CHECK(mmap(NULL, 65536, rw, anon, -1, 0) != MAP_FAILED);
	p = mmap(NULL, 65536, rw, anon | MAP_POPULATE, -1, 0);
	printf("MAP_POPULATE: %d resident\n", resident(p, 16));
	p = mmap(NULL, 65536, rw, anon | MAP_LOCKED, -1, 0);
	printf("MAP_LOCKED: %d resident\n", resident(p, 16));
	p = mmap(NULL, 65536, rw, anon, -1, 0);
	result("mlock two pages", mlock(p, 8192));
	become(1000, 1000);
	CHECK_EQ(setrlimit(RLIMIT_MEMLOCK, &l), 0);
	q = mmap(NULL, 65536, rw, anon | MAP_LOCKED, -1, 0);
	result("MAP_LOCKED beyond the limit", q == MAP_FAILED ? -1 : 0);
	result("mlock beyond the limit", mlock(p, 65536));
	result("munlock", munlock(p, 8192));
	result("mlock at the limit", mlock(p, 4096));
	result("mlock a hole", mlock((void *)0x1000, 4096));
	result("mlockall", mlockall(MCL_CURRENT));
	result("mlockall of nothing", mlockall(0));
	return 0;
}

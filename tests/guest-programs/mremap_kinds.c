// SPDX-License-Identifier: GPL-2.0-or-later
/* mremap: shrink, grow in place or not, move, MREMAP_FIXED, MREMAP_DONTUNMAP, duplication by length 0, and the refusals. */
#include <sys/mman.h>

#include "guest_helpers.h"

static char *map(size_t len, int kind)
{
	char *p = mmap(NULL, len, PROT_READ | PROT_WRITE, kind | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	return p;
}

static void *re(const char *label, void *old, size_t old_len, size_t len, int flags, void *to)
{
	void *p = mremap(old, old_len, len, flags, to);

	if (p == MAP_FAILED)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %s\n", label,
		       p == old	 ? "same place"
		       : p == to ? "asked place"
				 : "elsewhere");
	return p;
}

static int mapped(void *p)
{
	unsigned char v;

	return mincore(p, 4096, &v) == 0;
}

int main(void)
{
	char *area = map(64 * 4096, MAP_PRIVATE), *p = area, *q, *s;

	CHECK_EQ(munmap(area + 8 * 4096, 8 * 4096), 0);
	memset(p, 'a', 8 * 4096);
	re("shrink", p, 8 * 4096, 4 * 4096, 0, NULL);
	printf("tail mapped %d\n", mapped(p + 4 * 4096));
	re("grow into the hole", p, 4 * 4096, 16 * 4096, 0, NULL);
	printf("kept %c, new %d\n", p[3 * 4096], p[4 * 4096]);
	re("grow into a neighbour", p, 16 * 4096, 17 * 4096, 0, NULL);
	q = re("may move", p, 4 * 4096, 32 * 4096, MREMAP_MAYMOVE, NULL);
	printf("kept %c, old mapped %d, rest mapped %d\n", q[0], mapped(p), mapped(p + 4 * 4096));
	q[0] = 'b';
	re("fixed", q, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, area + 20 * 4096);
	printf("moved %c, old mapped %d\n", area[20 * 4096], mapped(q));
	re("fixed without may move", q + 4096, 4096, 4096, MREMAP_FIXED, area);
	re("fixed onto itself", q + 4096, 8192, 8192, MREMAP_MAYMOVE | MREMAP_FIXED, q + 8192);
	re("fixed at an odd address", q + 4096, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED,
	   area + 1);
	re("odd address", q + 4097, 4096, 4096, MREMAP_MAYMOVE, NULL);
	re("new length 0", q + 4096, 4096, 0, MREMAP_MAYMOVE, NULL);
	re("hole", q, 4096, 8192, MREMAP_MAYMOVE, NULL);
	re("unknown flags", q + 4096, 4096, 4096, 0x100, NULL);
	s = map(2 * 4096, MAP_SHARED);
	s[0] = 's';
	q = re("duplicate a shared mapping", s, 0, 2 * 4096, MREMAP_MAYMOVE, NULL);
	if (q != MAP_FAILED) {
		q[1] = 't';
		printf("both see it: %c%c\n", s[0], s[1]);
	}
	re("duplicate a private one", area + 20 * 4096, 0, 4096, MREMAP_MAYMOVE, NULL);
	p = map(4 * 4096, MAP_PRIVATE);
	p[0] = 'd';
	q = re("keep the old range", p, 4 * 4096, 4 * 4096, MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
	       NULL);
	if (q != MAP_FAILED)
		printf("old mapped %d reads %d, new reads %c\n", mapped(p), p[0], q[0]);
	re("keep, other length", p, 4096, 8192, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL);
	re("keep without may move", p, 4096, 4096, MREMAP_DONTUNMAP, NULL);
	CHECK_EQ(mprotect(p + 4096, 4096, PROT_READ), 0);
	re("two mappings, grow", p, 3 * 4096, 8 * 4096, MREMAP_MAYMOVE, NULL);
	re("two mappings, shrink", p, 3 * 4096, 4096, 0, NULL);
	return 0;
}

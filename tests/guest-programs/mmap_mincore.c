// SPDX-License-Identifier: GPL-2.0-or-later
/* mincore tells which pages of private memory have been touched, populated or locked. */
#include <sys/mman.h>

#include "guest_helpers.h"

static void show(const char *label, void *p)
{
	unsigned char v[16];

	CHECK_EQ(mincore(p, 65536, v), 0);
	printf("%s: ", label);
	for (int i = 0; i < 16; i++)
		putchar(v[i] & 1 ? '1' : '0');
	putchar('\n');
}

int main(void)
{
	int rw = PROT_READ | PROT_WRITE, anon = MAP_PRIVATE | MAP_ANONYMOUS;
	char *p = mmap(NULL, 65536, rw, anon, -1, 0);

	show("untouched", p);
	p[4096] = p[8192] = 1;
	show("two touched", p);
	CHECK_EQ(mlock(p + 5 * 4096, 8192), 0);
	show("two locked", p);
	CHECK_EQ(madvise(p, 8192, MADV_DONTNEED), 0);
	show("one given up", p);
	p = mmap(NULL, 65536, PROT_NONE, anon | MAP_POPULATE, -1, 0);
	show("PROT_NONE populated", p);
	return 0;
}

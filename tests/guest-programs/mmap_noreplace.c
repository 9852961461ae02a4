// SPDX-License-Identifier: GPL-2.0-or-later
/* MAP_FIXED_NOREPLACE takes a free range exactly, and refuses any overlap without touching it. */
#include <sys/mman.h>

#include "guest_helpers.h"

static void try(const char *label, char *at, size_t len, int flags)
{
	char *p = mmap(at, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	if (p == MAP_FAILED)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %s\n", label, p == at ? "there" : "elsewhere");
}

int main(void)
{
	char *p = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(p != MAP_FAILED);
	CHECK_EQ(munmap(p, 16 * 4096), 0);
	try("free", p + 4 * 4096, 4 * 4096, MAP_FIXED_NOREPLACE);
	p[4 * 4096] = 'a';
	try("same", p + 4 * 4096, 4 * 4096, MAP_FIXED_NOREPLACE);
	try("last page overlaps", p + 2 * 4096, 3 * 4096, MAP_FIXED_NOREPLACE);
	try("first page overlaps", p + 7 * 4096, 3 * 4096, MAP_FIXED_NOREPLACE);
	try("around", p, 16 * 4096, MAP_FIXED_NOREPLACE);
	try("before", p + 2 * 4096, 2 * 4096, MAP_FIXED_NOREPLACE);
	try("after", p + 8 * 4096, 2 * 4096, MAP_FIXED_NOREPLACE);
	try("not aligned", p + 1, 4096, MAP_FIXED_NOREPLACE);
	try("with MAP_FIXED too", p + 4 * 4096, 4096, MAP_FIXED_NOREPLACE | MAP_FIXED);
	printf("kept: %c\n", p[4 * 4096]);
	try("a taken hint", p + 4 * 4096, 4096, 0);
	try("a free hint", p + 12 * 4096, 4096, 0);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Thousands of mappings: they can be made, read and taken away; the process lives when no more fit. */
#include <sys/mman.h>

#include "guest_helpers.h"

int main(void)
{
	size_t n = 10000, bad = 0;
	char *m = mmap(NULL, n * 2 * 4096, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int many = 0;

	CHECK(m != MAP_FAILED);
	for (size_t i = 0; i < n; i++) {
		m[i * 2 * 4096] = (char)i;
		CHECK_EQ(mprotect(m + i * 2 * 4096, 4096, PROT_READ), 0);
	}
	for (size_t i = 0; i < n; i++)
		bad += m[i * 2 * 4096] != (char)i;
	printf("bad %zu\n", bad);
	if (fork() == 0) {
		for (size_t i = 0; i < n; i++)
			bad += m[i * 2 * 4096] != (char)i;
		_exit(bad != 0);
	}
	wait(&many);
	printf("child %d\n", WEXITSTATUS(many));
	CHECK_EQ(munmap(m, n * 2 * 4096), 0);
	for (many = 0; many < 200000; many++) {
		void *p = mmap(NULL, 4096, many & 1 ? PROT_READ : PROT_NONE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			break;
	}
	printf("many %d then %s\n", many > 20000, strerrorname_np(errno));
	return 0;
}

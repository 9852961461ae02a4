// SPDX-License-Identifier: GPL-2.0-or-later
/* mprotect splits mappings and joins them again as /proc/self/maps shows; faults follow at once; refusals. */
#include <setjmp.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static sigjmp_buf back;

static void fault(int s)
{
	siglongjmp(back, s);
}

/* The mappings inside [p, p + pages), as "pages:permissions". */
static void show(const char *label, char *p, int pages)
{
	unsigned long a = (unsigned long)p, e = a + (unsigned long)pages * 4096, from, to;
	char line[512], perm[8];
	FILE *f = fopen("/proc/self/maps", "r");

	printf("%s:", label);
	while (fgets(line, sizeof(line), f)) {
		CHECK_EQ(sscanf(line, "%lx-%lx %7s", &from, &to, perm), 3);
		if (to <= a || from >= e)
			continue;
		from = from < a ? a : from;
		to = to > e ? e : to;
		printf(" %lu:%s", (to - from) / 4096, perm);
	}
	fclose(f);
	printf("\n");
}

static int writes(volatile char *p)
{
	if (sigsetjmp(back, 1) == 0) {
		*p = 1;
		return 1;
	}
	return 0;
}

int main(void)
{
	char *area = mmap(NULL, 12 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *p = area + 4096;
	int fd;

	catch_signal(SIGSEGV, fault, 0);
	result("all", mprotect(p, 10 * 4096, PROT_READ | PROT_WRITE));
	show("all", p, 10);
	result("middle", mprotect(p + 3 * 4096, 4 * 4096, PROT_READ));
	show("split", p, 10);
	result("one of it", mprotect(p + 5 * 4096, 1, PROT_READ | PROT_EXEC));
	show("split again", p, 10);
	result("back", mprotect(p + 3 * 4096, 4 * 4096, PROT_READ | PROT_WRITE));
	show("joined", p, 10);
	result("write only", mprotect(p, 4096, PROT_WRITE));
	show("write only", p, 2);
	result("none", mprotect(p, 4096, PROT_NONE));
	show("none", p, 2);
	result("length 0", mprotect(p, 0, PROT_READ));
	result("odd address", mprotect(p + 1, 4096, PROT_READ));
	result("unknown bits", mprotect(p, 4096, 0x80));
	result("wraps", mprotect(p, (size_t)-4096, PROT_READ));
	result("grows down, not a stack", mprotect(p, 4096, PROT_READ | PROT_GROWSDOWN));
	CHECK_EQ(munmap(p + 2 * 4096, 4096), 0);
	result("over a hole", mprotect(p, 5 * 4096, PROT_READ));
	show("up to the hole", p, 10);
	p = mmap(NULL, 10 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	p[4 * 4096] = 2;
	CHECK_EQ(mprotect(p + 3 * 4096, 4 * 4096, PROT_READ), 0);
	printf("writes: %d %d %d\n", writes(p), writes(p + 4 * 4096), writes(p + 8 * 4096));
	CHECK_EQ(mprotect(p + 3 * 4096, 4 * 4096, PROT_READ | PROT_WRITE), 0);
	printf("writes: %d\n", writes(p + 4 * 4096));
	make_file("f", "text");
	fd = open("f", O_RDONLY);
	p = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	result("write a read-only shared file", mprotect(p, 4096, PROT_READ | PROT_WRITE));
	p = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	result("write a read-only private file", mprotect(p, 4096, PROT_READ | PROT_WRITE));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Code that is written and then run: in one mapping, after mprotect, through two mappings of one file, changed again, in a forked child. */
#include <sys/mman.h>

#include "guest_helpers.h"

static void put(unsigned char *p, unsigned char v)
{
	unsigned char code[] = { 0xb8, v, 0, 0, 0, 0xc3 }; /* mov eax, v; ret */

	memcpy(p, code, sizeof(code));
}

static int run(void *p)
{
	return ((int (*)(void))p)();
}

static unsigned char *code;

static void child(void)
{
	printf("child runs %d\n", run(code));
	put(code, 9);
	printf("child's own %d\n", run(code));
}

int main(void)
{
	int fd = memfd_create("code", 0);
	unsigned char *w, *x;

	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		    0);
	put(code, 1);
	printf("%d\n", run(code));
	put(code, 2);
	printf("changed %d\n", run(code));
	run_child("child", child);
	printf("unchanged here %d\n", run(code));
	CHECK_EQ(ftruncate(fd, 4096), 0);
	w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	x = mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	put(w, 3);
	printf("two mappings %d\n", run(x));
	put(w, 4);
	printf("changed %d\n", run(x));
	w = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	put(w, 5);
	CHECK_EQ(mprotect(w, 4096, PROT_READ | PROT_EXEC), 0);
	printf("after mprotect %d\n", run(w));
	return 0;
}

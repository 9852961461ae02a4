// SPDX-License-Identifier: GPL-2.0-or-later
/* Every kind of madvise: what it does to the contents, where it is refused. */
#include <sys/mman.h>
#include <sys/stat.h>

#include "guest_helpers.h"

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ  22
#define MADV_POPULATE_WRITE 23
#endif

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
	int rw = PROT_READ | PROT_WRITE, fd;
	char *p = mmap(NULL, 16 * 4096, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *s, *f;
	struct stat st;

	memset(p, 'a', 16 * 4096);
	result("MADV_DONTNEED", madvise(p, 4096, MADV_DONTNEED));
	printf("reads %d, next %c\n", p[0], p[4096]);
	p[0] = 'b';
	result("MADV_FREE", madvise(p, 4096, MADV_FREE));
	p[0] = 'c';
	printf("written after MADV_FREE: %c\n", p[0]);
	for (size_t i = 0; i < 5; i++)
		result("hint", madvise(p, 4096,
				       (int[]){ MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL,
						MADV_WILLNEED, MADV_DONTDUMP }[i]));
	result("MADV_DODUMP", madvise(p, 4096, MADV_DODUMP));
	result("length 0", madvise(p, 0, MADV_DONTNEED));
	result("odd address", madvise(p + 1, 4096, MADV_DONTNEED));
	result("length wraps", madvise(p, (size_t)-4096, MADV_DONTNEED));
	result("unknown", madvise(p, 4096, 77));
	CHECK_EQ(munmap(p + 4 * 4096, 4096), 0);
	result("over a hole", madvise(p + 3 * 4096, 3 * 4096, MADV_DONTNEED));
	printf("around the hole: %d %d\n", p[3 * 4096], p[5 * 4096]);
	result("MADV_REMOVE of private memory", madvise(p, 4096, MADV_REMOVE));
	p = mmap(NULL, 16 * 4096, rw, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	result("MADV_POPULATE_READ", madvise(p, 4 * 4096, MADV_POPULATE_READ));
	result("MADV_POPULATE_WRITE", madvise(p + 4 * 4096, 4 * 4096, MADV_POPULATE_WRITE));
	printf("resident %d\n", resident(p, 8));
	CHECK_EQ(mprotect(p, 4096, PROT_NONE), 0);
	CHECK_EQ(mprotect(p + 4096, 4096, PROT_READ), 0);
	result("populate PROT_NONE", madvise(p, 4096, MADV_POPULATE_READ));
	result("populate for writing, read-only", madvise(p + 4096, 4096, MADV_POPULATE_WRITE));
	CHECK_EQ(munmap(p + 8192, 4096), 0);
	result("populate a hole", madvise(p + 8192, 4096, MADV_POPULATE_READ));

	fd = memfd_create("m", 0);
	CHECK_EQ(ftruncate(fd, 8 * 4096), 0);
	s = mmap(NULL, 8 * 4096, rw, MAP_SHARED, fd, 0);
	memset(s, 's', 8 * 4096);
	result("MADV_DONTNEED of a shared one", madvise(s, 4096, MADV_DONTNEED));
	printf("reads %c\n", s[0]);
	result("MADV_FREE of a shared one", madvise(s, 4096, MADV_FREE));
	result("MADV_REMOVE", madvise(s + 4096, 2 * 4096, MADV_REMOVE));
	printf("reads %c %d %d %c\n", s[0], s[4096], s[8192], s[3 * 4096]);
	CHECK_EQ(fstat(fd, &st), 0);
	printf("size %ld blocks %ld\n", (long)st.st_size, (long)st.st_blocks);
	f = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	result("MADV_REMOVE, read-only map", madvise(f, 4096, MADV_REMOVE));
	f = mmap(NULL, 4096, rw, MAP_PRIVATE, fd, 0);
	f[0] = 'p';
	result("MADV_DONTNEED of a private file map", madvise(f, 4096, MADV_DONTNEED));
	printf("reads %c\n", f[0]);
	return 0;
}

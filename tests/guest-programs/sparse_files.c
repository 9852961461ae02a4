// SPDX-License-Identifier: GPL-2.0-or-later
/* Holes: SEEK_HOLE and SEEK_DATA, reading zeros, blocks, punching and keeping the size. */
#include "guest_helpers.h"

int main(void)
{
	char b[16];
	struct stat st;
	int fd = open("f", O_RDWR | O_CREAT, 0644), zero = 1;

	CHECK_EQ(pwrite(fd, "data", 4, 1 << 20), 4);
	CHECK_EQ(pwrite(fd, "more", 4, 3 << 20), 4);
	ftruncate(fd, 5 << 20);
	report("data from 0", lseek(fd, 0, SEEK_DATA));
	report("hole from 0", lseek(fd, 0, SEEK_HOLE));
	report("hole from data", lseek(fd, 1 << 20, SEEK_HOLE));
	report("data after", lseek(fd, (1 << 20) + 4096, SEEK_DATA));
	report("data behind all", lseek(fd, (3 << 20) + 4096, SEEK_DATA));
	report("hole behind all", lseek(fd, (3 << 20) + 4096, SEEK_HOLE));
	report("hole at the end", lseek(fd, 5 << 20, SEEK_HOLE));
	CHECK_EQ(pread(fd, b, 16, 2 << 20), 16);
	for (int i = 0; i < 16; i++)
		zero &= b[i] == 0;
	printf("zeros %d\n", zero);
	fsync(fd);
	fstat(fd, &st);
	printf("size %ld, few blocks %d\n", (long)st.st_size, st.st_blocks < 200);
	report("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1 << 20, 4096));
	report("data from 0", lseek(fd, 0, SEEK_DATA));
	CHECK_EQ(pread(fd, b, 4, 1 << 20), 4);
	printf("punched reads %d\n", b[0]);
	report("allocate, keep", fallocate(fd, FALLOC_FL_KEEP_SIZE, 6 << 20, 8192));
	fstat(fd, &st);
	printf("size %ld\n", (long)st.st_size);
	report("allocate", fallocate(fd, 0, 6 << 20, 8192));
	fstat(fd, &st);
	printf("size %ld\n", (long)st.st_size);
	report("punch without keep", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	report("no length", fallocate(fd, 0, 0, 0));
	report("negative", fallocate(fd, 0, -1, 10));
	report("of a pipe", (pipe((int *)b), fallocate(((int *)b)[1], 0, 0, 1)));
	report("read-only", fallocate(open("f", O_RDONLY), 0, 0, 1));
	report("whence 9", lseek(fd, 0, 9));
	report("before the start", lseek(fd, -1, SEEK_SET));
	return 0;
}

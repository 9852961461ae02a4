// SPDX-License-Identifier: GPL-2.0-or-later
/* fallocate on shared memory: allocation, keeping the size, holes, and the modes that tmpfs does not have. */
#include <linux/falloc.h>
#include <sys/mman.h>

#include "guest_helpers.h"

static int fd;

static void show(const char *label, long r)
{
	struct stat st;

	CHECK_EQ(fstat(fd, &st), 0);
	printf("%s: %s size %ld blocks %ld\n", label, r < 0 ? strerrorname_np(errno) : "ok",
	       (long)st.st_size, (long)st.st_blocks);
}

int main(void)
{
	char b[8192];

	fd = memfd_create("m", MFD_ALLOW_SEALING);
	show("allocate", fallocate(fd, 0, 0, 8192));
	show("keep size", fallocate(fd, FALLOC_FL_KEEP_SIZE, 8192, 4096));
	memset(b, 'x', sizeof(b));
	CHECK_EQ(pwrite(fd, b, 8192, 0), 8192);
	show("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	show("punch part of a page",
	     fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 5000, 100));
	CHECK_EQ(pread(fd, b, 8192, 0), 8192);
	printf("%d %d %c %d %c\n", b[0], b[4095], b[4999], b[5000], b[5100]);
	printf("hole %ld data %ld\n", (long)lseek(fd, 0, SEEK_HOLE), (long)lseek(fd, 0, SEEK_DATA));
	printf("hole after data %ld\n", (long)lseek(fd, 4096, SEEK_HOLE));
	show("punch without keep size", fallocate(fd, FALLOC_FL_PUNCH_HOLE, 0, 4096));
	show("punch beyond the end",
	     fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 1 << 20, 4096));
	show("zero range", fallocate(fd, FALLOC_FL_ZERO_RANGE, 0, 4096));
	show("collapse", fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, 0, 4096));
	show("insert", fallocate(fd, FALLOC_FL_INSERT_RANGE, 0, 4096));
	show("length 0", fallocate(fd, 0, 0, 0));
	show("negative", fallocate(fd, 0, -1, 10));
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_GROW), 0);
	show("sealed against growing", fallocate(fd, 0, 8192, 8192));
	CHECK_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	show("sealed against writing",
	     fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 4096, 4096));
	fd = open("/dev/null", O_RDWR);
	result("of a device", fallocate(fd, 0, 0, 10));
	return 0;
}

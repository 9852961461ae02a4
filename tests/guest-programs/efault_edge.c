// SPDX-License-Identifier: GPL-2.0-or-later
/* Buffers that end at an unmapped page: what was copied counts, strings that run into it do not. */
#include <sys/mman.h>

#include "guest_helpers.h"

int main(void)
{
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *edge = m + 4096;
	struct stat *st;
	int p[2], fd;

	munmap(edge, 4096);
	CHECK_EQ(pipe(p), 0);
	report("write over the edge", write(p[1], edge - 3, 10));
	CHECK_EQ(write(p[1], "0123456789", 10), 10);
	fd = open("f", O_RDWR | O_CREAT, 0644);
	report("to a file", write(fd, edge - 3, 10));
	report("size", lseek(fd, 0, SEEK_END));
	pwrite(fd, "0123456789", 10, 0);
	report("from a file", pread(fd, edge - 4, 10, 0));
	printf("%.4s\n", edge - 4);
	strcpy(edge - 2, "f");
	report("name at the edge", access(edge - 2, F_OK));
	edge[-1] = 'x';
	report("name over the edge", access(edge - 2, F_OK));
	st = (void *)(edge - sizeof(*st));
	report("stat at the edge", stat("f", st));
	report("stat over the edge", syscall(SYS_stat, "f", (char *)st + 8));
	mprotect(m, 4096, PROT_READ);
	report("read into read-only", pread(fd, m, 10, 0));
	report("write from read-only", pwrite(fd, m, 10, 0));
	mprotect(m, 4096, PROT_NONE);
	report("write from none", pwrite(fd, m, 10, 0));
	report("no bytes", pwrite(fd, m, 0, 0));
	report("no bytes into none", pread(fd, m, 0, 0));
	return 0;
}

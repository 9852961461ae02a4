// SPDX-License-Identifier: GPL-2.0-or-later
/* Private and shared maps of /dev/zero, of a deleted file, of a file that grows; msync's answers. */
#include <sys/mman.h>

#include "guest_helpers.h"

int main(void)
{
	int fd = open("/dev/zero", O_RDWR), rw = PROT_READ | PROT_WRITE;
	char *p = mmap(NULL, 8192, rw, MAP_PRIVATE, fd, 0),
	     *s = mmap(NULL, 8192, rw, MAP_SHARED, fd, 0), *t;
	char b[8] = "";
	pid_t pid;

	CHECK(p != MAP_FAILED && s != MAP_FAILED);
	p[0] = s[0] = 'a';
	pid = fork();
	if (pid == 0) {
		p[0] = s[0] = 'b';
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	printf("private %c shared %c rest %d\n", p[0], s[0], s[4096]);
	t = mmap(NULL, 8192, rw, MAP_SHARED, fd, 0);
	printf("another map is separate: %d\n", t[0]);
	close(fd);
	fd = open("f", O_RDWR | O_CREAT, 0600);
	CHECK_EQ(ftruncate(fd, 4096), 0);
	s = mmap(NULL, 3 * 4096, rw, MAP_SHARED, fd, 0);
	p = mmap(NULL, 4096, rw, MAP_PRIVATE, fd, 0);
	s[0] = '1';
	printf("private sees it: %c\n", p[0]);
	p[1] = 'x';
	s[0] = '2';
	printf("after its copy: %c\n", p[0]);
	unlink("f");
	CHECK_EQ(ftruncate(fd, 3 * 4096), 0);
	s[2 * 4096] = '3';
	CHECK_EQ(pread(fd, b, 1, 2 * 4096), 1);
	printf("grown: %s\n", b);
	CHECK_EQ(pwrite(fd, "4", 1, 4096), 1);
	printf("written: %c\n", s[4096]);
	result("msync", msync(s, 3 * 4096, MS_SYNC));
	result("msync async", msync(s, 3 * 4096, MS_ASYNC));
	result("msync both", msync(s, 4096, MS_SYNC | MS_ASYNC));
	result("msync unknown", msync(s, 4096, 0x80));
	result("msync odd", msync(s + 1, 4096, MS_SYNC));
	CHECK_EQ(munmap(s + 4096, 4096), 0);
	result("msync over a hole", msync(s, 3 * 4096, MS_SYNC));
	result("mincore odd", mincore(s + 1, 4096, (void *)b));
	result("mincore over a hole", mincore(s, 3 * 4096, (void *)b));
	result("mincore bad vector", mincore(s, 4096, (void *)16));
	return 0;
}

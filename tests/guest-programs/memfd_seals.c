// SPDX-License-Identifier: GPL-2.0-or-later
/* memfd: size, seals one after the other, mappings, what fcntl says of others. */
#include <sys/mman.h>

#include "guest_helpers.h"

int main(void)
{
	int fd = memfd_create("m", MFD_ALLOW_SEALING | MFD_CLOEXEC), plain;
	char link[64], b[64], *p;
	ssize_t n;

	CHECK(fd >= 0);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, b, sizeof(b) - 1);
	printf("link %.*s\n", (int)n, b);
	report("write", write(fd, "abc", 3));
	report("seals", fcntl(fd, F_GET_SEALS));
	report("shrink", fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK));
	result("ftruncate down", ftruncate(fd, 1));
	result("ftruncate up", ftruncate(fd, 8192));
	report("grow", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	result("ftruncate up", ftruncate(fd, 10000));
	report("write behind", pwrite(fd, "abcd", 4, 8190));
	report("write at the end", pwrite(fd, "abcd", 4, 8192));
	p = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	report("write seal while mapped", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	munmap(p, 8192);
	report("write seal", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
	report("write", write(fd, "x", 1));
	result("map shared writable",
	       mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED ? -1 : 0);
	p = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	result("map shared to read", p == MAP_FAILED ? -1 : 0);
	result("mprotect it", mprotect(p, 8192, PROT_READ | PROT_WRITE));
	result("map private",
	       mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0) == MAP_FAILED ? -1 : 0);
	report("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
	report("seal", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL));
	report("after the seal", fcntl(fd, F_ADD_SEALS, F_SEAL_GROW));
	report("seals", fcntl(fd, F_GET_SEALS));
	plain = memfd_create("n", 0);
	report("no sealing", fcntl(plain, F_GET_SEALS));
	report("no sealing", fcntl(plain, F_ADD_SEALS, F_SEAL_GROW));
	report("bad flags", memfd_create("n", 0x1000));
	memset(b, 'x', sizeof(b));
	{
		char name[300];

		memset(name, 'x', sizeof(name));
		name[250] = 0;
		report("long name", memfd_create(name, 0));
		name[249] = 0;
		result("longest name", memfd_create(name, 0));
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap's errors: lengths, offsets, kinds, protections against the open mode, flags that must be known. */
#include <sys/mman.h>

#include "guest_helpers.h"

static void try(const char *label, void *at, size_t len, int prot, int flags, int fd, long off)
{
	void *p = (void *)syscall(SYS_mmap, at, len, prot, flags, fd, off);

	result(label, p == MAP_FAILED ? -1 : 0);
	if (p != MAP_FAILED)
		munmap(p, len);
}

int main(void)
{
	int anon = MAP_PRIVATE | MAP_ANONYMOUS, rw = PROT_READ | PROT_WRITE, ro, wo, rdwr, dir,
	    path, p[2];

	make_file("f", "text");
	ro = open("f", O_RDONLY);
	wo = open("f", O_WRONLY);
	rdwr = open("f", O_RDWR);
	dir = open(".", O_RDONLY);
	path = open("f", O_PATH);
	CHECK_EQ(pipe(p), 0);
	try("length 0", NULL, 0, rw, anon, -1, 0);
	try("length wraps", NULL, (size_t)-1, rw, anon, -1, 0);
	try("length beyond the space", NULL, 1ul << 47, rw, anon, -1, 0);
	try("offset not aligned", NULL, 4096, rw, MAP_PRIVATE, rdwr, 1);
	try("offset overflows", NULL, 8192, rw, MAP_PRIVATE, rdwr, (long)0xfffffffffffff000ul);
	try("neither private nor shared", NULL, 4096, rw, MAP_ANONYMOUS, -1, 0);
	try("anonymous with an offset", NULL, 4096, rw, anon, -1, 4096);
	try("anonymous with a descriptor", NULL, 4096, rw, anon, 999, 0);
	try("bad descriptor", NULL, 4096, PROT_READ, MAP_PRIVATE, 999, 0);
	try("fixed at an odd address", (void *)0x10000001, 4096, rw, anon | MAP_FIXED, -1, 0);
	try("fixed in the kernel half", (void *)0xffff800000000000ul, 4096, rw, anon | MAP_FIXED,
	    -1, 0);
	try("fixed at the end", (void *)0x7ffffffff000ul, 4096, rw, anon | MAP_FIXED, -1, 0);
	try("write-only file", NULL, 4096, PROT_READ, MAP_PRIVATE, wo, 0);
	try("write-only file, no access", NULL, 4096, PROT_NONE, MAP_PRIVATE, wo, 0);
	try("read-only file, private write", NULL, 4096, rw, MAP_PRIVATE, ro, 0);
	try("read-only file, shared write", NULL, 4096, rw, MAP_SHARED, ro, 0);
	try("read-only file, shared read", NULL, 4096, PROT_READ, MAP_SHARED, ro, 0);
	try("directory", NULL, 4096, PROT_READ, MAP_PRIVATE, dir, 0);
	try("O_PATH", NULL, 4096, PROT_READ, MAP_PRIVATE, path, 0);
	try("pipe", NULL, 4096, PROT_READ, MAP_PRIVATE, p[0], 0);
	try("unknown flag", NULL, 4096, PROT_READ, MAP_SHARED | 0x1000000, rdwr, 0);
	try("unknown flag, validated", NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE | 0x1000000, rdwr,
	    0);
	try("MAP_SYNC", NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE | MAP_SYNC, rdwr, 0);
	try("MAP_SHARED_VALIDATE", NULL, 4096, PROT_READ, MAP_SHARED_VALIDATE, rdwr, 0);
	try("unknown protection", NULL, 4096, PROT_READ | 0x80, anon, -1, 0);
	try("MAP_NORESERVE", NULL, 4096, rw, anon | MAP_NORESERVE, -1, 0);
	try("MAP_STACK", NULL, 4096, rw, anon | MAP_STACK, -1, 0);
	try("MAP_DENYWRITE", NULL, 4096, PROT_READ, MAP_PRIVATE | 0x800, rdwr, 0);
	try("MAP_NONBLOCK", NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_NONBLOCK, rdwr, 0);
	result("munmap length 0", munmap((void *)0x10000000, 0));
	result("munmap odd address", munmap((void *)0x10000001, 4096));
	result("munmap nothing", munmap((void *)0x10000000, 4096));
	result("munmap the kernel half", munmap((void *)0xffff800000000000ul, 4096));
	return 0;
}

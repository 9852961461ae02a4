// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes of a debugger go where the program itself may not write, into a copy of its own; not into read-only shared memory. */
#include <stdbool.h>
#include <sys/mman.h>

#include "ptrace_helpers.h"

extern char break_here[];
static char *none, *shared_ro, *private_ro, *shared_rw;

static void work(void)
{
	__asm__ volatile(".globl break_here\nbreak_here: nop\n");
	_exit(11);
}

static ssize_t mem_write(pid_t pid, const void *at, const void *data, size_t len)
{
	char name[64];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/mem", pid);
	fd = open(name, O_RDWR);
	CHECK(fd >= 0);
	n = pwrite(fd, data, len, (off_t)(unsigned long)at);
	close(fd);
	return n;
}

static void breakpoint(bool by_mem)
{
	struct user_regs_struct r;
	pid_t pid = spawn_traced(work, 0);
	long old = ptrace(PTRACE_PEEKTEXT, pid, break_here, 0);
	const char int3 = (char)0xcc;

	if (by_mem)
		CHECK_EQ(mem_write(pid, break_here, &int3, 1), 1);
	else
		CHECK_EQ(ptrace(PTRACE_POKETEXT, pid, break_here, (old & ~0xffl) | 0xcc), 0);
	printf("mine unchanged %d\n", *(unsigned char *)break_here == 0x90);
	go(PTRACE_CONT, pid, 0);
	expect_stop("breakpoint", pid);
	CHECK_EQ(ptrace(PTRACE_GETREGS, pid, 0, &r), 0);
	printf("behind it %d\n", r.rip == (unsigned long)break_here + 1);
	CHECK_EQ(ptrace(PTRACE_POKETEXT, pid, break_here, old), 0);
	r.rip--;
	CHECK_EQ(ptrace(PTRACE_SETREGS, pid, 0, &r), 0);
	go(PTRACE_CONT, pid, 0);
	expect_stop("end", pid);
}

int main(void)
{
	int fd = open("file", O_RDWR | O_CREAT, 0600);
	char c = 0;
	pid_t pid;

	breakpoint(false);
	breakpoint(true);
	CHECK_EQ(ftruncate(fd, 4096), 0);
	CHECK_EQ(pwrite(fd, "abcdefgh", 8, 0), 8);
	none = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memcpy(none, "12345678", 9);
	CHECK_EQ(mprotect(none, 4096, PROT_NONE), 0);
	shared_ro = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	private_ro = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	shared_rw = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	pid = spawn_traced(work, 0);
	printf("closed page %lx\n", ptrace(PTRACE_PEEKDATA, pid, none, 0));
	result("into it", ptrace(PTRACE_POKEDATA, pid, none, 0x4142434445464748));
	printf("closed page %lx\n", ptrace(PTRACE_PEEKDATA, pid, none, 0));
	result("read-only shared", ptrace(PTRACE_POKEDATA, pid, shared_ro, 1));
	result("read-only private", ptrace(PTRACE_POKEDATA, pid, private_ro, 0x6161616161616161));
	printf("there %lx\n", ptrace(PTRACE_PEEKDATA, pid, private_ro, 0));
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	printf("the file %c\n", c);
	result("shared", ptrace(PTRACE_POKEDATA, pid, shared_rw, 0x7a7a7a7a7a7a7a7a));
	CHECK_EQ(pread(fd, &c, 1, 0), 1);
	printf("the file %c, mine %c\n", c, shared_ro[0]);
	result("nothing there", ptrace(PTRACE_POKEDATA, pid, 8, 0));
	errno = 0;
	ptrace(PTRACE_PEEKDATA, pid, (void *)-4096, 0);
	printf("kernel address %s\n", strerrorname_np(errno));
	errno = 0;
	printf("unaligned %lx\n", ptrace(PTRACE_PEEKDATA, pid, private_ro + 3, 0));
	result("mem of a hole", mem_write(pid, (void *)8, &c, 1));
	kill_and_reap(pid);
	return 0;
}

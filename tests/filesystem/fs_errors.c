// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs_errors calls DIR      what programs see of a disk that breaks: the host is asked for errors by lines "@@FAIL …" on standard output, and answers with one
 *                          line on standard input when they are in force (run-fs-errors gives them to umlk's mconsole)
 * fs_errors full DIR       the same of an image that has no room on its host
 *
 * The last line is "@@RIGHT", or what was expected and did not come.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PAGE 4096u

static unsigned char page[PAGE], got[PAGE];
static sigjmp_buf bus;
static int wrong;

static void expect(const char *what, long result, int error, int wanted)
{
	const char *is = result >= 0 ? "0" : strerrorname_np(error);

	printf("%s: %s\n", what, is);
	if ((result >= 0 ? 0 : error) == wanted)
		return;
	printf("WRONG: %s: %s, wanted %s\n", what, is, wanted ? strerrorname_np(wanted) : "0");
	wrong = 1;
}

#define EXPECT(call, wanted)                      \
	do {                                      \
		long r_ = (long)(call);           \
		expect(#call, r_, errno, wanted); \
	} while (0)

/* Any error will do: which one depends on what else went wrong before. */
static void expect_some_error(const char *what, long result)
{
	printf("%s: %s\n", what, result >= 0 ? "0" : "an error");
	if (result >= 0) {
		printf("WRONG: %s: no error\n", what);
		wrong = 1;
	}
}

static void fail(const char *what)
{
	char line[64];

	printf("@@FAIL %s\n", what);
	if (!fgets(line, sizeof(line), stdin))
		exit(1);
}

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags, 0644);

	if (fd < 0) {
		printf("WRONG: open %s: %s\n", name, strerrorname_np(errno));
		exit(1);
	}
	return fd;
}

static void on_bus(int sig)
{
	(void)sig;
	siglongjmp(bus, 1);
}

/* 0, or -1 with errno EFAULT for a SIGBUS. */
static int store(unsigned char *p)
{
	if (sigsetjmp(bus, 1) != 0) {
		errno = EFAULT;
		return -1;
	}
	*(volatile unsigned char *)p = 1;
	return 0;
}

static int is_read_only(void)
{
	char line[512];
	FILE *f = fopen("/proc/mounts", "r");
	int ro = 0;

	while (f && fgets(line, sizeof(line), f))
		if (strstr(line, " /mnt ext4 ro"))
			ro = 1;
	if (f)
		fclose(f);
	return ro;
}

static int calls(void)
{
	int a = open_file("a", O_CREAT | O_RDWR), b, dir = open_file(".", O_RDONLY);
	unsigned char *map;

	memset(page, 'x', PAGE);
	for (unsigned int i = 0; i < 16; i++)
		EXPECT(pwrite(a, page, PAGE, (off_t)i * PAGE), 0);
	EXPECT(ftruncate(a, 32 * PAGE), 0);
	EXPECT(fsync(a), 0);
	EXPECT(fsync(dir), 0);
	b = open_file("a", O_RDWR);
	map = mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, a, 0);

	/* One call that fails is told, and the next works. */
	fail("read:1:1");
	EXPECT(pread(a, got, PAGE, 0), EIO);
	EXPECT(pread(a, got, PAGE, 0), 0);
	memset(page, 'y', PAGE);
	fail("write:1:1");
	EXPECT(pwrite(a, page, PAGE, 0), EIO);
	EXPECT(pread(a, got, PAGE, 0), 0);
	if (got[0] != 'x')
		printf("WRONG: a write that failed has written\n"), wrong = 1;
	EXPECT(pwrite(a, page, PAGE, 0), 0);
	/* Room for a hole whose data is refused: a hole still. */
	fail("write:1:1");
	EXPECT(pwrite(a, page, PAGE, 20 * PAGE), EIO);
	EXPECT(pread(a, got, PAGE, 20 * PAGE), 0);
	if (got[0] != 0)
		printf("WRONG: a hole shows something\n"), wrong = 1;
	fail("punch:1:1");
	EXPECT(store(map + 21 * PAGE), EFAULT);
	EXPECT(store(map + 21 * PAGE), 0);
	EXPECT(store(map + PAGE), 0);
	if (is_read_only())
		printf("WRONG: read-only because of data\n"), wrong = 1;

	/* A flush that fails: whoever asks must hear of it, again and through every descriptor. */
	fail("flush:1:1");
	EXPECT(pwrite(a, page, PAGE, PAGE), 0);
	EXPECT(fsync(a), EIO);
	expect_some_error("fsync of the other descriptor", fsync(b));
	expect_some_error("msync", msync(map, 32 * PAGE, MS_SYNC));
	expect_some_error("fsync once more", fsync(a));

	/* The journal cannot be written any more: read-only, and what is there can be read. */
	(void)!mkdir("d", 0755);
	expect_some_error("fsync of the directory", fsync(dir));
	EXPECT(mkdir("e", 0755), EROFS);
	EXPECT(pwrite(a, page, PAGE, 0), EROFS);
	EXPECT(open("new", O_CREAT | O_WRONLY, 0644), EROFS);
	EXPECT(fsync(a), EROFS);
	EXPECT(store(map + 22 * PAGE), EFAULT);
	EXPECT(pread(a, got, PAGE, 2 * PAGE), 0);
	if (!is_read_only())
		printf("WRONG: not read-only\n"), wrong = 1;
	return wrong;
}

static int full(void)
{
	int a = open_file("a", O_CREAT | O_RDWR), b = open_file("b", O_CREAT | O_RDWR), n = 0;
	unsigned char *map;
	int refused = 0, stored = 0;

	EXPECT(ftruncate(a, 4096 * PAGE), 0);
	EXPECT(pwrite(b, "old", 3, 0), 0);
	EXPECT(fsync(a), 0);
	EXPECT(fsync(b), 0);
	map = mmap(NULL, 4096 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, a, 0);
	memset(page, 'z', PAGE);
	/* All even pages by write, all odd ones by the map: some go, the rest is refused, and nothing else happens. */
	for (int i = 0; i < 4096; i++) {
		int r = i % 2 ? store(map + (size_t)i * PAGE)
			      : (int)pwrite(a, page, PAGE, (off_t)i * PAGE);

		if (r < 0)
			refused++;
		else
			stored++;
		if (r < 0 && i % 2 == 0)
			n = errno;
	}
	printf("some were stored: %s, some refused: %s\n", stored ? "yes" : "no",
	       refused ? "yes" : "no");
	if (!stored || !refused || (n != EIO && n != EROFS))
		printf("WRONG: %d stored, %d refused, error %d\n", stored, refused, n), wrong = 1;
	/* The kernel's copy into such a page is refused too; what is there stays readable. */
	EXPECT(pread(b, got, 3, 0), 0);
	for (int i = 4095; i > 4080; i -= 2) {
		long r = pread(b, map + (size_t)i * PAGE, 3, 0);

		if (r >= 0 || errno != EFAULT)
			printf("WRONG: a copy to a page without room: %ld\n", r), wrong = 1;
	}
	return wrong;
}

int main(int argc, char **argv)
{
	struct sigaction sa = { .sa_handler = on_bus };
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigaction(SIGBUS, &sa, NULL);
	if (argc != 3 || chdir(argv[2]) != 0) {
		fprintf(stderr, "usage: fs_errors calls|full DIR\n");
		return 2;
	}
	r = strcmp(argv[1], "calls") == 0 ? calls() : full();
	printf("%s\n", r ? "@@WRONG" : "@@RIGHT");
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Threads that map, touch, move and unmap the same few pages of two files, while one of these is filled through a map and the other one shrinks and grows.
 * On a disk the kernel sleeps in the middle of most of that. What was written through a map that nobody else touches must be in the file.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/mman.h>

#include "guest_test.h"

#define PAGE   4096ul
#define WINDOW (64 * PAGE)
#define FILLS  2000ul
#define STEP   (16 * PAGE)

static char *window;
static int filled_fd, shrunk_fd;
static atomic_bool stop;

static unsigned int next(unsigned int *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void *map_it(void *arg)
{
	unsigned int seed = 1;

	(void)arg;
	while (!stop) {
		unsigned int n = next(&seed);
		int fd = n & 1 ? filled_fd : shrunk_fd;

		(void)mmap(window + n / 8 % 16 * PAGE, 32 * PAGE, PROT_READ | PROT_WRITE,
			   MAP_FIXED | (n & 2 ? MAP_SHARED : MAP_PRIVATE), fd,
			   (off_t)(n / 128 % 64 * STEP));
	}
	return NULL;
}

static void *unmap_it(void *arg)
{
	unsigned int seed = 2;

	(void)arg;
	while (!stop) {
		unsigned int n = next(&seed);
		char *at = window + n / 8 % 48 * PAGE;

		if (n & 1)
			munmap(at, 16 * PAGE);
		else if (n & 2)
			mprotect(at, 4 * PAGE, PROT_READ);
		else if (n & 4)
			(void)mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
				     window + (n / 512 % 60) * PAGE);
		else
			madvise(at, 8 * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

/* Touches by system calls: they fail where nothing is mapped, and no signal comes. */
static void *touch_it(void *arg)
{
	int zero = open("/dev/zero", O_RDONLY);
	unsigned int seed = 3;

	(void)arg;
	while (!stop) {
		unsigned int n = next(&seed);
		char *at = window + n / 8 % 64 * PAGE;

		if (n & 3)
			(void)!read(zero, at, 1);
		else
			(void)!msync(at, PAGE, n & 4 ? MS_SYNC : MS_ASYNC);
	}
	close(zero);
	return NULL;
}

static void *shrink_it(void *arg)
{
	unsigned int seed = 4;

	(void)arg;
	while (!stop) {
		unsigned int n = next(&seed);

		(void)!ftruncate(shrunk_fd, (off_t)(n % 64 * STEP));
		(void)!pwrite(shrunk_fd, "x", 1, (off_t)(n / 64 % 64 * STEP));
	}
	return NULL;
}

int main(void)
{
	void *(*const kinds[])(void *) = { map_it, unmap_it, touch_it, shrink_it };
	pthread_t threads[4];
	char *m, c;

	filled_fd = open("filled", O_RDWR | O_CREAT | O_EXCL, 0600);
	shrunk_fd = open("shrunk", O_RDWR | O_CREAT | O_EXCL, 0600);
	CHECK(filled_fd >= 0 && shrunk_fd >= 0);
	CHECK_EQ(ftruncate(filled_fd, FILLS * STEP), 0);
	CHECK_EQ(ftruncate(shrunk_fd, 64 * STEP), 0);
	window = mmap(NULL, WINDOW, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m = mmap(NULL, FILLS * STEP, PROT_READ | PROT_WRITE, MAP_SHARED, filled_fd, 0);
	CHECK(window != MAP_FAILED && m != MAP_FAILED);
	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_create(&threads[i], NULL, kinds[i], NULL), 0);
	/* Bytes that the others, who only write the first one of a page, leave alone. */
	for (unsigned long i = 0; i < FILLS; i++)
		m[i * STEP + 1 + i % 4000] = (char)('a' + i % 26);
	stop = true;
	for (int i = 0; i < 4; i++)
		CHECK_EQ(pthread_join(threads[i], NULL), 0);
	for (unsigned long i = 0; i < FILLS; i++) {
		CHECK_EQ(pread(filled_fd, &c, 1, (off_t)(i * STEP + 1 + i % 4000)), 1);
		CHECK_EQ(c, 'a' + i % 26);
		CHECK_EQ(m[i * STEP + 1 + i % 4000], c);
	}
	munmap(m, FILLS * STEP);
	printf("all there\n");
	return 0;
}

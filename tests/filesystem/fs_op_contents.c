// SPDX-License-Identifier: GPL-2.0-or-later
/* fs_operations' operations on contents: reading, writing, holes, maps. */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs_operations.h"
void op_write(void)
{
	char name[512];
	unsigned int at = some_offset();
	unsigned int len = some_length();
	uint64_t key = fs_random_next(&rnd);
	int append = below(4) == 0;
	int fd = open_some(O_RDWR | O_CREAT | (append ? O_APPEND : 0) | (below(10) ? 0 : O_TRUNC) |
				   (below(12) ? 0 : O_SYNC),
			   name);

	fs_fill(buffer, len, key, at);
	if (fd < 0)
		return;
	said("write", name, append ? write(fd, buffer, len) : pwrite(fd, buffer, len, at));
	if (below(5) == 0)
		said("fsync", name, below(2) ? fsync(fd) : fdatasync(fd));
	close(fd);
}

void op_read(void)
{
	char name[512];
	unsigned int at = some_offset();
	unsigned int len = some_length();
	int fd = open_some(O_RDONLY, name);
	ssize_t n;

	if (fd < 0)
		return;
	n = pread(fd, buffer, len, at);
	said("read", name, n);
	if (n > 0)
		printf("  %016llx\n", (unsigned long long)fs_hash(0, buffer, (size_t)n));
	close(fd);
}

void op_truncate(void)
{
	char name[512];
	unsigned int size = some_offset();

	some_name(name);
	said("truncate", name, truncate(name, below(6) ? size : 0));
}

void op_fallocate(void)
{
	static const int modes[] = { 0,
				     FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_ZERO_RANGE,
				     FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_COLLAPSE_RANGE,
				     FALLOC_FL_INSERT_RANGE };
	char name[512];
	int mode = modes[below(7)];
	unsigned int at = some_offset();
	unsigned int len = some_length();
	int fd = open_some(O_RDWR, name);

	if (fd < 0)
		return;
	if (mode >= FALLOC_FL_COLLAPSE_RANGE && mode != FALLOC_FL_ZERO_RANGE &&
	    !(mode & FALLOC_FL_KEEP_SIZE) && below(8)) {
		at &= ~4095u;
		len = (len + 4095) & ~4095u;
	}
	printf("mode %d at %u len %u\n", mode, at, len);
	said("fallocate", name, fallocate(fd, mode, at, len));
	close(fd);
}

/*
 * A map whose pages come one by one. Linux keeps what was read or written at once in large folios, and a store to one fills all holes below it: a choice of
 * its own, so what is cached goes first.
 */
static unsigned char *map_file(int fd, size_t size, int flags)
{
	unsigned char *p;

	fsync(fd);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags, fd, 0);
	if (p != MAP_FAILED)
		madvise(p, size, MADV_RANDOM);
	return p;
}

/* Stores through a shared map, one page or some; what they gave is read by the other calls and by the tree. */
void op_map(void)
{
	char name[512];
	struct stat st;
	unsigned int len, at;
	uint64_t key = fs_random_next(&rnd);
	int shared = below(3) != 0, sync = below(2) != 0;
	unsigned char *p;
	int fd = open_some(O_RDWR, name);

	at = below(1000);
	len = below(60000);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		size_t size = (size_t)st.st_size;

		at = (unsigned int)(size * at / 1000);
		if (len > size - at)
			len = (unsigned int)(size - at);
		p = map_file(fd, size, shared ? MAP_SHARED : MAP_PRIVATE);
		if (p == MAP_FAILED) {
			said("map", name, -1);
		} else {
			fs_fill(p + at, len, key, at);
			printf("map %s %d %u+%u %016llx\n", name, shared, at, len,
			       (unsigned long long)fs_hash(0, p, size < 100000 ? size : 100000));
			said("read", name, pread(fd, buffer, size < 100000 ? size : 100000, 0));
			printf("  %016llx\n", (unsigned long long)fs_hash(
						      0, buffer, size < 100000 ? size : 100000));
			if (sync)
				said("msync", name, msync(p, size, MS_SYNC));
			munmap(p, size);
		}
	}
	close(fd);
}

static sigjmp_buf bus;

static void on_bus(int signo)
{
	(void)signo;
	siglongjmp(bus, 1);
}

/* A change of the file behind a map of it. */
static int change_file(int fd, unsigned int what, unsigned int at, unsigned int len)
{
	switch (what) {
	case 0:
		return ftruncate(fd, at);
	case 1:
		return ftruncate(fd, at) == 0 ? ftruncate(fd, (off_t)at + len) : -1;
	case 2:
		return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len);
	case 3:
		return fallocate(fd, FALLOC_FL_ZERO_RANGE, at, len);
	case 4:
		return fallocate(fd, FALLOC_FL_COLLAPSE_RANGE, at & ~4095u, (len + 4095) & ~4095u);
	case 5:
		return fallocate(fd, FALLOC_FL_INSERT_RANGE, at & ~4095u, (len + 4095) & ~4095u);
	case 6:
		return fallocate(fd, 0, at, len);
	default:
		return (int)pwrite(fd, buffer, len < 4000 ? len : 4000, at);
	}
}

static void show_map(const char *name, int fd, const unsigned char *p, size_t mapped)
{
	struct stat st;
	size_t size, edge;
	int hit = 0;

	if (fstat(fd, &st) != 0)
		return;
	size = (size_t)st.st_size < mapped ? (size_t)st.st_size : mapped;
	printf("mapped %s %zu %016llx\n", name, size, (unsigned long long)fs_hash(0, p, size));
	edge = (size + 4095) & ~(size_t)4095;
	if (edge >= mapped)
		return;
	signal(SIGBUS, on_bus);
	if (sigsetjmp(bus, 1) == 0)
		hit = *(const volatile unsigned char *)(p + edge) + 1;
	signal(SIGBUS, SIG_DFL);
	printf("  behind the end: %s\n", hit ? "a byte" : "SIGBUS");
}

/* Stores through a shared map, a change of the file below it, and stores again. */
void op_map_changes(void)
{
	char name[512];
	struct stat st;
	unsigned int what = below(8), at = some_offset(), len = some_length(),
		     thousandths = below(1000);
	uint64_t key = fs_random_next(&rnd);
	size_t size, mapped;
	unsigned char *p;
	int fd = open_some(O_RDWR, name);

	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || st.st_size == 0 || st.st_size > MAX_FILE)
		goto out;
	size = (size_t)st.st_size;
	at %= (unsigned int)size + 8192;
	mapped = (size + (1u << 16)) & ~(size_t)4095;
	p = map_file(fd, mapped, MAP_SHARED);
	if (p == MAP_FAILED) {
		said("map", name, -1);
		goto out;
	}
	fs_fill(p + size * thousandths / 1000, 1 + (size - 1) / 1000, key, 0);
	fs_fill(buffer, len, key, 1);
	printf("change %u at %u len %u\n", what, at, len);
	said("map and change", name, change_file(fd, what, at, len));
	show_map(name, fd, p, mapped);
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		size = (size_t)st.st_size < mapped ? (size_t)st.st_size : mapped;
		p[size * thousandths / 1000] = 99;
		p[size - 1] = 98;
		said("read", name, pread(fd, buffer, BUFFER, 0));
		printf("  %016llx\n",
		       (unsigned long long)fs_hash(0, buffer, size < BUFFER ? size : BUFFER));
	}
	munmap(p, mapped);
out:
	close(fd);
}

/* What lies in the page cache Linux calls data, so it is written and dropped before. */
void op_seek(void)
{
	char name[512];
	off_t at = some_offset();
	struct stat st;
	int fd = open_some(O_RDONLY, name);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	said("fsync", name, fsync(fd));
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	said("data", name, lseek(fd, at, SEEK_DATA));
	said("hole", name, lseek(fd, at, SEEK_HOLE));
	close(fd);
}

/* Past the page cache: whole sectors only. */
void op_direct(void)
{
	static unsigned char aligned[1 << 17] __attribute__((aligned(4096)));
	char name[512];
	unsigned int unit = below(3) ? 4096 : 512;
	unsigned int at = some_offset() / unit * unit;
	unsigned int len = (1 + some_length() / unit) * unit;
	uint64_t key = fs_random_next(&rnd);
	int store = below(2) != 0;
	int fd = open_some(O_RDWR | (store ? O_CREAT : 0), name);
	struct stat st;
	ssize_t n;

	if (len > sizeof(aligned))
		len = sizeof(aligned);
	if (fd < 0)
		return;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT) != 0) {
		close(fd);
		return;
	}
	if (store) {
		fs_fill(aligned, len, key, at);
		said("direct write", name, pwrite(fd, aligned, len, at));
	} else {
		n = pread(fd, aligned, len, at);
		said("direct read", name, n);
		if (n > 0)
			printf("  %016llx\n", (unsigned long long)fs_hash(0, aligned, (size_t)n));
	}
	close(fd);
}

/* Through a pipe, a piece that fits into it. */
static ssize_t splice_some(int in, off_t *a, int out, off_t *b, unsigned int len)
{
	int ends[2];
	ssize_t n;

	if (pipe(ends) != 0)
		return -1;
	n = splice(in, a, ends[1], NULL, len < 57344 ? len : 57344, 0);
	if (n > 0)
		n = splice(ends[0], NULL, out, b, (size_t)n, 0);
	close(ends[0]);
	close(ends[1]);
	return n;
}

void op_copy(void)
{
	char from[512], to[512];
	off_t a = some_offset(), b = some_offset();
	unsigned int len = some_length(), how = below(4);
	int in = open_some(O_RDONLY, from);
	int out = open_some(O_RDWR | O_CREAT, to);

	if (in >= 0 && out >= 0 && strcmp(from, to) != 0) {
		if (how < 2)
			said("copy", to, copy_file_range(in, &a, out, &b, len, 0));
		else if (how == 2)
			said("splice", to, splice_some(in, &a, out, &b, len));
		else if (lseek(out, b, SEEK_SET) == b)
			said("sendfile", to, sendfile(out, in, &a, len));
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

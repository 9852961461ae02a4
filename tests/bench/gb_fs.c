// SPDX-License-Identifier: GPL-2.0-or-later
/* The file system benchmarks of gb: everything happens below one directory, on whatever lies there. */
#define _GNU_SOURCE
#include "gb.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SMALL	  2000	 /* files made and removed */
#define CROWD	  100000 /* entries of the large directory */
#define LINKS	  50000	 /* of them that are one file: ext4 allows 65,000 */
#define BESIDE_MB 64	 /* dirty data of another file */
#define FSYNCS	  20
#define CHUNK	  (128 << 10)

static uint64_t rnd_state = 88172645463325252ULL;

static uint64_t rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state;
}

static void out(const char *name, double v, const char *unit)
{
	printf("BENCH fs.%s %.1f %s\n", name, v, unit);
	fflush(stdout);
}

/* Operations in a second since t. */
static void out_rate(const char *name, long ops, double t)
{
	out(name, ops / (now() - t) * 1e9, "op/s");
}

/* --- names ------------------------------------------------------------- */

static void small_files(const char *where, const char *create, const char *unlinked, char *buf)
{
	char path[64];
	double t = now();

	for (int i = 0; i < SMALL; i++) {
		int fd;

		sprintf(path, "%s/f%04d", where, i);
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		CHECK(fd);
		CHECK(write(fd, buf, 1024));
		close(fd);
	}
	out_rate(create, SMALL, t);
	t = now();
	for (int i = 0; i < SMALL; i++) {
		sprintf(path, "%s/f%04d", where, i);
		CHECK(unlink(path));
	}
	out_rate(unlinked, SMALL, t);
}

static long list(const char *where)
{
	DIR *d = opendir(where);
	long n = 0;

	if (!d)
		fail(where);
	while (readdir(d))
		n++;
	closedir(d);
	return n;
}

static void crowd(char *buf)
{
	char path[64];
	double t;

	CHECK(mkdir("crowd", 0700));
	t = now();
	for (int i = 0; i < CROWD; i++) {
		sprintf(path, "crowd/entry-%06d", i);
		if (i % LINKS == 0)
			close(open(path, O_WRONLY | O_CREAT, 0600));
		else {
			char first[64];

			sprintf(first, "crowd/entry-%06d", i / LINKS * LINKS);
			CHECK(link(first, path));
		}
	}
	out_rate("link_100k", CROWD, t);
	small_files("crowd", "create_small_in_100k", "unlink_small_in_100k", buf);
	list("crowd");
	t = now();
	if (list("crowd") != CROWD + 2)
		fail("crowd");
	out("getdents_100k", (now() - t) / 1e6, "ms");
	t = now();
	for (int i = 0; i < SMALL; i++) {
		struct stat st;

		sprintf(path, "crowd/entry-%06d", (int)(rnd() % CROWD));
		CHECK(stat(path, &st));
	}
	out("stat_in_100k", (now() - t) / 1e3 / SMALL, "us");
	for (int i = 0; i < CROWD; i++) {
		sprintf(path, "crowd/entry-%06d", i);
		CHECK(unlink(path));
	}
	CHECK(rmdir("crowd"));
}

#define REPEAT(name, body)                                \
	do {                                              \
		double t_ = now();                        \
		long n_ = 0;                              \
		while (now() - t_ < 2e8)                  \
			for (int i_ = 0; i_ < 16; i_++) { \
				body;                     \
				n_++;                     \
			}                                 \
		out(name, (now() - t_) / 1e3 / n_, "us"); \
	} while (0)

static void one_name(void)
{
	char buf[256];
	struct stat st;

	CHECK(mkdir("a", 0700));
	CHECK(mkdir("a/b", 0700));
	close(open("a/b/file", O_WRONLY | O_CREAT, 0600));
	CHECK(symlink("a/b/file", "link"));
	REPEAT("stat", CHECK(stat("a/b/file", &st)));
	REPEAT("open_close", close(open("a/b/file", O_RDONLY)));
	REPEAT("readlink", CHECK(readlink("link", buf, sizeof buf)));
	unlink("link");
	unlink("a/b/file");
	rmdir("a/b");
	rmdir("a");
}

/* --- contents ---------------------------------------------------------- */

static double read_all(int fd, char *buf)
{
	double t = now();
	ssize_t r;
	off_t off = 0;

	while ((r = pread(fd, buf, CHUNK, off)) > 0)
		off += r;
	CHECK(r);
	return now() - t;
}

static void write_all(int fd, const char *buf, long mb)
{
	for (long i = 0; i < mb * 8; i++)
		if (pwrite(fd, buf, CHUNK, (off_t)i * CHUNK) != CHUNK)
			fail("write big");
}

static void rand_io(const char *name, int fd, char *buf, long blocks, int wr)
{
	double t = now();
	long ops = 0;

	while (now() - t < 1e9) {
		for (int i = 0; i < 16; i++, ops++) {
			off_t o = (off_t)(rnd() % blocks) * 4096;
			ssize_t r = wr ? pwrite(fd, buf, 4096, o) : pread(fd, buf, 4096, o);
			if (r != 4096)
				fail(name);
		}
	}
	if (wr)
		CHECK(fsync(fd));
	out_rate(name, ops, t);
}

/* A map of all of it, from its making to its last page. */
static void mapped(int fd, long mb)
{
	size_t len = (size_t)mb << 20;
	volatile char *p;
	double t = now();

	p = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap");
	for (size_t i = 0; i < len; i += 4096)
		(void)p[i];
	out("mmap_read_warm", mb / ((now() - t) / 1e9), "MB/s");
	munmap((void *)p, len);
}

static void big_file(char *buf, long mb)
{
	int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0600);
	double t = now();

	CHECK(fd);
	write_all(fd, buf, mb);
	CHECK(fsync(fd));
	out("seq_write_fsync", mb / ((now() - t) / 1e9), "MB/s");

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	out("seq_read_cold", mb / (read_all(fd, buf) / 1e9), "MB/s");
	out("seq_read_warm", mb / (read_all(fd, buf) / 1e9), "MB/s");
	mapped(fd, mb);

	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	rand_io("rand_read_4k_cold", fd, buf, mb * 256, 0);
	posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
	read_all(fd, buf);
	rand_io("rand_read_4k_warm", fd, buf, mb * 256, 0);
	rand_io("rand_write_4k_fsync", fd, buf, mb * 256, 1);

	t = now();
	for (int i = 0; i < 50; i++) {
		CHECK(pwrite(fd, buf, 4096, i * 4096));
		CHECK(fsync(fd));
	}
	out_rate("write_4k_each_fsync", 50, t);
	close(fd);
	unlink("big");
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* One page and its fsync, in the middle of FSYNCS of them; other >= 0: beside so much of it that was written just before. */
static void fsync_page(const char *name, int fd, int other, char *buf)
{
	double t[FSYNCS];

	for (int i = 0; i < FSYNCS; i++) {
		if (other >= 0)
			write_all(other, buf, BESIDE_MB);
		t[i] = now();
		CHECK(pwrite(fd, buf, 4096, 0));
		CHECK(fsync(fd));
		t[i] = now() - t[i];
	}
	qsort(t, FSYNCS, sizeof t[0], by_value);
	out(name, t[FSYNCS / 2] / 1e3, "us");
}

static void fsyncs(char *buf)
{
	int fd = open("page", O_RDWR | O_CREAT, 0600),
	    other = open("other", O_RDWR | O_CREAT, 0600);

	CHECK(fd);
	CHECK(other);
	CHECK(pwrite(fd, buf, 4096, 0));
	write_all(other, buf, BESIDE_MB);
	CHECK(syncfs(fd));
	fsync_page("fsync_page_idle", fd, -1, buf);
	fsync_page("fsync_page_beside_64m", fd, other, buf);
	close(fd);
	close(other);
	unlink("page");
	unlink("other");
}

static bool wanted(const char *list, const char *name)
{
	return !list || strstr(list, name);
}

int file_bench(const char *dir)
{
	long mb = getenv("GB_MB") ? atol(getenv("GB_MB")) : 256;
	const char *parts = getenv("GB_FS");
	char *buf = malloc(CHUNK);

	CHECK(chdir(dir));
	memset(buf, 'x', CHUNK);
	if (wanted(parts, "names")) {
		CHECK(mkdir("small", 0700));
		small_files("small", "create_small", "unlink_small", buf);
		rmdir("small");
		one_name();
	}
	if (wanted(parts, "crowd"))
		crowd(buf);
	if (wanted(parts, "contents"))
		big_file(buf, mb);
	if (wanted(parts, "fsync"))
		fsyncs(buf);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs_operations SEED COUNT DIR - COUNT random file system operations below DIR, a line of output for each with what it gave. The same seed does
 * the same on every kernel, so two outputs that differ show a difference between two file systems. Few names, so that operations
 * meet each other; sizes and offsets are near the edges of blocks more often than not.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fs_random.h"

#define MAX_FILE (6u << 20)
#define BUFFER	 (1u << 20)

static struct fs_random rnd;
static unsigned char buffer[BUFFER];

static unsigned int below(unsigned int n)
{
	return fs_random_below(&rnd, n);
}

static void said(const char *what, const char *name, long result)
{
	if (result < 0)
		printf("%s %s: %s\n", what, name, strerrorname_np(errno));
	else
		printf("%s %s: %ld\n", what, name, result);
}

/* One of some 60 names in up to three levels; long ones among them. */
static const char *some_name(char buf[512])
{
	static const char *const dirs[] = { "", "a/", "b/", "a/c/", "a/c/d/", "b/e/" };
	unsigned int n = below(14);

	snprintf(buf, 512, "%s", dirs[below(6)]);
	if (n == 13) {
		size_t at = strlen(buf);

		memset(buf + at, 'x', 200);
		snprintf(buf + at + 200, 16, "%u", below(3));
	} else {
		snprintf(buf + strlen(buf), 32, "%c%u", "fd"[n > 10], n);
	}
	return buf;
}

static const char *some_dir(char buf[512])
{
	static const char *const dirs[] = { "a", "b", "a/c", "a/c/d", "b/e", "a/d11", "b/d12" };

	snprintf(buf, 512, "%s", dirs[below(7)]);
	return buf;
}

static unsigned int some_offset(void)
{
	static const unsigned int blocks[] = { 1024, 4096, 4096, 4096, 65536, 1 << 20 };
	unsigned int at = below(below(4) ? MAX_FILE / 16 : MAX_FILE);

	if (below(3)) {
		unsigned int b = blocks[below(6)];

		at = at / b * b;
		if (below(3) == 0 && at > 2)
			at = at + below(5) - 2;
	}
	return at;
}

static unsigned int some_length(void)
{
	switch (below(6)) {
	case 0:
		return 1 + below(64);
	case 1:
		return 4096 * (1 + below(8));
	case 2:
		return 1 + below(BUFFER);
	case 3:
		return 4095 + below(3);
	default:
		return 1 + below(20000);
	}
}

static int open_some(int flags, char name[512])
{
	/* Not to wait for the other end of a fifo. */
	int fd = open(some_name(name), flags | O_NONBLOCK | O_NOCTTY, 0644);

	if (fd < 0)
		said("open", name, fd);
	return fd;
}

/* --- contents ----------------------------------------------------------------------------------- */

static void op_write(void)
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

static void op_read(void)
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

static void op_truncate(void)
{
	char name[512];
	unsigned int size = some_offset();

	some_name(name);
	said("truncate", name, truncate(name, below(6) ? size : 0));
}

static void op_fallocate(void)
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
	if (mode == FALLOC_FL_COLLAPSE_RANGE || mode == FALLOC_FL_INSERT_RANGE) {
		at &= ~4095u;
		len = (len + 4095) & ~4095u;
	}
	printf("mode %d at %u len %u\n", mode, at, len);
	said("fallocate", name, fallocate(fd, mode, at, len));
	close(fd);
}

/* Stores through a shared map, one page or some; what they gave is read by the other calls and by the tree. */
static void op_map(void)
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
		p = mmap(NULL, size, PROT_READ | PROT_WRITE, shared ? MAP_SHARED : MAP_PRIVATE, fd,
			 0);
		if (p == MAP_FAILED) {
			said("map", name, -1);
		} else {
			fs_fill(p + at, len, key, at);
			printf("map %s %d %u+%u %016llx\n", name, shared, at, len,
			       (unsigned long long)fs_hash(0, p, size < 100000 ? size : 100000));
			if (sync)
				said("msync", name, msync(p, size, MS_SYNC));
			munmap(p, size);
		}
	}
	close(fd);
}

static void op_copy(void)
{
	char from[512], to[512];
	off_t a = some_offset(), b = some_offset();
	unsigned int len = some_length();
	int in = open_some(O_RDONLY, from);
	int out = open_some(O_RDWR | O_CREAT, to);

	if (in >= 0 && out >= 0 && strcmp(from, to) != 0)
		said("copy", to, copy_file_range(in, &a, out, &b, len, 0));
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
}

/* --- names -------------------------------------------------------------------------------------- */

static void op_unlink(void)
{
	char name[512];

	some_name(name);
	said("unlink", name, unlink(name));
}

/* Written and read while it has no name any more. */
static void op_unlinked_file(void)
{
	char name[512];
	unsigned int len = some_length();
	int fd = open_some(O_RDWR, name);

	if (fd < 0)
		return;
	said("unlink open", name, unlink(name));
	memset(buffer, 7, len);
	said("write", name, pwrite(fd, buffer, len, 100));
	said("read", name, pread(fd, buffer, 64, 90));
	close(fd);
}

static void op_rename(void)
{
	static const unsigned int flags[] = { 0, 0, 0, RENAME_NOREPLACE, RENAME_EXCHANGE };
	char from[512], to[512];
	unsigned int f = flags[below(5)];

	if (below(4)) {
		some_name(from);
		some_name(to);
	} else {
		some_dir(from);
		some_dir(to);
	}
	printf("to %s flags %u\n", to, f);
	said("rename", from, renameat2(AT_FDCWD, from, AT_FDCWD, to, f));
}

static void op_link(void)
{
	char from[512], to[512];

	some_name(from);
	some_name(to);
	printf("to %s\n", to);
	said("link", from, link(from, to));
}

static void op_symlink(void)
{
	char name[512], target[2048];
	unsigned int len = below(3) ? 1 + below(58) : 59 + below(1500);

	some_name(name);
	memset(target, 't', len);
	target[len] = '\0';
	said("symlink", name, symlink(target, name));
}

static void op_mkdir(void)
{
	char name[512];

	if (below(2))
		some_dir(name);
	else
		some_name(name);
	said("mkdir", name, mkdir(name, 0700 | below(0100)));
}

static void op_rmdir(void)
{
	char name[512];

	if (below(8) == 0)
		some_dir(name);
	else
		some_name(name);
	said("rmdir", name, rmdir(name));
}

/* Device numbers of the range for local experiments: nothing answers when the other operations open them. */
static void op_mknod(void)
{
	static const mode_t kinds[] = { S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK };
	char name[512];
	mode_t kind = kinds[below(4)];

	some_name(name);
	said("mknod", name, mknod(name, kind | 0600, makedev(60, below(1000000))));
}

static void op_tmpfile(void)
{
	char name[512], dir[512], path[64];
	unsigned int len = some_length();
	int fd;

	some_name(name);
	some_dir(dir);
	fs_fill(buffer, len, 5, 0);
	fd = open(below(2) ? "." : dir, O_TMPFILE | O_RDWR, 0640);
	if (fd < 0) {
		said("tmpfile", dir, fd);
		return;
	}
	said("write", "tmpfile", write(fd, buffer, len));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (below(2))
		said("link tmpfile", name,
		     linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW));
	close(fd);
}

/* Many names in one directory, then most of them away: blocks of a directory are split and emptied. */
static void op_many(void)
{
	char dir[512], name[700];
	unsigned int n = 20 + below(below(8) ? 100 : 1500), made = 0, gone = 0, seen = 0;
	unsigned int salt = below(4);
	DIR *d;

	some_dir(dir);
	for (unsigned int i = 0; i < n; i++) {
		int fd;

		snprintf(name, sizeof(name), "%s/m%u-%0*u", dir, salt, 3 + (int)(i % 90), i);
		fd = open(name, O_CREAT | O_EXCL | O_WRONLY, 0600);
		if (fd < 0)
			continue;
		made++;
		close(fd);
	}
	d = opendir(dir);
	while (d && readdir(d))
		seen++;
	if (d)
		closedir(d);
	for (unsigned int i = 0; i < n; i++) {
		if (i % 16 == salt)
			continue;
		snprintf(name, sizeof(name), "%s/m%u-%0*u", dir, salt, 3 + (int)(i % 90), i);
		if (unlink(name) == 0)
			gone++;
	}
	printf("many %s: made %u seen %u gone %u\n", dir, made, seen, gone);
}

/* --- attributes --------------------------------------------------------------------------------- */

static void op_attributes(void)
{
	char name[512];
	/* Long ago, so that fs_tree tells times that were set from the time of the run. */
	struct timespec t[2] = { { below(1600000000), below(1000000000) },
				 { (int)below(1600000000) - (below(8) ? 0 : 1600000000),
				   below(1000000000) } };
	unsigned int mode = below(010000), uid = below(5) ? below(3000) : 4000000000u;

	some_name(name);
	switch (below(4)) {
	case 0:
		said("chmod", name, chmod(name, mode));
		break;
	case 1:
		said("chown", name, lchown(name, uid, uid ^ 1));
		break;
	default:
		said("utimens", name, utimensat(AT_FDCWD, name, t, AT_SYMLINK_NOFOLLOW));
	}
}

static void op_xattr(void)
{
	static const char *const names[] = { "user.a",	  "user.a-rather-long-name-of-an-attribute",
					     "trusted.b", "security.c",
					     "user.d",	  "user.e" };
	char name[512];
	const char *x = names[below(6)];
	unsigned int len = below(4) ? below(60) : below(3000);
	int flags = (int)below(3); /* 0, XATTR_CREATE, XATTR_REPLACE */
	uint64_t key = fs_random_next(&rnd);
	int what = (int)below(4);

	some_name(name);
	fs_fill(buffer, len, key, 0);
	printf("%s %u %d\n", x, len, flags);
	if (what == 0)
		said("removexattr", name, lremovexattr(name, x));
	else
		said("setxattr", name, lsetxattr(name, x, buffer, len, flags));
}

static void op_stat(void)
{
	char name[512];
	struct stat st;
	int r;

	some_name(name);
	r = lstat(name, &st);
	if (r < 0)
		said("stat", name, r);
	else
		printf("stat %s: %06o links %lu size %lld\n", name, st.st_mode,
		       (unsigned long)st.st_nlink,
		       S_ISDIR(st.st_mode) ? 0LL : (long long)st.st_size);
}

/* Not sync(2), which waits for every file system of the machine. */
static void op_sync(void)
{
	int fd = open(".", O_RDONLY);

	said("syncfs", ".", syncfs(fd));
	close(fd);
}

struct operation {
	void (*run)(void);
	unsigned int weight;
};

static const struct operation operations[] = {
	{ op_write, 30 },     { op_read, 10 }, { op_truncate, 8 }, { op_fallocate, 10 },
	{ op_map, 6 },	      { op_copy, 4 },  { op_unlink, 8 },   { op_unlinked_file, 2 },
	{ op_rename, 12 },    { op_link, 5 },  { op_symlink, 4 },  { op_mkdir, 7 },
	{ op_rmdir, 5 },      { op_mknod, 2 }, { op_tmpfile, 3 },  { op_many, 2 },
	{ op_attributes, 8 }, { op_xattr, 8 }, { op_stat, 4 },	   { op_sync, 1 },
};

/* The directories that names lie in wander and turn into files; without them every operation would soon end with ENOENT. */
static void make_directories(void)
{
	static const char *const dirs[] = { "a", "b", "a/c", "a/c/d", "b/e" };

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		struct stat st;

		if (lstat(dirs[i], &st) == 0 && !S_ISDIR(st.st_mode))
			said("clear", dirs[i], unlink(dirs[i]));
		mkdir(dirs[i], 0755);
	}
}

int main(int argc, char **argv)
{
	unsigned int total = 0;
	unsigned long count;

	if (argc != 4 || chdir(argv[3]) != 0) {
		fprintf(stderr, "usage: fs_operations SEED COUNT DIR\n");
		return 2;
	}
	umask(022);
	fs_random_seed(&rnd, strtoull(argv[1], NULL, 0));
	count = strtoul(argv[2], NULL, 0);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		total += operations[i].weight;
	while (count--) {
		unsigned int pick = below(total);
		size_t i = 0;

		if (count % 32 == 31)
			make_directories();
		while (pick >= operations[i].weight)
			pick -= operations[i++].weight;
		operations[i].run();
	}
	return 0;
}

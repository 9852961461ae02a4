// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs_operations SEED COUNT DIR - COUNT random file system operations below DIR, a line of output for each with what it gave. The same seed does
 * the same on every kernel, so two outputs that differ show a difference between two file systems. Few names, so that operations
 * meet each other; sizes and offsets are near the edges of blocks more often than not. With FS_TRACE set, numbers of inodes are shown too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "fs_operations.h"

struct fs_random rnd;
unsigned char buffer[BUFFER];

unsigned int below(unsigned int n)
{
	return fs_random_below(&rnd, n);
}

void said(const char *what, const char *name, long result)
{
	static int trace = -1;
	int error = errno;
	struct stat st;

	if (trace < 0)
		trace = getenv("FS_TRACE") != NULL;
	if (trace && lstat(name, &st) == 0)
		printf("[%lu %lld] ", (unsigned long)st.st_ino, (long long)st.st_size);
	errno = error;
	if (result < 0)
		printf("%s %s: %s\n", what, name, strerrorname_np(errno));
	else
		printf("%s %s: %ld\n", what, name, result);
}

/* One of some 60 names in up to three levels; long ones among them. */
const char *some_name(char buf[512])
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

const char *some_dir(char buf[512])
{
	static const char *const dirs[] = { "a", "b", "a/c", "a/c/d", "b/e", "a/d11", "b/d12" };

	snprintf(buf, 512, "%s", dirs[below(7)]);
	return buf;
}

unsigned int some_offset(void)
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

unsigned int some_length(void)
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

int open_some(int flags, char name[512])
{
	/* Not to wait for the other end of a fifo. */
	int fd = open(some_name(name), flags | O_NONBLOCK | O_NOCTTY, 0644);

	if (fd < 0)
		said("open", name, fd);
	return fd;
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
	static const unsigned int flags[] = { 0,
					      0,
					      0,
					      0,
					      RENAME_NOREPLACE,
					      RENAME_EXCHANGE,
					      RENAME_EXCHANGE,
					      RENAME_EXCHANGE | RENAME_NOREPLACE };
	char from[512], to[512];
	unsigned int f = flags[below(8)];

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
	unsigned int len = below(3) ? 1 + below(58) : below(3) ? 59 + below(3) : 59 + below(1500);

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
	fd = open(below(2) ? "." : dir, O_TMPFILE | O_RDWR | (below(4) ? 0 : O_EXCL), 0640);
	if (fd < 0) {
		said("tmpfile", dir, fd);
		return;
	}
	said("write", "tmpfile", write(fd, buffer, len));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (below(3) == 0)
		said("link tmpfile", name, linkat(fd, "", AT_FDCWD, name, AT_EMPTY_PATH));
	else if (below(2))
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

/* --- listings while names come and go ----------------------------------------------------------- */

struct listing {
	char names[3000][256];
	unsigned int n;
	off_t next; /* behind the last one */
};

/* From where fd stands, until there are `most` names, through small buffers: -1 if that fails. */
static int list_some(int fd, struct listing *l, unsigned int most)
{
	char buf[1024];
	size_t room = 300 + below(700);

	while (l->n < most) {
		long n = syscall(SYS_getdents64, fd, buf, room);

		if (n <= 0)
			return (int)n;
		for (long at = 0; at < n && l->n < most;) {
			struct dirent64 *d = (struct dirent64 *)(void *)(buf + at);

			snprintf(l->names[l->n++], 256, "%s", d->d_name);
			l->next = d->d_off;
			at += d->d_reclen;
		}
	}
	return 0;
}

static unsigned int times_in(const struct listing *l, const char *name)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < l->n; i++)
		n += strcmp(l->names[i], name) == 0;
	return n;
}

/* Names that are there all the time are seen once, whatever happens to others between two calls, and after a seek back. */
static void op_list(void)
{
	static struct listing all, seen;
	char dir[512], name[700];
	unsigned int salt = below(1000), missing = 0, twice = 0, here = 20 + below(60);
	int fd;

	some_dir(dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	if (fd < 0) {
		said("list", dir, fd);
		return;
	}
	all.n = seen.n = 0;
	for (unsigned int i = 0; i < here; i++) {
		snprintf(name, sizeof(name), "%s/l%u-%u", dir, salt, i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
	}
	if (list_some(fd, &all, 2900) < 0)
		said("getdents", dir, -1);
	lseek(fd, 0, SEEK_SET);
	list_some(fd, &seen, all.n / 2);
	for (unsigned int i = 0; i < 10; i++) {
		snprintf(name, sizeof(name), "%s/other%u-%u", dir, salt, i);
		close(open(name, O_CREAT | O_WRONLY, 0600));
		if (i % 2)
			unlink(name);
	}
	lseek(fd, seen.next, SEEK_SET);
	list_some(fd, &seen, 2950);
	for (unsigned int i = 0; i < all.n; i++) {
		unsigned int n = times_in(&seen, all.names[i]);

		missing += n == 0;
		twice += n > 1;
	}
	for (unsigned int i = 0; i < here; i++) {
		snprintf(name, sizeof(name), "%s/l%u-%u", dir, salt, i);
		if (i % 3)
			unlink(name);
	}
	printf("list %s: %u names, %u missing, %u twice\n", dir, all.n, missing, twice);
	close(fd);
}

/* A directory that somebody still has open. */
static void op_removed_directory(void)
{
	char dir[512], buf[512];
	struct stat st;
	int fd, r;

	some_dir(dir);
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	r = rmdir(dir);
	said("rmdir open", dir, r);
	if (fd >= 0 && r == 0) {
		said("getdents", dir, syscall(SYS_getdents64, fd, buf, sizeof(buf)));
		said("create in it", dir, openat(fd, "x", O_CREAT | O_WRONLY, 0600));
		said("mkdir in it", dir, mkdirat(fd, "y", 0700));
		if (fstat(fd, &st) == 0)
			printf("links %lu\n", (unsigned long)st.st_nlink);
	}
	if (fd >= 0)
		close(fd);
}

struct operation {
	void (*run)(void);
	unsigned int weight;
};

static const struct operation operations[] = {
	{ op_write, 30 },
	{ op_read, 10 },
	{ op_truncate, 8 },
	{ op_fallocate, 10 },
	{ op_map, 6 },
	{ op_copy, 4 },
	{ op_unlink, 8 },
	{ op_unlinked_file, 2 },
	{ op_rename, 12 },
	{ op_link, 5 },
	{ op_symlink, 4 },
	{ op_mkdir, 7 },
	{ op_rmdir, 5 },
	{ op_mknod, 2 },
	{ op_tmpfile, 3 },
	{ op_many, 2 },
	{ op_attributes, 8 },
	{ op_xattr, 8 },
	{ op_stat, 4 },
	{ op_sync, 1 },
	{ op_map_changes, 6 },
	{ op_direct, 4 },
	{ op_seek, 4 },
	{ op_list, 2 },
	{ op_removed_directory, 2 },
	{ op_acl, 5 },
	{ op_flags, 3 },
	{ op_changed_times, 2 },
	{ op_as_user, 6 },
	{ op_file_system, 2 },
	{ op_remount, 1 },
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
	if (setgroups(0, NULL) != 0)
		return 2;
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

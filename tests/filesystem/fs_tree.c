// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * fs_tree DIR - a tree as text, a line for each name in the order of names: what a program can see of it and that two kernels must agree on. Names, kinds, modes,
 * owners, link counts, sizes, modification times, contents (a hash), where data and holes are, symbolic links' targets, extended attributes. Left
 * out is what an implementation may choose: sizes of directories, numbers of inodes, times of change.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fs_random.h"

/* Times that fs_operations sets lie outside of these, the time of any run between them. */
#define RUNS_AFTER  1650000000
#define RUNS_BEFORE 2100000000

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show_xattrs(const char *path)
{
	static char list[65536], value[65536];
	char *names[512];
	int n = 0;
	ssize_t len = llistxattr(path, list, sizeof(list));

	if (len < 0) {
		if (errno != ENOTSUP)
			printf(" xattrs:%s", strerrorname_np(errno));
		return;
	}
	for (char *p = list; p < list + len && n < 512; p += strlen(p) + 1)
		names[n++] = p;
	qsort(names, (size_t)n, sizeof(names[0]), by_name);
	for (int i = 0; i < n; i++) {
		ssize_t size;

		if (strcmp(names[i], "security.selinux") == 0)
			continue;
		size = lgetxattr(path, names[i], value, sizeof(value));
		if (size < 0)
			printf(" %s:%s", names[i], strerrorname_np(errno));
		else
			printf(" %s=%zd:%016llx", names[i], size,
			       (unsigned long long)fs_hash(0, value, (size_t)size));
	}
}

/* Runs of data as SEEK_DATA and SEEK_HOLE tell them. */
static void show_layout(int fd)
{
	off_t at = 0;

	for (int i = 0; i < 4096; i++) {
		off_t data = lseek(fd, at, SEEK_DATA);
		off_t hole;

		if (data < 0) {
			if (errno != ENXIO)
				printf(" seek:%s", strerrorname_np(errno));
			return;
		}
		hole = lseek(fd, data, SEEK_HOLE);
		if (hole <= data) {
			printf(" hole:%lld", (long long)hole);
			return;
		}
		printf(" %lld+%lld", (long long)data, (long long)(hole - data));
		at = hole;
	}
}

/* Runs of blocks with contents (+) and without (~); how many pieces they are in is the kernel's choice. */
static void show_extents(int fd)
{
	static union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + 512 * sizeof(struct fiemap_extent)];
	} u;
	__u64 start = 0, len = 0;
	__u32 kind = 0;

	memset(&u, 0, sizeof(u));
	for (int rounds = 0; rounds < 64; rounds++) {
		u.map.fm_length = FIEMAP_MAX_OFFSET - u.map.fm_start;
		u.map.fm_flags = FIEMAP_FLAG_SYNC;
		u.map.fm_extent_count = 512;
		if (ioctl(fd, FS_IOC_FIEMAP, &u.map) != 0) {
			printf(" fiemap:%s", strerrorname_np(errno));
			return;
		}
		for (__u32 i = 0; i < u.map.fm_mapped_extents; i++) {
			const struct fiemap_extent *e = &u.map.fm_extents[i];
			__u32 k = e->fe_flags & FIEMAP_EXTENT_UNWRITTEN;

			if (e->fe_logical != start + len || k != kind) {
				if (len)
					printf(" %llu%c%llu", start, kind ? '~' : '+', len);
				start = e->fe_logical;
				len = 0;
				kind = k;
			}
			len += e->fe_length;
			u.map.fm_start = e->fe_logical + e->fe_length;
			if (e->fe_flags & FIEMAP_EXTENT_LAST)
				rounds = 64;
		}
		if (u.map.fm_mapped_extents == 0)
			break;
	}
	if (len)
		printf(" %llu%c%llu", start, kind ? '~' : '+', len);
}

/* Files with several names, once their contents have been read. */
static ino_t read_before[4096];
static unsigned int n_read_before;

static int was_read(const struct stat *st)
{
	if (st->st_nlink < 2)
		return 0;
	for (unsigned int i = 0; i < n_read_before; i++)
		if (read_before[i] == st->st_ino)
			return 1;
	if (n_read_before < sizeof(read_before) / sizeof(read_before[0]))
		read_before[n_read_before++] = st->st_ino;
	return 0;
}

static void show_file(const char *path, const struct stat *st)
{
	static unsigned char buf[1 << 16];
	uint64_t h = 0;
	uint64_t total = 0;
	ssize_t n;
	int fd = open(path, O_RDONLY | O_NOFOLLOW);

	if (fd < 0) {
		printf(" open:%s", strerrorname_np(errno));
		return;
	}
	/* Before reading, also by another name: Linux calls what has been read of an unwritten extent data. */
	if (!was_read(st))
		show_layout(fd);
	printf(" blocks");
	show_extents(fd);
	lseek(fd, 0, SEEK_SET);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		h = fs_hash(h, buf, (size_t)n);
		total += (uint64_t)n;
	}
	if (n < 0)
		printf(" read:%s", strerrorname_np(errno));
	printf(" %llu:%016llx", (unsigned long long)total, (unsigned long long)h);
	close(fd);
}

static void show_time(const char *what, struct timespec t)
{
	if (t.tv_sec < RUNS_AFTER || t.tv_sec > RUNS_BEFORE)
		printf(" %s %lld.%09ld", what, (long long)t.tv_sec, t.tv_nsec);
}

static void show_flags(const char *path)
{
	int flags = 0, fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0)
		printf(" flags %x", flags & FS_FL_USER_VISIBLE & ~(FS_EXTENT_FL | FS_INDEX_FL));
	close(fd);
}

static void show(const char *path)
{
	struct stat st;
	char target[4096];
	ssize_t n;

	if (lstat(path, &st) != 0) {
		printf("%s: %s\n", path, strerrorname_np(errno));
		return;
	}
	printf("%s %06o %u:%u links %lu", path, st.st_mode, st.st_uid, st.st_gid,
	       (unsigned long)st.st_nlink);
	show_time("mtime", st.st_mtim);
	show_time("atime", st.st_atim);
	if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode))
		show_flags(path);
	if (!S_ISDIR(st.st_mode))
		printf(" size %lld", (long long)st.st_size);
	if (S_ISREG(st.st_mode))
		show_file(path, &st);
	if (S_ISLNK(st.st_mode)) {
		n = readlink(path, target, sizeof(target));
		printf(" -> %016llx",
		       (unsigned long long)fs_hash(0, target, n < 0 ? 0 : (size_t)n));
	}
	if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))
		printf(" dev %llx", (unsigned long long)st.st_rdev);
	show_xattrs(path);
	putchar('\n');
}

static void walk(const char *path)
{
	struct dirent *d;
	char **names = NULL;
	size_t n = 0, room = 0;
	DIR *dir = opendir(path);

	if (!dir) {
		printf("%s: %s\n", path, strerrorname_np(errno));
		return;
	}
	while ((d = readdir(dir))) {
		if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
		    strcmp(d->d_name, "lost+found") == 0)
			continue;
		if (n == room) {
			room = room ? 2 * room : 64;
			names = realloc(names, room * sizeof(names[0]));
			if (!names)
				abort();
		}
		names[n++] = strdup(d->d_name);
	}
	closedir(dir);
	if (n)
		qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++) {
		struct stat st;
		char sub[8192];

		snprintf(sub, sizeof(sub), "%s/%s", path, names[i]);
		show(sub);
		if (lstat(sub, &st) == 0 && S_ISDIR(st.st_mode))
			walk(sub);
		free(names[i]);
	}
	free(names);
}

int main(int argc, char **argv)
{
	if (argc != 2 || chdir(argv[1]) != 0) {
		fprintf(stderr, "usage: fs_tree DIR\n");
		return 2;
	}
	walk(".");
	return 0;
}

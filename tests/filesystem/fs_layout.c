// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a file system puts things. The same loads run on the host's ext4 and in the guest, and each prints how many extents its files have, so that
 * run-fs-layout can compare.
 *
 *   fs_layout append DIR WRITERS BYTES SEED FSYNC   writers at once, each with a file of its own, in small writes; every so many with fsync (0: never)
 *   fs_layout log DIR BYTES SEED                    one file that is opened, appended to and closed again, like a log, while another one grows beside it
 *   fs_layout files DIR COUNT BYTES                 many files of a few blocks, one after the other: how many lie right behind the one before
 *   fs_layout spread DIR COUNT FILES GROUP FLEX     directories in the root with files in each; GROUP blocks and inodes of a group ("32768:8192"), FLEX groups
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXTENTS_MAX 4096u

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static uint32_t draw(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* All extents of a file, after what is delayed has its place. Those that go on where the one before ended count as one. */
static unsigned int extents(const char *path, uint64_t *ret_first)
{
	static struct {
		struct fiemap head;
		struct fiemap_extent e[EXTENTS_MAX];
	} map;
	int fd = open(path, O_RDONLY);
	unsigned int n = 0;

	if (fd < 0)
		die(path);
	memset(&map, 0, sizeof(map));
	map.head.fm_length = FIEMAP_MAX_OFFSET;
	map.head.fm_flags = FIEMAP_FLAG_SYNC;
	map.head.fm_extent_count = EXTENTS_MAX;
	if (ioctl(fd, FS_IOC_FIEMAP, &map.head) < 0)
		die("FIEMAP");
	for (unsigned int i = 0; i < map.head.fm_mapped_extents; i++)
		n += i == 0 ||
		     map.e[i].fe_physical != map.e[i - 1].fe_physical + map.e[i - 1].fe_length;
	if (ret_first)
		*ret_first = map.head.fm_mapped_extents ? map.e[0].fe_physical : 0;
	close(fd);
	return n;
}

static void append(const char *path, uint64_t bytes, uint32_t seed, unsigned int fsync_every)
{
	static char buf[32768];
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	unsigned int writes = 0;

	if (fd < 0)
		die(path);
	memset(buf, (int)seed | 1, sizeof(buf));
	while (bytes > 0) {
		size_t n = 512 + draw(&seed) % (sizeof(buf) - 512);

		n = n < bytes ? n : (size_t)bytes;
		if (write(fd, buf, n) != (ssize_t)n)
			die("write");
		bytes -= n;
		if (fsync_every && ++writes % fsync_every == 0 && fsync(fd) < 0)
			die("fsync");
	}
	if ((fsync_every && fsync(fd) < 0) || close(fd) < 0)
		die("fsync");
}

static void wait_all(void)
{
	int status;

	while (wait(&status) > 0)
		if (status != 0)
			exit(1);
	if (errno != ECHILD)
		die("wait");
}

static int do_append(const char *dir, unsigned int writers, uint64_t bytes, uint32_t seed,
		     unsigned int fsync_every)
{
	unsigned int sum = 0, most = 0;
	char path[256];

	for (unsigned int i = 0; i < writers; i++) {
		(void)snprintf(path, sizeof(path), "%s/append%u", dir, i);
		if (fork() == 0) {
			append(path, bytes, seed + i * 7919, fsync_every);
			_exit(0);
		}
	}
	wait_all();
	for (unsigned int i = 0; i < writers; i++) {
		unsigned int n;

		(void)snprintf(path, sizeof(path), "%s/append%u", dir, i);
		n = extents(path, NULL);
		sum += n;
		most = n > most ? n : most;
	}
	printf("extents %u most %u\n", sum, most);
	return 0;
}

static int do_log(const char *dir, uint64_t bytes, uint32_t seed)
{
	char one[256], other[256];

	(void)snprintf(one, sizeof(one), "%s/log", dir);
	(void)snprintf(other, sizeof(other), "%s/beside", dir);
	for (uint64_t done = 0; done < bytes; done += 3000) {
		append(one, 3000, seed, 0);
		append(other, 5000, seed + 1, 0);
	}
	printf("extents %u\n", extents(one, NULL) + extents(other, NULL));
	return 0;
}

static int do_files(const char *dir, unsigned int count, uint64_t bytes)
{
	unsigned int behind = 0, pieces = 0;
	uint64_t before = 0, first;
	char path[256];

	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/small%u", dir, i);
		append(path, bytes, i, 0);
	}
	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/small%u", dir, i);
		pieces += extents(path, &first);
		behind += i > 0 && first > before && first - before <= 16 * bytes;
		before = first;
	}
	printf("extents %u near the one before %u\n", pieces, behind);
	return 0;
}

static int do_spread(const char *dir, unsigned int count, unsigned int files, uint64_t blocks,
		     uint64_t inodes, uint64_t flex)
{
	static unsigned char used[4096];
	unsigned int groups = 0, near_inode = 0, near_data = 0;
	char path[256];
	struct stat st;
	uint64_t first;

	for (unsigned int i = 0; i < count; i++) {
		(void)snprintf(path, sizeof(path), "%s/top%u", dir, i);
		if (mkdir(path, 0755) < 0 || stat(path, &st) < 0)
			die(path);
		uint64_t home = (st.st_ino - 1) / inodes / flex;

		if (home < sizeof(used) && !used[home]++)
			groups++;
		for (unsigned int k = 0; k < files; k++) {
			(void)snprintf(path, sizeof(path), "%s/top%u/f%u", dir, i, k);
			append(path, 20000, k, 0);
			if (stat(path, &st) < 0)
				die(path);
			(void)extents(path, &first);
			near_inode += (st.st_ino - 1) / inodes / flex == home;
			near_data += first / (uint64_t)st.st_blksize / blocks / flex == home;
		}
	}
	printf("flex groups %u inodes near %u data near %u\n", groups, near_inode, near_data);
	return 0;
}

static uint64_t number(const char *s)
{
	return strtoull(s, NULL, 10);
}

int main(int argc, char **argv)
{
	if (argc == 7 && strcmp(argv[1], "append") == 0)
		return do_append(argv[2], (unsigned int)number(argv[3]), number(argv[4]),
				 (uint32_t)number(argv[5]), (unsigned int)number(argv[6]));
	if (argc == 5 && strcmp(argv[1], "log") == 0)
		return do_log(argv[2], number(argv[3]), (uint32_t)number(argv[4]));
	if (argc == 5 && strcmp(argv[1], "files") == 0)
		return do_files(argv[2], (unsigned int)number(argv[3]), number(argv[4]));
	if (argc == 7 && strcmp(argv[1], "spread") == 0 && strchr(argv[5], ':'))
		return do_spread(argv[2], (unsigned int)number(argv[3]),
				 (unsigned int)number(argv[4]), number(argv[5]),
				 number(strchr(argv[5], ':') + 1), number(argv[6]));
	(void)fprintf(stderr, "see the head of fs_layout.c\n");
	return 2;
}

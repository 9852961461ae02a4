// SPDX-License-Identifier: GPL-2.0-or-later
/* stat and statx of each kind of file: mode, device numbers, sizes; AT_EMPTY_PATH. */
#include <sys/sysmacros.h>

#include "guest_helpers.h"

static void show(const char *name)
{
	struct stat st;

	if (lstat(name, &st) < 0)
		printf("%s: %s\n", name, strerrorname_np(errno));
	else
		printf("%s: mode %o links %lu size %ld rdev %u:%u blksize ok %d\n", name,
		       st.st_mode, S_ISDIR(st.st_mode) ? 0 : (unsigned long)st.st_nlink,
		       S_ISDIR(st.st_mode) ? 0 : (long)st.st_size, major(st.st_rdev),
		       minor(st.st_rdev), st.st_blksize >= 512);
}

int main(void)
{
	struct statx sx;
	struct stat st;
	int p[2];

	umask(0);
	make_file("f", "hello");
	chmod("f", 0644);
	mkdir("d", 0755);
	symlink("target", "s");
	mkfifo("p", 0620);
	mknod("c", S_IFCHR | 0600, makedev(5, 300));
	mknod("b", S_IFBLK | 0600, makedev(300, 70000));
	mknod("k", S_IFSOCK | 0600, 0);
	show("f");
	show("d");
	show("s");
	show("p");
	show("c");
	show("b");
	show("k");
	show("/dev/null");
	CHECK_EQ(pipe(p), 0);
	fstat(p[0], &st);
	printf("pipe %o\n", st.st_mode);
	report("statx", statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	printf("mask %d mode %o size %llu\n",
	       (sx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS, sx.stx_mode, sx.stx_size);
	report("empty path", statx(p[0], "", AT_EMPTY_PATH, STATX_TYPE, &sx));
	report("empty, no flag", statx(p[0], "", 0, STATX_TYPE, &sx));
	report("fstatat empty", fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH));
	printf("directory %d\n", S_ISDIR(st.st_mode));
	report("reserved mask", statx(AT_FDCWD, "f", 0, 0x80000000, &sx));
	report("both syncs",
	       statx(AT_FDCWD, "f", AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC, 0, &sx));
	report("bad flag", fstatat(AT_FDCWD, "f", &st, 0x2));
	report("open a socket", open("k", O_RDONLY));
	report("mknod of a directory", mknod("x", S_IFDIR | 0755, 0));
	report("mknod of nothing", mknod("y", 0644, 0));
	show("y");
	return 0;
}

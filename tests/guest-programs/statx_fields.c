// SPDX-License-Identifier: GPL-2.0-or-later
/* statx: the mask, types and numbers against stat, what AT_EMPTY_PATH and NULL-like names do, refusals. */
#include <sys/sysmacros.h>

#include "guest_helpers.h"

static void show(const char *label, int dir, const char *name, int flags, unsigned int mask)
{
	struct statx x;

	memset(&x, 0x55, sizeof(x));
	if (statx(dir, name, flags, mask, &x) < 0) {
		printf("%s: %s\n", label, strerrorname_np(errno));
		return;
	}
	printf("%s: mode %o links %u size %llu has basic %d\n", label, x.stx_mode, x.stx_nlink,
	       S_ISREG(x.stx_mode) ? x.stx_size : 0,
	       (x.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
}

int main(void)
{
	struct statx x;
	struct stat st;
	int fd;

	make_file("f", "12345");
	CHECK_EQ(link("f", "g") | symlink("f", "l"), 0);
	fd = open("f", O_RDONLY);
	show("file", AT_FDCWD, "f", 0, STATX_BASIC_STATS);
	show("link", AT_FDCWD, "l", 0, STATX_BASIC_STATS);
	show("link itself", AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS);
	show("descriptor", fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS);
	show("descriptor without the flag", fd, "", 0, STATX_BASIC_STATS);
	show("current directory", AT_FDCWD, "", AT_EMPTY_PATH, STATX_BASIC_STATS);
	show("sync flags", AT_FDCWD, "f", AT_STATX_DONT_SYNC, STATX_BASIC_STATS);
	show("both sync flags", AT_FDCWD, "f", AT_STATX_DONT_SYNC | AT_STATX_FORCE_SYNC,
	     STATX_BASIC_STATS);
	show("unknown flag", AT_FDCWD, "f", 0x10, STATX_BASIC_STATS);
	show("reserved mask", AT_FDCWD, "f", 0, 0x80000000u);
	show("missing", AT_FDCWD, "missing", 0, STATX_BASIC_STATS);
	result("bad buffer", syscall(SYS_statx, AT_FDCWD, "f", 0, STATX_BASIC_STATS, 16));
	CHECK_EQ(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &x), 0);
	CHECK_EQ(stat("f", &st), 0);
	printf("same: %d %d %d %d %d %d\n", x.stx_ino == st.st_ino, x.stx_uid == st.st_uid,
	       x.stx_mtime.tv_sec == st.st_mtim.tv_sec, x.stx_mtime.tv_nsec == st.st_mtim.tv_nsec,
	       makedev(x.stx_dev_major, x.stx_dev_minor) == st.st_dev,
	       x.stx_blksize == (unsigned int)st.st_blksize);
	CHECK_EQ(statx(AT_FDCWD, "/dev/null", 0, STATX_BASIC_STATS, &x), 0);
	printf("device %u:%u\n", x.stx_rdev_major, x.stx_rdev_minor);
	CHECK_EQ(statx(AT_FDCWD, "/proc", 0, STATX_BASIC_STATS, &x), 0);
	printf("mount root: %d\n", !!(x.stx_attributes & STATX_ATTR_MOUNT_ROOT));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* fs_operations' operations on attributes, and on the file system as a whole. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "fs_operations.h"
/* Outside of the time of the run, so that fs_tree tells what was set; also what the disk cannot hold. */
static time_t some_time(void)
{
	switch (below(8)) {
	case 0:
		return -(time_t)below(2000000000);
	case 1:
		return 2147483640 + (time_t)below(16);
	case 2:
		return 4294967290 + (time_t)below(1000);
	case 3:
		return (time_t)below(4096) << 23;
	default:
		return below(1600000000);
	}
}

void op_attributes(void)
{
	char name[512];
	struct timespec t[2] = { { some_time(), below(1000000000) },
				 { some_time(), below(1000000000) } };
	unsigned int mode = below(010000), uid = below(5) ? 1000 + below(3) : 4000000000u;

	if (below(8) == 0)
		t[below(2)].tv_nsec = UTIME_OMIT;
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

void op_xattr(void)
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

static unsigned int acl_entry(unsigned char *p, unsigned int tag, unsigned int id)
{
	unsigned int perm = below(8);

	p[0] = (unsigned char)tag;
	p[1] = 0;
	p[2] = (unsigned char)perm;
	p[3] = 0;
	memcpy(p + 4, &id, 4);
	return 8;
}

/* A list as acl_set_file(3) gives it to the kernel; sometimes one that has no mask. */
static unsigned int some_acl(unsigned char *p)
{
	static const unsigned char version_2[4] = { 2 };
	unsigned int n = sizeof(version_2), users = below(3), groups = below(3);

	memcpy(p, version_2, sizeof(version_2));
	n += acl_entry(p + n, 0x01, ~0u);
	for (unsigned int i = 0; i < users; i++)
		n += acl_entry(p + n, 0x02, 1000 + i);
	n += acl_entry(p + n, 0x04, ~0u);
	for (unsigned int i = 0; i < groups; i++)
		n += acl_entry(p + n, 0x08, 1001 + i);
	if ((users + groups > 0 || below(3) == 0) && below(10))
		n += acl_entry(p + n, 0x10, ~0u);
	return n + acl_entry(p + n, 0x20, ~0u);
}

void op_acl(void)
{
	static const mode_t masks[] = { 022, 022, 077, 0, 027 };
	char name[512];
	unsigned char acl[256];
	unsigned int len = some_acl(acl), what = below(8);
	const char *which = below(2) ? "system.posix_acl_default" : "system.posix_acl_access";

	if (below(2))
		some_dir(name);
	else
		some_name(name);
	if (what == 0)
		said("remove acl", name, removexattr(name, which));
	else if (what == 1)
		umask(masks[below(5)]);
	else
		said(which, name, setxattr(name, which, acl, len, 0));
}

void op_flags(void)
{
	static const int some[] = { FS_NODUMP_FL,  FS_NOATIME_FL, FS_SYNC_FL,	   FS_DIRSYNC_FL,
				    FS_TOPDIR_FL,  FS_APPEND_FL,  FS_IMMUTABLE_FL, FS_NODUMP_FL,
				    FS_NOATIME_FL, FS_NODUMP_FL };
	char name[512];
	struct fsxattr x;
	int old = 0, r, fd, set = below(3) ? some[below(10)] : 0;

	if (below(5))
		some_name(name);
	else
		some_dir(name);
	fd = open(name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0) {
		said("flags", name, fd);
		return;
	}
	r = ioctl(fd, FS_IOC_GETFLAGS, &old);
	printf("had %x set %x\n",
	       r == 0 ? old & FS_FL_USER_VISIBLE & ~(FS_EXTENT_FL | FS_INDEX_FL) : -1, set);
	if (r == 0) {
		old &= ~(FS_NODUMP_FL | FS_NOATIME_FL | FS_SYNC_FL | FS_DIRSYNC_FL | FS_TOPDIR_FL |
			 FS_APPEND_FL | FS_IMMUTABLE_FL);
		old |= set;
		said("setflags", name, ioctl(fd, FS_IOC_SETFLAGS, &old));
	}
	r = ioctl(fd, FS_IOC_FSGETXATTR, &x);
	if (r == 0)
		printf("xflags %x project %u\n", x.fsx_xflags, x.fsx_projid);
	else
		said("fsgetxattr", name, r);
	close(fd);
}

void op_stat(void)
{
	const unsigned int shown = STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE | STATX_ATTR_NODUMP;
	char name[512];
	struct statx st;
	int r;

	some_name(name);
	r = statx(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS | STATX_BTIME, &st);
	if (r < 0)
		said("stat", name, r);
	else
		printf("stat %s: %06o links %u size %lld mask %x attributes %llx of %llx\n", name,
		       st.stx_mode, st.stx_nlink,
		       S_ISDIR(st.stx_mode) ? 0LL : (long long)st.stx_size, st.stx_mask & 0xfff,
		       (unsigned long long)st.stx_attributes & shown,
		       (unsigned long long)st.stx_attributes_mask & shown);
}

/* --- which times an operation changes ----------------------------------------------------------- */

static int is_other(struct timespec a, struct timespec b)
{
	return a.tv_sec != b.tv_sec || a.tv_nsec != b.tv_nsec;
}

static int touch_somehow(const char *name, const char *dir, unsigned int what)
{
	const struct timespec omit[2] = { { 0, UTIME_OMIT }, { 0, UTIME_OMIT } };
	char other[600], c;
	struct stat st;
	int fd = -1, r = -1;

	snprintf(other, sizeof(other), "%s/times", dir);
	if (lstat(name, &st) != 0)
		return -1;
	if (what < 6)
		fd = open(name, O_RDWR | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	switch (what) {
	case 0:
		r = (int)pwrite(fd, "x", 1, 0);
		break;
	case 1:
		r = (int)pwrite(fd, "", 0, 0);
		break;
	case 2:
		r = ftruncate(fd, st.st_size);
		break;
	case 3:
		r = ftruncate(fd, st.st_size + 10);
		break;
	case 4:
		r = (int)pread(fd, &c, 1, 0);
		break;
	case 5:
		r = fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 1000);
		break;
	case 6:
		r = chmod(name, st.st_mode & 07777);
		break;
	case 7:
		r = lchown(name, (uid_t)-1, (gid_t)-1);
		break;
	case 8:
		r = link(name, other) == 0 ? unlink(other) : -1;
		break;
	case 9:
		r = rename(name, other) == 0 ? rename(other, name) : -1;
		break;
	case 10:
		r = lsetxattr(name, "trusted.times", "v", 1, 0);
		break;
	case 11:
		r = utimensat(AT_FDCWD, name, omit, AT_SYMLINK_NOFOLLOW);
		break;
	case 12:
		r = mkdir(other, 0700) == 0 ? rmdir(other) : -1;
		break;
	default:
		r = rename(name, name);
	}
	if (fd >= 0)
		close(fd);
	return r;
}

void op_changed_times(void)
{
	const struct timespec tick = { .tv_nsec = 25000000 };
	char name[512], dir[512];
	struct stat a, b, da, db;
	unsigned int what = below(14);
	char *slash;

	some_name(name);
	snprintf(dir, sizeof(dir), "%s", name);
	slash = strrchr(dir, '/');
	if (slash)
		*slash = '\0';
	else
		snprintf(dir, sizeof(dir), ".");
	if (lstat(name, &a) != 0 || lstat(dir, &da) != 0)
		return;
	nanosleep(&tick, NULL);
	printf("touched by %u\n", what);
	said("touch", name, touch_somehow(name, dir, what));
	/* With whole seconds it is chance whether one has passed. */
	if (lstat(name, &b) != 0 || lstat(dir, &db) != 0 || a.st_ctim.tv_nsec == 0)
		return;
	printf("  changed: %d%d%d, directory %d%d\n", is_other(a.st_atim, b.st_atim),
	       is_other(a.st_mtim, b.st_mtim), is_other(a.st_ctim, b.st_ctim),
	       is_other(da.st_mtim, db.st_mtim), is_other(da.st_ctim, db.st_ctim));
}

/* --- as somebody else ---------------------------------------------------------------------------- */

static void act(const char *name, unsigned int what)
{
	int fd;

	switch (what) {
	case 0:
	case 1:
	case 2:
		fd = open(name, (what == 2 ? O_RDWR | O_CREAT : (int)what) | O_NONBLOCK | O_NOCTTY,
			  0666);
		said("open", name, fd < 0 ? fd : 0);
		if (fd >= 0 && what)
			said("write", name, write(fd, "as a user", 9));
		if (fd >= 0)
			close(fd);
		break;
	case 3:
		said("unlink", name, unlink(name));
		break;
	case 4:
		said("mkdir", name, mkdir(name, 0777));
		break;
	case 5:
		said("chmod", name, chmod(name, 06755));
		break;
	case 6:
		said("utimens", name, utimensat(AT_FDCWD, name, NULL, 0));
		break;
	case 7:
		said("setxattr", name, setxattr(name, "user.z", "z", 1, 0));
		break;
	case 8:
		said("chown", name, chown(name, (uid_t)-1, 1001));
		break;
	case 9:
		said("access", name, faccessat(AT_FDCWD, name, R_OK | X_OK, AT_EACCESS));
		break;
	case 10:
		said("truncate", name, truncate(name, 77));
		break;
	default:
		said("trusted", name, setxattr(name, "trusted.z", "z", 1, 0));
	}
}

void op_as_user(void)
{
	char name[512];
	unsigned int uid = 1000 + below(3), gid = 1000 + below(3), what = below(12);

	some_name(name);
	if (below(3) == 0)
		said("chmod", ".", chmod(".", 0777));
	if (setegid(gid) != 0 || seteuid(uid) != 0)
		printf("cannot be %u:%u\n", uid, gid);
	printf("as %u:%u\n", uid, gid);
	act(name, what);
	if (seteuid(0) != 0 || setegid(0) != 0)
		printf("cannot be root again\n");
}

/* --- the file system ------------------------------------------------------------------------------ */

/* Not sync(2), which waits for every file system of the machine. */
void op_sync(void)
{
	int fd = open(".", O_RDONLY);

	said("syncfs", ".", syncfs(fd));
	close(fd);
}

/* How much room there is depends on what each kernel keeps for itself; how many inodes are free does not. */
void op_file_system(void)
{
	struct fstrim_range all = { .len = ~0ull };
	struct statfs st;
	struct statvfs v;
	int fd;

	if (statfs(".", &st) == 0 && statvfs(".", &v) == 0)
		printf("statfs %lx %ld %ld blocks %lu inodes %lu free %lu flags %lx\n",
		       (unsigned long)st.f_type, (long)st.f_bsize, (long)st.f_namelen,
		       (unsigned long)st.f_blocks, (unsigned long)st.f_files,
		       (unsigned long)st.f_ffree,
		       v.f_flag & (ST_RDONLY | ST_NOATIME | ST_NODIRATIME | ST_RELATIME |
				   ST_SYNCHRONOUS));
	fd = open(".", O_RDONLY);
	said("trim", ".", ioctl(fd, FITRIM, &all) < 0 ? -1 : 0);
	said("fsync", ".", fsync(fd));
	close(fd);
}

void op_remount(void)
{
	char name[512];
	struct statvfs v;
	unsigned long flags = MS_REMOUNT;
	int fd = -1, r;

	if (statvfs(".", &v) != 0)
		return;
	flags |= v.f_flag & (ST_NOATIME | ST_NODIRATIME | ST_SYNCHRONOUS);
	flags |= v.f_flag & ST_RELATIME ? MS_RELATIME : 0;
	flags |= v.f_flag & (ST_NOATIME | ST_RELATIME) ? 0 : MS_STRICTATIME;
	if (below(3) == 0)
		fd = open_some(O_RDWR, name);
	r = mount(NULL, ".", NULL, flags | MS_RDONLY, NULL);
	said("remount ro", ".", r);
	if (r == 0) {
		some_name(name);
		said("mkdir", name, mkdir(name, 0700));
		said("unlink", name, unlink(name));
		said("truncate", name, truncate(name, 5));
		said("chmod", ".", chmod(".", 0755));
		said("remount rw", ".", mount(NULL, ".", NULL, flags, NULL));
	}
	if (fd >= 0)
		close(fd);
}

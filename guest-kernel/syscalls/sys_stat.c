// SPDX-License-Identifier: GPL-2.0-or-later
/* What files are: stat and its relatives, access, statfs; and changing it: modes, owners, times. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_time.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "syscalls/sys_path.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

/* --- stat --------------------------------------------------------------------------------------- */

/* Consumes p. */
static int64_t put_stat(struct path *p, uint64_t addr)
{
	struct inode *inode = path_inode(p);
	struct abi_stat st;
	int r = vfs_getattr(inode);

	if (r == 0)
		vfs_fill_stat(p, inode, &st);
	path_put(p);
	return r < 0 ? r : copy_to_user(UADDR(addr), &st, sizeof(st));
}

static int64_t do_stat(int dirfd, uint64_t name, uint64_t addr, unsigned int lookup)
{
	struct path p;
	int r = path_from_user(dirfd, name, lookup, &p);

	return r < 0 ? r : put_stat(&p, addr);
}

SYSCALL_HANDLER(sys_stat)
{
	(void)t;
	return do_stat(AT_FDCWD, a[0], a[1], LOOKUP_FOLLOW);
}

SYSCALL_HANDLER(sys_lstat)
{
	(void)t;
	return do_stat(AT_FDCWD, a[0], a[1], 0);
}

SYSCALL_HANDLER(sys_fstat)
{
	struct path p;
	int r = path_from_fd((int)a[0], true, &p);

	(void)t;
	return r < 0 ? r : put_stat(&p, a[1]);
}

SYSCALL_HANDLER(sys_newfstatat)
{
	(void)t;
	if (a[3] & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH))
		return -EINVAL;
	return do_stat((int)a[0], a[1], a[2], lookup_from_at(a[3]));
}

SYSCALL_HANDLER(sys_statx)
{
	const uint64_t known = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH |
			       AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC;
	struct abi_statx sx;
	struct path p;
	int r;

	(void)t;
	if ((a[2] & ~known) || (a[3] & 0x80000000u) ||
	    (a[2] & (AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC)) ==
		    (AT_STATX_FORCE_SYNC | AT_STATX_DONT_SYNC))
		return -EINVAL;
	r = path_from_user((int)a[0], a[1], lookup_from_at(a[2]), &p);
	if (r < 0)
		return r;
	r = vfs_getattr(path_inode(&p));
	if (r == 0)
		vfs_fill_statx(&p, path_inode(&p), &sx);
	path_put(&p);
	return r < 0 ? r : copy_to_user(UADDR(a[4]), &sx, sizeof(sx));
}

static int64_t put_statfs(struct path *p, uint64_t addr)
{
	struct abi_statfs st;
	int r = vfs_statfs(p, &st);

	path_put(p);
	return r < 0 ? r : copy_to_user(UADDR(addr), &st, sizeof(st));
}

SYSCALL_HANDLER(sys_statfs)
{
	struct path p;
	int r = path_from_user(AT_FDCWD, a[0], LOOKUP_FOLLOW, &p);

	(void)t;
	return r < 0 ? r : put_statfs(&p, a[1]);
}

SYSCALL_HANDLER(sys_fstatfs)
{
	struct path p;
	int r = path_from_fd((int)a[0], true, &p);

	(void)t;
	return r < 0 ? r : put_statfs(&p, a[1]);
}

static int64_t do_access(int dirfd, uint64_t name, int mode, int flags)
{
	char *text;
	int r = path_name_from_user(UADDR(name), (flags & AT_EMPTY_PATH) != 0, &text);

	if (r < 0)
		return r;
	r = vfs_access(dirfd, text, mode, flags);
	kfree(text);
	return r;
}

SYSCALL_HANDLER(sys_access)
{
	(void)t;
	return do_access(AT_FDCWD, a[0], (int)a[1], 0);
}

SYSCALL_HANDLER(sys_faccessat)
{
	(void)t;
	return do_access((int)a[0], a[1], (int)a[2], 0);
}

SYSCALL_HANDLER(sys_faccessat2)
{
	(void)t;
	return do_access((int)a[0], a[1], (int)a[2], (int)a[3]);
}

/* --- modes and owners --------------------------------------------------------------------------- */

static int64_t do_chmod(int dirfd, uint64_t name, uint32_t mode, unsigned int lookup)
{
	struct path p;
	int r = path_from_user(dirfd, name, lookup, &p);

	if (r < 0)
		return r;
	r = vfs_chmod(&p, mode);
	path_put(&p);
	return r;
}

SYSCALL_HANDLER(sys_chmod)
{
	(void)t;
	return do_chmod(AT_FDCWD, a[0], (uint32_t)a[1], LOOKUP_FOLLOW);
}

SYSCALL_HANDLER(sys_fchmodat)
{
	(void)t;
	return do_chmod((int)a[0], a[1], (uint32_t)a[2], LOOKUP_FOLLOW);
}

SYSCALL_HANDLER(sys_fchmodat2)
{
	(void)t;
	if (a[3] & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_chmod((int)a[0], a[1], (uint32_t)a[2], lookup_from_at(a[3]));
}

SYSCALL_HANDLER(sys_fchmod)
{
	struct path p;
	int r = path_from_fd((int)a[0], false, &p);

	(void)t;
	if (r < 0)
		return r;
	r = vfs_chmod(&p, (uint32_t)a[1]);
	path_put(&p);
	return r;
}

static int64_t do_chown(int dirfd, uint64_t name, uint64_t uid, uint64_t gid, unsigned int lookup)
{
	struct path p;
	int r = path_from_user(dirfd, name, lookup, &p);

	if (r < 0)
		return r;
	r = vfs_chown(&p, (uint32_t)uid, (uint32_t)gid);
	path_put(&p);
	return r;
}

SYSCALL_HANDLER(sys_chown)
{
	(void)t;
	return do_chown(AT_FDCWD, a[0], a[1], a[2], LOOKUP_FOLLOW);
}

SYSCALL_HANDLER(sys_lchown)
{
	(void)t;
	return do_chown(AT_FDCWD, a[0], a[1], a[2], 0);
}

SYSCALL_HANDLER(sys_fchownat)
{
	(void)t;
	if (a[4] & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	return do_chown((int)a[0], a[1], a[2], a[3], lookup_from_at(a[4]));
}

SYSCALL_HANDLER(sys_fchown)
{
	struct path p;
	int r = path_from_fd((int)a[0], false, &p);

	(void)t;
	if (r < 0)
		return r;
	r = vfs_chown(&p, (uint32_t)a[1], (uint32_t)a[2]);
	path_put(&p);
	return r;
}

/* --- times -------------------------------------------------------------------------------------- */

static int64_t set_times(int dirfd, uint64_t name, const struct timespec_k *times, uint64_t flags)
{
	struct path p;
	int r;

	/* Without a name it is the descriptor's own file. */
	if (name == 0 && dirfd != AT_FDCWD)
		r = flags ? -EINVAL : path_from_fd(dirfd, false, &p);
	else
		r = path_from_user(dirfd, name, lookup_from_at(flags), &p);
	if (r < 0)
		return r;
	r = vfs_utimens(&p, times);
	path_put(&p);
	return r;
}

static int timespecs_from_user(uint64_t addr, struct timespec_k ret[2])
{
	struct abi_timespec ts[2];

	if (copy_from_user(ts, UADDR(addr), sizeof(ts)) < 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (ts[i].nsec != UTIME_NOW && ts[i].nsec != UTIME_OMIT &&
		    (ts[i].nsec < 0 || ts[i].nsec >= (int64_t)NSEC_PER_SEC))
			return -EINVAL;
		ret[i] = (struct timespec_k){ ts[i].sec, (int32_t)ts[i].nsec };
	}
	return 0;
}

SYSCALL_HANDLER(sys_utimensat)
{
	struct timespec_k times[2];
	int r = a[2] ? timespecs_from_user(a[2], times) : 0;

	(void)t;
	if (a[3] & ~(uint64_t)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (r < 0)
		return r;
	return set_times((int)a[0], a[1], a[2] ? times : NULL, a[3]);
}

static int64_t do_utimes(int dirfd, uint64_t name, uint64_t addr)
{
	struct timespec_k times[2];
	struct abi_timeval tv[2];

	if (addr == 0)
		return set_times(dirfd, name, NULL, 0);
	if (copy_from_user(tv, UADDR(addr), sizeof(tv)) < 0)
		return -EFAULT;
	for (int i = 0; i < 2; i++) {
		if (tv[i].usec < 0 || tv[i].usec >= 1000000)
			return -EINVAL;
		times[i] = (struct timespec_k){ tv[i].sec, (int32_t)tv[i].usec * 1000 };
	}
	return set_times(dirfd, name, times, 0);
}

SYSCALL_HANDLER(sys_utimes)
{
	(void)t;
	return do_utimes(AT_FDCWD, a[0], a[1]);
}

SYSCALL_HANDLER(sys_futimesat)
{
	(void)t;
	return do_utimes((int)a[0], a[1], a[2]);
}

SYSCALL_HANDLER(sys_utime)
{
	struct timespec_k times[2] = { 0 };
	int64_t s[2];

	(void)t;
	if (a[1] == 0)
		return set_times(AT_FDCWD, a[0], NULL, 0);
	if (copy_from_user(s, UADDR(a[1]), sizeof(s)) < 0)
		return -EFAULT;
	times[0].sec = s[0];
	times[1].sec = s[1];
	return set_times(AT_FDCWD, a[0], times, 0);
}

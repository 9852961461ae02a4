// SPDX-License-Identifier: GPL-2.0-or-later
/* Names: making, removing, renaming, linking; reading directories; where a task stands. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "syscalls/sys_path.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

#define GETDENTS_MAX 32768u

static int64_t do_mkdir(int dirfd, uint64_t name, uint32_t mode)
{
	char *text;
	int r = path_name_from_user(UADDR(name), false, &text);

	if (r < 0)
		return r;
	r = vfs_mkdir(dirfd, text, mode);
	kfree(text);
	return r;
}

SYSCALL_HANDLER(sys_mkdir)
{
	(void)t;
	return do_mkdir(AT_FDCWD, a[0], (uint32_t)a[1]);
}

SYSCALL_HANDLER(sys_mkdirat)
{
	(void)t;
	return do_mkdir((int)a[0], a[1], (uint32_t)a[2]);
}

/* The inverse of what stat shows: 12 bits of major among 20 of minor. */
static uint64_t decode_dev(uint64_t dev)
{
	return MKDEV((dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00));
}

static int64_t do_mknod(int dirfd, uint64_t name, uint32_t mode, uint64_t dev)
{
	char *text;
	int r = path_name_from_user(UADDR(name), false, &text);

	if (r < 0)
		return r;
	r = vfs_mknod(dirfd, text, mode, decode_dev((uint32_t)dev));
	kfree(text);
	return r;
}

SYSCALL_HANDLER(sys_mknod)
{
	(void)t;
	return do_mknod(AT_FDCWD, a[0], (uint32_t)a[1] & 0xffff, a[2]);
}

SYSCALL_HANDLER(sys_mknodat)
{
	(void)t;
	return do_mknod((int)a[0], a[1], (uint32_t)a[2] & 0xffff, a[3]);
}

static int64_t do_remove(int dirfd, uint64_t name, bool is_dir)
{
	char *text;
	int r = path_name_from_user(UADDR(name), false, &text);

	if (r < 0)
		return r;
	r = is_dir ? vfs_rmdir(dirfd, text) : vfs_unlink(dirfd, text);
	kfree(text);
	return r;
}

SYSCALL_HANDLER(sys_rmdir)
{
	(void)t;
	return do_remove(AT_FDCWD, a[0], true);
}

SYSCALL_HANDLER(sys_unlink)
{
	(void)t;
	return do_remove(AT_FDCWD, a[0], false);
}

SYSCALL_HANDLER(sys_unlinkat)
{
	(void)t;
	if (a[2] & ~(uint64_t)AT_REMOVEDIR)
		return -EINVAL;
	return do_remove((int)a[0], a[1], (a[2] & AT_REMOVEDIR) != 0);
}

/* A call with two names, of which link may take the first one empty. */
struct two_names {
	char *from, *to;
};

static int two_names_get(struct two_names *n, uint64_t from, bool from_empty, uint64_t to)
{
	int r = path_name_from_user(UADDR(from), from_empty, &n->from);

	if (r < 0)
		return r;
	r = path_name_from_user(UADDR(to), false, &n->to);
	if (r < 0)
		kfree(n->from);
	return r;
}

static int64_t two_names_done(struct two_names *n, int r)
{
	kfree(n->from);
	kfree(n->to);
	return r;
}

static int64_t do_rename(int from_fd, uint64_t from, int to_fd, uint64_t to, unsigned int flags)
{
	struct two_names n;
	int r = two_names_get(&n, from, false, to);

	return r < 0 ? r : two_names_done(&n, vfs_rename(from_fd, n.from, to_fd, n.to, flags));
}

SYSCALL_HANDLER(sys_rename)
{
	(void)t;
	return do_rename(AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

SYSCALL_HANDLER(sys_renameat)
{
	(void)t;
	return do_rename((int)a[0], a[1], (int)a[2], a[3], 0);
}

SYSCALL_HANDLER(sys_renameat2)
{
	(void)t;
	return do_rename((int)a[0], a[1], (int)a[2], a[3], (unsigned int)a[4]);
}

static int64_t do_link(int from_fd, uint64_t from, int to_fd, uint64_t to, int flags)
{
	struct two_names n;
	int r = two_names_get(&n, from, (flags & AT_EMPTY_PATH) != 0, to);

	return r < 0 ? r : two_names_done(&n, vfs_link(from_fd, n.from, to_fd, n.to, flags));
}

SYSCALL_HANDLER(sys_link)
{
	(void)t;
	return do_link(AT_FDCWD, a[0], AT_FDCWD, a[1], 0);
}

SYSCALL_HANDLER(sys_linkat)
{
	(void)t;
	return do_link((int)a[0], a[1], (int)a[2], a[3], (int)a[4]);
}

static int64_t do_symlink(uint64_t target, int dirfd, uint64_t name)
{
	struct two_names n;
	int r = two_names_get(&n, target, false, name);

	return r < 0 ? r : two_names_done(&n, vfs_symlink(n.from, dirfd, n.to));
}

SYSCALL_HANDLER(sys_symlink)
{
	(void)t;
	return do_symlink(a[0], AT_FDCWD, a[1]);
}

SYSCALL_HANDLER(sys_symlinkat)
{
	(void)t;
	return do_symlink(a[0], (int)a[1], a[2]);
}

static int64_t do_readlink(int dirfd, uint64_t name, uint64_t buf, int len)
{
	char *text, *target;
	ssize_t n;

	if (len <= 0)
		return -EINVAL;
	n = path_name_from_user(UADDR(name), true, &text);
	if (n < 0)
		return n;
	target = kmalloc(PATH_MAX);
	n = target ? vfs_readlink(dirfd, text, target, MIN((size_t)len, PATH_MAX)) : -ENOMEM;
	if (n > 0 && copy_to_user(UADDR(buf), target, (size_t)n) < 0)
		n = -EFAULT;
	kfree(target);
	kfree(text);
	return n;
}

SYSCALL_HANDLER(sys_readlink)
{
	(void)t;
	return do_readlink(AT_FDCWD, a[0], a[1], (int)a[2]);
}

SYSCALL_HANDLER(sys_readlinkat)
{
	(void)t;
	return do_readlink((int)a[0], a[1], a[2], (int)a[3]);
}

/* --- directories -------------------------------------------------------------------------------- */

static int64_t do_getdents(const uint64_t a[6], bool old)
{
	struct file *f = fd_get((int)a[0]);
	size_t len = MIN((uint32_t)a[2], GETDENTS_MAX);
	uint64_t pos;
	char *buf;
	ssize_t n;

	if (!f)
		return -EBADF;
	buf = kmalloc(len);
	pos = f->pos;
	n = buf ? vfs_getdents(f, buf, len, old) : -ENOMEM;
	if (n > 0 && copy_to_user(UADDR(a[1]), buf, (size_t)n) < 0) {
		f->pos = pos; /* nothing was handed over */
		n = -EFAULT;
	}
	kfree(buf);
	file_put(f);
	return n;
}

SYSCALL_HANDLER(sys_getdents)
{
	(void)t;
	return do_getdents(a, true);
}

SYSCALL_HANDLER(sys_getdents64)
{
	(void)t;
	return do_getdents(a, false);
}

SYSCALL_HANDLER(sys_getcwd)
{
	char *buf = kmalloc(PATH_MAX);
	ssize_t n = buf ? vfs_getcwd(buf, MIN(a[1], PATH_MAX)) : -ENOMEM;

	(void)t;
	if (n > 0 && copy_to_user(UADDR(a[0]), buf, (size_t)n) < 0)
		n = -EFAULT;
	kfree(buf);
	return n;
}

/* r: whether p was found. It is handed to `use` and given back. */
static int64_t use_path(int r, struct path *p, int (*use)(const struct path *p))
{
	if (r < 0)
		return r;
	r = use(p);
	path_put(p);
	return r;
}

SYSCALL_HANDLER(sys_chdir)
{
	struct path p;
	int r = path_from_user(AT_FDCWD, a[0], LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);

	(void)t;
	return use_path(r, &p, vfs_chdir);
}

SYSCALL_HANDLER(sys_fchdir)
{
	struct path p;
	int r = path_from_fd((int)a[0], true, &p);

	(void)t;
	return use_path(r, &p, vfs_chdir);
}

SYSCALL_HANDLER(sys_chroot)
{
	struct path p;
	int r = path_from_user(AT_FDCWD, a[0], LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &p);

	(void)t;
	return use_path(r, &p, vfs_chroot);
}

SYSCALL_HANDLER(sys_umask)
{
	uint32_t old = t->fs->umask;

	t->fs->umask = (uint32_t)a[0] & 0777;
	return old;
}

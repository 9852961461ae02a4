// SPDX-License-Identifier: GPL-2.0-or-later
/* read, write and their vectored and positioned forms, seeking, syncing, sizes. */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "host/host_memory.h"
#include "mm/user_copy.h"
#include "syscalls/sys_path.h"
#include "syscalls/syscall_handlers.h"
#include "vfs/vfs.h"
#include "vfs/vfs_calls.h"

enum { NO_POSITION = -1 };

/* The one body of all: pos NO_POSITION is the file's own. Consumes the iterator. */
static int64_t transfer(int fd, struct iov_iter *it, int64_t pos, bool write)
{
	struct file *f = fd_get(fd);
	uint64_t at = (uint64_t)pos;
	ssize_t n;

	if (!f)
		return -EBADF;
	if (pos == NO_POSITION)
		n = write ? file_write_next(f, it) : file_read_next(f, it);
	else if (f->ops->no_seek)
		n = -ESPIPE;
	else
		n = write ? file_write(f, it, &at) : file_read(f, it, &at);
	file_put(f);
	return n;
}

static int64_t transfer_buffer(const uint64_t a[6], int64_t pos, bool write)
{
	struct iov_iter it;
	struct file *f;
	int r = iter_init_user(&it, UADDR(a[1]), a[2]);

	if (r == 0)
		return transfer((int)a[0], &it, pos, write);
	f = fd_get((int)a[0]); /* a bad descriptor is reported first */
	file_put(f);
	return f ? r : -EBADF;
}

static int64_t transfer_vector(const uint64_t a[6], int64_t pos, bool write)
{
	struct iov_iter it;
	struct file *f = fd_get((int)a[0]);
	int64_t n;
	int r;

	if (!f)
		return -EBADF;
	file_put(f);
	r = a[2] > 1024 ? -EINVAL : iter_init_iovec(&it, UADDR(a[1]), (unsigned int)a[2]);
	if (r < 0)
		return r;
	n = transfer((int)a[0], &it, pos, write);
	iter_done(&it);
	return n;
}

SYSCALL_HANDLER(sys_read)
{
	(void)t;
	return transfer_buffer(a, NO_POSITION, false);
}

SYSCALL_HANDLER(sys_write)
{
	(void)t;
	return transfer_buffer(a, NO_POSITION, true);
}

SYSCALL_HANDLER(sys_pread64)
{
	(void)t;
	return (int64_t)a[3] < 0 ? -EINVAL : transfer_buffer(a, (int64_t)a[3], false);
}

SYSCALL_HANDLER(sys_pwrite64)
{
	(void)t;
	return (int64_t)a[3] < 0 ? -EINVAL : transfer_buffer(a, (int64_t)a[3], true);
}

SYSCALL_HANDLER(sys_readv)
{
	(void)t;
	return transfer_vector(a, NO_POSITION, false);
}

SYSCALL_HANDLER(sys_writev)
{
	(void)t;
	return transfer_vector(a, NO_POSITION, true);
}

SYSCALL_HANDLER(sys_preadv)
{
	(void)t;
	return (int64_t)a[3] < 0 ? -EINVAL : transfer_vector(a, (int64_t)a[3], false);
}

SYSCALL_HANDLER(sys_pwritev)
{
	(void)t;
	return (int64_t)a[3] < 0 ? -EINVAL : transfer_vector(a, (int64_t)a[3], true);
}

static int64_t transfer_v2(const uint64_t a[6], bool write)
{
	if (a[5] & ~(uint64_t)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC))
		return -EOPNOTSUPP;
	if ((int64_t)a[3] < NO_POSITION)
		return -EINVAL;
	return transfer_vector(a, (int64_t)a[3], write);
}

SYSCALL_HANDLER(sys_preadv2)
{
	(void)t;
	return transfer_v2(a, false);
}

SYSCALL_HANDLER(sys_pwritev2)
{
	(void)t;
	return transfer_v2(a, true);
}

SYSCALL_HANDLER(sys_lseek)
{
	struct file *f = fd_get((int)a[0]);
	int64_t r;

	(void)t;
	if (!f)
		return -EBADF;
	r = file_seek(f, (int64_t)a[1], (int)a[2]);
	file_put(f);
	return r;
}

static int64_t do_fsync(int fd, bool data_only)
{
	struct file *f = fd_get(fd);
	int r;

	if (!f)
		return -EBADF;
	r = file_fsync(f, data_only);
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_fsync)
{
	(void)t;
	return do_fsync((int)a[0], false);
}

SYSCALL_HANDLER(sys_fdatasync)
{
	(void)t;
	return do_fsync((int)a[0], true);
}

SYSCALL_HANDLER(sys_sync)
{
	(void)t;
	(void)a;
	super_sync_all();
	return 0;
}

SYSCALL_HANDLER(sys_syncfs)
{
	struct file *f = fd_get((int)a[0]);
	int r = 0;

	(void)t;
	if (!f)
		return -EBADF;
	if (f->inode->sb->ops->sync)
		r = f->inode->sb->ops->sync(f->inode->sb);
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_sync_file_range)
{
	struct file *f = fd_get((int)a[0]);
	int r;

	(void)t;
	if (!f)
		return -EBADF;
	if ((a[3] & ~7ull) || (int64_t)a[1] < 0 || (int64_t)a[2] < 0)
		r = -EINVAL;
	else if (f->ops->no_seek)
		r = -ESPIPE;
	else
		r = f->ops->fsync ? f->ops->fsync(f, true) : 0;
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_truncate)
{
	struct path p;
	int r;

	(void)t;
	if ((int64_t)a[1] < 0)
		return -EINVAL;
	r = path_from_user(AT_FDCWD, a[0], LOOKUP_FOLLOW, &p);
	if (r < 0)
		return r;
	r = vfs_truncate(&p, a[1]);
	path_put(&p);
	return r;
}

SYSCALL_HANDLER(sys_ftruncate)
{
	struct file *f;
	int r;

	(void)t;
	if ((int64_t)a[1] < 0)
		return -EINVAL;
	f = fd_get((int)a[0]);
	if (!f)
		return -EBADF;
	r = vfs_ftruncate(f, a[1]);
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_fallocate)
{
	struct file *f = fd_get((int)a[0]);
	int r;

	(void)t;
	if (!f)
		return -EBADF;
	r = vfs_fallocate(f, (int)a[1], (int64_t)a[2], (int64_t)a[3]);
	file_put(f);
	return r;
}

/* Advice about reading ahead: all data is in memory already, or in the host's cache. Only the arguments are checked. */
SYSCALL_HANDLER(sys_fadvise64)
{
	struct file *f = fd_get((int)a[0]);
	int r = 0;

	(void)t;
	if (!f)
		return -EBADF;
	if (S_ISFIFO(f->inode->mode))
		r = -ESPIPE;
	else if ((int64_t)a[2] < 0 || a[3] > 5)
		r = -EINVAL;
	file_put(f);
	return r;
}

SYSCALL_HANDLER(sys_readahead)
{
	struct file *f = fd_get((int)a[0]);
	int r = 0;

	(void)t;
	if (!f)
		return -EBADF;
	if (!f->can_read)
		r = -EBADF;
	else if (!S_ISREG(f->inode->mode) && !S_ISBLK(f->inode->mode))
		r = -EINVAL;
	file_put(f);
	return r;
}

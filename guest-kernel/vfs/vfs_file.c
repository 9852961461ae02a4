// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading, writing, seeking and asking open files; limits on the size of files. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "lib/string.h"
#include "task/process.h"
#include "task/task_signal.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"

ssize_t file_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	ssize_t n;

	if (!f->can_read)
		return -EBADF;
	if (!f->ops->read)
		return S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
	if (to->left == 0 && S_ISREG(f->inode->mode))
		return 0;
	n = f->ops->read(f, to, pos);
	if (n < 0)
		return n;
	if (f->path.mount && !(f->flags & O_NOATIME))
		inode_touch_atime(&f->path);
	if (n > 0)
		notify_file(f, NOTIFY_ACCESS);
	return n;
}

/* How far a write at pos may go: RLIMIT_FSIZE with its signal, and what the file system can hold. */
int file_size_limit(const struct inode *inode, uint64_t pos, uint64_t *len)
{
	struct task *t = current_task();
	uint64_t limit = t && t->group ? rlimit(t, RLIMIT_FSIZE) : RLIM_INFINITY;

	if (*len == 0)
		return 0;
	if (limit != RLIM_INFINITY && pos + *len > limit) {
		if (pos >= limit) {
			signal_simple(t->group, SIGXFSZ);
			return -EFBIG;
		}
		*len = limit - pos;
	}
	if (pos >= inode->sb->max_bytes)
		return -EFBIG;
	*len = MIN(*len, inode->sb->max_bytes - pos);
	return 0;
}

static ssize_t write_regular(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct inode *inode = f->inode;
	ssize_t n = 0;

	sleep_lock_take(&inode->lock);
	if (f->flags & O_APPEND)
		*pos = inode->size;
	n = file_size_limit(inode, *pos, &from->left);
	if (n == 0 && from->left > 0) {
		n = inode_strip_ids(inode);
		if (n == 0)
			n = f->ops->write(f, from, pos);
	}
	sleep_lock_release(&inode->lock);
	if (n > 0 && (f->flags & O_DSYNC) && f->ops->fsync) {
		int r = f->ops->fsync(f, (f->flags & O_SYNC) != O_SYNC);

		if (r < 0)
			n = r;
	}
	return n;
}

ssize_t file_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	ssize_t n;

	if (!f->can_write)
		return -EBADF;
	if (!f->ops->write)
		return -EINVAL;
	if (S_ISREG(f->inode->mode))
		n = write_regular(f, from, pos);
	else
		n = f->ops->write(f, from, pos);
	if (n > 0)
		notify_file(f, NOTIFY_MODIFY);
	return n;
}

ssize_t file_read_kernel(struct file *f, void *buf, size_t len, uint64_t pos)
{
	size_t done = 0;

	while (done < len) {
		struct iov_iter it;
		ssize_t n;

		iter_init_kernel(&it, (char *)buf + done, len - done);
		n = f->ops->read ? f->ops->read(f, &it, &pos) : -EINVAL;
		if (n < 0 && done == 0)
			return n;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* --- at the file's own position ----------------------------------------------------------------- */

static bool has_position(const struct file *f)
{
	return !f->ops->no_pos && !f->ops->no_seek;
}

ssize_t file_read_next(struct file *f, struct iov_iter *to)
{
	uint64_t pos = 0;
	ssize_t n;

	if (!has_position(f))
		return file_read(f, to, &pos);
	sleep_lock_take(&f->pos_lock);
	n = file_read(f, to, &f->pos);
	sleep_lock_release(&f->pos_lock);
	return n;
}

ssize_t file_write_next(struct file *f, struct iov_iter *from)
{
	uint64_t pos = 0;
	ssize_t n;

	if (!has_position(f))
		return file_write(f, from, &pos);
	sleep_lock_take(&f->pos_lock);
	n = file_write(f, from, &f->pos);
	sleep_lock_release(&f->pos_lock);
	return n;
}

int64_t file_seek_to(struct file *f, uint64_t base, int64_t offset)
{
	int64_t pos;

	if (__builtin_add_overflow((int64_t)base, offset, &pos))
		return -EOVERFLOW;
	if (pos < 0 || (uint64_t)pos > f->inode->sb->max_bytes)
		return -EINVAL;
	f->pos = (uint64_t)pos;
	return pos;
}

int64_t file_seek_generic(struct file *f, int64_t offset, int whence, file_seek_data_fn seek_data)
{
	switch (whence) {
	case SEEK_SET:
		return file_seek_to(f, 0, offset);
	case SEEK_CUR:
		return file_seek_to(f, f->pos, offset);
	case SEEK_END:
		return file_seek_to(f, f->inode->size, offset);
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || (uint64_t)offset >= f->inode->size)
			return -ENXIO;
		return seek_data(f, (uint64_t)offset, whence == SEEK_HOLE);
	default:
		return -EINVAL;
	}
}

/* No holes are known of: all is data, and the only hole is the end. */
static int64_t seek_all_data(struct file *f, uint64_t offset, bool hole)
{
	return file_seek_to(f, hole ? f->inode->size : offset, 0);
}

static int64_t seek_locked(struct file *f, int64_t offset, int whence)
{
	if (f->ops->llseek)
		return f->ops->llseek(f, offset, whence);
	return file_seek_generic(f, offset, whence, seek_all_data);
}

int64_t file_seek(struct file *f, int64_t offset, int whence)
{
	int64_t r;

	if (f->ops->no_seek)
		return -ESPIPE;
	sleep_lock_take(&f->pos_lock);
	r = seek_locked(f, offset, whence);
	sleep_lock_release(&f->pos_lock);
	return r;
}

int file_fsync(struct file *f, bool data_only)
{
	return f->ops->fsync ? f->ops->fsync(f, data_only) : -EINVAL;
}

uint32_t file_poll(struct file *f, struct poll_table *t)
{
	if (f->ops->poll)
		return f->ops->poll(f, t);
	return POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
}

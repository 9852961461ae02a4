// SPDX-License-Identifier: GPL-2.0-or-later
/* Nodes of block devices in /dev: open files on a whole disk or a partition. The ioctls are in block_ioctl.c. */
#include "abi/abi_block.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "drivers/block_node.h"
#include "drivers/buffer.h"
#include "host/host_memory.h"

#define CHUNK_BYTES (128u << 10)

static int node_open(struct inode *inode, struct file *f)
{
	struct block_device *d = f->private;

	(void)inode;
	if (f->flags & O_EXCL) {
		int r = block_claim(d, f);

		if (r < 0)
			return r;
	}
	d->openers++;
	return 0;
}

static void node_release(struct file *f)
{
	struct block_device *d = f->private;

	block_release(d, f);
	if (f->can_write)
		(void)buffer_sync(d);
	/* As Linux: the last user takes the cache along, so changes behind the guest's back are seen next time. */
	if (--d->openers == 0 && !d->holder)
		buffer_invalidate(d);
}

static void *chunk_alloc(uint64_t left, size_t *ret_size)
{
	*ret_size = (size_t)MIN(left, (uint64_t)CHUNK_BYTES);
	return kmalloc(*ret_size);
}

static ssize_t node_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct block_device *d = f->private;
	ssize_t done = 0, n = 0;
	size_t size;
	void *buf;

	if (*pos >= d->bytes || to->left == 0)
		return 0;
	buf = chunk_alloc(MIN(to->left, d->bytes - *pos), &size);
	if (!buf)
		return -ENOMEM;
	while (to->left > 0 && *pos < d->bytes) {
		size_t len = (size_t)MIN(MIN((uint64_t)size, to->left), d->bytes - *pos);

		n = buffer_read_range(d, *pos, buf, len);
		if (n == 0)
			n = iter_copy_to(to, buf, len);
		if (n <= 0)
			break;
		done += n;
		*pos += (uint64_t)n;
		if (n < (ssize_t)len)
			break;
	}
	kfree(buf);
	return done > 0 ? done : n;
}

static int node_flush(struct block_device *d)
{
	int r, err;

	d->node_dirty = false; /* what is written from here on makes it so again */
	r = buffer_sync(d);
	err = block_flush(d);
	if (r == 0)
		r = err;
	if (r < 0)
		d->node_dirty = true;
	return r;
}

void block_sync_nodes(void)
{
	struct block_device *d;
	uint64_t after = 0;

	/* It sleeps, and disks may come and go: by number, one after the other. */
	do {
		struct block_device *next = NULL;

		list_for_each_entry(d, &block_list, link)
			if (d->node_dirty && d->rdev >= after && (!next || d->rdev < next->rdev))
				next = d;
		d = next;
		if (d) {
			after = d->rdev + 1;
			d->openers++; /* it stays meanwhile */
			(void)node_flush(d);
			d->openers--;
		}
	} while (d);
}

static ssize_t node_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct block_device *d = f->private;
	ssize_t done = 0, n = 0;
	size_t size;
	void *buf;

	if (d->readonly)
		return -EPERM;
	if (from->left == 0)
		return 0;
	if (*pos >= d->bytes)
		return -ENOSPC;
	buf = chunk_alloc(MIN(from->left, d->bytes - *pos), &size);
	if (!buf)
		return -ENOMEM;
	while (from->left > 0 && *pos < d->bytes) {
		size_t len = (size_t)MIN(MIN((uint64_t)size, from->left), d->bytes - *pos);
		int r;

		n = iter_copy_from(from, buf, len);
		if (n <= 0)
			break;
		r = buffer_write_range(d, *pos, buf, (size_t)n);
		if (r < 0) {
			n = r;
			break;
		}
		done += n;
		*pos += (uint64_t)n;
		if (n < (ssize_t)len)
			break;
	}
	kfree(buf);
	if (done > 0)
		d->node_dirty = true;
	if (done > 0 && (f->flags & O_DSYNC)) {
		int r = node_flush(d);

		if (r < 0)
			return r;
	}
	return done > 0 ? done : n;
}

static int64_t node_llseek(struct file *f, int64_t offset, int whence)
{
	const struct block_device *d = f->private;
	int64_t base = whence == 1 ? (int64_t)f->pos : whence == 2 ? (int64_t)d->bytes : 0;
	int64_t pos;

	if (whence < 0 || whence > 2)
		return -EINVAL;
	if (__builtin_add_overflow(base, offset, &pos) || pos < 0 || (uint64_t)pos > d->bytes)
		return -EINVAL;
	f->pos = (uint64_t)pos;
	return pos;
}

static int node_fsync(struct file *f, bool data_only)
{
	struct block_device *d = f->private;

	(void)data_only;
	return node_flush(d);
}

#define FALLOC_KEEP_SIZE  1
#define FALLOC_PUNCH_HOLE 2
#define FALLOC_NO_HIDE	  4
#define FALLOC_ZERO_RANGE 16

static int node_fallocate(struct file *f, int mode, uint64_t offset, uint64_t len)
{
	struct block_device *d = f->private;

	if ((offset | len) % BLOCK_SECTOR != 0 || offset >= d->bytes)
		return -EINVAL;
	if (len > d->bytes - offset) {
		if (!(mode & FALLOC_KEEP_SIZE))
			return -EINVAL;
		len = d->bytes - offset;
	}
	switch (mode) {
	case FALLOC_ZERO_RANGE:
	case FALLOC_ZERO_RANGE | FALLOC_KEEP_SIZE:
	case FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE:
		return block_zero_range(d, offset, len);
	case FALLOC_PUNCH_HOLE | FALLOC_KEEP_SIZE | FALLOC_NO_HIDE:
		return block_discard_range(d, offset, len);
	default:
		return -EOPNOTSUPP;
	}
}

/* --- ranges ------------------------------------------------------------------------------------- */

/* What is in memory of the range goes or is written first: it would come back over the zeros otherwise. */
static int settle_range(struct block_device *d, uint64_t offset, uint64_t len)
{
	int r = buffer_sync(d);

	(void)offset;
	(void)len;
	buffer_invalidate(d);
	return r;
}

int block_zero_range(struct block_device *d, uint64_t offset, uint64_t len)
{
	int r;

	if (d->readonly)
		return -EPERM;
	r = settle_range(d, offset, len);
	d->node_dirty = true;
	return r < 0 ? r : block_zero(d, offset, len, NULL);
}

int block_discard_range(struct block_device *d, uint64_t offset, uint64_t len)
{
	int r;

	if (d->readonly)
		return -EPERM;
	if (!d->has_discard)
		return -EOPNOTSUPP;
	r = settle_range(d, offset, len);
	return r < 0 ? r : block_discard(d, offset, len);
}

const struct file_ops block_file_ops = {
	.open = node_open,
	.release = node_release,
	.read = node_read,
	.write = node_write,
	.ioctl = block_ioctl,
	.fsync = node_fsync,
	.llseek = node_llseek,
	.fallocate = node_fallocate,
};

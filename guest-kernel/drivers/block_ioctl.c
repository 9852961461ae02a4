// SPDX-License-Identifier: GPL-2.0-or-later
/* ioctls of block devices, as mke2fs, fdisk, blkid, lsblk and mount use them. Sizes of the answers are as in Linux, not as the names say. */
#include "abi/abi_block.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "drivers/block_node.h"
#include "drivers/buffer.h"
#include "task/process.h"

#define PHYSICAL_BYTES 4096u

static int64_t put_u16(uint16_t v, uint64_t arg)
{
	return put_user(v, UADDR(arg));
}

static int64_t put_u32(uint32_t v, uint64_t arg)
{
	return put_user(v, UADDR(arg));
}

static int64_t put_u64(uint64_t v, uint64_t arg)
{
	return put_user(v, UADDR(arg));
}

/* What UML's driver says: 128 heads, 32 sectors; the start is the partition's. */
static int64_t get_geometry(const struct block_device *d, uint64_t arg)
{
	struct abi_hd_geometry g = {
		.heads = 128,
		.sectors = 32,
		.cylinders = (uint16_t)(d->bytes / BLOCK_SECTOR / (128 * 32)),
		.start = d->start / BLOCK_SECTOR,
	};

	return copy_to_user(UADDR(arg), &g, sizeof(g));
}

static int64_t set_readonly(struct block_device *d, uint64_t arg)
{
	int32_t on;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (get_user(on, UADDR(arg)) < 0)
		return -EFAULT;
	if (!on && (d->whole ? d->whole->image_readonly : d->image_readonly))
		return -EACCES;
	d->readonly = on != 0;
	return 0;
}

static int64_t set_block_size(struct file *f, struct block_device *d, uint64_t arg)
{
	int32_t n;
	int r;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (get_user(n, UADDR(arg)) < 0)
		return -EFAULT;
	if (n < 512 || n > (int32_t)PAGE_SIZE || (n & (n - 1)) != 0)
		return -EINVAL;
	if (d->holder && d->holder != f)
		return -EBUSY;
	r = buffer_set_size(d, (uint32_t)n);
	return r;
}

static int64_t flush_buffers(struct block_device *d)
{
	int r;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	r = buffer_sync(d);
	buffer_invalidate(d);
	return r;
}

static int64_t change_range(struct file *f, struct block_device *d, unsigned int cmd, uint64_t arg)
{
	uint64_t range[2];

	if (!f->can_write)
		return -EBADF;
	if (cmd == BLKSECDISCARD || (cmd == BLKDISCARD && !d->has_discard))
		return -EOPNOTSUPP;
	if (copy_from_user(range, UADDR(arg), sizeof(range)) < 0)
		return -EFAULT;
	if ((range[0] | range[1]) % BLOCK_SECTOR != 0 || range[0] > d->bytes ||
	    range[1] > d->bytes - range[0] || (cmd == BLKZEROOUT && range[1] == 0))
		return -EINVAL;
	if (range[1] == 0)
		return 0;
	return cmd == BLKZEROOUT ? block_zero_range(d, range[0], range[1])
				 : block_discard_range(d, range[0], range[1]);
}

static int64_t change_partition(struct block_device *d, uint64_t arg)
{
	struct abi_blkpg_partition p;
	struct abi_blkpg_arg a;

	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	if (copy_from_user(&a, UADDR(arg), sizeof(a)) < 0)
		return -EFAULT;
	if (a.op < BLKPG_ADD_PARTITION || a.op > BLKPG_RESIZE_PARTITION)
		return -EINVAL;
	if (copy_from_user(&p, UADDR(a.data), sizeof(p)) < 0)
		return -EFAULT;
	if (d->whole || p.pno <= 0)
		return -EINVAL;
	if (a.op == BLKPG_DEL_PARTITION)
		return block_part_remove(d, (unsigned int)p.pno);
	if (p.start < 0 || p.length <= 0 || (p.start | p.length) % BLOCK_SECTOR != 0)
		return -EINVAL;
	if (a.op == BLKPG_ADD_PARTITION)
		return block_part_add(d, (unsigned int)p.pno, (uint64_t)p.start,
				      (uint64_t)p.length);
	return block_part_resize(d, (unsigned int)p.pno, (uint64_t)p.start, (uint64_t)p.length);
}

static int64_t set_readahead(struct block_device *d, uint64_t arg)
{
	if (!capable(CAP_SYS_ADMIN))
		return -EACCES;
	d->readahead_sectors = (uint32_t)MIN(arg, (uint64_t)(1u << 20));
	return 0;
}

int64_t block_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct block_device *d = f->private;

	switch (cmd) {
	case BLKROSET:
		return set_readonly(d, arg);
	case BLKROGET:
		return put_u32(d->readonly, arg);
	case BLKRRPART:
		if (!capable(CAP_SYS_ADMIN))
			return -EACCES;
		return block_rescan(d);
	case BLKGETSIZE:
		return put_u64(d->bytes / BLOCK_SECTOR, arg);
	case BLKGETSIZE64:
		return put_u64(d->bytes, arg);
	case BLKFLSBUF:
		return flush_buffers(d);
	case BLKRASET:
	case BLKFRASET:
		return set_readahead(d, arg);
	case BLKRAGET:
	case BLKFRAGET:
		return arg ? put_u64(d->readahead_sectors, arg) : -EINVAL;
	case BLKSECTGET:
		return put_u16(2560, arg);
	case BLKSSZGET:
		return put_u32(BLOCK_SECTOR, arg);
	case BLKPBSZGET:
	case BLKIOMIN:
		return put_u32(PHYSICAL_BYTES, arg);
	case BLKIOOPT:
	case BLKDISCARDZEROES:
		return put_u32(0, arg);
	case BLKALIGNOFF:
		return put_u32(
			(uint32_t)((PHYSICAL_BYTES - d->start % PHYSICAL_BYTES) % PHYSICAL_BYTES),
			arg);
	case BLKROTATIONAL:
		return put_u16(0, arg);
	case BLKPG:
		return change_partition(d, arg);
	case BLKBSZGET:
		return put_u32(buffer_size(d), arg);
	case BLKBSZSET:
		return set_block_size(f, d, arg);
	case BLKDISCARD:
	case BLKSECDISCARD:
	case BLKZEROOUT:
		return change_range(f, d, cmd, arg);
	case BLKGETDISKSEQ:
		return put_u64(d->seq, arg);
	case HDIO_GETGEO:
		return arg ? get_geometry(d, arg) : -EINVAL;
	default:
		return -ENOTTY;
	}
}

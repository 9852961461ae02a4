// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of size and other attributes. A file that becomes shorter is on the orphan list from the moment its size is small until its blocks are gone, so
 * that a crash in between is finished at the next mount.
 */
#include "abi/abi_stat.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_file_internal.h"

int ext4_zap(struct inode *inode, uint64_t from, uint64_t to)
{
	uint64_t first = ALIGN_DOWN(from, PAGE_SIZE);
	uint64_t end = to == UINT64_MAX ? to : ALIGN_UP(to, PAGE_SIZE);
	int r = 0;

	ext4_i(inode)->map_seq++;
	if (!list_empty(&inode->mapping.vmas))
		mm_zap_source(&inode->mapping, first, to == UINT64_MAX ? UINT64_MAX : end - first,
			      true);
	if (first != from)
		r = ext4_pages_flush(inode, first, first + 1);
	if (r == 0 && end != to)
		r = ext4_pages_flush(inode, end - PAGE_SIZE, end);
	if (r == 0)
		ext4_pages_forget(inode, first, end);
	return r;
}

/* One handle for "the size is this now", with or without the orphan list. */
static int size_commit(struct inode *inode, uint64_t size, bool orphan)
{
	struct handle *h;
	int r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS + EXT4_ORPHAN_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	if (orphan)
		r = ext4_orphan_add(h, inode);
	if (r == 0) {
		inode->size = size;
		inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
		r = ext4_mark_inode_dirty(h, inode);
	}
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

static int orphan_done(struct inode *inode)
{
	struct handle *h;
	int r, r2;

	if (inode->nlink == 0) /* it stays there: it has no name */
		return 0;
	r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS + EXT4_ORPHAN_CREDITS, 0, &h);
	if (r < 0)
		return r;
	r = ext4_orphan_del(h, inode);
	if (r == 0)
		r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

static int shrink(struct inode *inode, uint64_t size)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t first = (size + s->block_size - 1) >> s->block_bits;
	/* One block may be that of extended attributes. */
	bool has_blocks = inode->blocks > (ext4_i(inode)->file_acl ? s->block_size / 512 : 0);
	int r;

	sleep_lock_take(&ext4_i(inode)->map_lock);
	r = size_commit(inode, size, has_blocks);
	if (r < 0)
		goto out;
	r = ext4_zap(inode, ALIGN_UP(size, PAGE_SIZE), UINT64_MAX);
	if (r < 0)
		goto out;
	ext4_pages_zero_tail(inode, size);
	if (has_blocks) {
		r = ext4_zero_part(inode, size, ALIGN_UP(size, (uint64_t)s->block_size));
		if (r == 0 && first < UINT_MAX)
			r = ext4_remove_range(inode, (uint32_t)first, UINT_MAX);
		if (r == 0)
			r = orphan_done(inode);
	}
out:
	sleep_lock_release(&ext4_i(inode)->map_lock);
	return r;
}

int ext4_set_size(struct inode *inode, uint64_t size)
{
	int r = 0;

	if (!S_ISREG(inode->mode))
		return -EINVAL;
	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		r = ext4_inline_convert(inode);
	if (r == 0 &&
	    size > ext4_max_bytes(ext4_isb(inode), ext4_i(inode)->flags & EXT4_EXTENTS_FL))
		r = -EFBIG;
	if (r < 0)
		return r;
	if (size < inode->size)
		return shrink(inode, size);
	/* The same size again still gives back what was allocated behind the end. */
	if (size == inode->size)
		return inode->blocks ? shrink(inode, size) : size_commit(inode, size, false);
	r = ext4_zero_tail(inode, size);
	return r < 0 ? r : size_commit(inode, size, false);
}

int ext4_setattr(struct inode *inode, const struct iattr *a)
{
	const uint32_t fixed = EXT4_IMMUTABLE_FL | EXT4_APPEND_FL;
	struct handle *h;
	int r = 0, r2;

	if ((a->valid & (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE)) &&
	    (ext4_i(inode)->flags & (a->valid & ATTR_SIZE ? EXT4_IMMUTABLE_FL : fixed)))
		return -EPERM;
	if ((a->valid & ATTR_SIZE) && (ext4_i(inode)->flags & fixed))
		return -EPERM;
	if (a->valid & ATTR_SIZE)
		r = ext4_set_size(inode, a->size);
	if (r < 0 || !(a->valid & ~(uint32_t)ATTR_SIZE))
		return r;
	r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS + EXT4_XATTR_CREDITS, 2, &h);
	if (r < 0)
		return r;
	inode_copy_attr(inode, a);
	inode_times_now(inode, ATTR_CTIME);
	if (a->valid & ATTR_MODE)
		r = ext4_acl_chmod(h, inode);
	if (r == 0)
		r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

/* Most fields are always right; the attributes follow the flags. */
int ext4_getattr(struct inode *inode)
{
	uint32_t flags = ext4_i(inode)->flags;

	inode->attributes = (flags & EXT4_IMMUTABLE_FL ? STATX_ATTR_IMMUTABLE : 0) |
			    (flags & EXT4_APPEND_FL ? STATX_ATTR_APPEND : 0) |
			    (flags & EXT4_NODUMP_FL ? STATX_ATTR_NODUMP : 0);
	inode->no_atime = (flags & EXT4_NOATIME_FL) != 0;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* fallocate(2): room without contents (unwritten extents), holes, zeros, and ranges taken out or put in. */
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_file_internal.h"

#define RUN_BLOCKS 32768u /* at once; an unwritten extent cannot be longer anyway */

static int set_size(struct inode *inode, uint64_t size)
{
	struct handle *h;
	int r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	inode->size = size;
	inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

/* Unwritten extents into all holes of [first, end). The size follows as far as room was found, up to `size`. */
static int allocate(struct inode *inode, uint64_t first, uint64_t end, uint64_t size)
{
	struct ext4_sb *s = ext4_isb(inode);
	unsigned int tries = 0;
	int r = 0, r2;

	while (r == 0 && first < end) {
		uint32_t n = (uint32_t)MIN(end - first, (uint64_t)RUN_BLOCKS);
		struct ext4_map m;
		struct handle *h;
		uint64_t bytes;

		r = ext4_start(s, ext4_map_credits(inode) + EXT4_INODE_CREDITS, 0, &h);
		if (r < 0)
			return r;
		r = ext4_map_blocks(h, inode, (uint32_t)first, n,
				    EXT4_MAP_CREATE | EXT4_MAP_UNWRITTEN | EXT4_MAP_NO_GROW, &m);
		if (r == 0) {
			first += m.len;
			bytes = MIN(first << s->block_bits, size);
			if (bytes > inode->size)
				inode->size = bytes;
			inode_times_now(inode, ATTR_CTIME);
			r = ext4_mark_inode_dirty(h, inode);
		}
		r2 = ext4_stop(h);
		if (r == 0)
			r = r2;
		if (ext4_should_retry(s, r, &tries))
			r = 0;
	}
	return r;
}

/* Blocks go, the bytes around them in blocks that stay become zero. */
static int punch(struct inode *inode, uint64_t from, uint64_t to)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t first, last;
	int r;

	to = MIN(to, ALIGN_UP(inode->size, (uint64_t)PAGE_SIZE));
	if (from >= to)
		return 0;
	first = ALIGN_UP(from, (uint64_t)s->block_size);
	last = ALIGN_DOWN(to, (uint64_t)s->block_size);
	if (first > last)
		return ext4_zero_part(inode, from, to);
	r = ext4_zero_part(inode, from, first);
	if (r == 0)
		r = ext4_zero_part(inode, last, to);
	if (r < 0 || first == last)
		return r;
	sleep_lock_take(&ext4_i(inode)->map_lock);
	r = ext4_zap(inode, first, last);
	if (r == 0)
		r = ext4_remove_range(inode, (uint32_t)(first >> s->block_bits),
				      (uint32_t)(last >> s->block_bits));
	sleep_lock_release(&ext4_i(inode)->map_lock);
	return r;
}

static int zero_range(struct inode *inode, uint64_t from, uint64_t to, bool keep_size)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t size = inode->size;
	int r = 0;

	if (!keep_size && to > size)
		r = ext4_zero_tail(inode, to);
	if (r == 0)
		r = punch(inode, from, to);
	if (r == 0)
		r = allocate(inode, from >> s->block_bits,
			     (to + s->block_size - 1) >> s->block_bits, keep_size ? size : to);
	if (r == 0 && !keep_size && to > inode->size)
		r = set_size(inode, to);
	return r;
}

/* Both want whole blocks, and all behind the range moves, so all maps of it go. */
static int shift(struct inode *inode, uint64_t from, uint64_t len, bool insert)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint32_t first = (uint32_t)(from >> s->block_bits), n = (uint32_t)(len >> s->block_bits);
	uint64_t size = insert ? inode->size + len : inode->size - len;
	int r;

	if ((from | len) & (s->block_size - 1))
		return -EINVAL;
	if (insert ? from >= inode->size : from + len >= inode->size)
		return -EINVAL;
	if (insert && len > inode->sb->max_bytes - inode->size)
		return -EFBIG;
	r = ext4_pages_flush(inode, 0, UINT64_MAX);
	if (r < 0)
		return r;
	sleep_lock_take(&ext4_i(inode)->map_lock);
	r = ext4_zap(inode, ALIGN_DOWN(from, PAGE_SIZE), UINT64_MAX);
	/* A longer size first, a shorter one last: no block is ever behind the end. */
	if (r == 0 && insert)
		r = set_size(inode, size);
	if (r == 0)
		r = insert ? ext4_insert_range(inode, first, n)
			   : ext4_collapse_range(inode, first, n);
	if (r == 0 && !insert)
		r = set_size(inode, size);
	sleep_lock_release(&ext4_i(inode)->map_lock);
	return r;
}

int ext4_fallocate(struct file *f, int mode, uint64_t offset, uint64_t len)
{
	struct inode *inode = f->inode;
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	bool keep = (mode & FALLOC_FL_KEEP_SIZE) != 0;
	uint64_t end = offset + len;
	int r = 0;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_COLLAPSE_RANGE |
		     FALLOC_FL_INSERT_RANGE | FALLOC_FL_ZERO_RANGE))
		return -EOPNOTSUPP;
	if (ei->flags & EXT4_IMMUTABLE_FL)
		return -EPERM;
	if ((ei->flags & EXT4_APPEND_FL) && (mode & ~FALLOC_FL_KEEP_SIZE))
		return -EPERM;
	if (ei->flags & EXT4_INLINE_DATA_FL)
		r = ext4_inline_convert(inode);
	if (r < 0)
		return r;
	/* As Linux: before the range is looked at, so also if it is refused. */
	inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	/* As Linux: a hole over the end of the file takes the rest of the last page too. */
	if ((mode & FALLOC_FL_PUNCH_HOLE) && offset >= inode->size)
		return 0;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return punch(inode, offset,
			     end > inode->size ? ALIGN_UP(inode->size, (uint64_t)PAGE_SIZE) : end);
	/* The old maps know neither unwritten blocks nor moves. */
	if (!(ei->flags & EXT4_EXTENTS_FL))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_COLLAPSE_RANGE)
		return shift(inode, offset, len, false);
	if (mode & FALLOC_FL_INSERT_RANGE)
		return shift(inode, offset, len, true);
	if (mode & FALLOC_FL_ZERO_RANGE)
		return zero_range(inode, offset, end, keep);
	if (!keep && end > inode->size)
		r = ext4_zero_tail(inode, end);
	if (r == 0)
		r = allocate(inode, offset >> s->block_bits,
			     (end + s->block_size - 1) >> s->block_bits, keep ? inode->size : end);
	if (r == 0 && !keep && end > inode->size)
		r = set_size(inode, end);
	return r;
}

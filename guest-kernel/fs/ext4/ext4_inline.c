// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Data in the inode itself (inline_data): the first 60 bytes in i_block, the rest in the attribute system.data. Files are read there, and get
 * blocks when they are first written to. Directories of this kind are refused (-EOPNOTSUPP) but for being listed by e2fsck's like.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_file_internal.h"
#include "host/host_memory.h"

static int write_block(struct handle *h, struct inode *inode, uint8_t *buf)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_map m;
	int r;

	if (inode->size == 0)
		return 0;
	r = ext4_map_blocks(h, inode, 0, 1, EXT4_MAP_CREATE, &m);
	if (r == 0)
		r = ext4_data_write(inode, 0, m.physical << s->block_bits, buf, s->block_size);
	ext4_data_written(h);
	return r;
}

int ext4_inline_convert(struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	uint8_t *buf = kzalloc(s->block_size);
	struct handle *h;
	size_t len;
	int r, r2;

	if (!buf)
		return -ENOMEM;
	r = ext4_inline_read(inode, buf, s->inode_size, &len);
	if (r == 0 && inode->size > s->inode_size)
		r = ext4_error(s, "inode %llu is too long for inline data",
			       (unsigned long long)inode->ino);
	if (r == 0)
		memset(buf + inode->size, 0, s->block_size - inode->size);
	if (r == 0)
		r = ext4_start(s, 2 * EXT4_XATTR_CREDITS + EXT4_INODE_CREDITS + 16, 4, &h);
	if (r < 0)
		goto out;
	r = ext4_xattr_set_in(h, inode, EXT4_XATTR_SYSTEM, "data", NULL, 0, 0);
	if (r == 0 || r == -ENODATA) {
		ei->flags &= ~(uint32_t)EXT4_INLINE_DATA_FL;
		ext4_map_init(inode, EXT4_HAS_INCOMPAT(s, EXTENTS));
		r = write_block(h, inode, buf);
	}
	if (r == 0)
		r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	r = r < 0 ? r : r2;
out:
	kfree(buf);
	return r;
}

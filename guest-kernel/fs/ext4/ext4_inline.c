// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Data in the inode itself (inline_data): the first 60 bytes in i_block, the rest in the attribute system.data. Files and directories are read there, and get
 * blocks when they are first changed; nothing is ever put back. What the entries of directories look like is in ext4_inline_dir.c.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_dir_internal.h"
#include "fs/ext4/ext4_file_internal.h"
#include "host/host_memory.h"

/* What was in the inode: put back if there is no room for a block. */
struct saved {
	uint32_t block[EXT4_N_BLOCKS];
	uint32_t flags;
	uint64_t size;
	uint8_t *tail;
	size_t tail_len;
	bool has_tail;
};

static int fill_file(struct handle *h, struct inode *inode, const uint8_t *buf)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_map m;
	int r;

	if (inode->size == 0)
		return 0;
	r = ext4_map_blocks(h, inode, 0, 1, EXT4_MAP_CREATE, &m);
	if (r == 0)
		r = ext4_data_write(inode, 0, m.physical << s->block_bits, buf, s->block_size);
	ext4_data_written(h, m.physical << s->block_bits, s->block_size);
	return r;
}

static int save(struct inode *inode, struct saved *v)
{
	const struct ext4_inode *ei = ext4_i(inode);
	ssize_t n = 0;

	memcpy(v->block, ei->block, sizeof(v->block));
	v->flags = ei->flags;
	v->size = inode->size;
	v->tail = kmalloc(ext4_isb(inode)->inode_size);
	if (!v->tail)
		return -ENOMEM;
	n = ext4_xattr_get(inode, EXT4_XATTR_SYSTEM, "data", v->tail, ext4_isb(inode)->inode_size);
	v->has_tail = n >= 0;
	v->tail_len = n >= 0 ? (size_t)n : 0;
	return n >= 0 || n == -ENODATA ? 0 : (int)n;
}

static void put_back(struct handle *h, struct inode *inode, const struct saved *v)
{
	struct ext4_inode *ei = ext4_i(inode);

	/* A block that it got already would be lost: then it stays with its blocks. */
	if (inode->blocks > 0)
		return;
	memcpy(ei->block, v->block, sizeof(v->block));
	ei->flags = v->flags;
	inode->size = v->size;
	ei->cache_len = 0;
	if (v->has_tail)
		(void)ext4_xattr_set_in(h, inode, EXT4_XATTR_SYSTEM, "data", v->tail, v->tail_len,
					0);
	(void)ext4_mark_inode_dirty(h, inode);
}

static int to_blocks(struct handle *h, struct inode *inode, const uint8_t *buf)
{
	struct ext4_inode *ei = ext4_i(inode);
	struct saved v = { 0 };
	int r = save(inode, &v);

	if (r == 0)
		r = ext4_xattr_set_in(h, inode, EXT4_XATTR_SYSTEM, "data", NULL, 0, 0);
	if (r == 0 || (r == -ENODATA && !v.has_tail)) {
		ei->flags &= ~(uint32_t)EXT4_INLINE_DATA_FL;
		ext4_map_init(inode, EXT4_HAS_INCOMPAT(ext4_isb(inode), EXTENTS));
		r = S_ISDIR(inode->mode) ? ext4_inline_dir_fill(h, inode, buf)
					 : fill_file(h, inode, buf);
		if (r == 0)
			r = ext4_mark_inode_dirty(h, inode);
		else
			put_back(h, inode, &v);
	}
	kfree(v.tail);
	return r;
}

/* The file's data as its first block will hold it. */
static int file_block(struct inode *inode, uint8_t **ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint8_t *buf = kzalloc(s->block_size);
	size_t len;
	int r;

	if (!buf)
		return -ENOMEM;
	r = ext4_inline_read(inode, buf, s->inode_size, &len);
	if (r == 0 && inode->size > s->inode_size)
		r = ext4_error(s, "inode %llu is too long for inline data",
			       (unsigned long long)inode->ino);
	if (r < 0) {
		kfree(buf);
		return r;
	}
	memset(buf + inode->size, 0, s->block_size - inode->size);
	*ret = buf;
	return 0;
}

int ext4_inline_convert(struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct handle *h;
	uint8_t *buf;
	int r, r2;

	r = S_ISDIR(inode->mode) ? ext4_inline_dir_block(inode, &buf) : file_block(inode, &buf);
	if (r < 0)
		return r;
	r = ext4_start(s, 2 * EXT4_XATTR_CREDITS + EXT4_INODE_CREDITS + 16, 4, &h);
	if (r == 0) {
		r = to_blocks(h, inode, buf);
		r2 = ext4_stop(h);
		r = r < 0 ? r : r2;
	}
	kfree(buf);
	return r;
}

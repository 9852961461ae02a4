// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directories in the inode itself (inline_data): the first four bytes of i_block are the parent's number, the other 56 hold entries, and so does the attribute
 * system.data. They are read as the one block of entries that they would be, built in memory; who changes them turns them into that block first.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_dir_internal.h"
#include "fs/ext4/ext4_file_internal.h"
#include "host/host_memory.h"

#define PARENT_BYTES 4u
#define DOTS_BYTES   24u

/* The block while it is put together. */
struct building {
	uint8_t *block;
	uint32_t used, last, size;
};

static bool put_entry(struct building *b, uint32_t ino, const char *name, size_t len, uint8_t type)
{
	uint32_t need = ext4_rec_len(len);
	struct ext4_dir_entry *e;

	if (need > b->size - b->used)
		return false;
	e = ext4_entry_at(b->block, b->used);
	*e = (struct ext4_dir_entry){ ino, (uint16_t)need, (uint8_t)len, type };
	memcpy(e->name, name, len);
	b->last = b->used;
	b->used += need;
	return true;
}

static int put_entries(struct inode *dir, struct building *b, const uint8_t *from, uint32_t len)
{
	const struct ext4_sb *s = ext4_isb(dir);

	for (uint32_t at = 0; at < len;) {
		const struct ext4_dir_entry *e =
			(const struct ext4_dir_entry *)(const void *)(from + at);

		if (!ext4_entry_ok(s, from, at, len))
			return ext4_dir_damage(dir, 0, at);
		if (e->inode && !put_entry(b, e->inode, e->name, e->name_len, e->file_type))
			return ext4_dir_damage(dir, 0, at);
		at += e->rec_len;
	}
	return 0;
}

int ext4_inline_dir_block(struct inode *dir, uint8_t **ret)
{
	const struct ext4_sb *s = ext4_isb(dir);
	const uint32_t first = sizeof(ext4_i(dir)->block);
	uint8_t type = ext4_file_type(s, S_IFDIR), *raw = kzalloc(s->inode_size);
	struct building b = { .block = kzalloc(s->block_size), .size = ext4_dir_usable(s) };
	size_t len = 0;
	uint32_t parent;
	int r = raw && b.block ? ext4_inline_read(dir, raw, s->inode_size, &len) : -ENOMEM;

	if (r == 0) {
		memcpy(&parent, raw, sizeof(parent));
		(void)put_entry(&b, (uint32_t)dir->ino, ".", 1, type);
		(void)put_entry(&b, parent, "..", 2, type);
		r = parent == 0 || parent > s->inodes_count
			    ? ext4_dir_damage(dir, 0, 0)
			    : put_entries(dir, &b, raw + PARENT_BYTES, first - PARENT_BYTES);
	}
	if (r == 0)
		r = put_entries(dir, &b, raw + first, (uint32_t)len - first);
	kfree(raw);
	if (r < 0) {
		kfree(b.block);
		return r;
	}
	ext4_entry_at(b.block, b.last)->rec_len = (uint16_t)(b.size - b.last);
	*ret = b.block;
	return 0;
}

int ext4_inline_dir_find(struct inode *dir, const char *name, size_t len, uint32_t *ret_ino)
{
	uint8_t *block;
	int64_t at;
	int r = ext4_inline_dir_block(dir, &block);

	if (r < 0)
		return r;
	at = ext4_dir_search(dir, block, 0, name, len);
	if (at >= 0)
		*ret_ino = ext4_entry_at(block, (uint32_t)at)->inode;
	kfree(block);
	return at < 0 ? (int)at : 0;
}

int ext4_inline_dir_is_empty(struct inode *dir)
{
	uint8_t *block;
	int r = ext4_inline_dir_block(dir, &block);

	if (r < 0)
		return r;
	/* ".." reaches to the end if nothing is behind it. */
	r = ext4_entry_at(block, DOTS_BYTES / 2)->rec_len ==
	    ext4_dir_usable(ext4_isb(dir)) - DOTS_BYTES / 2;
	kfree(block);
	return r;
}

uint32_t ext4_inline_dir_parent(const struct inode *dir)
{
	return ext4_i(dir)->block[0];
}

int ext4_inline_dir_set_parent(struct handle *h, struct inode *dir, uint32_t parent)
{
	ext4_i(dir)->block[0] = parent;
	return ext4_mark_inode_dirty(h, dir);
}

int ext4_inline_dir_fill(struct handle *h, struct inode *dir, const uint8_t *block)
{
	struct buffer *b;
	uint32_t lblock;
	int r;

	dir->size = 0;
	r = ext4_append(h, dir, &lblock, &b);
	if (r < 0)
		return r;
	ext4_dir_block_empty(dir, b);
	memcpy(b->data, block, ext4_dir_usable(ext4_isb(dir)));
	ext4_dir_block_csum_set(dir, b);
	r = ext4_dirty(h, b);
	buffer_put(b);
	return r;
}

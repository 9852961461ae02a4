// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inodes whose removal or truncation a crash must not forget: a list through i_dtime that begins in the super block, or, with the orphan_file feature, slots
 * in the blocks of a file of its own (the list is then used only when that is full).
 */
#include "core/big_lock.h"
#include "core/klog.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"

#define ORPHAN_BLOCKS_MAX 512u

struct ext4_orphan {
	uint32_t n_blocks, per_block, next; /* next: where a free slot is looked for first */
	uint32_t csum_seed;
	struct buffer **bufs;
	uint32_t *n_free;
};

/* --- the file ----------------------------------------------------------------------------------- */

static uint32_t *slots(const struct buffer *b)
{
	return (uint32_t *)(void *)b->data;
}

static struct ext4_orphan_tail *tail(const struct buffer *b)
{
	return (struct ext4_orphan_tail *)(void *)(b->data + b->size -
						   sizeof(struct ext4_orphan_tail));
}

static uint32_t block_csum(const struct ext4_orphan *o, const struct buffer *b)
{
	uint64_t place = b->block;
	uint32_t c = ext4_csum(o->csum_seed, &place, sizeof(place));

	return ext4_csum(c, b->data, (size_t)o->per_block * sizeof(uint32_t));
}

static int read_block(struct ext4_sb *s, struct ext4_orphan *o, struct inode *inode, uint32_t i)
{
	struct buffer *b;
	int r = ext4_bread(inode, i, &b);

	if (r < 0)
		return r;
	if (!b)
		return -EUCLEAN;
	o->bufs[i] = b;
	if (tail(b)->ob_magic != EXT4_ORPHAN_MAGIC ||
	    (s->csum && tail(b)->ob_checksum != block_csum(o, b)))
		return -EUCLEAN;
	for (uint32_t k = 0; k < o->per_block; k++)
		o->n_free[i] += slots(b)[k] == 0;
	return 0;
}

int ext4_orphan_open(struct ext4_sb *s)
{
	struct ext4_orphan *o;
	struct inode *inode;
	int r;

	if (!EXT4_HAS_COMPAT(s, ORPHAN_FILE))
		return 0;
	r = ext4_iget_special(s, s->es->s_orphan_file_inum, &inode);
	if (r < 0)
		return r;
	o = kzalloc(sizeof(*o));
	s->orphan_file = o;
	r = o ? 0 : -ENOMEM;
	if (r == 0 && (inode->size == 0 || inode->size % s->block_size ||
		       inode->size >> s->block_bits > ORPHAN_BLOCKS_MAX))
		r = -EUCLEAN;
	if (r == 0) {
		o->n_blocks = (uint32_t)(inode->size >> s->block_bits);
		o->per_block = (s->block_size - (uint32_t)sizeof(struct ext4_orphan_tail)) / 4;
		o->csum_seed = ext4_i(inode)->csum_seed;
		o->bufs = kzalloc(o->n_blocks * sizeof(struct buffer *));
		o->n_free = kzalloc(o->n_blocks * sizeof(uint32_t));
		r = o->bufs && o->n_free ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; r == 0 && i < o->n_blocks; i++)
		r = read_block(s, o, inode, i);
	inode_put(inode);
	if (r < 0)
		ext4_warn(s, "the orphan file is damaged; run e2fsck");
	return r;
}

void ext4_orphan_close(struct ext4_sb *s)
{
	struct ext4_orphan *o = s->orphan_file;

	if (!o)
		return;
	for (uint32_t i = 0; o->bufs && i < o->n_blocks; i++)
		buffer_put(o->bufs[i]);
	kfree(o->bufs);
	kfree(o->n_free);
	kfree(o);
	s->orphan_file = NULL;
}

static int slot_set(struct handle *h, struct ext4_sb *s, struct ext4_orphan *o, uint32_t slot,
		    uint32_t ino)
{
	struct buffer *b = o->bufs[slot / o->per_block];
	int r = ext4_get_write(h, b);

	if (r < 0)
		return r;
	slots(b)[slot % o->per_block] = ino;
	if (s->csum)
		tail(b)->ob_checksum = block_csum(o, b);
	return ext4_dirty(h, b);
}

/* -ENOSPC: it is full. */
static int file_add(struct handle *h, struct ext4_sb *s, struct inode *inode)
{
	struct ext4_orphan *o = s->orphan_file;
	int r;

	for (uint32_t n = 0; n < o->n_blocks; n++) {
		uint32_t i = (o->next + n) % o->n_blocks, k = 0;

		if (o->n_free[i] == 0)
			continue;
		while (k < o->per_block && slots(o->bufs[i])[k])
			k++;
		if (k == o->per_block) { /* somebody writes to the device */
			o->n_free[i] = 0;
			continue;
		}
		/* Counted before the sleep that get_write may be. */
		o->n_free[i]--;
		r = slot_set(h, s, o, i * o->per_block + k, (uint32_t)inode->ino);
		if (r < 0)
			return r;
		o->next = i;
		ext4_i(inode)->orphan_slot = i * o->per_block + k + 1;
		return 0;
	}
	return -ENOSPC;
}

/* --- the list ----------------------------------------------------------------------------------- */

/* The number after this one in the list, in the inode's block: i_dtime doubles as the link. */
static int set_next(struct handle *h, struct inode *inode, uint32_t next)
{
	ext4_i(inode)->dtime = next;
	return ext4_mark_inode_dirty(h, inode);
}

static int set_head(struct handle *h, struct ext4_sb *s, uint32_t ino)
{
	int r = ext4_get_write(h, s->super_buf);

	if (r < 0)
		return r;
	s->es->s_last_orphan = ino;
	ext4_super_csum_set(s);
	return ext4_dirty(h, s->super_buf);
}

static int list_add_orphan(struct handle *h, struct ext4_sb *s, struct inode *inode)
{
	int r = set_next(h, inode, s->es->s_last_orphan);

	if (r == 0)
		r = set_head(h, s, (uint32_t)inode->ino);
	if (r == 0)
		list_add(&ext4_i(inode)->orphan_link, &s->orphans);
	return r;
}

static int list_del_orphan(struct handle *h, struct ext4_sb *s, struct inode *inode)
{
	struct ext4_inode *ei = ext4_i(inode);
	uint32_t next = ei->dtime;
	int r;

	if (ei->orphan_link.prev == &s->orphans)
		r = set_head(h, s, next);
	else
		r = set_next(
			h, list_entry(ei->orphan_link.prev, struct ext4_inode, orphan_link)->inode,
			next);
	if (r < 0)
		return r;
	list_del(&ei->orphan_link);
	return set_next(h, inode, 0);
}

int ext4_orphan_add(struct handle *h, struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	int r = 0;

	sleep_lock_take(&s->orphan_lock);
	if (!ei->orphan_slot && list_empty(&ei->orphan_link)) {
		r = s->orphan_file ? file_add(h, s, inode) : -ENOSPC;
		if (r == -ENOSPC)
			r = list_add_orphan(h, s, inode);
	}
	sleep_lock_release(&s->orphan_lock);
	return r;
}

int ext4_orphan_del(struct handle *h, struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	int r = 0;

	sleep_lock_take(&s->orphan_lock);
	if (ei->orphan_slot && s->orphan_file) {
		r = slot_set(h, s, s->orphan_file, ei->orphan_slot - 1, 0);
		if (r == 0) {
			s->orphan_file->n_free[(ei->orphan_slot - 1) / s->orphan_file->per_block]++;
			ei->orphan_slot = 0;
		}
	} else if (!list_empty(&ei->orphan_link)) {
		r = list_del_orphan(h, s, inode);
	}
	sleep_lock_release(&s->orphan_lock);
	return r;
}

/* --- after a crash ------------------------------------------------------------------------------ */

/* Finish what was begun; the last put removes what has no name. The inode is on the list in memory by now. */
static int finish(struct ext4_sb *s, struct inode *inode)
{
	struct handle *h;
	int r = 0, r2;

	if (inode->nlink > 0) {
		if (S_ISREG(inode->mode) && !(ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)) {
			uint64_t first = (inode->size + s->block_size - 1) >> s->block_bits;

			if (first < UINT_MAX)
				r = ext4_remove_range(inode, (uint32_t)first, UINT_MAX);
		}
		if (r == 0)
			r = ext4_start(s, EXT4_ORPHAN_CREDITS + EXT4_INODE_CREDITS, 0, &h);
		if (r == 0) {
			r = ext4_orphan_del(h, inode);
			r2 = ext4_stop(h);
			r = r < 0 ? r : r2;
		}
	}
	inode_put(inode);
	return r;
}

static int recover_list(struct ext4_sb *s, unsigned int *n)
{
	while (s->es->s_last_orphan) {
		uint32_t ino = s->es->s_last_orphan;
		struct inode *inode;
		int r = ino >= s->first_ino ? ext4_iget_special(s, ino, &inode) : -EUCLEAN;

		if (r < 0) { /* damaged: what it led to is left for e2fsck */
			struct handle *h;

			ext4_warn(s, "bad orphan inode %u; run e2fsck", ino);
			r = ext4_start(s, 1, 0, &h);
			if (r < 0)
				return r;
			r = set_head(h, s, 0);
			(void)ext4_stop(h);
			return r;
		}
		list_add(&ext4_i(inode)->orphan_link, &s->orphans);
		r = finish(s, inode);
		if (r == 0 && s->es->s_last_orphan == ino)
			r = -EIO; /* it could not be removed: not for ever */
		if (r < 0)
			return r;
		++*n;
	}
	return 0;
}

static int recover_slot(struct ext4_sb *s, uint32_t slot, uint32_t ino)
{
	struct ext4_orphan *o = s->orphan_file;
	struct inode *inode;
	struct handle *h;
	int r = ino >= s->first_ino ? ext4_iget_special(s, ino, &inode) : -EUCLEAN;

	if (r == 0) {
		ext4_i(inode)->orphan_slot = slot + 1;
		return finish(s, inode);
	}
	ext4_warn(s, "bad orphan inode %u; run e2fsck", ino);
	r = ext4_start(s, 1, 0, &h);
	if (r < 0)
		return r;
	r = slot_set(h, s, o, slot, 0);
	if (r == 0)
		o->n_free[slot / o->per_block]++;
	(void)ext4_stop(h);
	return r;
}

int ext4_orphan_recover(struct ext4_sb *s)
{
	struct ext4_orphan *o = s->orphan_file;
	unsigned int n = 0;
	int r = 0;

	if (s->es->s_state & EXT4_STATE_ERROR) {
		/* As Linux: on a damaged file system nothing is freed without e2fsck. */
		if (s->es->s_last_orphan)
			ext4_warn(s, "errors on filesystem, clearing orphan list");
	}
	r = recover_list(s, &n);
	for (uint32_t slot = 0; o && r == 0 && slot < o->n_blocks * o->per_block; slot++) {
		uint32_t ino = slots(o->bufs[slot / o->per_block])[slot % o->per_block];

		if (ino == 0)
			continue;
		r = recover_slot(s, slot, ino);
		n++;
	}
	if (n > 0)
		pr_info("EXT4-fs (%s): %u orphan inode%s deleted or truncated", s->dev->name, n,
			n == 1 ? "" : "s");
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Taking ranges out of an extent tree, and moving what lies behind. Both go leaf by leaf, each with a handle of its own; a removal goes from the right to the left, so that
 * a crash in a truncation leaves a shorter file.
 */
#include "fs/ext4/ext4_extents_internal.h"

#define META_PIECE   1024u /* blocks that are freed with a revoke each, in one handle */
#define GROUPS_PIECE 3u	   /* groups' worth of blocks that one piece may span */

/* --- nodes that become empty -------------------------------------------------------------------- */

/* The node of `level` has lost its first entry, or all. */
static int node_shrunk(struct handle *h, struct ext4_path *p, unsigned int level)
{
	int r = 0;

	/* cppcheck-suppress arrayIndexOutOfBoundsCond ; a path has at most EXT4_EXT_MAX_DEPTH levels below its root */
	while (level > 0 && p->node[level].head->eh_entries == 0) {
		struct ext4_node *parent = &p->node[level - 1];
		struct ext4_extent_idx *x = node_indexes(parent) + parent->at;
		uint64_t block = p->node[level].buf->block;

		r = node_get_write(h, p, level - 1);
		if (r < 0)
			return r;
		memmove(x, x + 1, (size_t)(parent->head->eh_entries - parent->at - 1) * sizeof(*x));
		parent->head->eh_entries--;
		buffer_put(p->node[level].buf);
		p->node[level].buf = NULL;
		r = ext4_free_blocks(h, p->inode, block, 1, EXT4_FREE_META);
		inode_count_blocks(p->inode, -1);
		level--;
		if (level == 0 && p->node[0].head->eh_entries == 0)
			p->node[0].head->eh_depth = 0;
		if (r == 0)
			r = node_dirty(h, p, level);
		if (r < 0)
			return r;
		if (parent->at > 0)
			return 0;
	}
	return p->node[level].head->eh_entries > 0 ? ext4_path_keys_update(h, p, level) : 0;
}

/* --- removal ------------------------------------------------------------------------------------ */

/* [from, to) of the extent at the path's entry is taken out of the leaf. */
static int extent_cut(struct handle *h, struct ext4_path *p, uint32_t from, uint32_t to)
{
	struct ext4_node *leaf = ext4_path_leaf(p);
	struct ext4_extent *e = node_extents(leaf) + leaf->at;
	uint32_t start = e->ee_block, end = (uint32_t)extent_end(e);
	uint64_t physical = extent_start(e);
	bool unwritten = extent_unwritten(e);
	int r = node_get_write(h, p, p->depth);

	if (r < 0)
		return r;
	if (start < from) {
		extent_set(e, start, from - start, physical, unwritten);
		if (end > to) /* there is room: remove_step has seen to it */
			return extent_insert(h, p, to, end - to, physical + (to - start),
					     unwritten);
		return node_dirty(h, p, p->depth);
	}
	if (end > to) {
		extent_set(e, to, end - to, physical + (to - start), unwritten);
	} else {
		memmove(e, e + 1, (size_t)(leaf->head->eh_entries - leaf->at - 1) * sizeof(*e));
		leaf->head->eh_entries--;
	}
	r = leaf->head->eh_entries > 0 || p->depth == 0 ? node_dirty(h, p, p->depth) : 0;
	if (r == 0 && leaf->at == 0)
		r = node_shrunk(h, p, p->depth);
	return r;
}

static unsigned int piece_groups(const struct ext4_sb *s, uint32_t len)
{
	return len / s->blocks_per_group + 2;
}

/* What is taken out of the extent at the path's entry, at most so much that a handle can do it. False: nothing of it. */
static bool piece_of(const struct ext4_removal *q, const struct ext4_extent *e, uint32_t *ret_from,
		     uint32_t *ret_to)
{
	const struct ext4_sb *s = ext4_isb(q->inode);
	uint32_t from = MAX(e->ee_block, q->first);
	uint32_t to = (uint32_t)MIN(extent_end(e), (uint64_t)q->end);
	uint64_t most = q->meta ? META_PIECE : (uint64_t)GROUPS_PIECE * s->blocks_per_group;

	if (from >= to)
		return false;
	if (to - from > most)
		from = to - (uint32_t)most;
	*ret_from = from;
	*ret_to = to;
	return true;
}

/* One extent, or a piece: 1 go on with this handle, 0 all is done, -EAGAIN: with a new handle. */
static int remove_step(struct ext4_removal *q)
{
	struct ext4_sb *s = ext4_isb(q->inode);
	struct ext4_path p;
	struct ext4_node *leaf;
	struct ext4_extent *e;
	uint64_t physical;
	uint32_t from, to;
	int r = ext4_path_find(q->inode, q->end - 1, &p);

	if (r < 0)
		return r;
	leaf = ext4_path_leaf(&p);
	e = node_extents(leaf) + MAX(leaf->at, 0);
	if (leaf->at < 0 || !piece_of(q, e, &from, &to)) {
		ext4_path_put(&p);
		return 0;
	}
	if (!q->fresh && !ext4_extend(q->h,
				      piece_groups(s, to - from) * EXT4_ALLOC_CREDITS +
					      (p.depth + 1) * (EXT4_ALLOC_CREDITS + 1),
				      (q->meta ? to - from : 0) + p.depth)) {
		ext4_path_put(&p);
		return -EAGAIN;
	}
	q->fresh = false;
	physical = extent_start(e) + (from - e->ee_block);
	if (e->ee_block < from && extent_end(e) > to) {
		r = ext4_path_make_room(q->h, &p, from, 1);
		if (r < 0) {
			ext4_path_put(&p);
			return r;
		}
	}
	ext4_map_changed(q->inode);
	r = extent_cut(q->h, &p, from, to);
	ext4_path_put(&p);
	if (r == 0)
		r = ext4_free_blocks(q->h, q->inode, physical, to - from,
				     q->meta ? EXT4_FREE_META : 0);
	inode_count_blocks(q->inode, -(int64_t)(to - from));
	q->end = from;
	return r < 0 ? r : q->end > q->first;
}

int ext4_extents_remove(struct inode *inode, uint32_t first, uint32_t end)
{
	struct ext4_removal q = {
		.inode = inode, .first = first, .end = end, .meta = ext4_data_is_meta(inode)
	};
	const struct ext4_sb *s = ext4_isb(inode);
	unsigned int groups = piece_groups(s, GROUPS_PIECE * s->blocks_per_group);

	return ext4_removal_run(&q, remove_step,
				ext4_map_credits(inode) + groups * EXT4_ALLOC_CREDITS +
					(EXT4_EXT_MAX_DEPTH + 1) * (EXT4_ALLOC_CREDITS + 1),
				(q.meta ? META_PIECE : 0) + EXT4_EXT_MAX_DEPTH);
}

/* --- moving ------------------------------------------------------------------------------------- */

/* All entries of the leaf in [from, to) by `by` blocks. */
static int leaf_shift(struct handle *h, struct ext4_path *p, int from, int to, int64_t by)
{
	struct ext4_extent *e = node_extents(ext4_path_leaf(p));
	int r = node_get_write(h, p, p->depth);

	if (r < 0)
		return r;
	ext4_map_changed(p->inode);
	for (int i = from; i < to; i++)
		e[i].ee_block = (uint32_t)((int64_t)e[i].ee_block + by);
	r = node_dirty(h, p, p->depth);
	return r == 0 && from == 0 ? ext4_path_keys_update(h, p, p->depth) : r;
}

/* The leaf with the first extent from *pos on; *pos becomes the next leaf's first block. */
static int shift_down_step(struct handle *h, struct inode *inode, uint32_t *pos, uint32_t n)
{
	struct ext4_path p;
	struct ext4_node *leaf;
	uint32_t next;
	int r = ext4_path_find(inode, *pos, &p), from;

	if (r < 0)
		return r;
	leaf = ext4_path_leaf(&p);
	from = leaf->at;
	if (from < 0 || node_extents(leaf)[from].ee_block < *pos)
		from++;
	leaf->at = leaf->head->eh_entries - 1;
	next = ext4_path_next(&p);
	if (next <= *pos)
		r = -EUCLEAN;
	else if (from < leaf->head->eh_entries)
		r = leaf_shift(h, &p, from, leaf->head->eh_entries, -(int64_t)n);
	ext4_path_put(&p);
	*pos = next;
	return r;
}

/* The leaf with the last extent before *end that begins at or behind first; *end becomes the first block of what was moved, or first. */
static int shift_up_step(struct handle *h, struct inode *inode, uint32_t first, uint32_t *end,
			 uint32_t n)
{
	struct ext4_path p;
	struct ext4_node *leaf;
	const struct ext4_extent *e;
	int r = ext4_path_find(inode, *end - 1, &p), from, to;

	if (r < 0)
		return r;
	leaf = ext4_path_leaf(&p);
	e = node_extents(leaf);
	to = from = leaf->at + 1;
	while (from > 0 && e[from - 1].ee_block >= first)
		from--;
	if (from == to) {
		*end = first;
	} else {
		*end = e[from].ee_block;
		r = leaf_shift(h, &p, from, to, n);
	}
	ext4_path_put(&p);
	return r;
}

/* An extent that begins before `at` and ends behind becomes two. Also: may everything behind move up by n? */
static int split_at(struct handle *h, struct inode *inode, uint32_t at, uint32_t n)
{
	struct ext4_path p;
	const struct ext4_extent *e;
	uint64_t last;
	int r = ext4_path_find(inode, UINT32_MAX - 1, &p);

	if (r < 0)
		return r;
	e = node_extents(ext4_path_leaf(&p)) + MAX(ext4_path_leaf(&p)->at, 0);
	last = ext4_path_leaf(&p)->at < 0 ? 0 : extent_end(e);
	ext4_path_put(&p);
	if (last + n > UINT32_MAX)
		return -EFBIG;
	r = ext4_path_find(inode, at, &p);
	if (r < 0)
		return r;
	e = node_extents(ext4_path_leaf(&p)) + MAX(ext4_path_leaf(&p)->at, 0);
	if (ext4_path_leaf(&p)->at >= 0 && e->ee_block < at && extent_end(e) > at) {
		r = ext4_path_make_room(h, &p, at, 1);
		if (r == 0) {
			struct ext4_node *leaf = ext4_path_leaf(&p);
			struct ext4_extent *a = node_extents(leaf) + leaf->at, b;

			r = node_get_write(h, &p, p.depth);
			if (r == 0) {
				uint32_t before = at - a->ee_block;

				extent_set(&b, at, extent_len(a) - before, extent_start(a) + before,
					   extent_unwritten(a));
				extent_set(a, a->ee_block, before, extent_start(a),
					   extent_unwritten(a));
				memmove(a + 2, a + 1,
					(size_t)(leaf->head->eh_entries - leaf->at - 1) *
						sizeof(*a));
				a[1] = b;
				leaf->head->eh_entries++;
				r = node_dirty(h, &p, p.depth);
			}
		}
	}
	ext4_path_put(&p);
	return r;
}

enum shift { SHIFT_DOWN, SHIFT_UP, SHIFT_SPLIT };

/* One step with a handle of its own. */
static int shift_step(struct inode *inode, enum shift what, uint32_t first, uint32_t *pos,
		      uint32_t n)
{
	struct handle *h;
	int r = ext4_start(ext4_isb(inode), ext4_map_credits(inode) + EXT4_EXT_MAX_DEPTH + 1, 0,
			   &h),
	    r2;

	if (r < 0)
		return r;
	sleep_lock_take(&ext4_i(inode)->data_lock);
	if (what == SHIFT_DOWN)
		r = shift_down_step(h, inode, pos, n);
	else if (what == SHIFT_UP)
		r = shift_up_step(h, inode, first, pos, n);
	else
		r = split_at(h, inode, first, n);
	sleep_lock_release(&ext4_i(inode)->data_lock);
	if (r == 0)
		r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

int ext4_collapse_range(struct inode *inode, uint32_t first, uint32_t n)
{
	uint32_t pos = first + n;
	int r;

	ASSERT_LOCKED();
	if (!(ext4_i(inode)->flags & EXT4_EXTENTS_FL))
		return -EOPNOTSUPP;
	if (n == 0 || n > UINT32_MAX - first)
		return -EINVAL;
	r = ext4_remove_range(inode, first, first + n);
	while (r == 0 && pos < UINT32_MAX)
		r = shift_step(inode, SHIFT_DOWN, first, &pos, n);
	return r;
}

int ext4_insert_range(struct inode *inode, uint32_t first, uint32_t n)
{
	uint32_t end = UINT32_MAX;
	int r;

	ASSERT_LOCKED();
	if (!(ext4_i(inode)->flags & EXT4_EXTENTS_FL))
		return -EOPNOTSUPP;
	if (n == 0)
		return -EINVAL;
	ext4_alloc_release_prealloc(inode);
	r = shift_step(inode, SHIFT_SPLIT, first, &end, n);
	while (r == 0 && end > first)
		r = shift_step(inode, SHIFT_UP, first, &end, n);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Which blocks a file has: the one way in for look-ups and for new blocks, over extent trees and over the old maps. */
#include "fs/ext4/ext4_extents_internal.h"

void ext4_map_init(struct inode *inode, bool extents)
{
	struct ext4_inode *ei = ext4_i(inode);
	struct ext4_extent_header *head = (struct ext4_extent_header *)(void *)ei->block;

	memset(ei->block, 0, sizeof(ei->block));
	ei->flags &= ~(uint32_t)EXT4_EXTENTS_FL;
	if (!extents)
		return;
	ei->flags |= EXT4_EXTENTS_FL;
	*head = (struct ext4_extent_header){ .eh_magic = EXT4_EXT_MAGIC, .eh_max = 4 };
}

unsigned int ext4_map_credits(const struct inode *inode)
{
	const struct ext4_inode *ei = ext4_i(inode);
	const struct ext4_extent_header *head = (const void *)ei->block;
	unsigned int depth = 3;

	if (ei->flags & EXT4_EXTENTS_FL)
		depth = MIN((unsigned int)head->eh_depth, EXT4_EXT_MAX_DEPTH);
	/* The blocks themselves; at each level and for one more an old node, a new one, and what allocates it. */
	return EXT4_ALLOC_CREDITS + EXT4_INODE_CREDITS + (depth + 2) * (EXT4_ALLOC_CREDITS + 2);
}

void ext4_map_changed(struct inode *inode)
{
	ext4_i(inode)->map_seq++;
	ext4_i(inode)->cache_len = 0;
}

static void cache_set(struct ext4_inode *ei, uint32_t lblock, uint32_t len, uint64_t physical,
		      bool unwritten)
{
	ei->cache_lblock = lblock;
	ei->cache_len = len;
	ei->cache_physical = physical;
	ei->cache_unwritten = unwritten;
}

static bool cache_find(const struct ext4_inode *ei, uint32_t lblock, uint32_t len,
		       struct ext4_map *ret)
{
	uint32_t in = lblock - ei->cache_lblock;

	if (lblock < ei->cache_lblock || in >= ei->cache_len)
		return false;
	*ret = (struct ext4_map){ .physical = ei->cache_physical + in,
				  .unwritten = ei->cache_unwritten };
	ret->len = MIN(len, ei->cache_len - in);
	return true;
}

/* --- extents ------------------------------------------------------------------------------------ */

/* What the path has found at lblock: true for a run, false for a hole; *ret says which. */
static bool ext4_path_run(struct ext4_path *p, uint32_t lblock, uint32_t len, struct ext4_map *ret)
{
	struct ext4_node *leaf = ext4_path_leaf(p);
	const struct ext4_extent *e = node_extents(leaf) + MAX(leaf->at, 0);
	uint32_t next;

	if (leaf->at >= 0 && lblock < extent_end(e)) {
		cache_set(ext4_i(p->inode), e->ee_block, extent_len(e), extent_start(e),
			  extent_unwritten(e));
		return cache_find(ext4_i(p->inode), lblock, len, ret);
	}
	/* A block that two trees share may be out of order: never a run of no length. */
	next = ext4_path_next(p);
	next = next > lblock ? next - lblock : 1;
	*ret = (struct ext4_map){ .physical = 0 };
	ret->len = MIN(len, next);
	return false;
}

/* Behind the last extent before it, at the distance that the hole has: a file that is filled backwards or with holes stays in order. */
static uint64_t goal_for(struct ext4_path *p, uint32_t lblock)
{
	struct ext4_node *leaf = ext4_path_leaf(p);
	const struct ext4_extent *e;

	if (leaf->head->eh_entries == 0)
		return 0;
	e = node_extents(leaf) + MAX(leaf->at, 0);
	if (lblock >= e->ee_block)
		return extent_start(e) + (lblock - e->ee_block);
	return extent_start(e) > e->ee_block - lblock ? extent_start(e) - (e->ee_block - lblock)
						      : 0;
}

static unsigned int alloc_flags(unsigned int flags)
{
	unsigned int a = 0;

	if (flags & EXT4_MAP_META)
		a |= EXT4_ALLOC_META;
	if (flags & EXT4_MAP_NO_GROW)
		a |= EXT4_ALLOC_NO_GROW;
	return a;
}

/*
 * A tree of one leaf whose extents fit into the inode goes back there, as Linux does it when an extent has come or changed: a file that was in pieces and is so no longer needs
 * no block for them. Not worth a handle of its own.
 */
static int tree_fold(struct handle *h, struct ext4_path *p)
{
	struct ext4_node *root = &p->node[0], *leaf = &p->node[1];
	const unsigned int room = (sizeof(ext4_i(p->inode)->block) - sizeof(*root->head)) /
				  sizeof(struct ext4_extent);
	unsigned int n = leaf->head ? leaf->head->eh_entries : 0;
	uint64_t block;
	int r;

	if (p->depth != 1 || root->head->eh_entries != 1 || n == 0 || n > room ||
	    !ext4_extend(h, EXT4_ALLOC_CREDITS, 1))
		return 0;
	block = leaf->buf->block;
	memcpy(root->head + 1, leaf->head + 1, n * sizeof(struct ext4_extent));
	root->head->eh_entries = (uint16_t)n;
	root->head->eh_max = (uint16_t)room;
	root->head->eh_depth = 0;
	root->at = leaf->at;
	buffer_put(leaf->buf);
	*leaf = (struct ext4_node){ 0 };
	p->depth = 0;
	r = ext4_free_blocks(h, p->inode, block, 1, EXT4_FREE_META);
	inode_count_blocks(p->inode, -1);
	return r;
}

static int extents_fill(struct handle *h, struct ext4_path *p, uint32_t lblock, unsigned int flags,
			struct ext4_map *m)
{
	struct inode *inode = p->inode;
	bool unwritten = (flags & EXT4_MAP_UNWRITTEN) != 0;
	uint32_t want = MIN(m->len, unwritten ? EXT4_EXT_UNWRIT_MAX : EXT4_EXT_INIT_MAX);
	uint64_t goal = goal_for(p, lblock), block;
	uint32_t len;
	int r = ext4_path_make_room(h, p, lblock, 1);

	if (r == 0)
		r = ext4_alloc_blocks(h, inode, goal, want, alloc_flags(flags), &block, &len);
	if (r < 0)
		return r;
	r = extent_insert(h, p, lblock, len, block, unwritten);
	if (r < 0) {
		(void)ext4_free_blocks(h, inode, block, len, 0);
		return r;
	}
	inode_count_blocks(inode, len);
	ext4_i(inode)->last_lblock = lblock + len - 1;
	ext4_i(inode)->last_physical = block + len - 1;
	cache_set(ext4_i(inode), lblock, len, block, unwritten);
	*m = (struct ext4_map){
		.physical = block, .len = len, .unwritten = unwritten, .fresh = true
	};
	r = tree_fold(h, p);
	return r < 0 ? r : ext4_mark_inode_dirty(h, inode);
}

static int extents_map(struct handle *h, struct inode *inode, uint32_t lblock, uint32_t len,
		       unsigned int flags, struct ext4_map *ret)
{
	struct ext4_path p;
	int r = ext4_path_find(inode, lblock, &p);

	if (r < 0)
		return r;
	if (!ext4_path_run(&p, lblock, len, ret)) {
		if (flags & EXT4_MAP_CREATE)
			r = extents_fill(h, &p, lblock, flags, ret);
	} else if (ret->unwritten && (flags & EXT4_MAP_CONVERT)) {
		r = ext4_path_make_room(h, &p, lblock, 2);
		if (r == 0)
			r = extent_convert(h, &p, lblock, ret->len);
		if (r == 0)
			r = tree_fold(h, &p);
		if (r == 0) {
			cache_set(ext4_i(inode), lblock, ret->len, ret->physical, false);
			ret->unwritten = false;
			ret->fresh = true;
			r = ext4_mark_inode_dirty(h, inode);
			/* Neither size nor blocks have changed, but without it the data reads as zero. */
			ext4_i(inode)->datasync_tid = ext4_tid(h);
		} else {
			ext4_i(inode)->cache_len = 0;
		}
	}
	ext4_path_put(&p);
	return r;
}

/* --- the way in --------------------------------------------------------------------------------- */

int ext4_map_blocks(struct handle *h, struct inode *inode, uint32_t lblock, uint32_t len,
		    unsigned int flags, struct ext4_map *ret)
{
	struct ext4_inode *ei = ext4_i(inode);
	bool extents = (ei->flags & EXT4_EXTENTS_FL) != 0;
	uint64_t end = extents ? UINT32_MAX : ext4_blockmap_end(ext4_isb(inode));
	bool change = (flags & (EXT4_MAP_CREATE | EXT4_MAP_CONVERT)) != 0;
	int r;

	ASSERT_LOCKED();
	*ret = (struct ext4_map){ .len = 1 };
	if (len == 0 || lblock >= end)
		return -EFBIG;
	if (change && !h)
		return -EINVAL;
	if ((flags & EXT4_MAP_UNWRITTEN) && !extents)
		return -EOPNOTSUPP;
	len = (uint32_t)MIN((uint64_t)len, end - lblock);
	if (cache_find(ei, lblock, len, ret) && !(ret->unwritten && (flags & EXT4_MAP_CONVERT)))
		return 0;
	sleep_lock_take(&ei->data_lock);
	if (extents)
		r = extents_map(h, inode, lblock, len, flags, ret);
	else if (!change)
		r = ext4_blockmap_lookup(inode, lblock, len, ret);
	else
		r = ext4_blockmap_create(h, inode, lblock, len, alloc_flags(flags), ret);
	sleep_lock_release(&ei->data_lock);
	return r;
}

/* --- removal ------------------------------------------------------------------------------------ */

int ext4_removal_run(struct ext4_removal *q, int (*step)(struct ext4_removal *q),
		     unsigned int credits, unsigned int revokes)
{
	struct inode *inode = q->inode;
	int r, r2;

	do {
		r = ext4_start(ext4_isb(inode), credits, revokes, &q->h);
		if (r < 0)
			return r;
		q->fresh = true;
		sleep_lock_take(&ext4_i(inode)->data_lock);
		do
			r = step(q);
		while (r == 1);
		sleep_lock_release(&ext4_i(inode)->data_lock);
		r2 = ext4_mark_inode_dirty(q->h, inode);
		if (r2 == 0)
			r2 = ext4_stop(q->h);
		else
			(void)ext4_stop(q->h);
	} while (r == -EAGAIN && r2 == 0);
	return r < 0 && r != -EAGAIN ? r : r2;
}

int ext4_remove_range(struct inode *inode, uint32_t first, uint32_t end)
{
	ASSERT_LOCKED();
	if (first >= end)
		return 0;
	ext4_alloc_release_prealloc(inode);
	if (ext4_i(inode)->flags & EXT4_EXTENTS_FL)
		return ext4_extents_remove(inode, first, end);
	return ext4_blockmap_remove(inode, first, end);
}

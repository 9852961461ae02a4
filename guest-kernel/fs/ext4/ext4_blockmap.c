// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The old map: twelve block numbers in the inode, then one, two and three levels of blocks full of numbers. Numbers are untrusted, and a tree of them has no
 * depth but the one it is reached by, so nothing loops.
 */
#include "fs/ext4/ext4_extents_internal.h"

#define DIRECT 12u
#define LEVELS 4u /* the inode and up to three */

/* Where a block is found: at[0] is the slot in the inode, the others slots in blocks. */
struct place {
	unsigned int depth; /* blocks between inode and file block: 0 to 3 */
	uint32_t at[LEVELS];
	uint32_t in_leaf; /* slots from the last one to the end of its node */
};

static uint32_t per_block(const struct ext4_sb *s)
{
	return s->block_size / sizeof(uint32_t);
}

uint64_t ext4_blockmap_end(const struct ext4_sb *s)
{
	uint64_t n = per_block(s);

	return MIN(DIRECT + n + n * n + n * n * n, (uint64_t)UINT32_MAX);
}

static void place_of(const struct ext4_sb *s, uint32_t lblock, struct place *ret)
{
	uint64_t n = per_block(s), rest = lblock, span = 1;

	*ret = (struct place){ .depth = 0 };
	if (lblock < DIRECT) {
		ret->at[0] = lblock;
		ret->in_leaf = DIRECT - lblock;
		return;
	}
	rest -= DIRECT;
	for (ret->depth = 1; ret->depth < 3; ret->depth++) {
		uint64_t size = ret->depth == 1 ? n : n * n;

		if (rest < size)
			break;
		rest -= size;
	}
	ret->at[0] = DIRECT - 1 + ret->depth;
	for (unsigned int i = ret->depth; i >= 1; i--) {
		ret->at[i] = (uint32_t)(rest / span % n);
		span *= n;
	}
	ret->in_leaf = (uint32_t)n - ret->at[ret->depth];
}

/* The nodes from the inode down to where the map ends. */
struct chain {
	struct inode *inode;
	struct place place;
	unsigned int found;	    /* levels that are there: slots[0..found] can be read */
	struct buffer *buf[LEVELS]; /* [0]: NULL, the inode */
	uint32_t *slots[LEVELS];
};

static void chain_put(struct chain *c)
{
	for (unsigned int i = 1; i < LEVELS; i++) {
		buffer_put(c->buf[i]);
		c->buf[i] = NULL;
	}
}

static int bad_number(const struct inode *inode, uint32_t block)
{
	return ext4_error(ext4_isb(inode), "inode %llu: block %u of its map lies outside",
			  (unsigned long long)inode->ino, block);
}

static int chain_read(struct inode *inode, uint32_t lblock, struct chain *ret)
{
	struct ext4_sb *s = ext4_isb(inode);

	*ret = (struct chain){ .inode = inode };
	place_of(s, lblock, &ret->place);
	ret->slots[0] = ext4_i(inode)->block;
	while (ret->found < ret->place.depth) {
		uint32_t block = ret->slots[ret->found][ret->place.at[ret->found]];
		struct buffer *b;
		int r;

		if (block == 0)
			break;
		r = ext4_blocks_valid(s, block, 1) ? buffer_read(s->dev, block, &b)
						   : bad_number(inode, block);
		if (r < 0) {
			chain_put(ret);
			return r;
		}
		ret->found++;
		ret->buf[ret->found] = b;
		ret->slots[ret->found] = (uint32_t *)(void *)b->data;
	}
	return 0;
}

static uint32_t chain_block(const struct chain *c)
{
	return c->found < c->place.depth ? 0 : c->slots[c->found][c->place.at[c->found]];
}

/* How many file blocks from lblock on share the missing piece. */
static uint32_t chain_hole(const struct chain *c, uint32_t len)
{
	uint64_t n = per_block(ext4_isb(c->inode)), span = 1, rest = 0;
	uint32_t i;

	if (c->found == c->place.depth) {
		const uint32_t *slot = &c->slots[c->found][c->place.at[c->found]];

		for (i = 0; i < MIN(len, c->place.in_leaf) && slot[i] == 0; i++)
			;
		return MAX(i, 1u);
	}
	for (unsigned int level = c->place.depth; level > c->found; level--) {
		rest += c->place.at[level] * span;
		span *= n;
	}
	return (uint32_t)MIN((uint64_t)len, span - rest);
}

static int chain_map(const struct chain *c, uint32_t len, struct ext4_map *ret)
{
	const struct ext4_sb *s = ext4_isb(c->inode);
	uint32_t block = chain_block(c), n = 1;
	const uint32_t *slot;

	if (block == 0) {
		*ret = (struct ext4_map){ .len = chain_hole(c, len) };
		return 0;
	}
	slot = &c->slots[c->found][c->place.at[c->found]];
	while (n < MIN(len, c->place.in_leaf) && slot[n] == block + n)
		n++;
	if (!ext4_blocks_valid(s, block, n))
		return bad_number(c->inode, block);
	*ret = (struct ext4_map){ .physical = block, .len = n };
	return 0;
}

int ext4_blockmap_lookup(struct inode *inode, uint32_t lblock, uint32_t len, struct ext4_map *ret)
{
	struct chain c;
	int r = chain_read(inode, lblock, &c);

	if (r == 0)
		r = chain_map(&c, len, ret);
	chain_put(&c);
	return r;
}

/* --- new blocks --------------------------------------------------------------------------------- */

static int slot_get_write(struct handle *h, const struct chain *c, unsigned int level)
{
	return c->buf[level] ? ext4_get_write(h, c->buf[level]) : 0;
}

static int slot_dirty(struct handle *h, const struct chain *c, unsigned int level)
{
	return c->buf[level] ? ext4_dirty(h, c->buf[level]) : ext4_mark_inode_dirty(h, c->inode);
}

static uint64_t goal_of(const struct chain *c)
{
	unsigned int level = c->found;

	for (uint32_t i = c->place.at[level]; i > 0; i--)
		if (c->slots[level][i - 1])
			return (uint64_t)c->slots[level][i - 1] + (level == c->place.depth ? 1 : 0);
	return level > 0 ? c->buf[level]->block + 1 : 0;
}

/* A node of the map below the last one that is there. */
static int chain_extend(struct handle *h, struct chain *c)
{
	struct ext4_sb *s = ext4_isb(c->inode);
	unsigned int level = c->found;
	struct buffer *b = NULL;
	uint64_t block;
	uint32_t len;
	int r = ext4_alloc_blocks(h, c->inode, goal_of(c), 1, EXT4_ALLOC_META | EXT4_ALLOC_RESERVED,
				  &block, &len);

	if (r < 0)
		return r;
	r = block > UINT32_MAX ? -EFBIG : buffer_new(s->dev, block, &b);
	if (r == 0)
		r = ext4_get_create(h, b);
	if (r == 0)
		r = ext4_dirty(h, b);
	if (r == 0)
		r = slot_get_write(h, c, level);
	if (r < 0) {
		buffer_put(b);
		(void)ext4_free_blocks(h, c->inode, block, 1, EXT4_FREE_META);
		return r;
	}
	c->slots[level][c->place.at[level]] = (uint32_t)block;
	inode_count_blocks(c->inode, 1);
	c->found++;
	c->buf[c->found] = b;
	c->slots[c->found] = (uint32_t *)(void *)b->data;
	return slot_dirty(h, c, level);
}

static int chain_fill(struct handle *h, struct chain *c, uint32_t len, unsigned int flags,
		      struct ext4_map *ret)
{
	uint32_t *slot, want, n = 0;
	uint64_t block;
	int r = 0;

	while (r == 0 && c->found < c->place.depth)
		r = chain_extend(h, c);
	if (r < 0)
		return r;
	want = chain_hole(c, len);
	r = ext4_alloc_blocks(h, c->inode, goal_of(c), want, flags, &block, &n);
	if (r == 0 && block + n > UINT32_MAX)
		r = -EFBIG;
	if (r == 0)
		r = slot_get_write(h, c, c->found);
	if (r < 0) {
		if (n > 0)
			(void)ext4_free_blocks(h, c->inode, block, n, 0);
		return r;
	}
	slot = &c->slots[c->found][c->place.at[c->found]];
	for (uint32_t i = 0; i < n; i++)
		slot[i] = (uint32_t)(block + i);
	inode_count_blocks(c->inode, n);
	*ret = (struct ext4_map){ .physical = block, .len = n, .fresh = true };
	r = slot_dirty(h, c, c->found);
	return r < 0 ? r : ext4_mark_inode_dirty(h, c->inode);
}

int ext4_blockmap_create(struct handle *h, struct inode *inode, uint32_t lblock, uint32_t len,
			 unsigned int flags, struct ext4_map *ret)
{
	struct chain c;
	int r = chain_read(inode, lblock, &c);

	if (r == 0)
		r = chain_map(&c, len, ret);
	if (r == 0 && ret->physical == 0)
		r = chain_fill(h, &c, len, flags, ret);
	chain_put(&c);
	return r;
}

/* --- removal ------------------------------------------------------------------------------------ */

/* Nodes that have nothing left go too, from the leaf up. */
static int chain_prune(struct handle *h, struct chain *c)
{
	uint32_t n = per_block(ext4_isb(c->inode));
	int r = 0;

	while (r == 0 && c->found > 0) {
		uint64_t block = c->buf[c->found]->block;

		for (uint32_t i = 0; i < n; i++)
			if (c->slots[c->found][i])
				return 0;
		buffer_put(c->buf[c->found]);
		c->buf[c->found] = NULL;
		c->found--;
		r = slot_get_write(h, c, c->found);
		if (r < 0)
			return r;
		c->slots[c->found][c->place.at[c->found]] = 0;
		r = slot_dirty(h, c, c->found);
		if (r == 0)
			r = ext4_free_blocks(h, c->inode, block, 1, EXT4_FREE_META);
		inode_count_blocks(c->inode, -1);
	}
	return r;
}

/* The run that ends at the chain's slot: at most n file blocks, descending. Its first number and length. */
static uint32_t run_before(const struct chain *c, uint32_t n, uint32_t *ret_len)
{
	const uint32_t *slot = &c->slots[c->found][c->place.at[c->found]];
	uint32_t len = 1;

	while (len < n && slot[-(int)len] != 0 && slot[-(int)len] == slot[0] - len)
		len++;
	*ret_len = len;
	return slot[0] - (len - 1);
}

/* As remove_step of the extents. */
static int map_remove_step(struct ext4_removal *q)
{
	struct inode *inode = q->inode;
	struct chain c;
	uint32_t block, n, most, *slot;
	int r = chain_read(inode, q->end - 1, &c);

	if (r < 0)
		return r;
	/* Slots of this leaf that the range has, the last one's included. */
	most = MIN(c.place.at[c.place.depth] + 1, q->end - q->first);
	if (chain_block(&c) == 0) {
		n = 1;
		if (c.found == c.place.depth) {
			slot = &c.slots[c.found][c.place.at[c.found]];
			while (n < most && slot[-(int)n] == 0)
				n++;
		} else {
			n = most;
		}
		chain_put(&c);
		q->end -= n;
		return q->end > q->first;
	}
	block = run_before(&c, most, &n);
	if (!q->fresh && !ext4_extend(q->h, 3 * EXT4_ALLOC_CREDITS + 4, (q->meta ? n : 0) + 3)) {
		chain_put(&c);
		return -EAGAIN;
	}
	q->fresh = false;
	r = slot_get_write(q->h, &c, c.found);
	if (r == 0 && !ext4_blocks_valid(ext4_isb(inode), block, n))
		r = bad_number(inode, block);
	if (r == 0) {
		slot = &c.slots[c.found][c.place.at[c.found]];
		ext4_map_changed(inode);
		for (uint32_t i = 0; i < n; i++)
			slot[-(int)i] = 0;
		r = slot_dirty(q->h, &c, c.found);
	}
	if (r == 0)
		r = ext4_free_blocks(q->h, inode, block, n, q->meta ? EXT4_FREE_META : 0);
	if (r == 0) {
		inode_count_blocks(inode, -(int64_t)n);
		r = chain_prune(q->h, &c);
	}
	chain_put(&c);
	q->end -= n;
	return r < 0 ? r : q->end > q->first;
}

/* The last file block that there is, plus one: a sparse map is not searched block by block from its theoretical end. */
static uint32_t map_limit(struct inode *inode, uint32_t end)
{
	const struct ext4_inode *ei = ext4_i(inode);
	uint64_t n = per_block(ext4_isb(inode)), limit = DIRECT, span = n;

	for (unsigned int i = 0; i < 3; i++, span *= n) {
		uint64_t before = DIRECT + (i > 0 ? n : 0) + (i > 1 ? n * n : 0);

		if (ei->block[DIRECT + i])
			limit = before + span;
	}
	return (uint32_t)MIN(MIN(limit, (uint64_t)end), ext4_blockmap_end(ext4_isb(inode)));
}

int ext4_blockmap_remove(struct inode *inode, uint32_t first, uint32_t end)
{
	const struct ext4_sb *s = ext4_isb(inode);
	struct ext4_removal q = { .inode = inode,
				  .first = first,
				  .end = map_limit(inode, end),
				  .meta = ext4_data_is_meta(inode) };

	if (q.end <= first)
		return 0;
	return ext4_removal_run(&q, map_remove_step,
				EXT4_INODE_CREDITS + 6 * EXT4_ALLOC_CREDITS + 8,
				(q.meta ? per_block(s) : 0) + 3);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * New extents. A full leaf is split before anything is changed: in the middle, or, where a file grows at its end, so that the old leaf stays full. The lowest node
 * with room takes the new one's index entry; if there is none the root's contents move down into a block.
 */
#include "fs/ext4/ext4_extents_internal.h"

#define SECTORS 512u

void inode_count_blocks(struct inode *inode, int64_t blocks)
{
	int64_t sectors = blocks * (int64_t)(ext4_isb(inode)->block_size / SECTORS);

	if (sectors < 0 && (uint64_t)-sectors > inode->blocks)
		inode->blocks = 0;
	else
		inode->blocks += (uint64_t)sectors;
}

/* --- new nodes ---------------------------------------------------------------------------------- */

/* A block for the tree: with the metadata near the inode, not in the way of data. */
static int node_new(struct handle *h, const struct ext4_path *p, uint16_t depth,
		    struct ext4_path *ret, uint64_t *ret_block)
{
	struct inode *inode = p->inode;
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_node *n = &ret->node[0];
	uint32_t len;
	int r = ext4_alloc_blocks(h, inode, 0, 1, EXT4_ALLOC_META | EXT4_ALLOC_RESERVED, ret_block,
				  &len);

	*ret = (struct ext4_path){ .inode = inode };
	if (r < 0)
		return r;
	r = buffer_new(s->dev, *ret_block, &n->buf);
	if (r == 0)
		r = ext4_get_create(h, n->buf);
	if (r < 0) {
		buffer_put(n->buf);
		(void)ext4_free_blocks(h, inode, *ret_block, 1, 0);
		return r;
	}
	n->head = (struct ext4_extent_header *)(void *)n->buf->data;
	*n->head = (struct ext4_extent_header){ .eh_magic = EXT4_EXT_MAGIC,
						.eh_max = ext4_node_max(s),
						.eh_depth = depth };
	n->buf->verified = true;
	inode_count_blocks(inode, 1);
	return 0;
}

/* The root's entries move into a block of their own. */
static int tree_grow(struct handle *h, struct ext4_path *p)
{
	struct ext4_node *root = &p->node[0];
	struct ext4_path fresh;
	struct ext4_node *n = &fresh.node[0];
	uint64_t block;
	int r;

	if (p->depth >= EXT4_EXT_MAX_DEPTH)
		return -EFBIG;
	r = node_new(h, p, root->head->eh_depth, &fresh, &block);
	if (r < 0)
		return r;
	n->head->eh_entries = root->head->eh_entries;
	memcpy(n->head + 1, root->head + 1, root->head->eh_entries * sizeof(struct ext4_extent));
	r = node_dirty(h, &fresh, 0);
	if (r == 0) {
		root->head->eh_depth++;
		root->head->eh_entries = 1;
		index_set(node_indexes(root), node_extents(n)->ee_block, block);
		r = node_dirty(h, p, 0);
	}
	ext4_path_put(&fresh);
	return r;
}

/* The node below `level` is full, this one is not: its upper part goes into a new node. */
static int node_split(struct handle *h, struct ext4_path *p, unsigned int level)
{
	struct ext4_node *parent = &p->node[level], *old = &p->node[level + 1];
	unsigned int n = old->head->eh_entries, keep = n / 2, moved;
	struct ext4_extent_idx *x = node_indexes(parent);
	struct ext4_path fresh;
	uint64_t block;
	int r;

	/* At the end of the file the next one will want to go there as well. */
	if (old->at + 1 == (int)n && parent->at + 1 == parent->head->eh_entries)
		keep = n - 1;
	moved = n - keep;
	r = node_new(h, p, old->head->eh_depth, &fresh, &block);
	if (r < 0)
		return r;
	r = node_get_write(h, p, level);
	if (r == 0)
		r = node_get_write(h, p, level + 1);
	if (r == 0) {
		memcpy(fresh.node[0].head + 1, node_extents(old) + keep,
		       moved * sizeof(struct ext4_extent));
		fresh.node[0].head->eh_entries = (uint16_t)moved;
		old->head->eh_entries = (uint16_t)keep;
		memmove(x + parent->at + 2, x + parent->at + 1,
			(size_t)(parent->head->eh_entries - parent->at - 1) * sizeof(*x));
		index_set(x + parent->at + 1, node_extents(&fresh.node[0])->ee_block, block);
		parent->head->eh_entries++;
		r = node_dirty(h, &fresh, 0);
	}
	if (r == 0)
		r = node_dirty(h, p, level + 1);
	if (r == 0)
		r = node_dirty(h, p, level);
	ext4_path_put(&fresh);
	return r;
}

int ext4_path_make_room(struct handle *h, struct ext4_path *p, uint32_t lblock, unsigned int n)
{
	struct inode *inode = p->inode;
	unsigned int tries = 4 * (EXT4_EXT_MAX_DEPTH + 2);
	int r = 0;

	while (r == 0 &&
	       ext4_path_leaf(p)->head->eh_entries + n > ext4_path_leaf(p)->head->eh_max) {
		unsigned int level = p->depth;

		if (tries-- == 0)
			return ext4_error(ext4_isb(inode), "inode %llu: extent tree without room",
					  (unsigned long long)inode->ino);
		/* Nodes that cannot hold even two entries are nothing that we split. */
		while (level > 0 &&
		       p->node[level - 1].head->eh_entries >= p->node[level - 1].head->eh_max)
			level--;
		if (level > 0 && p->node[level].head->eh_entries < 2)
			r = -EUCLEAN;
		else
			r = level > 0 ? node_split(h, p, level - 1) : tree_grow(h, p);
		ext4_path_put(p);
		if (r == 0)
			r = ext4_path_find(inode, lblock, p);
	}
	return r;
}

/* --- entries of a leaf -------------------------------------------------------------------------- */

static void entry_insert(struct ext4_node *leaf, int at, const struct ext4_extent *e)
{
	struct ext4_extent *a = node_extents(leaf);

	memmove(a + at + 1, a + at, (size_t)(leaf->head->eh_entries - at) * sizeof(*a));
	a[at] = *e;
	leaf->head->eh_entries++;
}

static void entry_remove(struct ext4_node *leaf, int at)
{
	struct ext4_extent *a = node_extents(leaf);

	memmove(a + at, a + at + 1, (size_t)(leaf->head->eh_entries - at - 1) * sizeof(*a));
	leaf->head->eh_entries--;
}

/* Join the entry with the one behind it, if they are one run. */
static bool entry_merge(struct ext4_node *leaf, int at)
{
	struct ext4_extent *a = node_extents(leaf) + at, *b = a + 1;
	uint32_t len, most;

	if (at < 0 || at + 1 >= leaf->head->eh_entries ||
	    extent_unwritten(a) != extent_unwritten(b))
		return false;
	len = extent_len(a) + extent_len(b);
	most = extent_unwritten(a) ? EXT4_EXT_UNWRIT_MAX : EXT4_EXT_INIT_MAX;
	if (len > most || extent_end(a) != b->ee_block ||
	    extent_start(a) + extent_len(a) != extent_start(b))
		return false;
	a->ee_len = (uint16_t)(a->ee_len + extent_len(b));
	entry_remove(leaf, at + 1);
	return true;
}

int extent_insert(struct handle *h, struct ext4_path *p, uint32_t lblock, uint32_t len,
		  uint64_t physical, bool unwritten)
{
	struct ext4_node *leaf = ext4_path_leaf(p);
	struct ext4_extent e;
	int at = leaf->at + 1;
	int r = node_get_write(h, p, p->depth);

	if (r < 0)
		return r;
	extent_set(&e, lblock, len, physical, unwritten);
	entry_insert(leaf, at, &e);
	(void)entry_merge(leaf, at);
	if (entry_merge(leaf, at - 1))
		at--;
	r = node_dirty(h, p, p->depth);
	if (r == 0 && at == 0)
		r = ext4_path_keys_update(h, p, p->depth);
	return r;
}

int extent_convert(struct handle *h, struct ext4_path *p, uint32_t lblock, uint32_t len)
{
	struct ext4_node *leaf = ext4_path_leaf(p);
	struct ext4_extent *e = node_extents(leaf) + leaf->at, part;
	uint32_t before = lblock - e->ee_block, total = extent_len(e);
	uint32_t behind = total - before - len, start = e->ee_block;
	uint64_t physical = extent_start(e);
	int at = leaf->at, r = node_get_write(h, p, p->depth);

	if (r < 0)
		return r;
	if (before > 0) {
		extent_set(e, start, before, physical, true);
		extent_set(&part, lblock, len, physical + before, false);
		entry_insert(leaf, ++at, &part);
	} else {
		extent_set(e, start, len, physical, false);
	}
	if (behind > 0) {
		extent_set(&part, lblock + len, behind, physical + before + len, true);
		entry_insert(leaf, at + 1, &part);
	}
	(void)entry_merge(leaf, at);
	(void)entry_merge(leaf, at - 1);
	return node_dirty(h, p, p->depth);
}

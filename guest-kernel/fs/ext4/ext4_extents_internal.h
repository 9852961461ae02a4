/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of the extent tree: ext4_extents.c (nodes, paths, looking up), ext4_extents_insert.c (new extents, splits, conversion),
 * ext4_extents_remove.c (taking away and moving). All of them are called with data_lock held.
 *
 * A path leads from the root in the inode to a leaf. Its nodes are checked when they are read; what counts for memory safety (depth, number of entries) is
 * checked each time, since a hostile image may give one block to two trees.
 */
#ifndef FS_EXT4_EXT4_EXTENTS_INTERNAL_H
#define FS_EXT4_EXT4_EXTENTS_INTERNAL_H

#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"

struct ext4_node {
	struct buffer *buf; /* NULL: the root */
	struct ext4_extent_header *head;
	int at; /* the entry that was followed or found; -1: all lie behind */
};
struct ext4_path {
	struct inode *inode;
	unsigned int depth; /* node[depth] is the leaf */
	struct ext4_node node[EXT4_EXT_MAX_DEPTH + 1];
};

static inline struct ext4_extent *node_extents(const struct ext4_node *n)
{
	return (struct ext4_extent *)(n->head + 1);
}
static inline struct ext4_extent_idx *node_indexes(const struct ext4_node *n)
{
	return (struct ext4_extent_idx *)(n->head + 1);
}
static inline struct ext4_node *ext4_path_leaf(struct ext4_path *p)
{
	return &p->node[p->depth];
}

static inline bool extent_unwritten(const struct ext4_extent *e)
{
	return e->ee_len > EXT4_EXT_INIT_MAX;
}
static inline uint32_t extent_len(const struct ext4_extent *e)
{
	return extent_unwritten(e) ? e->ee_len - EXT4_EXT_INIT_MAX : e->ee_len;
}
static inline uint64_t extent_start(const struct ext4_extent *e)
{
	return (uint64_t)e->ee_start_hi << 32 | e->ee_start_lo;
}
static inline uint64_t extent_end(const struct ext4_extent *e)
{
	return (uint64_t)e->ee_block + extent_len(e);
}
static inline uint64_t index_child(const struct ext4_extent_idx *i)
{
	return (uint64_t)i->ei_leaf_hi << 32 | i->ei_leaf_lo;
}
static inline void index_set(struct ext4_extent_idx *i, uint32_t lblock, uint64_t child)
{
	*i = (struct ext4_extent_idx){ .ei_block = lblock,
				       .ei_leaf_lo = (uint32_t)child,
				       .ei_leaf_hi = (uint16_t)(child >> 32) };
}
void extent_set(struct ext4_extent *e, uint32_t lblock, uint32_t len, uint64_t physical,
		bool unwritten);

/* How many entries a block of the tree has room for. */
uint16_t ext4_node_max(const struct ext4_sb *s);

/* The path to the leaf where lblock is or would be; leaf->at: the last extent that begins at or before it. References: ext4_path_put. May sleep. */
int ext4_path_find(struct inode *inode, uint32_t lblock, struct ext4_path *ret);
void ext4_path_put(struct ext4_path *p);
/* The first block behind the found extent's start that another extent of the tree has; UINT32_MAX: none. */
uint32_t ext4_path_next(const struct ext4_path *p);
/* Checks a node (the header is at the start of data, which is max_entries long at most). 0 or -EUCLEAN without a word. */
int node_check(const struct ext4_sb *s, const struct ext4_extent_header *head,
	       unsigned int max_entries, int depth);

/* Bracket changes of one node; the root is written with the inode. */
int node_get_write(struct handle *h, const struct ext4_path *p, unsigned int level);
int node_dirty(struct handle *h, const struct ext4_path *p, unsigned int level);
/* The first key of a node has changed: the index entries that lead to it say so too. */
int ext4_path_keys_update(struct handle *h, struct ext4_path *p, unsigned int level);

/* --- ext4_extents_insert.c ---- */

/* Room for n more entries in the leaf of lblock; *p is found again. */
int ext4_path_make_room(struct handle *h, struct ext4_path *p, uint32_t lblock, unsigned int n);
/* A run that was a hole. There is room in the leaf of the path. */
int extent_insert(struct handle *h, struct ext4_path *p, uint32_t lblock, uint32_t len,
		  uint64_t physical, bool unwritten);
/* Part of the extent that was found becomes written. Needs room for two. */
int extent_convert(struct handle *h, struct ext4_path *p, uint32_t lblock, uint32_t len);
/* Blocks of the tree itself count in i_blocks. */
void inode_count_blocks(struct inode *inode, int64_t blocks);

/* --- ext4_map.c: taking ranges out, over trees and old maps ---- */

struct ext4_removal {
	struct handle *h;
	struct inode *inode;
	uint32_t first, end; /* still to be taken out */
	bool meta;	     /* the blocks were journalled: freeing them needs revokes */
	bool fresh;	     /* this handle has all its credits */
};
/*
 * Steps from the end to the beginning, with data_lock held, in as many handles of `credits` and `revokes` as it takes. step: 1 go on with this handle, 0 all is done,
 * -EAGAIN with a new handle, or an error.
 */
int ext4_removal_run(struct ext4_removal *q, int (*step)(struct ext4_removal *q),
		     unsigned int credits, unsigned int revokes);

/* --- ext4_extents_remove.c ---- */

int ext4_extents_remove(struct inode *inode, uint32_t first, uint32_t end);

/* --- ext4_blockmap.c: the old map ---- */

int ext4_blockmap_lookup(struct inode *inode, uint32_t lblock, uint32_t len, struct ext4_map *ret);
int ext4_blockmap_create(struct handle *h, struct inode *inode, uint32_t lblock, uint32_t len,
			 unsigned int flags, struct ext4_map *ret);
int ext4_blockmap_remove(struct inode *inode, uint32_t first, uint32_t end);
uint64_t ext4_blockmap_end(const struct ext4_sb *s); /* blocks that it can hold */

/* Whether the blocks of a file were journalled, so that freeing them needs revokes. */
static inline bool ext4_data_is_meta(const struct inode *inode)
{
	return !S_ISREG(inode->mode) || (ext4_i(inode)->flags & EXT4_EA_INODE_FL) != 0;
}
/* What the removal functions do before blocks go back: nobody believes the old map. */
void ext4_map_changed(struct inode *inode);

#endif

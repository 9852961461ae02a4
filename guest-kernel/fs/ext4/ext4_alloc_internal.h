/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between the files of the allocators: ext4_bitmap.c (bitmaps, read and checked), ext4_alloc.c (looking for blocks and taking them), ext4_alloc_free.c
 * (giving back, quarantine, rooms of growing files, discard), ext4_ialloc.c (inodes).
 *
 * A block can be handed out if its bit is clear both on the disk and in its group's `busy` map, which exists in memory only: it holds blocks that were freed by
 * a transaction that has not committed, and the rooms that are kept behind growing files. Nothing sleeps between looking into the maps and changing them.
 */
#ifndef FS_EXT4_EXT4_ALLOC_INTERNAL_H
#define FS_EXT4_EXT4_ALLOC_INTERNAL_H

#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"

struct ext4_group_info {
	uint64_t *busy;		/* NULL: none */
	uint32_t n_busy;	/* bits set in it */
	uint32_t largest;	/* no free run is longer (an upper bound) */
	bool bad, bad_inodes;	/* damage was found: nothing is taken from here */
	uint32_t inode_hint;	/* bits below it are likely in use */
	struct list_head rooms; /* that begin here */
};

/* Blocks that were freed, until their transaction has committed; oldest first. */
struct ext4_freed {
	struct list_head link;
	uint32_t tid;
	uint32_t group, bit, len;
};

/* Room behind a growing file: bits that are set in the busy map. */
struct ext4_room {
	struct list_head link;	     /* ext4_alloc.rooms */
	struct list_head group_link; /* ext4_group_info.rooms */
	struct ext4_inode *owner;
	uint32_t group, bit, len; /* what is left; the file goes on at bit */
	uint32_t grown;		  /* how long the next one may be */
};

struct ext4_alloc {
	struct ext4_group_info *groups;
	struct list_head freed;
	struct list_head rooms; /* least recently used first */
	uint32_t next_dir_flex;
	bool trimming;
};

/* A bitmap in its buffer, checked: a reference. -EUCLEAN: damaged, said in the log. May sleep. */
int ext4_block_bitmap(struct ext4_sb *s, uint32_t group, struct buffer **ret);
int ext4_inode_bitmap(struct ext4_sb *s, uint32_t group, struct buffer **ret);
void ext4_block_bitmap_csum_set(struct ext4_sb *s, uint32_t group, const struct buffer *b);
void ext4_inode_bitmap_csum_set(struct ext4_sb *s, uint32_t group, const struct buffer *b);

static inline bool bit_is_set(const uint8_t *map, uint32_t bit)
{
	return map[bit / 8] >> (bit % 8) & 1;
}
static inline void bit_put(uint8_t *map, uint32_t bit, bool set)
{
	uint8_t mask = (uint8_t)(1u << (bit % 8));

	map[bit / 8] = set ? map[bit / 8] | mask : map[bit / 8] & (uint8_t)~mask;
}
void bits_put(uint8_t *map, uint32_t bit, uint32_t n, bool set);

/* Blocks in memory only. -ENOMEM. */
int ext4_busy_set(struct ext4_sb *s, uint32_t group, uint32_t bit, uint32_t n);
void ext4_busy_clear(struct ext4_sb *s, uint32_t group, uint32_t bit, uint32_t n);

/* All rooms go back: the disk is nearly full. True if there was one. */
bool ext4_rooms_drop(struct ext4_sb *s);
/* Keep up to n blocks from bit on, as far as they are free in the group's maps. */
void ext4_room_keep(struct ext4_sb *s, struct ext4_inode *ei, uint32_t group, uint32_t bit,
		    const uint8_t *bitmap, uint32_t n);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What reading extended attributes (ext4_xattr.c) and changing them (ext4_xattr_change.c) share. Everything that is read is checked here. */
#ifndef FS_EXT4_EXT4_XATTR_INTERNAL_H
#define FS_EXT4_EXT4_XATTR_INTERNAL_H

#include "fs/ext4/ext4_internal.h"

#define EXT4_XATTR_PAD 3u

/* One place with attributes: [start, end) holds entries from the front and values from the back. */
struct ext4_xattr_area {
	uint8_t *start, *end; /* entries begin at start */
	uint8_t *values;      /* offsets count from here */
};

static inline uint32_t ext4_xattr_entry_len(size_t name_len)
{
	return (uint32_t)(sizeof(struct ext4_xattr_entry) + name_len + EXT4_XATTR_PAD) &
	       ~EXT4_XATTR_PAD;
}

static inline uint8_t *ext4_xattr_next(struct ext4_xattr_entry *e)
{
	return (uint8_t *)e + ext4_xattr_entry_len(e->e_name_len);
}

static inline struct ext4_xattr_header *ext4_xattr_header(const struct buffer *b)
{
	return (struct ext4_xattr_header *)(void *)b->data;
}

/* The number of a full name's prefix and what follows it; 0: no such prefix. */
unsigned int ext4_xattr_index(const char *name, const char **ret_rest);
/* Tells of damage: -EUCLEAN. */
int ext4_xattr_damage(struct inode *inode);
/* The entry at p if it lies whole in the area: NULL at the end, *ret_bad for damage. */
struct ext4_xattr_entry *ext4_xattr_entry_at(const struct ext4_xattr_area *a, uint8_t *p,
					     bool *ret_bad);
bool ext4_xattr_matches(const struct ext4_xattr_entry *e, unsigned int index, const char *name);
/* 1 and *ret, 0, -EUCLEAN. */
int ext4_xattr_find(struct inode *inode, const struct ext4_xattr_area *a, unsigned int index,
		    const char *name, struct ext4_xattr_entry **ret);
/* The room in the inode: false if it has none, or nothing was ever put there (unless `make`). */
bool ext4_xattr_inode_area(struct inode *inode, uint8_t *raw, bool make,
			   struct ext4_xattr_area *ret);
/* The inode's block, checked, or NULL in *ret; the caller puts it. 0 or -errno. May sleep. */
int ext4_xattr_block_read(struct inode *inode, struct buffer **ret);
void ext4_xattr_block_area(const struct buffer *b, struct ext4_xattr_area *ret);
void ext4_xattr_csum_set(const struct inode *inode, struct buffer *b);

#endif

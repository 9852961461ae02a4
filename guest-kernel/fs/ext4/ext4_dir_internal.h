/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files about directories share: blocks of entries (ext4_dir.c), their index (ext4_dir_htree.c), reading (ext4_dir_read.c). */
#ifndef FS_EXT4_EXT4_DIR_INTERNAL_H
#define FS_EXT4_EXT4_DIR_INTERNAL_H

#include "fs/ext4/ext4_internal.h"

static inline uint32_t ext4_rec_len(size_t name_len)
{
	return (uint32_t)(8 + name_len + EXT4_DIR_ROUND) & ~EXT4_DIR_ROUND;
}

/* The bytes of a block of entries that entries may use: a checksum is behind them. */
static inline uint32_t ext4_dir_usable(const struct ext4_sb *s)
{
	return s->block_size - (s->csum ? (uint32_t)sizeof(struct ext4_dir_tail) : 0);
}

static inline struct ext4_dir_entry *ext4_entry_at(uint8_t *data, uint32_t at)
{
	return (struct ext4_dir_entry *)(void *)(data + at);
}

/* Whether the entry at that place lies whole in the first `size` bytes and has a possible form. */
bool ext4_entry_ok(const struct ext4_sb *s, const uint8_t *data, uint32_t at, uint32_t size);
uint8_t ext4_file_type(const struct ext4_sb *s, uint32_t mode);
int ext4_dir_damage(struct inode *dir, uint32_t lblock, uint32_t at);
/* The entry of that name in a block's data: its place, -ENOENT, -EUCLEAN. */
int64_t ext4_dir_search(struct inode *dir, uint8_t *data, uint32_t lblock, const char *name,
			size_t len);
/* An empty block of entries in a buffer that is being made. */
void ext4_dir_block_empty(const struct inode *dir, struct buffer *b);

bool ext4_dir_is_indexed(const struct inode *dir);
/* A block of the index or of entries, checksum not looked at. -EUCLEAN for a hole. */
int ext4_dir_raw_read(struct inode *dir, uint32_t lblock, struct buffer **ret);

/*
 * ext4_inline_dir.c: directories that have EXT4_INLINE_DATA_FL. The block of entries that one would be, dots and all, in fresh memory (kfree); its checksum is not
 * there. -EUCLEAN, -ENOMEM, what reading the inode answers.
 */
int ext4_inline_dir_block(struct inode *dir, uint8_t **ret);
int ext4_inline_dir_find(struct inode *dir, const char *name, size_t len, uint32_t *ret_ino);
int ext4_inline_dir_is_empty(struct inode *dir); /* 1, 0, or an error */
uint32_t ext4_inline_dir_parent(const struct inode *dir);
int ext4_inline_dir_set_parent(struct handle *h, struct inode *dir, uint32_t parent);
/* For ext4_inline.c: the map is empty by now, its first block gets these entries. */
int ext4_inline_dir_fill(struct handle *h, struct inode *dir, const uint8_t *block);

/* ext4_dir_htree.c */
#define EXT4_DX_LEVELS 4u

struct ext4_dx_frame {
	struct buffer *buf;
	struct ext4_dx_entry *entries; /* the first holds the counts */
	uint32_t at;		       /* which entry was taken */
};
struct ext4_dx_path {
	struct ext4_dx_frame frame[EXT4_DX_LEVELS];
	unsigned int depth; /* frames in use */
	unsigned int version;
	struct ext4_hash hash; /* what was looked for */
};

/*
 * From the root to the leaf where the name (or, with name NULL, the hash major) belongs. *ret_leaf: its block. Release with ext4_dx_release. -ENOTDIR: this is no
 * index that we can use; read it as a plain directory.
 */
int ext4_dx_find(struct inode *dir, const char *name, size_t len, uint32_t major,
		 struct ext4_dx_path *ret, uint32_t *ret_leaf);
void ext4_dx_release(struct ext4_dx_path *p);
/* The next leaf: 1 and *ret_leaf, *ret_hash (bit 0: it goes on with the hash of the one before); 0: there is none. */
int ext4_dx_next(struct inode *dir, struct ext4_dx_path *p, uint32_t *ret_leaf, uint32_t *ret_hash);
int ext4_dx_add(struct handle *h, struct inode *dir, const char *name, size_t len, uint32_t ino,
		uint32_t mode);
/* The root's checksum, after its ".." has changed. */
int ext4_dx_root_csum_set(struct inode *dir, struct buffer *b);
/* The only block of a directory is full: it becomes an index with two leaves. Then as ext4_dx_add. */
int ext4_dx_create(struct handle *h, struct inode *dir, const char *name, size_t len, uint32_t ino,
		   uint32_t mode);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files about regular files share: data (ext4_file.c), size and ranges (ext4_truncate.c, ext4_fallocate.c), maps (ext4_mmap.c, ext4_pages.c), inline data. */
#ifndef FS_EXT4_EXT4_FILE_INTERNAL_H
#define FS_EXT4_EXT4_FILE_INTERNAL_H

#include "fs/ext4/ext4_internal.h"

/* Zero what lies behind the end in its block, up to new_end: before the file grows. */
int ext4_zero_tail(struct inode *inode, uint64_t new_end);

/* Write to the file inside its size, pos at the start of a block: allocates where it must. inode->lock is held. */
int ext4_write_bytes(struct inode *inode, uint64_t pos, uint8_t *buf, size_t len);

/*
 * Zap all maps of the pages that [from, to) touches, and give back such pages in the arena; those at both ends, which may hold other bytes too, are
 * written back before. inode->lock and map_lock are held.
 */
int ext4_zap(struct inode *inode, uint64_t from, uint64_t to);

/*
 * Pages of a file in the arena, because its blocks cannot be mapped. Such a page is the truth for who reads; writes go to both, and what maps have
 * changed goes to the disk with flush.
 */
/* Bytes copied if the page at pos is there; 0: it is not. */
ssize_t ext4_pages_read(struct inode *inode, struct iov_iter *to, uint64_t pos, size_t len);
/* Written to the disk just now: also to the pages that are there. */
void ext4_pages_write(struct inode *inode, uint64_t pos, const uint8_t *buf, size_t len);
/* How many of the len bytes from pos on lie before the next page that is there: the disk has them. */
uint64_t ext4_pages_absent(struct inode *inode, uint64_t pos, uint64_t len);
/* The rest of the page at size is zero, whatever blocks it consists of; maps of it that may write fault again. */
void ext4_pages_zero_tail(struct inode *inode, uint64_t size);
/* Pages that shared writable maps may have changed. Takes inode->lock unless the caller has it. */
int ext4_pages_flush(struct inode *inode, uint64_t from, uint64_t to);
bool ext4_has_writable_map(const struct inode *inode);
/* The page at offset, filled from the disk if it is not there. map_lock is held. */
int ext4_pages_get(struct inode *inode, uint64_t offset, bool write, uint64_t *ret_place);
/* Give back the pages of [from, to): after the zap. */
void ext4_pages_forget(struct inode *inode, uint64_t from, uint64_t to);

#endif

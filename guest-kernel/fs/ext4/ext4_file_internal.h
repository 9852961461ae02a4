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
 * ext4_filling.c: a writer (inode->lock) and a page fault (map_lock) may each be at filling blocks that came into the map without contents. Readers take them for
 * the holes that they were; the other of the two waits, outside of handles, and looks again.
 */
enum ext4_filler { EXT4_FILLER_WRITE, EXT4_FILLER_FAULT };
/* From before the blocks come into the map until they have their contents, or are gone. Inside the handle; n blocks, all of them a hole or unwritten. */
void ext4_filling_begin(struct inode *inode, enum ext4_filler who, uint32_t lblock, uint32_t n);
void ext4_filling_end(struct inode *inode, enum ext4_filler who);
/* How many of n blocks lie before those that `who` is filling; n if he is at none of them. */
uint32_t ext4_filling_before(const struct inode *inode, enum ext4_filler who, uint32_t lblock,
			     uint32_t n);
/* Is anybody filling that block? */
bool ext4_filling_at(const struct inode *inode, uint32_t lblock);
void ext4_filling_wait(struct inode *inode, enum ext4_filler who, uint32_t lblock);
/* The contents could not be written: out of the map again, in the handle that brought them there. If even that fails the journal is aborted. */
void ext4_filling_undo(struct inode *inode, uint32_t lblock, uint32_t n);

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

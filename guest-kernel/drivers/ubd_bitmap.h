/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bitmap of a COW file: a bit for each sector, least significant first, set: the sector is in the COW file. Pieces of it are read when they are first
 * asked for and stay. Changes are kept in memory until somebody writes what bitmap_snapshot gives. Big lock.
 */
#ifndef DRIVERS_UBD_BITMAP_H
#define DRIVERS_UBD_BITMAP_H

#include "drivers/disk_io.h"
#include "lib/list.h"

#define BITMAP_PIECE 4096u /* bytes of it that are read and written together: 16 MiB of the disk */

struct bitmap_piece;

struct ubd_bitmap {
	struct disk_file *file;
	uint64_t offset, bytes; /* in the file */
	uint64_t sectors;
	uint64_t n_pieces;
	struct bitmap_piece **pieces;
	struct list_head dirty;
};

struct bitmap_copy {
	struct list_head link;
	uint64_t file_offset;
	size_t len;
	uint8_t bytes[BITMAP_PIECE];
};

int bitmap_init(struct ubd_bitmap *b, struct disk_file *file, uint64_t offset, uint64_t bytes,
		uint64_t sectors);
void bitmap_free(struct ubd_bitmap *b);

/* How many of the n > 0 sectors from first are all alike: *ret_set and *ret_n >= 1. -EIO, -ENOMEM. May sleep. */
int bitmap_run(struct ubd_bitmap *b, uint64_t first, uint64_t n, bool *ret_set, uint64_t *ret_n);
/* The same if it is in memory. */
bool bitmap_run_now(struct ubd_bitmap *b, uint64_t first, uint64_t n, bool *ret_set,
		    uint64_t *ret_n);
/* *ret_changed becomes true if one of them was not set. -EIO, -ENOMEM. May sleep. */
int bitmap_set(struct ubd_bitmap *b, uint64_t first, uint64_t n, bool *ret_changed);

bool bitmap_is_dirty(const struct ubd_bitmap *b);
/* What has changed, as copies (struct bitmap_copy, kfree each) that go on the list; it counts as clean then. -ENOMEM: nothing was taken. */
int bitmap_snapshot(struct ubd_bitmap *b, struct list_head *copies);
/* Write what has changed, at once, blocking. For the end of the kernel. */
void bitmap_write_now(struct ubd_bitmap *b, int fd);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Metadata blocks of a block device in kernel memory. The one cache of a device: file systems read and change their metadata here, and reads and
 * writes of the device node go through it for blocks that are present, so guest root sees what is mounted, as on Linux. File data is
 * not kept here; it lies in the host's page cache.
 *
 * A buffer is pinned while refs > 0 or while a journal or a dirty flag needs it; others go when memory is short, oldest first. The block size
 * of a cache is that of the file system that holds the device (512 to 65536, a power of two), 4096 before.
 */
#ifndef DRIVERS_BUFFER_H
#define DRIVERS_BUFFER_H

#include "drivers/block.h"

struct buffer {
	struct block_device *dev;
	uint64_t block; /* in units of size */
	uint32_t size;
	uint32_t refs;
	uint8_t *data;
	bool uptodate; /* data is what the disk has, or newer */
	bool dirty; /* must be written by buffer_sync; never set for a block that a journal has */
	bool verified;		/* the owner has checked its checksum and shape since it was read */
	void *journal;		/* what the journal keeps for it; pins it */
	struct sleep_lock lock; /* reading and writing back */
	struct list_head hash_link, lru_link, dirty_link;
};

int buffer_cache_create(struct block_device *d, struct buffer_cache **ret);
void buffer_cache_destroy(struct buffer_cache *c);

/* Another block size: writes and drops everything. -EBUSY if a buffer is in use, -EINVAL. May sleep. */
int buffer_set_size(struct block_device *d, uint32_t size);

/* The block with its contents; a reference in *ret. -EIO (outside the device too), -ENOMEM. May sleep. */
int buffer_read(struct block_device *d, uint64_t block, struct buffer **ret);
/* The block without reading it: all zero and uptodate, for one who fills it. May sleep. */
int buffer_new(struct block_device *d, uint64_t block, struct buffer **ret);
/* Only if it is present: a reference, or NULL. */
struct buffer *buffer_find(struct block_device *d, uint64_t block);
/* Ask for it to be read soon; never waits. */
void buffer_readahead(struct block_device *d, uint64_t block, unsigned int n);
void buffer_get(struct buffer *b);
void buffer_put(struct buffer *b); /* NULL is fine */

void buffer_mark_dirty(struct buffer *b); /* changed outside a journal */
/* Write this one, all dirty ones of a device. No flush of the device. May sleep. */
int buffer_write(struct buffer *b);
int buffer_sync(struct block_device *d);
/* The block was freed or its contents do not matter any more: forget it without writing. The journal has let go of it. */
void buffer_forget(struct block_device *d, uint64_t block);

/* Read or write any byte range through the cache: present blocks are used and changed, the rest goes to the device. What the device node does. May sleep. */
int buffer_read_range(struct block_device *d, uint64_t offset, void *buf, size_t len);
int buffer_write_range(struct block_device *d, uint64_t offset, const void *buf, size_t len);

/* Drop what nobody uses and what is not dirty: the next read asks the disk. */
void buffer_invalidate(struct block_device *d);
uint32_t buffer_size(const struct block_device *d);

/* Give back up to that many bytes of unused buffers; returns what was freed. */
size_t buffer_shrink(size_t bytes);

#endif

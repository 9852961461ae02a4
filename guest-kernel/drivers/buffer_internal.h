/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between buffer.c (the cache) and buffer_range.c (byte ranges through it). */
#ifndef DRIVERS_BUFFER_INTERNAL_H
#define DRIVERS_BUFFER_INTERNAL_H

#include "drivers/buffer.h"

struct buffer_cache {
	struct block_device *dev;
	uint32_t size;
	unsigned int n_buckets; /* a power of two */
	struct list_head *heads;
	uint64_t count;
	struct list_head dirty;
	struct sleep_lock rmw; /* one change of a part of a sector at a time */
	struct sleep_lock
		sync; /* one buffer_sync at a time: a second must not return before the first */
};

/* Without a reference. */
struct buffer *buffer_lookup(const struct buffer_cache *c, uint64_t block);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ranges of a block device that have to be durable: what an fsync asks for. A few of them, merged where they touch; with more the set stands for the whole
 * device. Asking for too much costs time and nothing else.
 */
#ifndef DRIVERS_FLUSH_SET_H
#define DRIVERS_FLUSH_SET_H

#include "lib/types.h"

#define FLUSH_RANGES 8u

struct flush_range {
	uint64_t from, to; /* bytes */
};

struct flush_set {
	bool all;
	unsigned int n; /* 0 and not all: nothing */
	struct flush_range ranges[FLUSH_RANGES];
};

void flush_set_add(struct flush_set *s, uint64_t offset, uint64_t len);
void flush_set_merge(struct flush_set *s, const struct flush_set *other);
uint64_t flush_set_bytes(const struct flush_set *s); /* UINT64_MAX: all */

#endif

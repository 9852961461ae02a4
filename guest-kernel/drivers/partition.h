/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partition tables: MBR with logical partitions, and GPT. A parser of untrusted bytes without any state: it reads through a callback, at most some
 * hundred sectors whatever the table says, and gives only ranges that lie inside the disk.
 */
#ifndef DRIVERS_PARTITION_H
#define DRIVERS_PARTITION_H

#include "lib/types.h"

struct partition_entry {
	unsigned int number; /* from 1 */
	uint64_t start, len; /* bytes, multiples of 512 */
	char uuid[40];	     /* PARTUUID= */
};

struct partition_reader {
	/* 0 or -errno; offset and len are multiples of 512 inside the disk. */
	int (*read)(void *arg, uint64_t offset, void *buf, size_t len);
	void *arg;
	uint64_t bytes; /* of the disk */
};

/* At most max entries, by number. Returns how many: 0 if there is no table that makes sense; -errno if the disk cannot be read, -ENOMEM. */
int partition_parse(const struct partition_reader *reader, struct partition_entry *ret,
		    unsigned int max);

#endif

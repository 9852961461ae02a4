/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metadata of a small ext4 image that is known to be good: where each piece lies, and how to make its checksum right again after somebody has changed it. Knows
 * nothing of the kernel's code but the structures, so that a mistake there does not hide here.
 */
#ifndef TESTS_FUZZ_IMAGE_AREAS_H
#define TESTS_FUZZ_IMAGE_AREAS_H

#include "fs/ext4/ext4.h"

enum area_kind {
	AREA_SUPER = 1,
	AREA_DESC = 2,
	AREA_BLOCK_BITMAP = 4,
	AREA_INODE_BITMAP = 8,
	AREA_INODE = 16,
	AREA_MAP = 32, /* extents or block numbers */
	AREA_DIR = 64,
	AREA_XATTR = 128,
	AREA_VALUE = 256, /* long symbolic links, values of attributes */
	AREA_ORPHAN = 512,
	AREA_JOURNAL = 1024,
	AREA_ALL = 2047,
};

struct area {
	unsigned int kind;
	uint32_t offset, len; /* bytes in the image */
	uint32_t ino;	      /* whose it is; AREA_DESC and bitmaps: the group */
	uint32_t inode_at;    /* where that inode lies */
	uint32_t form; /* AREA_DIR: where an index's counts are, 0: entries; AREA_MAP: 1 extents */
};

struct areas {
	struct area *v;
	unsigned int n, max;
	uint32_t bytes, block_size, inode_size, desc_size, groups, inodes_per_group,
		blocks_per_group;
	uint32_t inode_at; /* while they are looked for */
};

/* Ends the program if the image is not as expected: all descriptors in one block, at most 4 GiB. */
void areas_find(struct areas *a, const uint8_t *image, uint32_t bytes);
void areas_free(struct areas *a);
/* All checksums, as the features and seeds say that the image has now. Of the journal only those of its own blocks. */
void areas_mend(const struct areas *a, uint8_t *image);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small ext4 images for fuzz targets, and the kernel's ext4 in this process to mount them. mke2fs has made them (make-seeds); the rig fills them by the kernel's own
 * code when they are first asked for, and keeps two states of each: unmounted, and as a crash leaves it (a journal to replay, orphans).
 */
#ifndef TESTS_FUZZ_IMAGE_RIG_H
#define TESTS_FUZZ_IMAGE_RIG_H

#include "image_areas.h"
#include "tests/ext4/ext4_rig.h"

struct image {
	const char *name;
	struct fake_disk *disk; /* what is mounted */
	uint8_t *good[2];	/* whole, crashed */
	struct areas areas;
	bool has_crashed; /* else there is no such state */
	uint8_t *touched; /* one for each 1 KiB that may differ from good[state] */
	unsigned int state;
	unsigned int reads, writes;
};

/* Starts the kernel's thread; fn is called in a task of it by rig_run, once for each. */
void rig_begin(const char *program, void (*fn)(void));
/* From the fuzzer's thread. */
void rig_run(void);
/* In the task. One of the images whose names begin with `prefix` ("" for all): undamaged. */
struct image *rig_image(const char *prefix, unsigned int which, bool crashed);
void rig_touch(struct image *m, uint64_t offset, uint64_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block device in memory for tests of ext4: it records the stream of writes and flushes, so that the disk after a crash at any moment can be made, and gives
 * way to other tasks at random, as a real one does that has to wait.
 */
#ifndef TESTS_EXT4_FAKE_DISK_H
#define TESTS_EXT4_FAKE_DISK_H

#include "drivers/buffer.h"

struct disk_record {
	uint64_t offset;
	uint32_t len;	   /* 0: a flush of what came before the record number offset */
	uint64_t from, to; /* flush: of these bytes only; to 0: of all */
	uint8_t *data;
};

struct fake_disk {
	struct block_device dev;
	uint8_t *bytes;
	bool record, yield;
	struct disk_record *records;
	unsigned int n_records, size_records;
	uint32_t atomic; /* bytes that a crash writes wholly or not at all; 512 at first */
	unsigned int n_writes, n_flushes, n_reads;
	unsigned int
		fail_after; /* the so manieth write or flush from now on fails, and all behind it; 0: none */
};

/* All zero. Ends the program if there is no memory. */
struct fake_disk *fake_disk_new(uint64_t bytes);
/* With the contents of a file. */
struct fake_disk *fake_disk_load(const char *path);
void fake_disk_save(const struct fake_disk *d, const char *path);
void fake_disk_free(struct fake_disk *d);
/* Drops all buffers: what a new start of the kernel sees. */
void fake_disk_forget_buffers(struct fake_disk *d);
void fake_disk_start_recording(struct fake_disk *d);

/*
 * What a crash leaves after the first `n` records, on top of `before` (contents when recording began): everything up to the last flush, and of the
 * writes behind it: all (mode 0), none (1), or some sectors (dev's atomic units) at random (2).
 */
void fake_disk_crash(const struct fake_disk *d, const uint8_t *before, unsigned int n, int mode,
		     uint8_t *ret);

/* Run fn in a kernel task and end the process with what it returns. */
noreturn void run_as_kernel(int (*fn)(void));

/* A small generator: the same numbers for the same seed on every host. */
extern uint64_t test_seed;
uint32_t pick(uint32_t n);

#endif

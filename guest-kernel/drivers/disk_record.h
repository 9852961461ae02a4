/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "ubd=record:FILE": a debugging aid that notes in a new file of the host what reaches the images and when it is made durable, so that a test can build
 * what a power cut would have left at any moment (tests/filesystem/fs_prefixes.c). Of a COW disk it is the COW file. One record after the other:
 * struct disk_record_entry in the machine's byte order and, behind a write, its bytes. A write is noted when it is done, a flush when it begins and when it
 * has ended; one of some ranges only is a record for each (len is not 0). Stores through shared maps pass nobody here: what mapped pages hold is noted, as writes, when a flush begins.
 */
#ifndef DRIVERS_DISK_RECORD_H
#define DRIVERS_DISK_RECORD_H

#include "lib/types.h"

#define DISK_RECORD_MAGIC 0x43455255u /* "UREC" */

enum {
	DISK_RECORD_WRITE = 1,
	DISK_RECORD_ZERO = 2,
	DISK_RECORD_FLUSH = 3,
	DISK_RECORD_FLUSHED = 4
};

struct disk_record_entry {
	uint32_t magic, kind;
	uint32_t disk; /* 0: ubda */
	uint32_t unused;
	uint64_t offset, len; /* in the file, bytes */
};

struct disk_file;
struct flush_set;
struct disk_record; /* of one file: which pages were ever mapped for writing */

/* In the launcher: the file is made. 0 or -errno with a sentence in why. */
int disk_record_open(const char *path, char *why, size_t len);
/* What happens to f from now on is noted as that of a disk. Nothing without the word. */
void disk_record_attach(struct disk_file *f, unsigned int disk);
void disk_record_detach(struct disk_file *f);

/* Nothing unless f is attached. With the big lock; they may block in the host with it, which only the tests that ask for it have to bear. */
void disk_record_write(const struct disk_file *f, uint64_t offset, const void *buf, size_t len);
void disk_record_zero(const struct disk_file *f, uint64_t offset, uint64_t len);
/* set: of these ranges only, NULL: of all. */
void disk_record_flush(const struct disk_file *f, const struct flush_set *set, bool done);
/* The range may be stored into through maps from now on. */
void disk_record_map(const struct disk_file *f, uint64_t offset, uint64_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Input and output on an open image of the host, for tasks: what would block is done by helper threads while the task sleeps, so other tasks run
 * meanwhile. All calls want the big lock and may sleep. Without a current task (while the kernel starts) they block instead.
 */
#ifndef DRIVERS_DISK_IO_H
#define DRIVERS_DISK_IO_H

#include "core/wait_queue.h"
#include "drivers/flush_set.h"
#include "lib/types.h"

/* Pieces of a view that were all in the host's memory when somebody looked: by their number, the moment in seconds. */
#define WARM_PIECE (64u << 10)
#define WARM_SLOTS 4096u
struct warm_piece {
	uint32_t number, seconds;
};

struct disk_file {
	int fd;
	bool no_nowait;	  /* the host's file system cannot tell what would block */
	bool no_punch;	  /* it cannot punch holes */
	bool flushing;	  /* a flush is under way */
	int error;	  /* the first failed flush; sticks: what was lost is not known */
	uint64_t started; /* numbers of flushes */
	uint64_t done;
	struct wait_queue flushed;
	bool no_view;
	const char *
		view; /* the first view_bytes of the file (host_disk_view); NULL: not yet, or none */
	uint64_t view_bytes;
	struct warm_piece *warm;    /* WARM_SLOTS; NULL: no memory */
	uint64_t unflushed;	    /* bytes written since a flush of all of it began */
	struct disk_record *record; /* drivers/disk_record.h; NULL: none */
};

void disk_file_init(struct disk_file *f, int fd);
/* Before the descriptor is closed. */
void disk_file_done(struct disk_file *f);

/* All len bytes or -EIO (the end of the file too). */
int disk_read(struct disk_file *f, uint64_t offset, void *buf, size_t len);
/*
 * The bytes as a view of the host (host_disk_view) that may be given to a copy at once; NULL if they are not all in the host's memory, or not to be had this way:
 * disk_read then. Never sleeps.
 */
const void *disk_view(struct disk_file *f, uint64_t offset, size_t len);
int disk_write(struct disk_file *f, uint64_t offset, const void *buf, size_t len);
/* Durable: all that was written before the call. Calls that overlap share one of the host's. 0 or -EIO for ever. */
int disk_flush(struct disk_file *f);
/*
 * The same for what was written to some ranges, without waiting for others where the host can do that and it is worth it. A store through a map of such a range
 * counts as written.
 */
int disk_flush_set(struct disk_file *f, const struct flush_set *set);
/* Reads as zero afterwards; gives the room back where the host can. */
int disk_zero(struct disk_file *f, uint64_t offset, uint64_t len);
/* Give the room back; -EOPNOTSUPP where the host cannot. */
int disk_punch(struct disk_file *f, uint64_t offset, uint64_t len);
/* Never wait: start writing back, bring into the host's memory. */
void disk_writeback(struct disk_file *f, uint64_t offset, uint64_t len);
void disk_readahead(struct disk_file *f, uint64_t offset, uint64_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between ubd_open.c (files and words), ubd.c (the devices), ubd_cow.c (copy on write). */
#ifndef DRIVERS_UBD_INTERNAL_H
#define DRIVERS_UBD_INTERNAL_H

#include "drivers/block.h"
#include "drivers/disk_io.h"
#include "drivers/ubd.h"
#include "drivers/ubd_cow_header.h"
#include "engine/engine.h"

/* Which descriptors of a stub: the image or COW file read-only and writable, the base read-only. */
enum { UBD_SLOT_RO = 0, UBD_SLOT_RW = 1, UBD_SLOT_BASE = 2, UBD_SLOTS = 4 };

struct ubd_cow;

struct ubd {
	unsigned int index;
	bool present;  /* files are open */
	bool started;  /* the device exists */
	bool readonly; /* asked for, or all that the host grants */
	bool no_trim;
	bool plugged;	     /* added while the kernel ran: stubs do not have its descriptors */
	char *spec, *serial; /* as given; serial NULL: none */
	char note[160];	     /* what is to be said when it starts; "" */
	uint64_t bytes;
	int fd, map_ro_fd, map_rw_fd; /* image or COW file; map_*: what stubs get. -1: none */
	int base_fd;		      /* -1: no COW */
	uint64_t file_bytes;	      /* of fd, when it was opened */
	struct ubd_cow_header *header;

	/* From ubd_start on. */
	struct block_device disk;
	struct disk_file top, base;
	struct ubd_cow *cow;
};

extern struct ubd ubd_table[UBD_MAX];

/* The number in "ubd3" or "ubdd", *ret_end behind it. -EINVAL. */
int ubd_number(const char *word, const char **ret_end);
void ubd_close(struct ubd *u);
/* ubd_open behind the sandbox. */
int ubd_open_confined(const char *word, char *why, size_t len);

static inline int ubd_slot(const struct ubd *u, unsigned int which)
{
	return ENGINE_FD_DISK_BASE + (int)(u->index * UBD_SLOTS + which);
}

extern const struct block_ops ubd_cow_ops;
int ubd_cow_create(struct ubd *u); /* 0 or -ENOMEM */
void ubd_cow_destroy(struct ubd *u);
/* At the end of the kernel: what is only in memory reaches the file. No sleep. */
void ubd_cow_end(struct block_device *d);

#endif

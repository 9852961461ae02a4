/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Block devices: what a disk driver (ubd) offers to file systems and to /dev. Offsets and lengths are bytes; a
 * range outside the device is -EIO (the file layer has cut what the guest asked for before). All calls want the big lock and may sleep: the
 * host call is tried without waiting first and goes to a helper thread if it would block.
 */
#ifndef DRIVERS_BLOCK_H
#define DRIVERS_BLOCK_H

#include "drivers/flush_set.h"
#include "mm/mm.h"
#include "vfs/vfs.h"

#define BLOCK_SECTOR 512u

struct block_device;

/* What a write did beside writing. */
enum {
	BLOCK_MOVED =
		1, /* pages lie at another place of the host now (base image to COW file): shared maps must be zapped */
};

/*
 * What a driver does. Only block_io.c calls these, always on a disk, never on a partition: the range lies inside the disk, is not empty, and is made of whole sectors
 * (of a write only if any_bytes is not set); the device may be written where that matters; *ret_flags (never NULL) is 0 and takes BLOCK_*. What each of them promises
 * stands with the function of the same name below. Those marked so are optional.
 */
struct block_ops {
	int (*read)(struct block_device *d, uint64_t offset, void *buf, size_t len);
	const void *(*view)(struct block_device *d, uint64_t offset, size_t len,
			    size_t *ret_len); /* optional; never sleeps */
	int (*write)(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		     unsigned int *ret_flags);
	int (*flush)(struct block_device *d);
	int (*flush_set)(struct block_device *d, const struct flush_set *set);	  /* optional */
	void (*writeback)(struct block_device *d, uint64_t offset, uint64_t len); /* optional */
	int (*discard)(struct block_device *d, uint64_t offset,
		       uint64_t len); /* with has_discard */
	int (*zero)(struct block_device *d, uint64_t offset, uint64_t len, unsigned int *ret_flags);
	int (*map)(struct block_device *d, uint64_t offset, uint64_t len, bool write,
		   struct mapping_run *ret, unsigned int *ret_flags);		  /* optional */
	void (*readahead)(struct block_device *d, uint64_t offset, uint64_t len); /* optional */
};

/* What /proc/diskstats and sysfs count. Filled by block_io.c. */
enum block_operation { BLOCK_READ, BLOCK_WRITE, BLOCK_DISCARD, BLOCK_FLUSH, BLOCK_OPERATIONS };
struct block_stats {
	uint64_t n[BLOCK_OPERATIONS], sectors[BLOCK_OPERATIONS], time_ns[BLOCK_OPERATIONS];
	uint64_t busy_ns, weighted_ns; /* time with anything in flight; that times how many */
	uint64_t since_ns;	       /* when in_flight changed last */
	unsigned int in_flight;
};

struct block_device {
	char name[32]; /* "ubda", "ubda1" */
	uint64_t rdev;
	uint64_t bytes;
	bool readonly;
	const struct block_ops *ops; /* of a disk; NULL: a partition */
	void *private;		     /* the driver's */
	const void *holder;   /* who has it for himself (a mounted file system); NULL: nobody */
	bool node_dirty;      /* written through its node, and not flushed since */
	unsigned int openers; /* open files of /dev; a driver refuses removal while > 0 or held */
	struct buffer_cache *cache; /* drivers/buffer.h */
	struct device device;	    /* its node */
	struct list_head link;	    /* block_list */

	/* Partitions. The driver leaves these zero; block_register fills them for a disk, block_part.c for a partition. */
	struct block_device *whole; /* NULL: this is a disk */
	struct list_head parts;	    /* of a disk */
	struct list_head part_link;
	unsigned int partno, max_parts; /* max_parts: set by the driver; minors behind rdev */
	uint64_t start;			/* bytes, in the disk */
	char partuuid[40];		/* "" if the table has none */

	/* Set by the driver; may be left zero. */
	const char *serial;
	/*
	 * write takes any range of bytes and touches nothing beside it. Without it a file system reads, changes and writes whole sectors, and what a map
	 * stores into them meanwhile is lost.
	 */
	bool any_bytes;
	bool has_discard;
	bool image_readonly; /* the image cannot be written: BLKROSET may not lift readonly */
	void (*sync_all)(
		struct block_device *d); /* at the end of the kernel: no sleep, any thread */

	struct block_stats stats;
	uint32_t readahead_sectors;
	uint64_t seq; /* diskseq: unique for each disk since boot */
};

extern struct list_head block_list; /* all, disks before their partitions */

/* Announce it: name, rdev, bytes, readonly, ops, private are set. Makes the buffer cache and the node. -EEXIST, -ENOMEM. */
int block_register(struct block_device *d);
/* -EBUSY if it is open or held. Drops all buffers. */
int block_unregister(struct block_device *d);

/* By number, or by what mount(2) and root= say ("/dev/ubda", "ubda1", "98:0", "6200", UUID=…, LABEL=…). NULL. No reference. */
struct block_device *block_find(uint64_t rdev);
struct block_device *block_find_by_name(const char *name);

/*
 * Have it for oneself: no second mount, no O_EXCL open (as on Linux; plain opens of the node stay possible). -EBUSY; the same holder may claim again.
 */
int block_claim(struct block_device *d, const void *holder);
void block_release(struct block_device *d, const void *holder);

/*
 * Reading and writing, of disks and partitions alike. A range outside the device or (but for block_write, see any_bytes) not made of whole sectors is -EIO; writing what
 * is read-only is -EROFS. ret_flags, where there is one, gets BLOCK_* and may be NULL.
 */
int block_read(struct block_device *d, uint64_t offset, void *buf, size_t len);
/*
 * The first *ret_len bytes (at least one, at most len) from offset, any byte, as a view of the host that a copy to a guest may take them from (copy_view_to_user) and
 * that nobody may dereference. Good until something sleeps. NULL: block_read is the way, for they are not in the host's memory. Counts as a read. Never sleeps.
 */
const void *block_view(struct block_device *d, uint64_t offset, size_t len, size_t *ret_len);
/* Visible to readers and maps on return, durable after the next flush. -EROFS, -EIO (the host's ENOSPC too). */
int block_write(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		unsigned int *ret_flags);
/* All that was written before the call is durable on return, data before the COW bitmap. Concurrent calls share one host call. -EIO sticks. */
int block_flush(struct block_device *d);
/* The same for what was written to these ranges, which lie inside; a store through a map counts. A driver may do more. Not shared. */
int block_flush_set(struct block_device *d, const struct flush_set *set);
/* Start write-back of what was written, without waiting. */
void block_writeback(struct block_device *d, uint64_t offset, uint64_t len);
/* Bring the range into the host's memory, without waiting. */
void block_readahead(struct block_device *d, uint64_t offset, uint64_t len);
/* Contents become undefined (in practice zero) and room goes back to the host. -EOPNOTSUPP without has_discard. */
int block_discard(struct block_device *d, uint64_t offset, uint64_t len);
/* Reads as zero afterwards. */
int block_zero(struct block_device *d, uint64_t offset, uint64_t len, unsigned int *ret_flags);
/* May any of it be mapped? */
bool block_can_map(const struct block_device *d);
/*
 * Where the bytes from offset (page aligned) on can be mapped by a stub: fills *ret (kind HOST, engine_fd, host_offset, len <= len in whole pages, readonly).
 * write: through a shared map: a block of the base image is copied to the COW file first and BLOCK_MOVED set in *ret_flags if it was.
 * Without write the piece comes back readonly, from a read-only descriptor. -EOPNOTSUPP if this piece cannot be mapped (half of a page in the COW file, unaligned
 * partition): the file system serves it from the arena.
 */
int block_map(struct block_device *d, uint64_t offset, uint64_t len, bool write,
	      struct mapping_run *ret, unsigned int *ret_flags);

/* Told when a disk or partition has come or is about to go (uevents, sysfs). Optional. */
extern void (*block_changed)(struct block_device *d, bool added);

/*
 * Read the partition table (again) and make the devices that it names. -EBUSY if a partition is open or held, -EINVAL for a device that cannot have any. No
 * table is no error. May sleep.
 */
int block_rescan(struct block_device *d);
/* BLKPG: one partition; start and len in bytes. -EINVAL outside the disk, -EBUSY overlapping, open or there already, -ENXIO not there. */
int block_part_add(struct block_device *d, unsigned int number, uint64_t start, uint64_t len);
int block_part_remove(struct block_device *d, unsigned int number);
int block_part_resize(struct block_device *d, unsigned int number, uint64_t start, uint64_t len);

/* What lies on a device, as blkid names it: type of file system, UUID, label. Empty where nothing is known. */
struct block_identity {
	char type[16], uuid[40], label[68];
};
void block_identify(struct block_device *d, struct block_identity *ret);

/* What was written through nodes becomes durable, for sync(2). May sleep. */
void block_sync_nodes(void);

/* Everything in memory reaches the host's files before the kernel ends, in whatever way: does not sleep. */
void block_end(void);

/* The operations of /dev nodes. */
extern const struct file_ops block_file_ops;

#endif

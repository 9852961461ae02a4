/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk images of the host: regular files and block devices. Opening happens in the launcher or wherever paths may still be opened; everything else
 * works on open descriptors. Offsets and lengths are bytes. Unless it is said otherwise a call may block in the host: never with the big lock held.
 * The kernel process never touches mapped bytes of an image, so a shrinking image is a short read and no SIGBUS: a view is an address for the host's
 * own copies between processes (host_process_write), which end short where a page is gone.
 */
#ifndef HOST_DISK_H
#define HOST_DISK_H

#include "lib/types.h"

enum {
	HOST_DISK_WRITE = 1,
	HOST_DISK_CREATE = 2, /* O_EXCL, mode 0600 */
	HOST_DISK_SYNC = 4,   /* every write is durable before it returns */
	HOST_DISK_CONFINED =
		8, /* behind the sandbox: neither of the two above, and what path is is only looked at once it is open */
};

struct host_disk_info {
	uint64_t bytes;
	int64_t mtime; /* seconds */
	uint64_t dev, ino;
	uint32_t links; /* names it has; 0: removed */
	bool is_block;	/* a block device of the host */
};

/* A descriptor, or -errno; -ENOTBLK if path is neither a file nor a block device (such a thing is not even opened for I/O). */
int host_disk_open(const char *path, unsigned int flags);
/* The same file opened once more, with locks of its own. A descriptor or -errno. */
int host_disk_reopen(int fd, bool write);
void host_disk_close(int fd);
int host_disk_info(int fd, struct host_disk_info *ret); /* 0 or -errno */
/* The absolute path of an existing file without links in it. 0, -ENAMETOOLONG, -errno. */
int host_disk_real_path(const char *path, char *buf, size_t len);
/* Remove what host_disk_open created. */
int host_disk_remove(const char *path);

/*
 * The lock that guest kernels take on their images, all of the file: exclusive for writers. An open file description lock, which excludes the
 * fcntl locks of linux.uml too; held until the last copy of fd is closed. 0, -EAGAIN if somebody else has it, -errno. Does not wait.
 */
int host_disk_lock(int fd, bool exclusive);

/*
 * Read what is in the host's memory already, without waiting: bytes (may be short), -EAGAIN if all of it must come from the disk,
 * -EOPNOTSUPP if the host's file system cannot tell. 0 at the end of the file.
 */
ssize_t host_disk_read_now(int fd, void *buf, size_t len, uint64_t offset);
/* The bytes read; fewer than len only at the end of the file. -errno. */
ssize_t host_disk_read(int fd, void *buf, size_t len, uint64_t offset);
/* All of it: 0, or -errno. */
int host_disk_write(int fd, const void *buf, size_t len, uint64_t offset);
/*
 * The bytes [0, bytes) of an open image as a view: never to be dereferenced. NULL if the host cannot. It follows what is written, at once.
 */
const void *host_disk_view(int fd, uint64_t bytes);
void host_disk_unview(const void *view, uint64_t bytes);
/* Are all pages of this part of a view (at most 256 of them) in the host's memory? A host that does not tell says yes. Never blocks. */
bool host_disk_view_is_warm(const void *at, size_t len);
/* The part of a view is durable on return, and what the host needs to find it; of a file that was opened for writing. 0 or -errno. */
int host_disk_view_flush(const void *at, size_t len);
/* fdatasync. */
int host_disk_flush(int fd);
int host_disk_set_size(int fd, uint64_t bytes);
/* Give the range back to the host; it reads as zero, the size stays. -EOPNOTSUPP where the host cannot. */
int host_disk_punch(int fd, uint64_t offset, uint64_t len);
/* Start to write the range back, without waiting for the end. */
int host_disk_writeback(int fd, uint64_t offset, uint64_t len);

#endif

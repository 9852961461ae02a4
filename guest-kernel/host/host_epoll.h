/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Waiting for many host descriptors (the I/O thread), plain non-blocking reads and writes, and open files of the host. */
#ifndef HOST_EPOLL_H
#define HOST_EPOLL_H

#include "lib/types.h"

enum {
	HOST_POLL_IN = 1,
	HOST_POLL_PRI = 2,
	HOST_POLL_OUT = 4,
	HOST_POLL_ERR = 8,
	HOST_POLL_HUP = 16,
	HOST_POLL_RDHUP = 0x2000
};
#define HOST_POLL_EDGE 0x80000000u /* report changes, once each */

struct host_epoll_event {
	void *data;
	uint32_t events;
};

int host_epoll_create(void); /* a descriptor or -errno */
int host_epoll_set(int epfd, int fd, uint32_t events, void *data, bool is_new);
int host_epoll_del(int epfd, int fd);

/*
 * Wait until deadline_ns of the monotonic clock (UINT64_MAX: for ever). Returns how many events, 0 at the deadline, -EINTR.
 */
int host_epoll_wait(int epfd, struct host_epoll_event *ev, unsigned int max, uint64_t deadline_ns);

/* read(2), write(2) and friends; -errno on failure, -EAGAIN when a non-blocking descriptor has nothing. */
ssize_t host_read(int fd, void *buf, size_t len);
ssize_t host_write(int fd, const void *buf, size_t len);
ssize_t host_pread(int fd, void *buf, size_t len, uint64_t off);
ssize_t host_pwrite(int fd, const void *buf, size_t len, uint64_t off);
int host_set_nonblock(int fd, bool on);

/* open(2) for reading with O_CLOEXEC; *ret_size is the file's size. The descriptor or -errno. */
int host_open_read(const char *path, uint64_t *ret_size);
int host_close(int fd);

/* fallocate(PUNCH_HOLE|KEEP_SIZE): the range reads as zero and takes no memory. 0 or -errno. */
int host_punch_hole(int fd, uint64_t off, uint64_t len);

#endif

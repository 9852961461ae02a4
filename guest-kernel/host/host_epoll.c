// SPDX-License-Identifier: GPL-2.0-or-later
/* Descriptors of the host: readiness and plain input and output. */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/host_clock.h"
#include "host/host_epoll.h"

int host_epoll_create(void)
{
	int fd = epoll_create1(EPOLL_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int host_epoll_set(int epfd, int fd, uint32_t events, void *data, bool is_new)
{
	struct epoll_event ev = { .events = events, .data.ptr = data };

	return epoll_ctl(epfd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &ev) < 0 ? -errno : 0;
}

int host_epoll_del(int epfd, int fd)
{
	return epoll_ctl(epfd, EPOLL_CTL_DEL, fd, NULL) < 0 ? -errno : 0;
}

int host_epoll_wait(int epfd, struct host_epoll_event *out, unsigned int max, uint64_t deadline_ns)
{
	struct epoll_event ev[32];
	struct timespec ts, *timeout = NULL;
	int n;

	if (max > ARRAY_SIZE(ev))
		max = ARRAY_SIZE(ev);
	if (deadline_ns != UINT64_MAX) {
		uint64_t now = host_monotonic_ns();
		uint64_t left = deadline_ns > now ? deadline_ns - now : 0;

		ts.tv_sec = (time_t)(left / NSEC_PER_SEC);
		ts.tv_nsec = (long)(left % NSEC_PER_SEC);
		timeout = &ts;
	}
	n = epoll_pwait2(epfd, ev, (int)max, timeout, NULL);
	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		out[i].data = ev[i].data.ptr;
		out[i].events = ev[i].events;
	}
	return n;
}

ssize_t host_read(int fd, void *buf, size_t len)
{
	ssize_t n = read(fd, buf, len);

	return n < 0 ? -errno : n;
}

ssize_t host_write(int fd, const void *buf, size_t len)
{
	ssize_t n = write(fd, buf, len);

	return n < 0 ? -errno : n;
}

ssize_t host_pread(int fd, void *buf, size_t len, uint64_t off)
{
	ssize_t n = pread(fd, buf, len, (off_t)off);

	return n < 0 ? -errno : n;
}

ssize_t host_pwrite(int fd, const void *buf, size_t len, uint64_t off)
{
	ssize_t n = pwrite(fd, buf, len, (off_t)off);

	return n < 0 ? -errno : n;
}

int host_set_nonblock(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -errno;
	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0;
}

int host_open_read(const char *path, uint64_t *ret_size)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	*ret_size = (uint64_t)st.st_size;
	return fd;
}

int host_close(int fd)
{
	return close(fd) < 0 ? -errno : 0;
}

int host_punch_hole(int fd, uint64_t off, uint64_t len)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)len) < 0
		       ? -errno
		       : 0;
}

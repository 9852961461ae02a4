// SPDX-License-Identifier: GPL-2.0-or-later
/* Disk images of the host, see host_disk.h. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "host/host_disk.h"

static int open_flags(unsigned int flags)
{
	int f = O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

	f |= flags & HOST_DISK_WRITE ? O_RDWR : O_RDONLY;
	if (flags & HOST_DISK_SYNC)
		f |= O_SYNC;
	return f;
}

static int open_confined(const char *path, unsigned int flags)
{
	int fd = open(path, open_flags(flags & HOST_DISK_WRITE));
	struct stat st;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) == 0 && (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode)))
		return fd;
	close(fd);
	return -ENOTBLK;
}

/* A pipe, a terminal or a tape in place of the image must not make us wait or act: what it is is known from an O_PATH descriptor first. */
int host_disk_open(const char *path, unsigned int flags)
{
	char link[40];
	struct stat st;
	int named, fd;

	if (flags & HOST_DISK_CREATE) {
		fd = open(path, open_flags(flags) | O_CREAT | O_EXCL, 0600);
		return fd < 0 ? -errno : fd;
	}
	if (flags & HOST_DISK_CONFINED)
		return open_confined(path, flags);
	named = open(path, O_PATH | O_CLOEXEC);
	if (named < 0)
		return -errno;
	if (fstat(named, &st) < 0) {
		fd = -errno;
	} else if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)) {
		fd = -ENOTBLK;
	} else {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", named);
		fd = open(link, open_flags(flags));
		if (fd < 0)
			fd = -errno;
	}
	close(named);
	return fd;
}

int host_disk_reopen(int fd, bool write)
{
	char link[40];
	int r;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	r = open(link, open_flags(write ? HOST_DISK_WRITE : 0));
	return r < 0 ? -errno : r;
}

void host_disk_close(int fd)
{
	close(fd);
}

int host_disk_info(int fd, struct host_disk_info *ret)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	*ret = (struct host_disk_info){
		.bytes = (uint64_t)st.st_size,
		.mtime = st.st_mtime,
		.dev = st.st_dev,
		.ino = st.st_ino,
		.links = (uint32_t)st.st_nlink,
		.is_block = S_ISBLK(st.st_mode),
	};
	if (ret->is_block && ioctl(fd, BLKGETSIZE64, &ret->bytes) < 0)
		return -errno;
	return 0;
}

int host_disk_real_path(const char *path, char *buf, size_t len)
{
	char *real = realpath(path, NULL);
	size_t n;

	if (!real)
		return -errno;
	n = strlen(real);
	if (n < len)
		memcpy(buf, real, n + 1);
	free(real);
	return n < len ? 0 : -ENAMETOOLONG;
}

int host_disk_remove(const char *path)
{
	return unlink(path) < 0 ? -errno : 0;
}

int host_disk_lock(int fd, bool exclusive)
{
	struct flock whole = { .l_type = exclusive ? F_WRLCK : F_RDLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_OFD_SETLK, &whole) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

ssize_t host_disk_read_now(int fd, void *buf, size_t len, uint64_t offset)
{
	struct iovec iov = { buf, len };
	ssize_t n;

	do {
		n = preadv2(fd, &iov, 1, (off_t)offset, RWF_NOWAIT);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

ssize_t host_disk_read(int fd, void *buf, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

int host_disk_write(int fd, const void *buf, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n =
			pwrite(fd, (const char *)buf + done, len - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		done += (size_t)n;
	}
	return 0;
}

const void *host_disk_view(int fd, uint64_t bytes)
{
	void *p = mmap(NULL, bytes, PROT_READ, MAP_SHARED | MAP_NORESERVE, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

void host_disk_unview(const void *view, uint64_t bytes)
{
	if (view)
		(void)munmap((void *)(uintptr_t)view, bytes);
}

#define WARM_PAGES 256

bool host_disk_view_is_warm(const void *at, size_t len)
{
	uintptr_t from = (uintptr_t)at & ~((uintptr_t)PAGE_SIZE - 1);
	size_t pages = ((uintptr_t)at + len - from + PAGE_SIZE - 1) / PAGE_SIZE;
	unsigned char there[WARM_PAGES];

	if (pages > WARM_PAGES || mincore((void *)from, pages * PAGE_SIZE, there) < 0)
		return false;
	for (size_t i = 0; i < pages; i++)
		if (!(there[i] & 1))
			return false;
	return true;
}

int host_disk_view_flush(const void *at, size_t len)
{
	uintptr_t from = (uintptr_t)at & ~((uintptr_t)PAGE_SIZE - 1);
	int r;

	/* For a shared map of a writable file this is fsync of a range. */
	do {
		r = msync((void *)from, (uintptr_t)at + len - from, MS_SYNC);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int host_disk_flush(int fd)
{
	int r;

	do {
		r = fdatasync(fd);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int host_disk_set_size(int fd, uint64_t bytes)
{
	return ftruncate(fd, (off_t)bytes) < 0 ? -errno : 0;
}

int host_disk_punch(int fd, uint64_t offset, uint64_t len)
{
	int r;

	do {
		r = fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
			      (off_t)len);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

int host_disk_writeback(int fd, uint64_t offset, uint64_t len)
{
	return sync_file_range(fd, (off_t)offset, (off_t)len, SYNC_FILE_RANGE_WRITE) < 0 ? -errno
											 : 0;
}

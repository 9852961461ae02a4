// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies of disk images that keep holes. In order of preference: share the blocks (reflink), copy
 * extents inside the kernel, read and write. The last one serves block devices and file systems
 * without SEEK_DATA and leaves a hole where it reads zeros.
 */
#include "common/file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>

#include "common/cleanup.h"

#define COPY_BUFFER_BYTES (256u * 1024)
#define COPY_ZERO_BYTES	  4096u

static bool is_zero(const char *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

static int pwrite_all(int fd, const char *p, size_t len, off_t at)
{
	while (len > 0) {
		ssize_t n = pwrite(fd, p, len, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO;
		p += n;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Write what is not zero; the target has its full length already and reads as zeros. */
static int pwrite_sparse(int fd, const char *p, size_t len, off_t at)
{
	while (len > 0) {
		size_t n = len < COPY_ZERO_BYTES ? len : COPY_ZERO_BYTES;

		if (!is_zero(p, n)) {
			int r = pwrite_all(fd, p, n, at);

			if (r < 0)
				return r;
		}
		p += n;
		at += (off_t)n;
		len -= n;
	}
	return 0;
}

static int copy_by_hand(int from_fd, int to_fd, off_t at, off_t end)
{
	cleanup_free char *buf = malloc(COPY_BUFFER_BYTES);

	if (!buf)
		return -ENOMEM;
	while (at < end) {
		size_t want = COPY_BUFFER_BYTES;
		ssize_t n;
		int r;

		if (end - at < (off_t)want)
			want = (size_t)(end - at);
		n = pread(from_fd, buf, want, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return -EIO; /* it shrank under us */
		r = pwrite_sparse(to_fd, buf, (size_t)n, at);
		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

static int copy_extent(int from_fd, int to_fd, off_t at, off_t end)
{
	while (at < end) {
		off_t in = at;
		off_t out = at;
		ssize_t n = copy_file_range(from_fd, &in, to_fd, &out, (size_t)(end - at), 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
			      errno == EOPNOTSUPP || errno == EPERM))
			return copy_by_hand(from_fd, to_fd, at, end);
		if (n < 0)
			return -errno;
		/* Some file systems of the kernel's own say 0 for files that can be read. */
		if (n == 0)
			return copy_by_hand(from_fd, to_fd, at, end);
		at += n;
	}
	return 0;
}

int file_copy_sparse(int from_fd, int to_fd)
{
	off_t size, at = 0;

	if (ftruncate(to_fd, 0) < 0)
		return -errno;
	if (ioctl(to_fd, FICLONE, from_fd) == 0)
		return 0;
	size = lseek(from_fd, 0, SEEK_END);
	if (size < 0 || ftruncate(to_fd, size) < 0)
		return -errno;
	while (at < size) {
		off_t end;
		int r;

		at = lseek(from_fd, at, SEEK_DATA);
		if (at < 0 && errno == ENXIO)
			break; /* a hole up to the end */
		if (at < 0)
			return errno == EINVAL ? copy_by_hand(from_fd, to_fd, 0, size) : -errno;
		end = lseek(from_fd, at, SEEK_HOLE);
		if (end < 0)
			return -errno;
		if (end > size)
			end = size;
		r = copy_extent(from_fd, to_fd, at, end);
		if (r < 0)
			return r;
		at = end;
	}
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Locks that prove that their holder lives, and locks on disk images; see file.h.
 */
#include "common/file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "common/cleanup.h"

/* 1 if fd is still what path names, 0 if the file was removed or replaced meanwhile. */
static int lock_is_current(int fd, int dirfd, const char *path)
{
	struct stat held, named;

	if (fstat(fd, &held) < 0)
		return -errno;
	if (fstatat(dirfd, path, &named, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	return held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

int lock_take(int dirfd, const char *path)
{
	for (;;) {
		struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		cleanup_close int fd = -1;
		int r;

		fd = openat(dirfd, path,
			    O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			    0600);
		if (fd < 0)
			return -errno;
		if (fcntl(fd, F_OFD_SETLK, &whole) < 0)
			return errno == EACCES ? -EAGAIN : -errno;
		/* A lock on a file that has lost its name would prove nothing to others. */
		r = lock_is_current(fd, dirfd, path);
		if (r < 0)
			return r;
		if (r > 0)
			return TAKE_FD(fd);
	}
}

int lock_is_held(int dirfd, const char *path)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	cleanup_close int fd = -1;

	fd = openat(dirfd, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fcntl(fd, F_OFD_GETLK, &whole) < 0)
		return -errno;
	return whole.l_type != F_UNLCK;
}

int disk_lock(int fd, bool writable)
{
	int r;

	do {
		r = flock(fd, (writable ? LOCK_EX : LOCK_SH) | LOCK_NB);
	} while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

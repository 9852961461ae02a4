/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that must survive a power cut, locks, and small helpers around them. All functions take
 * absolute paths or a directory descriptor (AT_FDCWD is fine), never follow a final symbolic link
 * unless said, open with O_CLOEXEC and return -errno.
 */
#ifndef COMMON_FILE_H
#define COMMON_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Replace path by len bytes so that after a power cut either the old or the new contents are there:
 * temporary file "<path>.tmp-<random>" in the same directory, write, fsync, rename, fsync of the directory.
 * The temporary file is removed on failure. May block on the disk.
 */
int file_write_atomic(int dirfd, const char *path, const void *data, size_t len, mode_t mode);

/* Remove temporary files that a crash of the above left in a directory. Returns how many, or -errno. */
int file_remove_stale_tmp(int dirfd);

/*
 * Read a whole regular file, at most max bytes (-EFBIG beyond). The result is NUL-terminated after
 * *ret_len bytes and owned by the caller. -ENOENT, -EISDIR ... as open and read.
 */
int file_read_all(int dirfd, const char *path, size_t max, char **ret_data, size_t *ret_len);

/* Read to the end of an open descriptor, otherwise the same. */
int fd_read_all(int fd, size_t max, char **ret_data, size_t *ret_len);

/* Write all bytes, over short writes and EINTR. */
int fd_write_all(int fd, const void *data, size_t len);

/* fsync a directory, so that names made or removed in it are durable. */
int dir_sync(int dirfd, const char *path);

/* mkdir -p with a mode for what is new; what exists must be a directory. */
int dir_make(const char *path, mode_t mode);

/* rm -r without crossing symbolic links or mounts. -ENOENT is success. Depth is bounded at 64. */
int dir_remove_all(int dirfd, const char *path);

/*
 * Open file description locks (fcntl F_OFD_*) over the whole file: held until the descriptor and all its
 * copies are closed, across threads, not inherited by an exec'ed program (O_CLOEXEC). They prove that the
 * holder lives.
 *
 * lock_take: open or create (mode 0600) and lock exclusively. Returns the descriptor, or -EAGAIN if
 * somebody else holds it. lock_is_held: 1, 0 or -errno (a file that does not exist is not held); never
 * takes the lock itself, so that it cannot make lock_take of somebody else fail.
 */
int lock_take(int dirfd, const char *path);
int lock_is_held(int dirfd, const char *path);

/*
 * Disk image locks use flock(2), which does not collide with the fcntl locks that guest kernels take on the same
 * files. Exclusive for a writable disk, shared for a read-only one or a backing file. Does not wait:
 * -EWOULDBLOCK when in use.
 */
int disk_lock(int fd, bool writable);

/* "/run/umld" + "/" + "x" and so on; returns -ENAMETOOLONG rather than a cut path. */
int path_join(char *buf, size_t len, const char *a, const char *b)
	__attribute__((warn_unused_result));

/* Copy data keeping holes: reflink (FICLONE) if the file system can, else SEEK_DATA + copy_file_range. May take long. */
int file_copy_sparse(int from_fd, int to_fd);

#endif

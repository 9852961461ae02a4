// SPDX-License-Identifier: GPL-2.0-or-later
/* See disk_locks.h. */
#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "daemon/monitor/disk_locks.h"
#include "daemon/monitor/fs_identity.h"

/*
 * With the owner's rights. A pipe or a device in place of the image must not make us wait or act: that it is a disk is known from
 * its O_PATH descriptor, which is then opened for real. A lock for writing takes the right to write, or an
 * owner who may only read an image could keep everybody else from using it.
 */
static int open_image(const struct run_lock *lock, int *ret_fd)
{
	cleanup_close int named = open(lock->path, O_PATH | O_CLOEXEC);
	char link[40];
	struct stat st;
	int fd;

	if (named < 0 || fstat(named, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return -ENOTBLK;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", named);
	fd = open(link, (lock->writable ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

/* Its directory may have been swapped for another since: a lock on a file that has lost its name would guard nothing. */
static int check_name(const struct run_lock *lock, const struct stat *held)
{
	struct stat named;

	if (stat(lock->path, &named) < 0)
		return -errno;
	return named.st_dev == held->st_dev && named.st_ino == held->st_ino ? 0 : -ESTALE;
}

static int lock_one(const struct run_config *config, const struct run_lock *lock, int *ret_fd,
		    struct error *err)
{
	struct fs_identity owner = { config->uid, config->gid };
	cleanup_close int fd = -1;
	struct stat st = { 0 };
	int r;

	fs_identity_assume(&owner);
	r = open_image(lock, &fd);
	fs_identity_restore();
	if (r == -ENOTBLK)
		return error_set(err, ERROR_USAGE, "invalid-disk",
				 "'%s' is neither a file nor a block device", lock->path);
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		return error_set_errno(err, r, "cannot open the disk '%s'", lock->path);
	r = disk_lock(fd, lock->writable);
	if (r == -EWOULDBLOCK) {
		r = error_set(err, ERROR_BUSY, "disk-busy", "the disk '%s' is in use already",
			      lock->path);
		error_hint(err, "another guest or program uses it, or it is listed twice");
		return r;
	}
	if (r == 0) {
		fs_identity_assume(&owner);
		r = check_name(lock, &st);
		fs_identity_restore();
	}
	if (r < 0)
		return error_set_errno(err, r, "cannot lock the disk '%s'", lock->path);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int disk_locks_take(const struct run_config *config, struct disk_locks *ret, struct error *err)
{
	struct disk_locks l = { .n = 0 };

	for (unsigned int i = 0; i < config->n_locks; i++) {
		int r = lock_one(config, &config->locks[i], &l.fds[i], err);

		if (r < 0) {
			disk_locks_release(&l);
			return r;
		}
		l.n++;
	}
	*ret = l;
	return 0;
}

void disk_locks_release(struct disk_locks *l)
{
	while (l->n > 0)
		(void)close(l->fds[--l->n]);
}

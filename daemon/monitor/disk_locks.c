// SPDX-License-Identifier: GPL-2.0-or-later
/* See disk_locks.h. */
#include <fcntl.h>
#include <sys/stat.h>

#include "common/file.h"
#include "daemon/monitor/disk_locks.h"
#include "daemon/monitor/fs_identity.h"

static int lock_one(const struct run_config *config, const struct run_lock *lock, int *ret_fd,
		    struct error *err)
{
	struct fs_identity owner = { config->uid, config->gid };
	cleanup_close int fd = -1;
	struct stat st;
	int r;

	/* A pipe or a device in place of the image must not make us wait or act. */
	fs_identity_assume(&owner);
	fd = open(lock->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	r = fd < 0 ? -errno : 0;
	fs_identity_restore();
	if (r == 0 && fstat(fd, &st) < 0)
		r = -errno;
	if (r < 0)
		return error_set_errno(err, r, "cannot open the disk '%s'", lock->path);
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return error_set(err, ERROR_USAGE, "invalid-disk",
				 "'%s' is neither a file nor a block device", lock->path);
	r = disk_lock(fd, lock->writable);
	if (r == -EWOULDBLOCK) {
		r = error_set(err, ERROR_BUSY, "disk-busy", "the disk '%s' is in use already",
			      lock->path);
		error_hint(err, "another guest or program uses it, or it is listed twice");
		return r;
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

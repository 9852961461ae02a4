// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Making COW files: header, then a hole up to data_offset + size. Byte for byte what uml_mkcow
 * makes; see cow.h.
 */
#include "common/cow.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/file.h"
#include "common/file_tmp.h"

static int header_for(const char *backing, struct cow_header *ret, struct error *err)
{
	cleanup_close int fd = -1;
	struct stat st;
	int r;

	fd = open(backing, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_set_errno(err, errno, "backing file %s", backing);
	if (!S_ISREG(st.st_mode))
		return error_set(err, ERROR_USAGE, "not-a-regular-file",
				 "backing file %s is not a regular file", backing);
	r = cow_header_make(backing, (uint64_t)st.st_size, (uint32_t)st.st_mtime, ret);
	if (r < 0)
		return error_set_errno(err, r, "COW header for backing file %s of %lld bytes",
				       backing, (long long)st.st_size);
	return 0;
}

static int fill(int fd, const struct cow_header *h, uid_t uid, gid_t gid)
{
	unsigned char bytes[COW_HEADER_BYTES];
	int r;

	cow_header_encode(h, bytes);
	r = fd_write_all(fd, bytes, sizeof(bytes));
	if (r < 0)
		return r;
	if (ftruncate(fd, (off_t)(h->data_offset + h->size_bytes)) < 0)
		return -errno;
	if (uid != (uid_t)-1 && fchown(fd, uid, gid) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

/* Give the file its name, but never in place of another one. */
static int publish(const char *tmp, const char *path)
{
	if (renameat2(AT_FDCWD, tmp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* Not every file system knows RENAME_NOREPLACE. */
	if (link(tmp, path) < 0)
		return -errno;
	(void)unlink(tmp);
	return 0;
}

int cow_create(const char *path, const char *backing, unsigned int uid, unsigned int gid,
	       struct error *err)
{
	cleanup_close int fd = -1;
	char tmp[PATH_MAX];
	struct cow_header h = { 0 };
	int r;

	r = header_for(backing, &h, err);
	if (r < 0)
		return r;
	fd = file_tmp_create(AT_FDCWD, path, 0600, tmp);
	if (fd < 0)
		return error_set_errno(err, fd, "making %s", path);
	r = fill(fd, &h, uid, gid);
	if (r == 0)
		r = publish(tmp, path);
	if (r < 0) {
		(void)unlink(tmp);
		return error_set_errno(err, r, "making %s", path);
	}
	r = file_parent_sync(AT_FDCWD, path);
	if (r < 0)
		return error_set_errno(err, r, "making %s durable", path);
	return 0;
}

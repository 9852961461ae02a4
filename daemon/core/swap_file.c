/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap disks; see swap_file.h. The header's numbers are in the byte order of the machine that swaps, which is this one.
 */
#include "daemon/core/swap_file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "common/file.h"
#include "daemon/core/identity.h"

/* Offset 1024 of the first page; the kernel's union swap_header, "info". */
struct swap_info {
	uint32_t version;
	uint32_t last_page;
	uint32_t nr_badpages;
	uint8_t uuid[16];
	char label[16];
};

#define SWAP_INFO_OFFSET 1024
#define SWAP_MAGIC_BYTES 10

/* The last bytes of the first page; no NUL follows. */
static const uint8_t swap_magic[SWAP_MAGIC_BYTES] = { 'S', 'W', 'A', 'P', 'S',
						      'P', 'A', 'C', 'E', '2' };

void swap_header_make(uint64_t size_bytes, const uint8_t uuid[16], uint8_t ret[SWAP_HEADER_BYTES])
{
	struct swap_info info = {
		.version = 1,
		.last_page = (uint32_t)(size_bytes / SWAP_HEADER_BYTES - 1),
		.label = SWAP_LABEL,
	};

	memcpy(info.uuid, uuid, sizeof(info.uuid));
	memset(ret, 0, SWAP_HEADER_BYTES);
	memcpy(ret + SWAP_INFO_OFFSET, &info, sizeof(info));
	memcpy(ret + SWAP_HEADER_BYTES - sizeof(swap_magic), swap_magic, sizeof(swap_magic));
}

static int swap_file_fill(int fd, uint64_t size_bytes, uid_t uid, gid_t gid)
{
	uint8_t page[SWAP_HEADER_BYTES], uuid[16];

	if (getrandom(uuid, sizeof(uuid), 0) != (ssize_t)sizeof(uuid))
		return -EIO;
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	swap_header_make(size_bytes, uuid, page);
	if (ftruncate(fd, (off_t)size_bytes) < 0)
		return -errno;
	if (pwrite(fd, page, sizeof(page), 0) != (ssize_t)sizeof(page))
		return errno ? -errno : -EIO;
	if (geteuid() == 0 && fchown(fd, uid, gid) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int swap_file_create(const char *path, uint64_t size_bytes, uid_t uid, gid_t gid)
{
	char tmp[PATH_MAX], dir[PATH_MAX], id[ID_HEX_BYTES];
	cleanup_close int fd = -1;
	int r;

	id_random_hex(id);
	if (snprintf(tmp, sizeof(tmp), "%s.tmp-%s", path, id) >= (int)sizeof(tmp))
		return -ENAMETOOLONG;
	(void)snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	fd = open(tmp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = swap_file_fill(fd, size_bytes, uid, gid);
	if (r == 0 && rename(tmp, path) < 0)
		r = -errno;
	if (r < 0) {
		(void)unlink(tmp);
		return r;
	}
	return dir_sync(AT_FDCWD, dir);
}

int swap_file_ensure(const char *path, uint64_t size_bytes, uid_t uid, gid_t gid, struct error *err)
{
	struct stat st;
	int r;

	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size_bytes) {
		if (geteuid() == 0 && st.st_uid != uid && lchown(path, uid, gid) < 0)
			return error_set_errno(err, errno, "swap disk %s", path);
		return 0;
	}
	r = swap_file_create(path, size_bytes, uid, gid);
	return r < 0 ? error_set_errno(err, r, "make the swap disk %s", path) : 0;
}

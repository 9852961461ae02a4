// SPDX-License-Identifier: GPL-2.0-or-later
/* Shared memory objects of the host. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/host_shared.h"

int host_shared_create(const char *name, uint64_t bytes, int *ret_fd, int *ret_ro_fd,
		       void **ret_map)
{
	char path[64];
	void *map;
	int fd, ro, r;

	fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)bytes) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0) {
		r = -errno;
		goto out_fd;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	if (ro < 0) {
		r = -errno;
		goto out_fd;
	}
	map = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (map == MAP_FAILED) {
		r = -errno;
		goto out_ro;
	}
	*ret_fd = fd;
	*ret_ro_fd = ro;
	*ret_map = map;
	return 0;
out_ro:
	close(ro);
out_fd:
	close(fd);
	return r;
}

#define CLEAR_MOST (8 * PAGE_SIZE)

void host_shared_clear(int fd, void *map, uint64_t off, uint64_t len)
{
	uint64_t end = off + len, done = 0;
	off_t at = (off_t)off, hole;

	/* Data is what has been touched; all else is zero. */
	while ((at = lseek(fd, at, SEEK_DATA)) >= 0 && (uint64_t)at < end) {
		hole = lseek(fd, at, SEEK_HOLE);
		if (hole < 0)
			break;
		hole = (off_t)MIN((uint64_t)hole, end);
		done += (uint64_t)(hole - at);
		if (done > CLEAR_MOST)
			break;
		memset((char *)map + at, 0, (size_t)(hole - at));
		at = hole;
	}
	if (at >= 0 && (uint64_t)at < end)
		(void)fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off,
				(off_t)len);
}

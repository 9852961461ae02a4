// SPDX-License-Identifier: GPL-2.0-or-later
/* Programs in memory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "host/host_memfd.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u
#endif

static int memfd_create_exec(const char *name)
{
	/* Hosts before 6.3 do not know the flag, later ones may insist on it (vm.memfd_noexec). */
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

static int reopen_ro(int fd)
{
	char path[32];
	int ro;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	ro = open(path, O_RDONLY | O_CLOEXEC);
	return ro < 0 ? -errno : ro;
}

int host_memfd_image(const char *name, const void *data, size_t len)
{
	int fd = memfd_create_exec(name), r, ro;
	size_t done = 0;
	ssize_t n;

	if (fd < 0)
		return fd;
	while (done < len) {
		n = write(fd, (const char *)data + done, len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			r = n < 0 ? -errno : -EIO;
			goto out_close;
		}
		done += (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0) {
		r = -errno;
		goto out_close;
	}
	/* A program cannot be executed while it is open for writing. */
	ro = reopen_ro(fd);
	r = ro;

out_close:
	(void)close(fd);
	return r;
}

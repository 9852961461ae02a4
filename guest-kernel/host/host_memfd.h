/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Anonymous files of the host: the pages that the kernel shares with stubs, and programs to start them from. */
#ifndef HOST_MEMFD_H
#define HOST_MEMFD_H

#include "lib/types.h"

/* A memfd of this size, O_CLOEXEC. A descriptor or -errno. */
int host_memfd_create(const char *name, uint64_t size);

/* A memfd with this content that can be executed and never changed. */
int host_memfd_image(const char *name, const void *data, size_t len);

/* Another descriptor for the same file that only reads: a map made from it can never become writable. */
int host_memfd_reopen_ro(int fd);

/* Map [off, off+len) shared and writable. The address or NULL. */
void *host_memfd_map(int fd, uint64_t off, size_t len);
void host_memfd_unmap(void *addr, size_t len);

#endif

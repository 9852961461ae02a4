/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory that is shared with stubs: a memfd and the kernel's own mapping of it. */
#ifndef HOST_SHARED_H
#define HOST_SHARED_H

#include "lib/types.h"

/*
 * A memfd of that size: *ret_fd read-write, *ret_ro_fd the same opened read-only (maps made from it can never be made writable),
 * both CLOEXEC and sealed against a change of size; *ret_map the kernel's mapping, without reserving memory. 0 or -errno.
 */
int host_shared_create(const char *name, uint64_t bytes, int *ret_fd, int *ret_ro_fd,
		       void **ret_map);

/* Zero a part of it (page aligned). Few pages stay where they are, which spares the next user their faults; many are given back. */
void host_shared_clear(int fd, void *map, uint64_t off, uint64_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arena: one memfd of the host for each guest, sized from mem=, that holds shared anonymous memory, tmpfs files, SysV shared memory and other file
 * pages that cannot be mapped from an image. Handed out in page extents, zeroed by a hole punch when freed. The
 * kernel has all of it mapped (arena_ptr), stubs map parts of it by orders with ENGINE_FD_ARENA.
 */
#ifndef MM_ARENA_H
#define MM_ARENA_H

#include "lib/types.h"

/* bytes: a multiple of the page size. Makes the memfd and the kernel's own mapping. 0 or -errno. */
int arena_init(uint64_t bytes);
int arena_fd(void);    /* read-write descriptor, for engine_config */
int arena_ro_fd(void); /* the same memfd opened read-only */

/*
 * Allocate up to n_pages contiguous zeroed pages: *ret_offset (bytes, page aligned), *ret_pages (at least 1, at most n_pages; the longest run that
 * is free up to that). -ENOMEM if the arena is full or the guest's memory is used up.
 */
int arena_alloc(uint64_t n_pages, uint64_t *ret_offset, uint64_t *ret_pages);

/* Give pages back. No stub may map them any more: the caller has unmapped them with must_succeed orders. */
void arena_free(uint64_t offset, uint64_t n_pages);

/* The kernel's view of [offset, offset + len). The pages are shared with stubs that map them: copy before checking. */
void *arena_ptr(uint64_t offset);

/* Pages in all, and those handed out. */
uint64_t arena_pages(void);
uint64_t arena_used_pages(void);

/* A bound on the length of any one shared object, in pages: 64 times the arena (sparse objects may be larger than memory). */
uint64_t memory_pages_max(void);

#endif

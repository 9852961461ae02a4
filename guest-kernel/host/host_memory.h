/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel memory. All calls are [any] thread, never block for long, and return NULL when memory is out. */
#ifndef HOST_MEMORY_H
#define HOST_MEMORY_H

#include "lib/types.h"

void *kmalloc(size_t size);
void *kzalloc(size_t size);
void *krealloc(void *p, size_t size);
void kfree(void *p); /* NULL is fine */
/* Freed memory goes back to the host. May block for a moment. */
void host_memory_trim(void);
char *kstrdup(const char *s);

/* len bytes (a multiple of the page size) of zeroed memory with an inaccessible page below; for kernel stacks. NULL if out. */
void *host_stack_alloc(size_t len);
void host_stack_free(void *stack, size_t len);

/* What kernel memory there is now, for leak tests: bytes of the heap that are in use (0 with sanitizers), stacks that exist. */
struct host_memory_use {
	uint64_t heap_bytes, stacks;
};
void host_memory_use_get(struct host_memory_use *ret);

/* The stack is used afresh: a sanitizer forgets what frames were on it. */
void host_stack_forget(void *stack, size_t len);

#endif

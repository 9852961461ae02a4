// SPDX-License-Identifier: GPL-2.0-or-later
/* Kernel memory comes from the host C library; stacks from mmap with a guard page. */
#include <malloc.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "host/host_memory.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

static uint64_t stacks;

void *kmalloc(size_t size)
{
	return malloc(size ? size : 1);
}

void *kzalloc(size_t size)
{
	return calloc(1, size ? size : 1);
}

void *krealloc(void *p, size_t size)
{
	return realloc(p, size ? size : 1);
}

void kfree(void *p)
{
	free(p);
}

void host_memory_trim(void)
{
	(void)malloc_trim(0);
}

char *kstrdup(const char *s)
{
	return strdup(s);
}

void *host_stack_alloc(size_t len)
{
	char *p = mmap(NULL, len + PAGE_SIZE, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (mprotect(p + PAGE_SIZE, len, PROT_READ | PROT_WRITE) < 0) {
		munmap(p, len + PAGE_SIZE);
		return NULL;
	}
	__atomic_fetch_add(&stacks, 1, __ATOMIC_RELAXED);
	return p + PAGE_SIZE;
}

void host_stack_free(void *stack, size_t len)
{
	if (!stack)
		return;
	munmap((char *)stack - PAGE_SIZE, len + PAGE_SIZE);
	__atomic_fetch_sub(&stacks, 1, __ATOMIC_RELAXED);
}

void host_memory_use_get(struct host_memory_use *ret)
{
	struct mallinfo2 m = mallinfo2();

	*ret = (struct host_memory_use){
		.heap_bytes = m.uordblks + m.hblkhd,
		.stacks = __atomic_load_n(&stacks, __ATOMIC_RELAXED),
	};
}

void host_stack_forget(void *stack, size_t len)
{
#ifdef __SANITIZE_ADDRESS__
	__asan_unpoison_memory_region(stack, len);
#endif
}

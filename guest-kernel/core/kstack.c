// SPDX-License-Identifier: GPL-2.0-or-later
/* Making kernel stacks. A few are kept for reuse: making one costs two host calls and its first page faults. */
#include "core/kstack.h"
#include "host/host_memory.h"

#define STACK_CACHE_MAX 32

static void *stack_cache[STACK_CACHE_MAX];
static unsigned int stack_cached;

void kstack_start(void);

void *kstack_create(void (*fn)(void *arg), void *arg, void **ret_sp)
{
	char *stack = stack_cached > 0 ? stack_cache[--stack_cached]
				       : host_stack_alloc(KSTACK_BYTES);
	uint64_t *sp;

	if (!stack)
		return NULL;
	host_stack_forget(stack, KSTACK_BYTES);
	/* What kstack_switch pops: control words, r15 r14 r13 r12 rbx rbp, return address. 16-byte aligned at the call in kstack_start. */
	sp = (uint64_t *)(stack + KSTACK_BYTES - 16);
	*--sp = (uint64_t)(uintptr_t)kstack_start;
	*--sp = 0;
	*--sp = 0;
	*--sp = (uint64_t)(uintptr_t)fn;
	*--sp = (uint64_t)(uintptr_t)arg;
	*--sp = 0;
	*--sp = 0;
	*--sp = 0x037f00001f80ull; /* x87 control word 0x37f, MXCSR 0x1f80: the ABI's initial values */
	*ret_sp = sp;
	return stack;
}

void kstack_free(void *stack)
{
	if (!stack)
		return;
	if (stack_cached < STACK_CACHE_MAX)
		stack_cache[stack_cached++] = stack;
	else
		host_stack_free(stack, KSTACK_BYTES);
}

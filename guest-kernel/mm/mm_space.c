// SPDX-License-Identifier: GPL-2.0-or-later
/* Making, copying and ending address spaces. */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "mm/mm_orders.h"
#include "mm/mm_vma.h"

/* Top of what mmap without a hint hands out; the main stack lies above it. */
#define MMAP_BASE (ENGINE_USER_MAX - (256ull << 20))

static struct mm *mm_alloc(void)
{
	struct mm *mm = kzalloc(sizeof(*mm));

	if (!mm)
		return NULL;
	if (vma_index_init(mm) < 0) {
		kfree(mm);
		return NULL;
	}
	mm->refs = 1;
	mm->mmap_base = MMAP_BASE;
	mm->dumpable = true;
	mm->dump_filter = MM_DUMP_FILTER_DEFAULT;
	list_init(&mm->users);
	mm_account_add(mm);
	return mm;
}

static void mm_free(struct mm *mm)
{
	mm_account_remove(mm);
	vma_index_done(mm);
	kfree(mm);
}

int mm_create(struct mm **ret)
{
	struct mm *mm = mm_alloc();
	int r;

	if (!mm)
		return -ENOMEM;
	r = engine->space_create(mm, &mm->space);
	if (r < 0) {
		mm_free(mm);
		return r;
	}
	*ret = mm;
	return 0;
}

int mm_plan_create(struct mm **ret)
{
	struct mm *mm = mm_alloc();
	int r;

	if (!mm)
		return -ENOMEM;
	r = plan_attach(mm);
	if (r < 0) {
		mm_free(mm);
		return r;
	}
	*ret = mm;
	return 0;
}

static int vma_copy(struct mm *to, struct vma *from)
{
	struct vma *v = vma_alloc(to, from->start, from->end);
	struct area *a = vma_area(from);
	int r = 0;

	if (!v)
		return -ENOMEM;
	v->prot = from->prot;
	v->may_prot = from->may_prot;
	v->flags = from->flags & ~(uint32_t)VMA_LOCKED;
	v->source = from->source;
	v->offset = from->offset;
	for (unsigned int i = 0; r == 0 && i < a->n_lazy; i++)
		r = lazy_add(v, a->lazy[i].start, a->lazy[i].end);
	if (r == 0)
		r = vma_insert(to, v);
	if (r < 0) {
		kfree(vma_area(v)->lazy);
		kfree(vma_area(v));
	}
	return r;
}

static void vmas_remove_all(struct mm *mm)
{
	struct list_head gone;

	list_init(&gone);
	while (!list_empty(&mm->vmas))
		vma_detach(mm, list_last_entry(&mm->vmas, struct vma, link), &gone);
	vmas_dispose(&gone);
}

int mm_fork(struct mm *parent, struct mm **ret)
{
	struct mm *mm = mm_alloc();
	struct order_batch b;
	struct vma *v;
	int r = 0;

	if (!mm)
		return -ENOMEM;
	/* Only strict accounting counts a fork, whose pages are shared at first. */
	if (mm_overcommit_memory == OVERCOMMIT_NEVER)
		r = mm_may_commit(parent->data_pages - parent->stack_pages);
	if (r < 0)
		goto out_vmas;
	list_for_each_entry(v, &parent->vmas, link) {
		if (v->flags & VMA_DONTFORK)
			continue;
		r = vma_copy(mm, v);
		if (r < 0)
			goto out_vmas;
	}
	mm->mmap_base = parent->mmap_base;
	mm->start_code = parent->start_code;
	mm->end_code = parent->end_code;
	mm->start_data = parent->start_data;
	mm->end_data = parent->end_data;
	mm->start_brk = parent->start_brk;
	mm->brk = parent->brk;
	mm->start_stack = parent->start_stack;
	mm->arg_start = parent->arg_start;
	mm->arg_end = parent->arg_end;
	mm->env_start = parent->env_start;
	mm->env_end = parent->env_end;
	mm->dumpable = parent->dumpable;
	mm->dump_filter = parent->dump_filter;
	mm->membarrier = parent->membarrier;
	memcpy(mm->auxv, parent->auxv, sizeof(mm->auxv));
	r = engine->space_fork(parent->space, mm, &mm->space);
	if (r < 0)
		goto out_vmas;
	orders_begin(&b, mm);
	list_for_each_entry(v, &mm->vmas, link) {
		if (!(v->flags & VMA_WIPEONFORK))
			continue;
		/* What comes in chunks begins anew. */
		if (vma_area(v)->n_lazy > 0 && lazy_add(v, v->start, v->end) == 0)
			order_map_anon(&b, v->start, v->end - v->start, PROT_NONE);
		else
			order_map_anon(&b, v->start, v->end - v->start, v->prot);
	}
	r = orders_end(&b);
	if (r < 0)
		goto out_space;
	mm_account_given(parent->anon_pages);
	*ret = mm;
	return 0;
out_space:
	engine->space_destroy(mm->space);
out_vmas:
	mm->space = NULL;
	mm->dead = true; /* what follows may sleep, and others find it in the list of all spaces */
	vmas_remove_all(mm);
	mm_free(mm);
	return r;
}

void mm_get(struct mm *mm)
{
	ASSERT_LOCKED();
	mm->refs++;
}

void mm_put(struct mm *mm)
{
	ASSERT_LOCKED();
	if (!mm || --mm->refs > 0)
		return;
	/* The stub first: once it is gone nobody maps the pages that the areas' sources free. */
	engine->space_destroy(mm->space);
	mm->space = NULL;
	mm->dead = true;
	plan_detach(mm);
	vmas_remove_all(mm);
	mm_free(mm);
}

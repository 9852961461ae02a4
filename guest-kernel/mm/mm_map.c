// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap, munmap, mprotect, mremap, brk: changes of the tree and the orders that follow from them. */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "mm/mm_orders.h"
#include "mm/mm_vma.h"

#define PROT_ALL (PROT_READ | PROT_WRITE | PROT_EXEC)
#define LOW_MIN \
	0x10000ull /* nothing below: a null pointer with an offset shall fault (mmap_min_addr) */

static bool range_ok(uint64_t addr, uint64_t len)
{
	return (addr & ~PAGE_MASK) == 0 && len > 0 && len <= ENGINE_USER_MAX &&
	       addr >= ENGINE_USER_MIN && addr <= ENGINE_USER_MAX - len;
}

/* Take all areas in [start, end) out of the tree, to the list gone; the caller's orders say what the stub shall do instead. */
static int areas_clear(struct mm *mm, uint64_t start, uint64_t end, struct list_head *gone)
{
	struct vma *v;
	int r = vma_isolate(mm, start, end);

	if (r < 0)
		return r;
	while ((v = mm_find_next(mm, start)) && v->start < end)
		vma_detach(mm, v, gone);
	return 0;
}

/* The parts of this file that end in _now change tree and stub in one step, without sleeping; what they throw out goes to the list gone. */
static int unmap_now(struct mm *mm, uint64_t addr, uint64_t len, struct list_head *gone)
{
	struct order_batch b;
	struct vma *v;
	int r;

	len = ALIGN_UP(len, PAGE_SIZE);
	if (!range_ok(addr, len))
		return -EINVAL;
	v = mm_find_next(mm, addr);
	if (!v || v->start >= addr + len)
		return 0;
	/* Isolate first: it may fail for lack of memory, and then nothing has changed. */
	r = vma_isolate(mm, addr, addr + len);
	if (r < 0)
		return r;
	/* The stub gives the pages up before the sources may hand them to others. */
	orders_begin(&b, mm);
	order_unmap(&b, addr, len);
	r = orders_end(&b);
	if (r < 0 && r != -ESRCH)
		return r;
	return areas_clear(mm, addr, addr + len, gone);
}

int mm_unmap(struct mm *mm, uint64_t addr, uint64_t len)
{
	struct list_head gone;
	int r;

	ASSERT_LOCKED();
	list_init(&gone);
	r = unmap_now(mm, addr, len, &gone);
	vmas_dispose(&gone);
	return r;
}

static int choose_address(struct mm *mm, uint64_t hint, uint64_t len, uint32_t flags, uint64_t *ret)
{
	uint64_t top = mm->mmap_base, addr;
	struct vma *v;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
		if ((hint & ~PAGE_MASK) || hint < ENGINE_USER_MIN)
			return hint & ~PAGE_MASK ? -EINVAL : -EPERM;
		if (hint > ENGINE_USER_MAX - len)
			return -ENOMEM;
		v = mm_find_next(mm, hint);
		if ((flags & MAP_FIXED_NOREPLACE) && v && v->start < hint + len)
			return -EEXIST;
		*ret = hint;
		return 0;
	}
	hint = ALIGN_UP(hint, PAGE_SIZE);
	if (hint >= LOW_MIN && hint <= ENGINE_USER_MAX - len) {
		v = mm_find_next(mm, hint);
		if (!v || v->start >= hint + len) {
			*ret = hint;
			return 0;
		}
	}
	if (flags & MAP_32BIT)
		top = 0x80000000ull;
	addr = vma_find_gap(mm, len, LOW_MIN, top);
	if (addr == 0 && !(flags & MAP_32BIT))
		addr = vma_find_gap(mm, len, LOW_MIN, ENGINE_USER_MAX);
	if (addr == 0)
		return -ENOMEM;
	*ret = addr;
	return 0;
}

/* Large private memory is given as it is touched; a program that is only planned gets its areas whole. */
static bool comes_in_chunks(const struct mm *mm, const struct vma *v)
{
	return mm->space && (v->flags & (VMA_ACCOUNT | VMA_STACK)) == VMA_ACCOUNT &&
	       mm_account_is_large(v->end - v->start);
}

static int map_area(struct mm *mm, struct vma *v, const struct source_runs *runs)
{
	struct order_batch b;
	int r = 0, sent;

	orders_begin(&b, mm);
	if (v->source) {
		r = orders_map_source(&b, v, runs);
	} else if (comes_in_chunks(mm, v)) {
		order_map_anon(&b, v->start, v->end - v->start, PROT_NONE);
		r = lazy_add(v, v->start, v->end);
	} else {
		order_map_anon(&b, v->start, v->end - v->start, v->prot);
		if (v->flags & VMA_ACCOUNT)
			mm_account_given((v->end - v->start) >> PAGE_SHIFT);
	}
	if (v->flags & VMA_DONTFORK)
		order_advise(&b, v->start, v->end - v->start, MADV_DONTFORK);
	sent = orders_end(&b);
	return r < 0 ? r : sent;
}

/* Does the map count as a promise of memory? Files that are shared have their own pages; with MAP_NORESERVE the guest asks not to be counted. */
static bool is_accountable(const struct mapping_source *source, bool shared, uint32_t prot,
			   uint32_t map_flags)
{
	if ((map_flags & MAP_NORESERVE) && mm_overcommit_memory != OVERCOMMIT_NEVER)
		return false;
	return shared ? !source : (prot & PROT_WRITE) != 0;
}

/* What mm_map is asked for. */
struct map_request {
	uint64_t hint, len; /* len in whole pages */
	uint32_t prot, map_flags;
	struct mapping_source *source;
	uint64_t offset;
	uint32_t may_prot, vma_flags;
};

static void area_fill(struct vma *v, const struct map_request *q, struct mapping_source *source,
		      bool shared)
{
	v->prot = q->prot & PROT_ALL;
	v->may_prot = q->may_prot & PROT_ALL;
	v->flags = q->vma_flags | (shared ? VMA_SHARED : 0) |
		   (!shared && (q->prot & PROT_WRITE) ? VMA_ACCOUNT : 0) |
		   (q->map_flags & MAP_LOCKED ? VMA_LOCKED : 0) |
		   (q->map_flags & MAP_NORESERVE ? VMA_NORESERVE : 0) |
		   (q->map_flags & MAP_GROWSDOWN && !source ? VMA_GROWSDOWN : 0);
	if (source && !shared && (q->prot & PROT_WRITE))
		v->flags |= VMA_WRITTEN;
	v->source = source;
	v->offset = q->source ? q->offset : 0;
}

/* Put an area for the request into the tree at addr. */
static int area_make(struct mm *mm, const struct map_request *q, uint64_t addr,
		     struct list_head *gone, struct vma **ret)
{
	bool shared = (q->map_flags & MAP_TYPE) != MAP_PRIVATE;
	struct mapping_source *own = NULL;
	struct vma *v;
	int r;

	if (!q->source && shared) {
		own = shared_memory_create(q->len);
		if (!own)
			return -ENOMEM;
	}
	v = vma_alloc(mm, addr, addr + q->len);
	r = v ? 0 : -ENOMEM;
	if (r == 0)
		r = areas_clear(mm, addr, addr + q->len, gone);
	if (r == 0) {
		area_fill(v, q, own ? own : q->source, shared);
		r = vma_insert(mm, v);
	}
	source_put(own); /* the area holds it now, or nobody does */
	if (r < 0)
		kfree(v ? vma_area(v) : NULL);
	*ret = v;
	return r;
}

static int64_t map_now(struct mm *mm, const struct map_request *q, const struct source_runs *runs,
		       struct list_head *gone)
{
	bool shared = (q->map_flags & MAP_TYPE) != MAP_PRIVATE;
	struct vma *v = NULL;
	uint64_t addr;
	int r;

	r = choose_address(mm, q->hint, q->len, q->map_flags, &addr);
	if (r == 0 && !(q->vma_flags & VMA_STACK) &&
	    is_accountable(q->source, shared, q->prot, q->map_flags))
		r = mm_may_commit(q->len >> PAGE_SHIFT);
	if (r == 0)
		r = area_make(mm, q, addr, gone, &v);
	if (r < 0)
		return r;
	r = map_area(mm, v, runs);
	if (r < 0) {
		/* Whatever the orders did is covered by one unmap; a dead stub has nothing left anyway. */
		(void)unmap_now(mm, addr, q->len, gone);
		return r == -ESRCH ? -ENOMEM : r;
	}
	vma_merge(mm, v);
	trace(TRACE_FAULT, "map %#llx+%#llx prot %x flags %x", (unsigned long long)addr,
	      (unsigned long long)q->len, q->prot, q->map_flags);
	return (int64_t)addr;
}

int64_t mm_map(struct mm *mm, uint64_t hint, uint64_t len, uint32_t prot, uint32_t map_flags,
	       struct mapping_source *source, uint64_t offset, uint32_t may_prot,
	       uint32_t vma_flags)
{
	struct map_request q = {
		.hint = hint,
		.len = ALIGN_UP(len, PAGE_SIZE),
		.prot = prot,
		.map_flags = map_flags,
		.source = source,
		.offset = offset,
		.may_prot = may_prot,
		.vma_flags = vma_flags,
	};
	struct source_runs runs;
	struct list_head gone;
	int64_t r;

	ASSERT_LOCKED();
	if (len == 0 || (map_flags & MAP_HUGETLB) || (offset & ~PAGE_MASK))
		return -EINVAL;
	if (len > ENGINE_USER_MAX)
		return -ENOMEM;
	list_init(&gone);
	source_get(source);
	/* All that may sleep comes first: nothing is chosen, taken away or entered yet. */
	runs.n = 0;
	if (source)
		source_runs_get(source, offset, q.len, &runs);
	r = map_now(mm, &q, &runs, &gone);
	vmas_dispose(&gone);
	source_put(source);
	return r;
}

/* Up to where the protection may be changed; *ret_error says what is there if that is not the whole range. */
static uint64_t protect_end(struct mm *mm, uint64_t start, uint64_t end, uint32_t prot,
			    int *ret_error)
{
	uint64_t at = start, new = 0;
	int r;

	*ret_error = 0;
	while (at < end) {
		struct vma *v = mm_find(mm, at);

		if (!v)
			*ret_error = -ENOMEM;
		else if (prot & ~v->may_prot)
			*ret_error = -EACCES;
		if (*ret_error) {
			end = at;
			break;
		}
		if ((prot & PROT_WRITE) && !(v->flags & (VMA_ACCOUNT | VMA_SHARED | VMA_NORESERVE)))
			new += MIN(v->end, end) - at;
		at = v->end;
	}
	r = new ? mm_may_commit(new >> PAGE_SHIFT) : 0;
	if (r == 0)
		return end;
	*ret_error = r;
	return start;
}

int mm_protect(struct mm *mm, uint64_t addr, uint64_t len, uint32_t prot)
{
	struct order_batch b;
	struct vma *v;
	uint64_t end;
	int r, stopped;

	ASSERT_LOCKED();
	len = ALIGN_UP(len, PAGE_SIZE);
	if (addr & ~PAGE_MASK || (prot & ~(uint32_t)PROT_ALL))
		return -EINVAL;
	if (len == 0)
		return 0;
	if (!range_ok(addr, len))
		return -ENOMEM;
	end = addr + len;
	/* As in Linux, what lies before a hole is changed. */
	end = protect_end(mm, addr, end, prot, &stopped);
	if (end == addr)
		return stopped;
	r = vma_isolate(mm, addr, end);
	if (r < 0)
		return r;
	orders_begin(&b, mm);
	for (v = mm_find(mm, addr); v && v->start < end; v = mm_find_next(mm, v->end)) {
		uint64_t from = v->start, to;

		v->prot = prot;
		if (v->source && !(v->flags & VMA_SHARED) && (prot & PROT_WRITE))
			v->flags |= VMA_WRITTEN;
		if ((prot & PROT_WRITE) && !(v->flags & VMA_ACCOUNT)) {
			vma_account(mm, v);
			/* A place that was kept and is now to be memory. Nothing is in it that could get lost. */
			if (!v->source && comes_in_chunks(mm, v) &&
			    lazy_add(v, v->start, v->end) == 0) {
				order_protect(&b, v->start, v->end - v->start, PROT_NONE);
				continue;
			}
		}
		/* Lazy parts stay without access; they get the new protection when they are touched. */
		while (lazy_next_mapped(v, &from, v->end, &to)) {
			if ((prot & PROT_WRITE) && (v->flags & VMA_READONLY_RUNS)) {
				/* Some of it must not become writable just so: all is looked up again. */
				order_map_anon(&b, from, to - from, PROT_NONE);
				if (lazy_add(v, from, to) < 0)
					b.error = -ENOMEM;
			} else {
				order_protect(&b, from, to - from, prot);
			}
			from = to;
		}
	}
	r = orders_end(&b);
	while ((v = mm_find_next(mm, addr)) && v->start < end) {
		addr = v->end; /* the merge may free v */
		vma_merge(mm, v);
	}
	return r == -ESRCH || r == 0 ? stopped : r;
}

static int brk_grow(struct mm *mm, uint64_t old_end, uint64_t new_end)
{
	struct vma *next = mm_find_next(mm, old_end);

	if (next && next->start < new_end + PAGE_SIZE)
		return -ENOMEM;
	/* No source: nothing of this sleeps. */
	return mm_map(mm, old_end, new_end - old_end, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, NULL, 0, PROT_ALL, VMA_HEAP) < 0
		       ? -ENOMEM
		       : 0;
}

uint64_t mm_brk(struct mm *mm, uint64_t brk, uint64_t limit_data)
{
	uint64_t old_end = ALIGN_UP(mm->brk, PAGE_SIZE);
	uint64_t new_end = ALIGN_UP(brk, PAGE_SIZE);
	struct list_head gone;
	int r = 0;

	if (brk < mm->start_brk || brk > ENGINE_USER_MAX - PAGE_SIZE)
		return mm->brk;
	if (brk - mm->start_brk + (mm->end_data - mm->start_data) > limit_data)
		return mm->brk;
	list_init(&gone);
	if (new_end < old_end)
		r = unmap_now(mm, new_end, old_end - new_end, &gone);
	else if (new_end > old_end)
		r = brk_grow(mm, old_end, new_end);
	if (r < 0)
		brk = mm->brk;
	mm->brk = brk;
	vmas_dispose(&gone);
	return brk;
}

/* --- mremap ------------------------------------------------------------------------------------- */

/* A map of what v shows from `offset` on, flags as v has them but for those in `without`. No runs are looked up: it comes by faults. */
static int64_t map_like(struct mm *mm, const struct vma *v, uint64_t at, uint64_t len,
			uint64_t offset, uint32_t map_flags, uint32_t without,
			struct list_head *gone)
{
	struct map_request q = {
		.hint = at,
		.len = len,
		.prot = v->prot,
		.map_flags = map_flags | (v->flags & VMA_SHARED ? MAP_SHARED : MAP_PRIVATE),
		.source = v->source,
		.offset = offset,
		.may_prot = v->may_prot,
		.vma_flags = v->flags & ~(VMA_SHARED | without),
	};

	return map_now(mm, &q, NULL, gone);
}

static int grow_in_place(struct mm *mm, struct vma *v, uint64_t add, struct list_head *gone)
{
	struct vma *next = mm_find_next(mm, v->end);
	int64_t r;

	if (v->end + add > ENGINE_USER_MAX || (next && next->start < v->end + add))
		return -ENOMEM;
	r = map_like(mm, v, v->end, add, v->source ? v->offset + (v->end - v->start) : 0, MAP_FIXED,
		     0, gone);
	return r < 0 ? (int)r : 0;
}

/* Give the tree an area at `to` that is what v was, and move the host pages there. */
static int area_move(struct mm *mm, struct vma *v, uint64_t to)
{
	uint64_t from = v->start, len = v->end - v->start;
	struct area *a = vma_area(v);
	struct vma *n = vma_alloc(mm, to, to + len);
	struct order_batch b;
	uint64_t at = from, until;
	int r = n ? 0 : -ENOMEM;

	if (r < 0)
		return r;
	n->prot = v->prot;
	n->may_prot = v->may_prot;
	n->flags = v->flags;
	n->source = v->source;
	n->offset = v->offset;
	for (unsigned int i = 0; r == 0 && i < a->n_lazy; i++)
		r = lazy_add(n, a->lazy[i].start - from + to, a->lazy[i].end - from + to);
	if (r == 0)
		r = vma_insert(mm, n);
	if (r < 0) {
		kfree(vma_area(n)->lazy);
		kfree(vma_area(n));
		return r;
	}
	orders_begin(&b, mm);
	if (a->n_lazy > 0)
		order_map_anon(&b, to, len, PROT_NONE);
	while (lazy_next_mapped(v, &at, v->end, &until)) {
		order_move(&b, at, until - at, at - from + to);
		at = until;
	}
	order_unmap(&b, from, len);
	r = orders_end(&b);
	vma_forget(mm, v);
	return r;
}

/* Length 0: the same part of a shared source once more, the old map stays. */
static int64_t duplicate(struct mm *mm, const struct vma *v, uint64_t old, uint64_t len,
			 uint32_t flags, uint64_t to, struct list_head *gone)
{
	bool fixed = (flags & MREMAP_FIXED) != 0;

	if (!(flags & MREMAP_MAYMOVE) || !(v->flags & VMA_SHARED) || (flags & MREMAP_DONTUNMAP))
		return -EINVAL;
	return map_like(mm, v, fixed ? to : 0, len, v->offset + (old - v->start),
			fixed ? MAP_FIXED : 0, VMA_LOCKED, gone);
}

/* MREMAP_DONTUNMAP: what moved away is empty now, or comes from the source again. The caller's copy of the area; its source lives in the moved one. */
static int map_again(struct mm *mm, const struct vma *was, struct list_head *gone)
{
	int64_t r = map_like(mm, was, was->start, was->end - was->start, was->offset, MAP_FIXED,
			     VMA_LOCKED, gone);

	return r < 0 ? (int)r : 0;
}

static int remap_check(uint64_t old, uint64_t old_len, uint64_t new_len, uint32_t flags,
		       uint64_t new_addr)
{
	if ((flags & ~(uint32_t)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) ||
	    (old & ~PAGE_MASK) || new_len == 0 || new_len > ENGINE_USER_MAX)
		return -EINVAL;
	if ((flags & MREMAP_DONTUNMAP) && (!(flags & MREMAP_MAYMOVE) || old_len != new_len))
		return -EINVAL;
	if (!(flags & MREMAP_FIXED))
		return 0;
	if (!(flags & MREMAP_MAYMOVE) || !range_ok(new_addr, new_len) ||
	    (new_addr < old + old_len && old < new_addr + new_len))
		return -EINVAL;
	return 0;
}

/* The area or areas at old go to new_addr, and grow there. */
static int64_t remap_move(struct mm *mm, uint64_t old, uint64_t old_len, uint64_t new_len,
			  uint32_t flags, uint64_t new_addr, struct list_head *gone)
{
	struct vma *v, was;
	int r = vma_isolate(mm, old, old + old_len);

	if (r < 0)
		return r;
	v = mm_find(mm, old);
	was = *v;
	r = area_move(mm, v, new_addr);
	if (r == 0 && (flags & MREMAP_DONTUNMAP))
		r = map_again(mm, &was, gone);
	if (r < 0)
		return r == -ESRCH ? -ENOMEM : r;
	if (new_len > old_len) {
		r = grow_in_place(mm, mm_find(mm, new_addr), new_len - old_len, gone);
		if (r < 0)
			return r;
	}
	return (int64_t)new_addr;
}

static int64_t remap_now(struct mm *mm, uint64_t old, uint64_t old_len, uint64_t new_len,
			 uint32_t flags, uint64_t new_addr, struct list_head *gone)
{
	struct vma *v = mm_find(mm, old);
	int r = 0;

	if (!v || old_len > ENGINE_USER_MAX)
		return -EFAULT;
	if (old_len == 0)
		return duplicate(mm, v, old, new_len, flags, new_addr, gone);
	/* The end that is cut off may lie in several areas, and so may all of it if it stays where it is. */
	if (v->end - old < old_len &&
	    (new_len > old_len || v->end - old < new_len || (flags & MREMAP_FIXED)))
		return -EFAULT;
	if (flags & MREMAP_FIXED)
		r = unmap_now(mm, new_addr, new_len, gone);
	if (r == 0 && new_len < old_len) {
		r = unmap_now(mm, old + new_len, old_len - new_len, gone);
		old_len = new_len;
	}
	if (r < 0)
		return r;
	if (!(flags & MREMAP_FIXED)) {
		if (new_len == old_len && !(flags & MREMAP_DONTUNMAP))
			return (int64_t)old;
		v = mm_find(mm, old);
		if (new_len > old_len && v->end == old + old_len &&
		    grow_in_place(mm, v, new_len - old_len, gone) == 0)
			return (int64_t)old;
		if (!(flags & MREMAP_MAYMOVE))
			return -ENOMEM;
		new_addr = vma_find_gap(mm, new_len, LOW_MIN, mm->mmap_base);
		if (new_addr == 0)
			return -ENOMEM;
	}
	return remap_move(mm, old, old_len, new_len, flags, new_addr, gone);
}

int64_t mm_remap(struct mm *mm, uint64_t old, uint64_t old_len, uint64_t new_len, uint32_t flags,
		 uint64_t new_addr)
{
	struct list_head gone;
	int64_t r;

	ASSERT_LOCKED();
	old_len = ALIGN_UP(old_len, PAGE_SIZE);
	new_len = ALIGN_UP(new_len, PAGE_SIZE);
	r = remap_check(old, old_len, new_len, flags, new_addr);
	if (r < 0)
		return r;
	list_init(&gone);
	r = remap_now(mm, old, old_len, new_len, flags, new_addr, &gone);
	vmas_dispose(&gone);
	return r;
}

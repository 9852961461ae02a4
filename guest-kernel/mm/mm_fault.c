// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answering faults, and taking pages away from those who map them. A page is mapped at most once for each touch of a lazy part: what is not lazy is
 * there already (another thread was faster), and the answer is to try again.
 */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "mm/mm_orders.h"
#include "mm/mm_vma.h"

#define FAULT_CHUNK (64 * 1024ull)
#define FAULT_WIDE \
	(16ull     \
	 << 20) /* of a map that nobody may write to: it costs no memory, and the host fetches pages by itself */
#define GROW_MAX (8ull << 20) /* of a MAP_GROWSDOWN area: the usual limit of a stack */
#define GROW_GAP (256 * PAGE_SIZE)

const struct oom_ops *oom_ops;

enum { SIG_BUS = 7, SIG_SEGV = 11, SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRERR = 2 };

static int fault_error(int signo, int code, int *ret_signo, int *ret_code)
{
	*ret_signo = signo;
	*ret_code = code;
	return -EFAULT;
}

static bool access_allowed(const struct vma *v, uint32_t access)
{
	if (access & ENGINE_EXEC)
		return (v->prot & PROT_EXEC) != 0;
	if (access & ENGINE_WRITE)
		return (v->prot & PROT_WRITE) != 0;
	return v->prot != PROT_NONE; /* on x86-64 whatever can be written or executed can be read */
}

/* A shared map may show a page that must not be written yet (VMA_READONLY_RUNS): writing to it is a reason to look it up again. */
static bool is_upgrade(const struct vma *v, uint32_t access)
{
	return v->source && (v->flags & VMA_READONLY_RUNS) && (access & ENGINE_WRITE);
}

static int map_run(struct mm *mm, struct vma *v, uint64_t start, uint64_t end,
		   const struct mapping_run *run)
{
	bool shared = (v->flags & VMA_SHARED) != 0;
	struct order_batch b;
	int r;

	if (shared && (run->readonly || run->kind == MAPPING_RUN_HOLE))
		v->flags |= VMA_READONLY_RUNS;
	orders_begin(&b, mm);
	if (run->kind == MAPPING_RUN_HOST)
		order_map_run(&b, v, start, run, end - start);
	else /* a hole: zeros of its own, in a shared map until somebody writes */
		order_map_anon(&b, start, end - start,
			       shared ? v->prot & ~(uint32_t)PROT_WRITE : v->prot);
	r = lazy_remove(v, start, end);
	if (r == 0)
		r = orders_end(&b);
	return r == -ESRCH ? 0 : r;
}

/* What a fault wants from a source, as its area was when it began. */
struct lazy_fault {
	uint64_t start, end, offset; /* [start, end) of the space shows the source from offset */
	struct mapping_source *source;
	bool shared;
	uint32_t access;
};

static uint64_t fault_end(const struct vma *v, uint64_t page, const struct lazy_range *l)
{
	return MIN(l->end, page + (v->prot & PROT_WRITE ? FAULT_CHUNK : FAULT_WIDE));
}

/* The source has answered r and run, and may have slept: is the place still what it was? */
static int lazy_answer(struct mm *mm, const struct lazy_fault *f, int r,
		       const struct mapping_run *run, int *ret_signo, int *ret_code)
{
	struct vma *v = mm_find(mm, f->start);
	struct lazy_range l;

	if (!v || v->source != f->source || v->offset + (f->start - v->start) != f->offset ||
	    f->shared != ((v->flags & VMA_SHARED) != 0))
		return 0;
	if (!lazy_find(v, f->start, &l)) {
		if (!is_upgrade(v, f->access))
			return 0;
		l.end = MIN(f->end, v->end);
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0 || run->kind == MAPPING_RUN_EOF)
		return fault_error(SIG_BUS, BUS_ADRERR, ret_signo, ret_code);
	/* A hole is memory of its own. */
	if (run->kind != MAPPING_RUN_HOST)
		l.end = MIN(l.end, f->start + FAULT_CHUNK);
	return map_run(mm, v, f->start, MIN(MIN(f->end, l.end), f->start + run->len), run);
}

static int map_lazy(struct mm *mm, const struct vma *v, uint64_t start, uint64_t end,
		    uint32_t access, int *ret_signo, int *ret_code)
{
	struct mapping_source *s = v->source;
	struct lazy_fault f = {
		.start = start,
		.end = end,
		.offset = v->offset + (start - v->start),
		.source = s,
		.shared = (v->flags & VMA_SHARED) != 0,
		.access = access,
	};
	bool write = f.shared && ((access & ENGINE_WRITE) || !s->ops->zaps_filled_holes);
	struct mapping_run run = { 0 };
	int r;

	/* Another thread may unmap the area while the source looks: v is not to be believed, and it must not be the last to hold s. */
	source_get(s);
	r = s->ops->resolve(s, f.offset, end - start, write, &run);
	r = lazy_answer(mm, &f, r, &run, ret_signo, ret_code);
	source_put(s);
	return r;
}

/* The next chunk of large private memory. */
static int give_chunk(struct mm *mm, uint64_t page, const struct lazy_range *l)
{
	struct lazy_range now;
	struct order_batch b;
	uint64_t start, len;
	struct vma *v;
	int r = mm_account_chunk(page, l->start, l->end, &start, &len);

	if (r < 0)
		return r;
	/* The count may have slept: what was asked for may be there by now, or be less. */
	v = mm_find(mm, page);
	if (!v || v->source || !lazy_find(v, page, &now))
		return 0;
	len = MIN(start + len, now.end);
	start = MAX(start, now.start);
	len -= start;
	orders_begin(&b, mm);
	order_protect(&b, start, len, v->prot);
	r = lazy_remove(v, start, start + len);
	if (r == 0)
		r = orders_end(&b);
	return r == -ESRCH ? 0 : r;
}

/* A touch below a MAP_GROWSDOWN area makes it reach down to there, unless it would come too near to what lies below. NULL: there is none, or no room. */
static struct vma *grow_down(struct mm *mm, uint64_t addr)
{
	struct vma *v = mm_find_next(mm, addr), *below;
	uint64_t page = addr & PAGE_MASK;

	if (!v || !(v->flags & VMA_GROWSDOWN) || v->end - page > GROW_MAX)
		return NULL;
	if (v->link.prev != &mm->vmas) {
		below = list_entry(v->link.prev, struct vma, link);
		if (below->prot != PROT_NONE && below->end + GROW_GAP > page)
			return NULL;
	}
	if (mm_map(mm, page, v->start - page, v->prot, MAP_PRIVATE | MAP_FIXED | MAP_GROWSDOWN,
		   NULL, 0, v->may_prot, v->flags) < 0)
		return NULL;
	return mm_find(mm, addr);
}

int mm_fault(struct mm *mm, uint64_t addr, uint32_t access, int *ret_signo, int *ret_code)
{
	struct vma *v = mm_find(mm, addr);
	uint64_t page = addr & PAGE_MASK;
	struct lazy_range l;

	ASSERT_LOCKED();
	trace(TRACE_FAULT, "fault %#llx access %x", (unsigned long long)addr, access);
	if (!v && addr < ENGINE_USER_MAX)
		v = grow_down(mm, addr);
	if (!v)
		return fault_error(SIG_SEGV, SEGV_MAPERR, ret_signo, ret_code);
	if (!access_allowed(v, access))
		return fault_error(SIG_SEGV, SEGV_ACCERR, ret_signo, ret_code);
	if (!lazy_find(v, page, &l)) {
		if (!is_upgrade(v, access))
			return 0;
		l.end = v->end; /* what is writable already is mapped once more, to the same place */
	}
	if (!v->source)
		return give_chunk(mm, page, &l);
	return map_lazy(mm, v, page, fault_end(v, page, &l), access, ret_signo, ret_code);
}

int mm_fault_forced(struct mm *mm, uint64_t addr)
{
	struct vma *v = mm_find(mm, addr);
	uint64_t page = addr & PAGE_MASK;
	struct lazy_range l;
	int signo, code;

	ASSERT_LOCKED();
	if (!v)
		return -EFAULT;
	if (!lazy_find(v, page, &l))
		return 0;
	if (!v->source)
		return give_chunk(mm, page, &l);
	return map_lazy(mm, v, page, fault_end(v, page, &l),
			v->prot & PROT_WRITE ? ENGINE_WRITE : 0, &signo, &code);
}

void mm_zap_source(struct mapping_source *s, uint64_t offset, uint64_t len, bool zap_private)
{
	struct vma *v, *tmp;

	ASSERT_LOCKED();
	list_for_each_entry_safe(v, tmp, &s->vmas, source_link) {
		uint64_t pages_end = v->offset + (v->end - v->start);
		uint64_t from = MAX(offset, v->offset);
		uint64_t to = len > UINT64_MAX - offset ? pages_end : MIN(offset + len, pages_end);
		struct order_batch b;

		if (from >= to || (!zap_private && !(v->flags & VMA_SHARED)))
			continue;
		from = v->start + (from - v->offset);
		to = v->start + (to - v->offset);
		/* Unmap with the worker's word for it, then the placeholder: the pages go to others after this. */
		orders_begin(&b, v->mm);
		order_unmap(&b, from, to - from);
		order_map_anon(&b, from, to - from, PROT_NONE);
		if (lazy_add(v, from, to) < 0 || orders_end(&b) < 0)
			v->mm->dead = true; /* cannot be told: its stub has been killed */
	}
}

void mapping_source_init(struct mapping_source *s, const struct mapping_ops *ops)
{
	s->ops = ops;
	list_init(&s->vmas);
}

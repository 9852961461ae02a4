// SPDX-License-Identifier: GPL-2.0-or-later
/* Areas: the index, cutting and joining, gaps, and the lazy intervals. */
#include "mm/mm_account.h"
#include "mm/mm_vma.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_memory.h"
#include "lib/string.h"

struct vma_index {
	struct vma **v;
	unsigned int size;
};

int vma_index_init(struct mm *mm)
{
	list_init(&mm->vmas);
	mm->n_vmas = 0;
	mm->index = kzalloc(sizeof(struct vma_index));
	return mm->index ? 0 : -ENOMEM;
}

void vma_index_done(struct mm *mm)
{
	struct vma_index *ix = mm->index;

	ASSERT(mm->n_vmas == 0);
	if (ix)
		kfree(ix->v);
	kfree(ix);
	mm->index = NULL;
}

/* The position of the first area that ends above addr. */
static unsigned int index_find(const struct mm *mm, uint64_t addr)
{
	const struct vma_index *ix = mm->index;
	unsigned int lo = 0, hi = mm->n_vmas;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (ix->v[mid]->end > addr)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

struct vma *mm_find_next(struct mm *mm, uint64_t addr)
{
	const struct vma_index *ix = mm->index;
	unsigned int i = index_find(mm, addr);

	return i < mm->n_vmas ? ix->v[i] : NULL;
}

struct vma *mm_find(struct mm *mm, uint64_t addr)
{
	struct vma *v = mm_find_next(mm, addr);

	return v && v->start <= addr ? v : NULL;
}

struct vma *vma_alloc(struct mm *mm, uint64_t start, uint64_t end)
{
	struct area *a = kzalloc(sizeof(*a));

	if (!a)
		return NULL;
	a->vma.mm = mm;
	a->vma.start = start;
	a->vma.end = end;
	list_init(&a->vma.link);
	list_init(&a->vma.source_link);
	return &a->vma;
}

/* An area of v's kind grows or shrinks by this many bytes. */
static void count_pages(struct mm *mm, const struct vma *v, int64_t bytes)
{
	uint64_t pages =
		(uint64_t)(bytes / (int64_t)PAGE_SIZE); /* modulo 2^64: may be a decrease */

	mm->total_pages += pages;
	if (v->flags & VMA_STACK)
		mm->stack_pages += pages;
	if (v->flags & VMA_LOCKED)
		mm->locked_pages += pages;
	if (!(v->flags & VMA_ACCOUNT))
		return;
	mm->data_pages += pages;
	mm_account_commit(pages, (v->flags & VMA_STACK) != 0);
}

void vma_account(struct mm *mm, struct vma *v)
{
	if (v->flags & (VMA_ACCOUNT | VMA_SHARED))
		return;
	v->flags |= VMA_ACCOUNT;
	mm->data_pages += (v->end - v->start) >> PAGE_SHIFT;
	mm_account_commit((v->end - v->start) >> PAGE_SHIFT, (v->flags & VMA_STACK) != 0);
}

static int index_insert(struct mm *mm, struct vma *v)
{
	struct vma_index *ix = mm->index;
	unsigned int i;

	if (mm->n_vmas >= MM_VMAS_MAX)
		return -ENOMEM;
	if (mm->n_vmas == ix->size) {
		unsigned int size = ix->size ? 2 * ix->size : 16;
		struct vma **p = krealloc(ix->v, size * sizeof(struct vma *));

		if (!p)
			return -ENOMEM;
		ix->v = p;
		ix->size = size;
	}
	i = index_find(mm, v->start);
	ASSERT(i == mm->n_vmas || ix->v[i]->start >= v->end);
	memmove(&ix->v[i + 1], &ix->v[i], (mm->n_vmas - i) * sizeof(struct vma *));
	ix->v[i] = v;
	list_add_tail(&v->link, i < mm->n_vmas ? &ix->v[i + 1]->link : &mm->vmas);
	mm->n_vmas++;
	return 0;
}

int vma_insert(struct mm *mm, struct vma *v)
{
	int r = index_insert(mm, v);

	if (r < 0)
		return r;
	if (v->source) {
		source_get(v->source);
		list_add_tail(&v->source_link, &v->source->vmas);
	}
	count_pages(mm, v, (int64_t)(v->end - v->start));
	if (mm->total_pages > mm->hiwater_pages)
		mm->hiwater_pages = mm->total_pages;
	return 0;
}

static void index_remove(struct mm *mm, struct vma *v)
{
	struct vma_index *ix = mm->index;
	unsigned int i = index_find(mm, v->start);

	ASSERT(i < mm->n_vmas && ix->v[i] == v);
	memmove(&ix->v[i], &ix->v[i + 1], (mm->n_vmas - i - 1) * sizeof(struct vma *));
	mm->n_vmas--;
	list_del(&v->link);
}

void vma_detach(struct mm *mm, struct vma *v, struct list_head *gone)
{
	index_remove(mm, v);
	count_pages(mm, v, -(int64_t)(v->end - v->start));
	list_del(&v->source_link);
	list_add_tail(&v->link, gone);
}

static void vma_free(struct vma *v)
{
	kfree(vma_area(v)->lazy);
	kfree(vma_area(v));
}

void vmas_dispose(struct list_head *gone)
{
	while (!list_empty(gone)) {
		struct vma *v = list_first_entry(gone, struct vma, link);
		struct mapping_source *s = v->source;
		uint32_t prot = v->prot, flags = v->flags;

		list_del(&v->link);
		vma_free(v);
		if (s && s->ops->unmapped)
			s->ops->unmapped(s, prot, flags);
		source_put(s);
	}
}

void vma_forget(struct mm *mm, struct vma *v)
{
	struct list_head gone;
	struct mapping_source *s = v->source;

	list_init(&gone);
	vma_detach(mm, v, &gone);
	vma_free(v);
	source_put(s);
}

int vma_split(struct mm *mm, struct vma *v, uint64_t addr, struct vma **ret_upper)
{
	struct vma *u = vma_alloc(mm, addr, v->end);
	struct area *low = vma_area(v), *up;
	int r;

	if (!u)
		return -ENOMEM;
	ASSERT(addr > v->start && addr < v->end);
	up = vma_area(u);
	u->prot = v->prot;
	u->may_prot = v->may_prot;
	u->flags = v->flags;
	u->source = v->source;
	u->offset = v->offset + (addr - v->start);
	for (unsigned int i = 0; i < low->n_lazy; i++) {
		struct lazy_range l = low->lazy[i];

		if (l.end > addr && lazy_add(u, MAX(l.start, addr), l.end) < 0) {
			r = -ENOMEM;
			goto out_free;
		}
	}
	/* The lower part gives its pages up first, so that the upper one finds its place free. */
	count_pages(mm, v, -(int64_t)(v->end - addr));
	v->end = addr;
	r = vma_insert(mm, u);
	if (r < 0) {
		v->end = u->end;
		count_pages(mm, v, (int64_t)(v->end - addr));
		goto out_free;
	}
	r = lazy_remove(v, addr, UINT64_MAX); /* only shortens: cannot fail */
	ASSERT(r == 0);
	*ret_upper = u;
	return 0;
out_free:
	kfree(up->lazy);
	kfree(up);
	return r;
}

int vma_isolate(struct mm *mm, uint64_t start, uint64_t end)
{
	struct vma *v = mm_find(mm, start), *upper;
	int r;

	if (v && v->start < start) {
		r = vma_split(mm, v, start, &upper);
		if (r < 0)
			return r;
	}
	v = mm_find(mm, end);
	if (v && v->start < end)
		return vma_split(mm, v, end, &upper);
	return 0;
}

static bool vma_continues(const struct vma *a, const struct vma *b)
{
	return a->end == b->start && a->prot == b->prot && a->may_prot == b->may_prot &&
	       a->flags == b->flags && a->source == b->source &&
	       (!a->source || a->offset + (a->end - a->start) == b->offset);
}

static bool vma_absorb(struct mm *mm, struct vma *a, struct vma *b)
{
	struct area *bb = vma_area(b);
	uint64_t end = b->end;

	if (!vma_continues(a, b))
		return false;
	for (unsigned int i = 0; i < bb->n_lazy; i++) {
		if (lazy_add(a, bb->lazy[i].start, bb->lazy[i].end) < 0)
			return false; /* harmless: they stay two */
	}
	vma_forget(mm, b);
	count_pages(mm, a, (int64_t)(end - a->end));
	a->end = end;
	return true;
}

void vma_merge(struct mm *mm, struct vma *v)
{
	if (v->link.next != &mm->vmas)
		(void)vma_absorb(mm, v, list_entry(v->link.next, struct vma, link));
	if (v->link.prev != &mm->vmas)
		(void)vma_absorb(mm, list_entry(v->link.prev, struct vma, link), v);
}

uint64_t vma_find_gap(struct mm *mm, uint64_t len, uint64_t bottom, uint64_t top)
{
	const struct vma_index *ix = mm->index;
	unsigned int i = index_find(mm, top);
	uint64_t ceiling = top;

	/* Start with the area that reaches over top, if there is one, and go down. */
	if (i < mm->n_vmas && ix->v[i]->start < top)
		ceiling = ix->v[i]->start;
	for (;;) {
		uint64_t floor = i > 0 ? MAX(ix->v[i - 1]->end, bottom) : bottom;

		if (ceiling > floor && ceiling - floor >= len)
			return ceiling - len;
		if (i == 0 || ix->v[i - 1]->start <= bottom)
			return 0;
		i--;
		ceiling = MIN(ix->v[i]->start, top);
	}
}

/* --- lazy intervals ----------------------------------------------------------------------------- */

int lazy_add(struct vma *v, uint64_t start, uint64_t end)
{
	struct area *a = vma_area(v);
	unsigned int i, j;
	struct lazy_range *p;

	if (start >= end)
		return 0;
	for (i = 0; i < a->n_lazy && a->lazy[i].end < start; i++)
		;
	/* Swallow all that touch. */
	for (j = i; j < a->n_lazy && a->lazy[j].start <= end; j++) {
		start = MIN(start, a->lazy[j].start);
		end = MAX(end, a->lazy[j].end);
	}
	if (j == i) {
		p = krealloc(a->lazy, (a->n_lazy + 1) * sizeof(*p));
		if (!p)
			return -ENOMEM;
		a->lazy = p;
		memmove(&p[i + 1], &p[i], (a->n_lazy - i) * sizeof(*p));
		a->n_lazy++;
	} else {
		memmove(&a->lazy[i + 1], &a->lazy[j], (a->n_lazy - j) * sizeof(*p));
		a->n_lazy -= j - i - 1;
	}
	a->lazy[i] = (struct lazy_range){ start, end };
	return 0;
}

int lazy_remove(struct vma *v, uint64_t start, uint64_t end)
{
	struct area *a = vma_area(v);

	for (unsigned int i = 0; i < a->n_lazy;) {
		struct lazy_range *l = &a->lazy[i];

		if (l->end <= start || l->start >= end) {
			i++;
		} else if (l->start >= start && l->end <= end) {
			memmove(l, l + 1, (a->n_lazy - i - 1) * sizeof(*l));
			a->n_lazy--;
		} else if (l->start < start && l->end > end) {
			uint64_t tail = l->end;

			l->end = start;
			/* One interval becomes two; nothing else can touch. */
			if (lazy_add(v, end, tail) < 0) {
				a->lazy[i].end = tail;
				return -ENOMEM;
			}
			return 0;
		} else if (l->start < start) {
			l->end = start;
			i++;
		} else {
			l->start = end;
			i++;
		}
	}
	return 0;
}

bool lazy_find(const struct vma *v, uint64_t addr, struct lazy_range *ret)
{
	const struct area *a = container_of(v, const struct area, vma);

	for (unsigned int i = 0; i < a->n_lazy; i++) {
		if (addr >= a->lazy[i].start && addr < a->lazy[i].end) {
			*ret = a->lazy[i];
			return true;
		}
	}
	return false;
}

bool lazy_next_mapped(const struct vma *v, uint64_t *start, uint64_t end, uint64_t *ret_end)
{
	const struct area *a = container_of(v, const struct area, vma);
	struct lazy_range l;

	while (*start < end && lazy_find(v, *start, &l))
		*start = l.end;
	if (*start >= end)
		return false;
	*ret_end = end;
	for (unsigned int i = 0; i < a->n_lazy; i++) {
		if (a->lazy[i].start > *start) {
			*ret_end = MIN(end, a->lazy[i].start);
			break;
		}
	}
	return true;
}

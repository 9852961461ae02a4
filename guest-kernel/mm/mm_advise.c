// SPDX-License-Identifier: GPL-2.0-or-later
/* madvise, msync, mlock, mincore, and the futex key. */
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "engine/engine.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_orders.h"
#include "mm/mm_vma.h"

enum { SIG_SEGV = 11 };

static int range_check(uint64_t addr, uint64_t *len)
{
	if (addr & ~PAGE_MASK)
		return -EINVAL;
	*len = ALIGN_UP(*len, PAGE_SIZE);
	if (*len > ENGINE_USER_MAX || addr > ENGINE_USER_MAX - *len)
		return -ENOMEM;
	return 0;
}

/* DONTNEED: private pages are dropped; those of a source come back from it at the next touch. */
static int advise_drop(struct order_batch *b, struct vma *v, uint64_t start, uint64_t end,
		       int advice)
{
	uint64_t to;

	if (v->flags & VMA_LOCKED)
		return -EINVAL;
	while (lazy_next_mapped(v, &start, end, &to)) {
		order_advise(b, start, to - start, advice);
		start = to;
	}
	return 0;
}

static int advise_flag(struct mm *mm, struct order_batch *b, uint64_t start, uint64_t end,
		       int advice)
{
	struct vma *v;
	int r = vma_isolate(mm, start, end);

	if (r < 0)
		return r;
	for (v = mm_find_next(mm, start); v && v->start < end; v = mm_find_next(mm, v->end)) {
		switch (advice) {
		case MADV_DONTFORK:
			v->flags |= VMA_DONTFORK;
			order_advise(b, v->start, v->end - v->start, MADV_DONTFORK);
			break;
		case MADV_DOFORK:
			v->flags &= ~(uint32_t)VMA_DONTFORK;
			order_advise(b, v->start, v->end - v->start, MADV_DOFORK);
			break;
		case MADV_WIPEONFORK:
			if (v->source)
				return -EINVAL;
			v->flags |= VMA_WIPEONFORK;
			break;
		case MADV_KEEPONFORK:
			v->flags &= ~(uint32_t)VMA_WIPEONFORK;
			break;
		case MADV_DONTDUMP:
			v->flags |= VMA_DONTDUMP;
			break;
		default:
			v->flags &= ~(uint32_t)VMA_DONTDUMP;
		}
	}
	return 0;
}

/* Punches the hole in what is mapped; areas fault again. May sleep: v is then no longer to be believed. */
static int advise_remove(struct vma *v, uint64_t start, uint64_t end)
{
	struct mapping_source *s = v->source;
	uint64_t offset = v->offset + (start - v->start);
	int r;

	if (v->flags & VMA_LOCKED || !s || !s->ops->punch)
		return -EINVAL;
	if (!(v->flags & VMA_SHARED) || !(v->may_prot & PROT_WRITE))
		return -EACCES;
	s->ops->get(s);
	r = s->ops->punch(s, offset, end - start);
	s->ops->put(s);
	return r;
}

static int advise_area(struct mm *mm, struct order_batch *b, struct vma *v, uint64_t start,
		       uint64_t end, int advice)
{
	int signo, code, r;

	switch (advice) {
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		return advise_drop(b, v, start, end, MADV_DONTNEED);
	case MADV_FREE:
		return v->source ? -EINVAL : advise_drop(b, v, start, end, MADV_FREE);
	case MADV_HUGEPAGE:
	case MADV_NOHUGEPAGE:
		if (!v->source)
			order_advise(b, start, end - start, advice);
		return 0;
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		for (; start < end; start += PAGE_SIZE) {
			r = mm_fault(mm, start,
				     advice == MADV_POPULATE_WRITE ? ENGINE_WRITE : ENGINE_READ,
				     &signo, &code);
			if (r < 0) /* a protection that forbids it is the caller's mistake */
				return r == -EFAULT && signo == SIG_SEGV ? -EINVAL : r;
		}
		return 0;
	case MADV_REMOVE:
		return advise_remove(v, start, end);
	default:
		return 0;
	}
}

static bool advice_known(int advice)
{
	return (advice >= MADV_NORMAL && advice <= MADV_DONTNEED) ||
	       (advice >= MADV_FREE && advice <= MADV_DONTNEED_LOCKED);
}

static bool advice_is_flag(int advice)
{
	return advice == MADV_DONTFORK || advice == MADV_DOFORK || advice == MADV_WIPEONFORK ||
	       advice == MADV_KEEPONFORK || advice == MADV_DONTDUMP || advice == MADV_DODUMP;
}

int mm_advise(struct mm *mm, uint64_t addr, uint64_t len, int advice)
{
	struct order_batch b;
	uint64_t at, end;
	bool hole = false;
	int r, sent;

	ASSERT_LOCKED();
	if (!advice_known(advice))
		return -EINVAL;
	if (ALIGN_UP(len, PAGE_SIZE) < len || addr + ALIGN_UP(len, PAGE_SIZE) < addr)
		return -EINVAL;
	r = range_check(addr, &len);
	if (r < 0 || len == 0)
		return r;
	end = addr + len;
	orders_begin(&b, mm);
	if (advice_is_flag(advice)) {
		r = advise_flag(mm, &b, addr, end, advice);
		sent = orders_end(&b);
		return r < 0 ? r : sent;
	}
	for (at = addr; r == 0 && at < end;) {
		struct vma *v = mm_find_next(mm, at);
		uint64_t stop;

		if (!v || v->start >= end) {
			hole = true;
			break;
		}
		if (v->start > at)
			hole = true;
		at = MAX(at, v->start);
		stop = MIN(end, v->end);
		r = advise_area(mm, &b, v, at, stop, advice);
		at = stop;
	}
	sent = orders_end(&b);
	if (r < 0)
		return r;
	return hole ? -ENOMEM : sent;
}

int mm_sync(struct mm *mm, uint64_t addr, uint64_t len, int flags)
{
	uint64_t at, end;
	int r = range_check(addr, &len);

	if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) ||
	    ((flags & MS_ASYNC) && (flags & MS_SYNC)))
		return -EINVAL;
	if (r < 0)
		return r;
	end = addr + len;
	for (at = addr; at < end;) {
		struct vma *v = mm_find(mm, at);
		uint64_t stop;

		if (!v)
			return -ENOMEM;
		if ((flags & MS_INVALIDATE) && (v->flags & VMA_LOCKED))
			return -EBUSY;
		stop = MIN(end, v->end);
		if ((flags & MS_SYNC) && (v->flags & VMA_SHARED) && v->source->ops->sync) {
			struct mapping_source *s = v->source;

			/* It sleeps: the area may be gone afterwards. */
			source_get(s);
			r = s->ops->sync(s, v->offset + (at - v->start), stop - at);
			source_put(s);
			if (r < 0)
				return r;
		}
		at = stop;
	}
	return 0;
}

int mm_lock(struct mm *mm, uint64_t addr, uint64_t len, bool on)
{
	uint64_t start = addr & PAGE_MASK;
	uint64_t end = ALIGN_UP(addr + len, PAGE_SIZE), at;
	struct vma *v;
	int r;

	if (len == 0)
		return 0;
	if (end < start || end > ENGINE_USER_MAX)
		return -ENOMEM;
	for (at = start; at < end; at = v->end) {
		v = mm_find(mm, at);
		if (!v)
			return -ENOMEM;
	}
	r = vma_isolate(mm, start, end);
	if (r < 0)
		return r;
	for (v = mm_find(mm, start); v && v->start < end; v = mm_find_next(mm, v->end)) {
		if (on && !(v->flags & VMA_LOCKED))
			mm->locked_pages += (v->end - v->start) >> PAGE_SHIFT;
		else if (!on && (v->flags & VMA_LOCKED))
			mm->locked_pages -= (v->end - v->start) >> PAGE_SHIFT;
		v->flags = on ? v->flags | VMA_LOCKED : v->flags & ~(uint32_t)VMA_LOCKED;
	}
	return 0;
}

/* Residence is the host's business; a page that would not fault counts as resident. */
int mm_incore(struct mm *mm, uint64_t addr, uint64_t pages, uint8_t *vec)
{
	for (uint64_t i = 0; i < pages; i++) {
		struct vma *v = mm_find(mm, addr + i * PAGE_SIZE);
		struct lazy_range l;

		if (!v)
			return -ENOMEM;
		vec[i] = !lazy_find(v, addr + i * PAGE_SIZE, &l);
	}
	return 0;
}

int mm_futex_key(struct mm *mm, uint64_t addr, bool private_hint, void **ret_object,
		 uint64_t *ret_offset)
{
	struct vma *v;

	if (addr >= ENGINE_USER_MAX)
		return -EFAULT;
	*ret_object = mm;
	*ret_offset = addr;
	if (private_hint)
		return 0;
	v = mm_find(mm, addr);
	if (!v)
		return -EFAULT;
	if (v->source && (v->flags & VMA_SHARED)) {
		*ret_object = v->source;
		*ret_offset = v->offset + (addr - v->start);
	}
	return 0;
}

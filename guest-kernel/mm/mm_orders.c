// SPDX-License-Identifier: GPL-2.0-or-later
/* Building and sending batches of orders. */
#include "mm/mm_orders.h"
#include "abi/abi_errno.h"
#include "abi/abi_mman.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "mm/mm_vma.h"

void orders_begin(struct order_batch *b, struct mm *mm)
{
	b->mm = mm;
	b->n = 0;
	b->error = 0;
}

static void orders_flush(struct order_batch *b)
{
	int r;

	if (b->n == 0)
		return;
	if (b->mm->plan) {
		r = plan_orders(b->mm, b->orders, b->n);
		if (r < 0 && b->error == 0)
			b->error = r;
		b->n = 0;
		return;
	}
	if (b->mm->dead) {
		b->error = -ESRCH;
		b->n = 0;
		return;
	}
	sched_note_order();
	r = engine->space_orders(b->mm->space, b->orders, b->n);
	if (r == -ESRCH)
		b->mm->dead = true;
	if (r < 0 && b->error == 0)
		b->error = r;
	for (unsigned int i = 0; r == 0 && i < b->n; i++) {
		int64_t result = b->orders[i].result;

		/* Advice is only advice; all else that the host refuses is a lack of memory or of areas. */
		if (result < 0 && result > -4096 && b->orders[i].kind != ENGINE_ORDER_MADVISE &&
		    b->error == 0)
			b->error = -ENOMEM;
	}
	b->n = 0;
}

int orders_end(struct order_batch *b)
{
	orders_flush(b);
	return b->error;
}

static struct engine_order *order_next(struct order_batch *b, enum engine_order_kind kind)
{
	struct engine_order *o;

	if (b->n == ORDERS_BATCH)
		orders_flush(b);
	o = &b->orders[b->n++];
	*o = (struct engine_order){ .kind = kind };
	return o;
}

void order_unmap(struct order_batch *b, uint64_t addr, uint64_t len)
{
	struct engine_order *o = order_next(b, ENGINE_ORDER_MUNMAP);

	/* Others may get these pages as soon as we are told it is done: a lie must not be possible. */
	o->must_succeed = true;
	o->args[0] = addr;
	o->args[1] = len;
}

void order_protect(struct order_batch *b, uint64_t addr, uint64_t len, uint32_t prot)
{
	struct engine_order *o = order_next(b, ENGINE_ORDER_MPROTECT);

	o->args[0] = addr;
	o->args[1] = len;
	o->args[2] = prot;
}

void order_advise(struct order_batch *b, uint64_t addr, uint64_t len, int advice)
{
	struct engine_order *o = order_next(b, ENGINE_ORDER_MADVISE);

	o->args[0] = addr;
	o->args[1] = len;
	o->args[2] = (uint64_t)advice;
}

void order_move(struct order_batch *b, uint64_t from, uint64_t len, uint64_t to)
{
	struct engine_order *o = order_next(b, ENGINE_ORDER_MREMAP);

	o->args[0] = from;
	o->args[1] = len;
	o->args[2] = len;
	o->args[3] = MREMAP_MAYMOVE | MREMAP_FIXED;
	o->args[4] = to;
}

static void order_map(struct order_batch *b, uint64_t addr, uint64_t len, uint32_t prot,
		      uint32_t flags, int fd, uint64_t offset)
{
	struct engine_order *o = order_next(b, ENGINE_ORDER_MMAP);

	o->args[0] = addr;
	o->args[1] = len;
	o->args[2] = prot;
	o->args[3] = flags | MAP_FIXED;
	o->args[4] = (uint64_t)(int64_t)fd;
	o->args[5] = offset;
}

void order_map_anon(struct order_batch *b, uint64_t addr, uint64_t len, uint32_t prot)
{
	order_map(b, addr, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

void order_map_run(struct order_batch *b, const struct vma *v, uint64_t addr,
		   const struct mapping_run *run, uint64_t len)
{
	bool shared = (v->flags & VMA_SHARED) != 0;
	uint32_t prot = v->prot;
	int fd = run->engine_fd;

	if (shared && run->readonly)
		prot &= ~(uint32_t)PROT_WRITE;
	/* Maps that may never become writable come from the read-only descriptor, so that nothing can make them so. */
	if (fd == ENGINE_FD_ARENA && (!shared || !(v->may_prot & PROT_WRITE)))
		fd = ENGINE_FD_ARENA_RO;
	order_map(b, addr, len, prot, shared ? MAP_SHARED : MAP_PRIVATE | MAP_NORESERVE, fd,
		  run->host_offset);
}

void source_runs_get(struct mapping_source *s, uint64_t offset, uint64_t len,
		     struct source_runs *ret)
{
	uint64_t done = 0, epoch = 0;

	ret->n = 0;
	for (unsigned int i = 0; done < len && i < SOURCE_RUNS_MAX; i++) {
		struct mapping_run run;
		int r = s->ops->resolve(s, offset + done, len - done, false, &run);

		/* It has slept: the pages of the answers before may belong to others by now. This answer is fresh. */
		if (sched_epoch() != epoch)
			ret->n = 0;
		epoch = sched_epoch();
		if (r < 0)
			return; /* as in Linux, the fault will tell */
		run.len = MIN(run.len, len - done);
		ASSERT(run.len >= PAGE_SIZE);
		if (run.kind == MAPPING_RUN_HOST) {
			ret->part[ret->n].at = done;
			ret->part[ret->n++].run = run;
		}
		done += run.len;
	}
}

int orders_map_source(struct order_batch *b, struct vma *v, const struct source_runs *runs)
{
	uint64_t gap = v->start;
	int r = lazy_add(v, v->start, v->end);

	/* Placeholders only where nothing is mapped: each costs the host as much as a map. */
	for (unsigned int i = 0; r == 0 && runs && i < runs->n; i++) {
		const struct mapping_run *run = &runs->part[i].run;
		uint64_t addr = v->start + runs->part[i].at;

		/* What a shared map may write to, but not yet, waits for its fault, which makes it ready. */
		if (run->readonly && (v->flags & VMA_SHARED) && (v->may_prot & PROT_WRITE))
			continue;
		if (gap < addr)
			order_map_anon(b, gap, addr - gap, PROT_NONE);
		gap = addr + run->len;
		order_map_run(b, v, addr, run, run->len);
		r = lazy_remove(v, addr, gap);
	}
	if (gap < v->end)
		order_map_anon(b, gap, v->end - gap, PROT_NONE);
	return r;
}

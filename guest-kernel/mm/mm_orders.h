/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches of orders to a stub, private to mm/: one trip for many changes. */
#ifndef MM_MM_ORDERS_H
#define MM_MM_ORDERS_H

#include "engine/engine.h"
#include "mm/mm.h"

#define ORDERS_BATCH 32

/* mm_plan.c: what a planned address space keeps in place of doing it. */
int plan_attach(struct mm *mm);
void plan_detach(struct mm *mm); /* fine without a plan */
int plan_orders(struct mm *mm, const struct engine_order *orders, unsigned int n);
ssize_t plan_write(struct mm *mm, uint64_t to, const void *from, size_t len);

struct order_batch {
	struct mm *mm;
	unsigned int n;
	int error; /* the first failure */
	struct engine_order orders[ORDERS_BATCH];
};

void orders_begin(struct order_batch *b, struct mm *mm);
/* Send what is left. 0, -ENOMEM (the host refused a map: its limit of areas or of memory), -ESRCH (the stub is dead; mm->dead is set). */
int orders_end(struct order_batch *b);

void order_unmap(struct order_batch *b, uint64_t addr, uint64_t len);
void order_protect(struct order_batch *b, uint64_t addr, uint64_t len, uint32_t prot);
void order_advise(struct order_batch *b, uint64_t addr, uint64_t len, int advice);
void order_move(struct order_batch *b, uint64_t from, uint64_t len, uint64_t to);
/* Fresh private anonymous memory; PROT_NONE for a place that shall fault. */
void order_map_anon(struct order_batch *b, uint64_t addr, uint64_t len, uint32_t prot);
void order_map_run(struct order_batch *b, const struct vma *v, uint64_t addr,
		   const struct mapping_run *run, uint64_t len);

/*
 * Map the part [start, end) of an area over a source as far as it can be without allocating: runs that lie on the host are mapped, at most
 * max_runs of them; the rest becomes lazy. May sleep. 0 or -errno.
 */
int orders_map_source(struct order_batch *b, struct vma *v, uint64_t start, uint64_t end,
		      unsigned int max_runs);

#endif

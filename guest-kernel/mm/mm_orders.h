/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Batches of orders to a stub, private to mm/: one trip for many changes. */
#ifndef MM_MM_ORDERS_H
#define MM_MM_ORDERS_H

#include "engine/engine.h"
#include "mm/mm.h"

#define ORDERS_BATCH	32
#define SOURCE_RUNS_MAX 64u /* that one mmap maps at once; the rest comes by faults */

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

/* Where parts of a source lie on the host, in order; what is not named is unknown, a hole, or beyond the end. */
struct source_runs {
	unsigned int n;
	struct {
		uint64_t at; /* bytes from the first one asked for */
		struct mapping_run run;
	} part[SOURCE_RUNS_MAX];
};

/*
 * Ask a source where [offset, offset + len) lies, as far as that can be said without allocating and in SOURCE_RUNS_MAX questions. The caller holds
 * a reference of s. May sleep; the answer is true until the caller sleeps or gives up the big lock.
 */
void source_runs_get(struct mapping_source *s, uint64_t offset, uint64_t len,
		     struct source_runs *ret);

/* Map an area over a source: the runs (NULL: none are known) at once, the rest becomes lazy. Does not sleep. 0 or -ENOMEM. */
int orders_map_source(struct order_batch *b, struct vma *v, const struct source_runs *runs);

#endif

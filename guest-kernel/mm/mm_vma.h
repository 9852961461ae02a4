/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree of areas of an address space, private to mm/. Kept as a sorted array of pointers (binary search; 32,768 at most) beside the list that others walk. No orders
 * are sent from here.
 *
 * An area over a source starts out *lazy*: the stub has PROT_NONE there until a fault maps it. Which parts still are is a sorted set of
 * intervals, because mapping a page twice would throw away what the guest wrote to its private copy.
 */
#ifndef MM_MM_VMA_H
#define MM_MM_VMA_H

#include "mm/mm.h"

#define MM_VMAS_MAX 32768u

struct lazy_range {
	uint64_t start, end;
};

/* What the rest of mm/ sees of an area; struct vma is its first member. */
struct area {
	struct vma vma;
	struct lazy_range *lazy;
	unsigned int n_lazy;
};

static inline struct area *vma_area(struct vma *v)
{
	return container_of(v, struct area, vma);
}

int vma_index_init(struct mm *mm);
void vma_index_done(struct mm *mm); /* the areas must be gone */

struct vma *vma_alloc(struct mm *mm, uint64_t start, uint64_t end);
/* Enter into the tree, take the source's reference and link it there. -ENOMEM: too many areas. */
int vma_insert(struct mm *mm, struct vma *v);
/* Leave the tree, drop the source, free. May sleep (the last reference of a file). */
void vma_remove(struct mm *mm, struct vma *v);
/* From now on its pages may be memory of its own: it has become writable. */
void vma_account(struct mm *mm, struct vma *v);
/* Cut v in two at addr (inside it): v keeps the lower part, *ret_upper is the new one. */
int vma_split(struct mm *mm, struct vma *v, uint64_t addr, struct vma **ret_upper);
/* Cut so that [start, end) begins and ends at area borders. */
int vma_isolate(struct mm *mm, uint64_t start, uint64_t end);
/* Join v with its neighbours where they continue each other. */
void vma_merge(struct mm *mm, struct vma *v);

/* The highest gap of len bytes below top and above bottom, aligned down to a page; 0 if there is none. */
uint64_t vma_find_gap(struct mm *mm, uint64_t len, uint64_t bottom, uint64_t top);

int lazy_add(struct vma *v, uint64_t start, uint64_t end);
int lazy_remove(struct vma *v, uint64_t start, uint64_t end);
/* The lazy interval that contains addr, or false. */
bool lazy_find(const struct vma *v, uint64_t addr, struct lazy_range *ret);
/* The first not lazy part at or above *start and below end: true and [*start, *ret_end). */
bool lazy_next_mapped(const struct vma *v, uint64_t *start, uint64_t end, uint64_t *ret_end);

#endif

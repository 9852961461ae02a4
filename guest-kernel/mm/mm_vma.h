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

static inline void source_get(struct mapping_source *s)
{
	if (s && s->ops->get)
		s->ops->get(s);
}

/* May sleep if it is the last. */
static inline void source_put(struct mapping_source *s)
{
	if (s && s->ops->put)
		s->ops->put(s);
}

int vma_index_init(struct mm *mm);
void vma_index_done(struct mm *mm); /* the areas must be gone */

struct vma *vma_alloc(struct mm *mm, uint64_t start, uint64_t end);
/* Enter into the tree, take the source's reference and link it there. -ENOMEM: too many areas. */
int vma_insert(struct mm *mm, struct vma *v);
/*
 * Leave the tree and the source's list, without sleeping. The area goes to the list `gone` and holds its source until vmas_dispose, which comes when the
 * stub has been told and the tree is in order: dropping the last reference of a file may sleep, and others change the tree then.
 */
void vma_detach(struct mm *mm, struct vma *v, struct list_head *gone);
void vmas_dispose(struct list_head *gone); /* may sleep: no area may be believed afterwards */
/* Leave the tree and free, where another area goes on with the same source. Does not sleep. */
void vma_forget(struct mm *mm, struct vma *v);
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

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of a file's pages: a radix tree of 64 slots a node whose height follows the highest page. A leaf slot holds the arena offset with
 * bit 0 set, so that 0 is absent.
 */
#include "abi/abi_errno.h"
#include "core/panic.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "host/host_memory.h"

#define BITS  6u
#define SLOTS (1u << BITS)

struct node {
	uint64_t slot[SLOTS]; /* child pointers, or pages in leaves */
	unsigned int used;
};

static struct node *child(const struct node *n, unsigned int i)
{
	return (struct node *)(uintptr_t)n->slot[i];
}

static unsigned int slot_of(uint64_t index, unsigned int level)
{
	return (unsigned int)(index >> (BITS * level)) & (SLOTS - 1);
}

/* How many pages a tree of that height spans. */
static bool fits(const struct tmpfs_pages *p, uint64_t index)
{
	return p->height > 0 && (BITS * p->height >= 64 || index >> (BITS * p->height) == 0);
}

uint64_t tmpfs_pages_get(const struct tmpfs_pages *p, uint64_t index)
{
	const struct node *n = p->root;

	if (!fits(p, index))
		return TMPFS_PAGE_ABSENT;
	for (unsigned int level = p->height - 1; n && level > 0; level--)
		n = child(n, slot_of(index, level));
	if (!n || !n->slot[slot_of(index, 0)])
		return TMPFS_PAGE_ABSENT;
	return n->slot[slot_of(index, 0)] & ~1ull;
}

/* Nodes that lead to no page go: nothing else would ever free them. Whether any is left from n on. */
static bool prune(struct node *n, unsigned int level)
{
	for (unsigned int i = 0; level > 0 && i < SLOTS; i++) {
		if (!n->slot[i] || prune(child(n, i), level - 1))
			continue;
		n->slot[i] = 0;
		n->used--;
	}
	if (n->used > 0)
		return true;
	kfree(n);
	return false;
}

static int out_of_memory(struct tmpfs_pages *p)
{
	if (!p->root || !prune(p->root, p->height - 1))
		*p = (struct tmpfs_pages){ 0 };
	return -ENOMEM;
}

/* An empty tree begins as high as it must be: empty nodes below its root would stay for ever. */
static int grow(struct tmpfs_pages *p, uint64_t index)
{
	while (!fits(p, index)) {
		struct node *n = NULL;

		if (p->root) {
			n = kzalloc(sizeof(*n));
			if (!n)
				return out_of_memory(p);
			n->slot[0] = (uint64_t)(uintptr_t)p->root;
			n->used = 1;
		}
		p->root = n;
		p->height++;
	}
	if (!p->root)
		p->root = kzalloc(sizeof(struct node));
	return p->root ? 0 : out_of_memory(p);
}

int tmpfs_pages_set(struct tmpfs_pages *p, uint64_t index, uint64_t place)
{
	struct node *n;
	int r = grow(p, index);

	if (r < 0)
		return r;
	n = p->root;
	for (unsigned int level = p->height - 1; level > 0; level--) {
		unsigned int i = slot_of(index, level);

		if (!n->slot[i]) {
			struct node *c = kzalloc(sizeof(*c));

			if (!c)
				return out_of_memory(p);
			n->slot[i] = (uint64_t)(uintptr_t)c;
			n->used++;
		}
		n = child(n, i);
	}
	ASSERT(!n->slot[slot_of(index, 0)]);
	n->slot[slot_of(index, 0)] = place | 1;
	n->used++;
	p->count++;
	return 0;
}

uint64_t tmpfs_pages_take(struct tmpfs_pages *p, uint64_t index)
{
	struct node *path[11], *n = p->root;
	uint64_t place;

	if (!fits(p, index))
		return TMPFS_PAGE_ABSENT;
	for (unsigned int level = p->height - 1; n && level > 0; level--) {
		path[level] = n;
		n = child(n, slot_of(index, level));
	}
	if (!n || !n->slot[slot_of(index, 0)])
		return TMPFS_PAGE_ABSENT;
	place = n->slot[slot_of(index, 0)] & ~1ull;
	n->slot[slot_of(index, 0)] = 0;
	n->used--;
	p->count--;
	for (unsigned int level = 1; level < p->height && n->used == 0; level++) {
		kfree(n);
		n = path[level];
		n->slot[slot_of(index, level)] = 0;
		n->used--;
	}
	if (((struct node *)p->root)->used == 0) {
		kfree(p->root);
		*p = (struct tmpfs_pages){ 0 };
	}
	return place;
}

/* The first page at or behind *index below a node whose pages begin at `base`. */
static bool next_below(const struct node *n, unsigned int level, uint64_t base, uint64_t *index)
{
	uint64_t span = 1ull << (BITS * level);
	unsigned int i = *index > base ? (unsigned int)((*index - base) / span) : 0;

	for (; i < SLOTS; i++) {
		uint64_t first = base + i * span;

		if (!n->slot[i])
			continue;
		if (level == 0) {
			*index = first;
			return true;
		}
		if (next_below(child(n, i), level - 1, first, index))
			return true;
	}
	return false;
}

bool tmpfs_pages_next(const struct tmpfs_pages *p, uint64_t *index)
{
	return fits(p, *index) && next_below(p->root, p->height - 1, 0, index);
}

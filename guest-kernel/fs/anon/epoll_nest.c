// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets that watch sets: no cycles, at most five levels, and a bound on the number of ways from a file up through sets, so that one
 * wake stays cheap. The numbers are Linux's.
 */
#include "abi/abi_errno.h"
#include "fs/anon/epoll_internal.h"

#define NESTS_MAX 4

static const unsigned int paths_max[NESTS_MAX + 1] = { 1000, 500, 100, 50, 10 };
static uint32_t visit;

/* Levels of sets below e (0: it watches none); more than NESTS_MAX if there are too many or `top` is among them. */
static int levels_below(struct epoll *e, const struct epoll *top, int depth)
{
	int deepest = 0;

	if (e == top || depth > NESTS_MAX)
		return NESTS_MAX + 1;
	if (e->visit == visit)
		return e->visit_depth;
	for (unsigned int b = 0; b < e->n_buckets; b++) {
		struct epoll_item *i;

		list_for_each_entry(i, &e->buckets[b], hash_link) {
			struct epoll *child = epoll_of(i->file);

			if (child)
				deepest = MAX(deepest, levels_below(child, top, depth + 1) + 1);
			if (deepest > NESTS_MAX)
				return deepest;
		}
	}
	e->visit = visit;
	e->visit_depth = deepest;
	return deepest;
}

static int levels_above(const struct epoll *e, int depth)
{
	const struct epoll_item *i;
	int highest = 0;

	if (depth > NESTS_MAX)
		return NESTS_MAX + 1;
	list_for_each_entry(i, &e->file->epoll_items, file_link) {
		highest = MAX(highest, levels_above(i->set, depth + 1) + 1);
		if (highest > NESTS_MAX)
			break;
	}
	return highest;
}

int epoll_nest_check(struct epoll *set, struct file *f)
{
	struct epoll *child = epoll_of(f);
	int below;

	if (!child)
		return 0;
	visit++;
	below = levels_below(child, set, 0);
	if (below > NESTS_MAX || levels_above(set, 0) + 1 + below > NESTS_MAX)
		return -ELOOP;
	return 0;
}

/* Count the ways up from f by length; false: too many of one length. */
static bool count_paths(const struct file *f, unsigned int *counts, unsigned int depth)
{
	const struct epoll_item *i;

	if (depth > NESTS_MAX)
		return false;
	list_for_each_entry(i, &f->epoll_items, file_link) {
		if (list_empty(&i->set->file->epoll_items)) {
			if (++counts[depth] > paths_max[depth])
				return false;
		} else if (!count_paths(i->set->file, counts, depth + 1)) {
			return false;
		}
	}
	return true;
}

static bool leaves_fine(struct epoll *e)
{
	if (e->visit == visit)
		return true;
	e->visit = visit;
	for (unsigned int b = 0; b < e->n_buckets; b++) {
		struct epoll_item *i;

		list_for_each_entry(i, &e->buckets[b], hash_link) {
			unsigned int counts[NESTS_MAX + 1] = { 0 };
			struct epoll *child = epoll_of(i->file);

			if (child ? !leaves_fine(child) : !count_paths(i->file, counts, 0))
				return false;
		}
	}
	return true;
}

int epoll_paths_check(struct file *f)
{
	unsigned int counts[NESTS_MAX + 1] = { 0 };
	struct epoll *e = epoll_of(f);

	visit++;
	/* A set's own queue counts as a leaf: sets without items are woken too. */
	if (!count_paths(f, counts, 0) || (e && !leaves_fine(e)))
		return -EINVAL;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Tables of revoked blocks: one for each transaction, and one for a replay. Open addressing; a removal moves up those that
 * follow, so a search ends at the first free slot.
 */
#include "abi/abi_errno.h"
#include "fs/ext4/journal_internal.h"
#include "host/host_memory.h"

#define SLOTS_MIN 64u
#define SLOTS_MAX (1u << 22)

static uint32_t slot_of(const struct revoke_table *t, uint64_t block)
{
	return (uint32_t)(block * 0x9e3779b97f4a7c15ull >> 32) & (t->n_slots - 1);
}

/* The slot with the block, or the free one where it would go. The table is never full. */
static struct revoke_slot *slot_find(const struct revoke_table *t, uint64_t block)
{
	uint32_t i = slot_of(t, block);

	while (t->slots[i].block != REVOKE_FREE && t->slots[i].block != block)
		i = (i + 1) & (t->n_slots - 1);
	return &t->slots[i];
}

static int grow(struct revoke_table *t)
{
	struct revoke_table bigger = { .n_slots = t->n_slots ? t->n_slots * 2 : SLOTS_MIN };

	if (bigger.n_slots > SLOTS_MAX)
		return -EFBIG;
	bigger.slots = kmalloc(bigger.n_slots * sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (uint32_t i = 0; i < bigger.n_slots; i++)
		bigger.slots[i].block = REVOKE_FREE;
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].block != REVOKE_FREE)
			*slot_find(&bigger, t->slots[i].block) = t->slots[i];
	bigger.count = t->count;
	kfree(t->slots);
	*t = bigger;
	return 0;
}

int revoke_add(struct revoke_table *t, uint64_t block, uint32_t tid)
{
	struct revoke_slot *s;

	if (block == REVOKE_FREE)
		return -EINVAL;
	if (t->count + t->count / 2 >= t->n_slots) {
		int r = grow(t);

		if (r < 0)
			return r;
	}
	s = slot_find(t, block);
	if (s->block == REVOKE_FREE) {
		*s = (struct revoke_slot){ .block = block, .tid = tid };
		t->count++;
	} else if (tid_before(s->tid, tid)) {
		s->tid = tid;
	}
	return 0;
}

void revoke_remove(struct revoke_table *t, uint64_t block)
{
	struct revoke_slot *s;
	uint32_t i, free;

	if (t->count == 0)
		return;
	s = slot_find(t, block);
	if (s->block == REVOKE_FREE)
		return;
	t->count--;
	free = i = (uint32_t)(s - t->slots);
	/* Whoever was pushed past the slot that becomes free moves into it. */
	for (;;) {
		uint32_t want;

		i = (i + 1) & (t->n_slots - 1);
		if (t->slots[i].block == REVOKE_FREE)
			break;
		want = slot_of(t, t->slots[i].block);
		if (((i - want) & (t->n_slots - 1)) >= ((i - free) & (t->n_slots - 1))) {
			t->slots[free] = t->slots[i];
			free = i;
		}
	}
	t->slots[free].block = REVOKE_FREE;
}

bool revoke_find(const struct revoke_table *t, uint64_t block, uint32_t *ret_tid)
{
	const struct revoke_slot *s;

	if (t->count == 0)
		return false;
	s = slot_find(t, block);
	if (s->block == REVOKE_FREE)
		return false;
	*ret_tid = s->tid;
	return true;
}

void revoke_clear(struct revoke_table *t)
{
	kfree(t->slots);
	*t = (struct revoke_table){ .slots = NULL };
}

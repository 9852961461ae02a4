// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking for free blocks. A file goes on behind its last block, at best in the room that was kept for it; otherwise the first run that is long enough, in the goal's
 * group and then in the others, and at last the longest that there is. What a search has found out about a group (no run longer than so) is kept, so
 * that a full disk is not read through again and again.
 */
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "fs/ext4/ext4_alloc_internal.h"
#include "task/process.h"

#define CAP_SYS_RESOURCE_NUMBER 24
#define ROOM_FIRST		16u /* blocks kept behind the first write of a file */

struct run {
	uint32_t bit, len;
};

/* --- searching one group ------------------------------------------------------------------------ */

/* 64 bits of "in use" from bit on, which is a multiple of 64. */
static uint64_t used_word(const struct ext4_group_info *gi, const uint8_t *map, uint32_t bit)
{
	uint64_t w;

	memcpy(&w, map + bit / 8, sizeof(w));
	return gi->busy ? w | gi->busy[bit / 64] : w;
}

static uint32_t next_bit(const struct ext4_group_info *gi, const uint8_t *map, uint32_t from,
			 uint32_t end, bool used)
{
	while (from < end) {
		uint32_t base = from & ~63u;
		uint64_t w = used_word(gi, map, base);

		if (!used)
			w = ~w;
		w &= UINT64_MAX << (from % 64);
		if (w)
			return MIN(end, base + (uint32_t)__builtin_ctzll(w));
		from = base + 64;
	}
	return end;
}

/* The first run of at least want blocks in [from, end), or the longest one. */
static struct run find_run(const struct ext4_group_info *gi, const uint8_t *map, uint32_t from,
			   uint32_t end, uint32_t want)
{
	struct run best = { 0, 0 };

	while (from < end) {
		uint32_t start = next_bit(gi, map, from, end, false);
		uint32_t stop = next_bit(gi, map, start, end, true);

		if (stop - start > best.len)
			best = (struct run){ start, stop - start };
		if (best.len >= want)
			break;
		from = stop;
	}
	return best;
}

/* --- taking ------------------------------------------------------------------------------------- */

static int take(struct handle *h, struct ext4_sb *s, uint32_t group, struct buffer *b, uint32_t bit,
		uint32_t n)
{
	struct ext4_group_info *gi = &s->alloc->groups[group];
	struct buffer *desc_buf;
	struct ext4_group_desc *d = ext4_group_desc(s, group, &desc_buf);
	uint32_t free = ext4_bg_free_blocks(s, d);
	int r;

	if (free < n || !ext4_blocks_valid(s, ext4_group_first(s, group) + bit, n)) {
		gi->bad = true;
		return ext4_error(s, "group %u: bitmap and descriptor contradict each other",
				  group);
	}
	r = ext4_get_write(h, b);
	if (r == 0)
		r = ext4_get_write(h, desc_buf);
	if (r < 0)
		return r;
	bits_put(b->data, bit, n, true);
	d->bg_flags &= (uint16_t)~EXT4_BG_BLOCK_UNINIT;
	ext4_bg_set_free_blocks(s, d, free - n);
	ext4_block_bitmap_csum_set(s, group, b);
	ext4_group_desc_csum_set(s, group);
	s->free_blocks -= MIN((uint64_t)n, s->free_blocks);
	r = ext4_dirty(h, b);
	return r < 0 ? r : ext4_dirty(h, desc_buf);
}

static uint32_t room_after(const struct ext4_inode *ei, uint32_t taken)
{
	const struct ext4_sb *s = ext4_isb(ei->inode);
	const struct ext4_room *room = ei->prealloc;
	uint32_t most = MIN((8u << 20) / s->block_size, s->blocks_per_group / 4);
	uint32_t n = room ? room->grown * 2 : MAX(ROOM_FIRST, taken);

	/* Not where little is left. */
	if (s->free_blocks < s->blocks_count / 32)
		n = MIN(n, ROOM_FIRST);
	return MIN(n, most);
}

/* Blocks from the file's own room, if the goal is where it begins. */
static int take_from_room(struct handle *h, struct ext4_sb *s, struct ext4_inode *ei, uint64_t goal,
			  uint32_t want, uint64_t *ret_block, uint32_t *ret_len)
{
	struct ext4_room *room = ei->prealloc;
	uint32_t group, bit, n, grown;
	struct buffer *b;
	int r;

	if (!room || room->len == 0 || ext4_group_first(s, room->group) + room->bit != goal)
		return -ENOSPC;
	r = ext4_block_bitmap(s, room->group, &b);
	if (r < 0)
		return r;
	/* The bitmap may have come from the disk meanwhile, and the room gone. */
	room = ei->prealloc;
	if (!room || room->len == 0 || ext4_group_first(s, room->group) + room->bit != goal) {
		buffer_put(b);
		return -ENOSPC;
	}
	group = room->group;
	bit = room->bit;
	n = MIN(want, room->len);
	grown = room->grown;
	ext4_busy_clear(s, group, bit, n);
	room->bit += n;
	room->len -= n;
	r = take(h, s, group, b, bit, n);
	if (r == 0 && room->len == 0 && grown < UINT32_MAX / 2)
		ext4_room_keep(s, ei, group, bit + n, b->data, room_after(ei, n));
	buffer_put(b);
	*ret_block = goal;
	*ret_len = n;
	return r;
}

/* --- searching all ------------------------------------------------------------------------------ */

struct search {
	struct handle *h;
	struct ext4_sb *s;
	struct ext4_inode *keep_for; /* room is kept behind for it */
	uint32_t want, at_least;
	uint64_t block; /* result */
	uint32_t len;
};

/* Try one group from a bit on: 1 taken, 0 nothing of that length, or an error. */
static int try_group(struct search *q, uint32_t group, uint32_t from, bool only_here)
{
	struct ext4_sb *s = q->s;
	struct ext4_group_info *gi = &s->alloc->groups[group];
	uint32_t end = ext4_group_blocks(s, group);
	struct buffer *b;
	struct run run;
	int r;

	if (gi->bad || gi->largest < q->at_least ||
	    ext4_bg_free_blocks(s, ext4_group_desc(s, group, NULL)) < q->at_least)
		return 0;
	r = ext4_block_bitmap(s, group, &b);
	if (r == -EUCLEAN)
		return s->aborted ? -EROFS : 0;
	if (r < 0)
		return r;
	if (only_here) {
		run.bit = from;
		run.len = next_bit(gi, b->data, from, MIN(end, from + q->want), true) - from;
	} else {
		run = find_run(gi, b->data, from, end, q->want);
		if (run.len < q->want && from > 0) {
			struct run low = find_run(gi, b->data, 0, end, q->want);

			if (low.len > run.len)
				run = low;
		}
		if (run.len < q->want)
			gi->largest = run.len;
	}
	if (run.len < q->at_least || run.len == 0) {
		buffer_put(b);
		return 0;
	}
	run.len = MIN(run.len, q->want);
	r = take(q->h, s, group, b, run.bit, run.len);
	if (r == 0) {
		q->block = ext4_group_first(s, group) + run.bit;
		q->len = run.len;
		if (q->keep_for)
			ext4_room_keep(s, q->keep_for, group, run.bit + run.len, b->data,
				       room_after(q->keep_for, run.len));
	}
	buffer_put(b);
	return r < 0 ? r : 1;
}

static int try_all(struct search *q, uint32_t group, uint32_t bit)
{
	struct ext4_sb *s = q->s;

	for (uint32_t i = 0; i < s->groups; i++) {
		uint32_t g = (group + i) % s->groups;
		int r = try_group(q, g, i == 0 ? bit : 0, false);

		if (r != 0)
			return r;
	}
	return 0;
}

/* May the task at work use what is kept for root? */
static bool may_use_reserved(const struct ext4_sb *s)
{
	const struct task *t = current_task();
	const struct cred *c = t ? t->cred : NULL;

	if (!c || t->is_kthread)
		return true;
	return c->fsuid == s->opt.resuid || (s->opt.resgid != 0 && c->fsgid == s->opt.resgid) ||
	       capable(CAP_SYS_RESOURCE_NUMBER);
}

static uint64_t default_goal(const struct ext4_sb *s, const struct inode *inode)
{
	uint32_t group = inode ? (uint32_t)((inode->ino - 1) / s->inodes_per_group) : 0;

	if (group >= s->groups)
		group = 0;
	return ext4_group_first(s, group);
}

static int search_all(struct search *q, uint64_t goal, unsigned int flags)
{
	struct ext4_sb *s = q->s;
	uint32_t group = (uint32_t)((goal - s->first_data_block) / s->blocks_per_group);
	uint32_t bit = (uint32_t)((goal - s->first_data_block) % s->blocks_per_group);
	int r;

	q->at_least = 1;
	r = try_group(q, group, bit, true);
	if (r != 0 || (flags & EXT4_ALLOC_EXACT))
		return r;
	for (uint32_t least = q->want;;) {
		q->at_least = least;
		r = try_all(q, group, bit);
		if (r != 0)
			return r;
		if (least == 1)
			break;
		least = least > 4 ? least / 4 : 1;
	}
	/* Rooms of others are the last that is left. */
	return ext4_rooms_drop(s) ? try_all(q, group, bit) : 0;
}

int ext4_alloc_blocks(struct handle *h, struct inode *inode, uint64_t goal, uint32_t want,
		      unsigned int flags, uint64_t *ret_block, uint32_t *ret_len)
{
	struct ext4_sb *s = h && inode ? ext4_isb(inode) : NULL;
	struct search q = { .h = h, .s = s };
	uint64_t usable;
	int r;

	ASSERT_LOCKED();
	*ret_block = 0;
	*ret_len = 0;
	if (!s || want == 0)
		return -EINVAL;
	usable = s->free_blocks;
	if (!(flags & EXT4_ALLOC_RESERVED) && usable <= s->reserved_blocks + want &&
	    !may_use_reserved(s))
		usable = usable > s->reserved_blocks ? usable - s->reserved_blocks : 0;
	q.want = (uint32_t)MIN((uint64_t)MIN(want, s->blocks_per_group), usable);
	if (q.want == 0)
		return -ENOSPC;
	if (goal <= s->first_data_block || goal >= s->blocks_count)
		goal = default_goal(s, inode);
	if (!(flags & (EXT4_ALLOC_META | EXT4_ALLOC_NO_GROW))) {
		r = take_from_room(h, s, ext4_i(inode), goal, q.want, ret_block, ret_len);
		if (r != -ENOSPC)
			return r;
		ext4_alloc_release_prealloc(inode);
		q.keep_for = ext4_i(inode);
	}
	r = search_all(&q, goal, flags);
	if (r <= 0)
		return r < 0 ? r : -ENOSPC;
	*ret_block = q.block;
	*ret_len = q.len;
	return 0;
}

/* --- start and end ------------------------------------------------------------------------------ */

int ext4_alloc_init(struct ext4_sb *s)
{
	struct ext4_alloc *a = kzalloc(sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->groups = kzalloc((size_t)s->groups * sizeof(*a->groups));
	if (!a->groups) {
		kfree(a);
		return -ENOMEM;
	}
	list_init(&a->freed);
	list_init(&a->rooms);
	s->alloc = a;
	s->free_blocks = s->quarantined_blocks = 0;
	s->free_inodes = s->dirs = 0;
	for (uint32_t g = 0; g < s->groups; g++) {
		const struct ext4_group_desc *d = ext4_group_desc(s, g, NULL);
		uint32_t blocks = ext4_group_blocks(s, g), free = ext4_bg_free_blocks(s, d);
		uint32_t inodes = ext4_bg_free_inodes(s, d);

		if (free > blocks || inodes > s->inodes_per_group) {
			ext4_warn(s, "group %u: impossible counts of free blocks or inodes", g);
			a->groups[g].bad = a->groups[g].bad_inodes = true;
			continue;
		}
		a->groups[g].largest = blocks;
		s->free_blocks += free;
		s->free_inodes += inodes;
		s->dirs += ext4_bg_used_dirs(s, d);
	}
	return 0;
}

void ext4_alloc_exit(struct ext4_sb *s)
{
	struct ext4_alloc *a = s->alloc;

	if (!a)
		return;
	(void)ext4_rooms_drop(s);
	while (!list_empty(&a->freed)) {
		struct ext4_freed *f = list_first_entry(&a->freed, struct ext4_freed, link);

		list_del(&f->link);
		kfree(f);
	}
	for (uint32_t g = 0; g < s->groups; g++)
		kfree(a->groups[g].busy);
	kfree(a->groups);
	kfree(a);
	s->alloc = NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looking for free blocks. A file goes on behind its last block, at best in the room that was kept for it, which doubles each time it is used up. Where that cannot
 * be it moves to the first run that holds what is written and the next room, in the goal's group and then in the others; and at last to the longest that there is. What
 * lies right behind the room of another file is left to that one as long as there is anything else: so files that grow side by side do not interleave, and files that are
 * written one after the other lie one behind the other. What a search has found out about a group (no run longer than so) is kept, so that a full disk is not read through
 * again and again.
 */
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "fs/ext4/ext4_alloc_internal.h"
#include "task/process.h"

#define CAP_SYS_RESOURCE_NUMBER 24
#define ROOM_FIRST		16u	    /* blocks kept behind the first write of a file */
#define ROOM_BYTES		(64u << 20) /* and at most */
#define FLEX_APART		4u /* groups of a flex group, from which on data and metadata part */
#define CHUNK_BYTES		(8u << 20) /* left free at least behind the room of another file */

struct run {
	uint32_t bit, len;
};

struct search {
	struct handle *h;
	struct ext4_sb *s;
	struct ext4_inode *owner;
	uint32_t want;	   /* blocks that are taken, at most */
	uint32_t room;	   /* and that are kept behind them; 0: none */
	uint32_t run;	   /* how long a run is looked for */
	uint32_t at_least; /* shorter ones will not do */
	uint32_t chunk;	   /* CHUNK_BYTES in blocks */
	bool apart;	   /* not right behind the rooms of others */
	uint64_t block;	   /* result */
	uint32_t len;
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

/* Where one may begin if nothing is to be taken that lies right behind another file's room. */
static uint32_t behind_rooms(const struct search *q, const struct ext4_group_info *gi, uint32_t bit)
{
	const struct ext4_room *room;

	list_for_each_entry(room, &gi->rooms, group_link)
		if (room->owner != q->owner && room->bit + room->len == bit)
			return ALIGN_UP(bit + MAX(room->len, 1u), q->chunk);
	return bit;
}

/* The first run of at least q->run blocks in [from, end), or the longest one. */
static struct run find_run(const struct search *q, const struct ext4_group_info *gi,
			   const uint8_t *map, uint32_t from, uint32_t end)
{
	struct run best = { 0, 0 };

	while (from < end) {
		uint32_t start = next_bit(gi, map, from, end, false);
		uint32_t stop = next_bit(gi, map, start, end, true);

		if (q->apart && !list_empty(&gi->rooms))
			start = MIN(behind_rooms(q, gi, start), stop);
		if (stop - start > best.len)
			best = (struct run){ start, stop - start };
		if (best.len >= q->run)
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

/* How much room the file gets next: twice of what it had and has used up (0: it begins). */
static uint32_t next_room(const struct ext4_sb *s, uint32_t grown, uint32_t want)
{
	uint32_t most = MIN(ROOM_BYTES / s->block_size, s->blocks_per_group / 2);
	uint32_t n = grown ? grown * 2 : MAX(ROOM_FIRST, want);

	/* Not where little is left. */
	most = (uint32_t)MIN((uint64_t)most, s->free_blocks / 32);
	return MIN(n, MAX(most, ROOM_FIRST));
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
	/* Taking may have slept, and the room be gone. */
	room = ei->prealloc;
	if (r == 0 && room && room->len == 0)
		ext4_room_keep(s, ei, group, bit + n, b->data, next_room(s, grown, n));
	buffer_put(b);
	*ret_block = goal;
	*ret_len = n;
	return r;
}

/* --- searching all ------------------------------------------------------------------------------ */

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
		run = find_run(q, gi, b->data, from, end);
		if (run.len < q->run && from > 0) {
			struct run low = find_run(q, gi, b->data, 0, end);

			if (low.len > run.len)
				run = low;
		}
		if (run.len < q->run && !q->apart)
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
		if (q->room)
			ext4_room_keep(s, q->owner, group, run.bit + run.len, b->data, q->room);
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

static uint64_t default_goal(const struct ext4_sb *s, const struct inode *inode, unsigned int flags)
{
	uint32_t group = (uint32_t)((inode->ino - 1) / s->inodes_per_group);

	/* The first group of a flex group has the tables of all; directories and other metadata go there too, and data elsewhere, as Linux does. */
	if (s->flex_groups >= FLEX_APART && S_ISREG(inode->mode) && !(flags & EXT4_ALLOC_META)) {
		if (group % s->flex_groups == 0)
			group++;
	} else if (s->flex_groups >= FLEX_APART) {
		group -= group % s->flex_groups;
	}
	return ext4_group_first(s, group < s->groups ? group : 0);
}

/* behind: the goal is where the file goes on. */
static int search_all(struct search *q, uint64_t goal, bool behind, unsigned int flags)
{
	struct ext4_sb *s = q->s;
	uint32_t group = (uint32_t)((goal - s->first_data_block) / s->blocks_per_group);
	uint32_t bit = (uint32_t)((goal - s->first_data_block) % s->blocks_per_group);
	int r;

	if (behind) {
		q->at_least = 1;
		r = try_group(q, group, bit, true);
		if (r != 0 || (flags & EXT4_ALLOC_EXACT))
			return r;
	}
	/* First for all that the file is about to need, if it has shown that it grows; then for this write; then for pieces of it. */
	q->apart = true;
	q->run = behind ? q->want + q->room : q->want;
	for (;;) {
		q->at_least = q->run;
		r = try_all(q, group, bit);
		if (r != 0)
			return r;
		if (q->run > q->want) {
			q->run = MAX(q->run / 4, q->want);
		} else if (q->apart) {
			q->apart = false;
		} else if (q->run > 1) {
			q->run = q->run > 4 ? q->run / 4 : 1;
		} else {
			break;
		}
	}
	/* Rooms of others are the last that is left. */
	return ext4_rooms_drop(s) ? try_all(q, group, bit) : 0;
}

int ext4_alloc_blocks(struct handle *h, struct inode *inode, uint64_t goal, uint32_t want,
		      unsigned int flags, uint64_t *ret_block, uint32_t *ret_len)
{
	struct ext4_sb *s = h && inode ? ext4_isb(inode) : NULL;
	struct search q = { .h = h, .s = s };
	bool behind = true;
	uint64_t usable, kept;
	int r;

	ASSERT_LOCKED();
	*ret_block = 0;
	*ret_len = 0;
	if (!s || want == 0)
		return -EINVAL;
	usable = s->free_blocks;
	kept = s->reserved_blocks + s->spare_blocks;
	if (!(flags & EXT4_ALLOC_RESERVED) && usable <= kept + want && !may_use_reserved(s))
		usable = usable > kept ? usable - kept : 0;
	q.want = (uint32_t)MIN((uint64_t)MIN(want, s->blocks_per_group), usable);
	if (q.want == 0)
		return -ENOSPC;
	q.owner = ext4_i(inode);
	q.chunk = MIN(CHUNK_BYTES / s->block_size, s->blocks_per_group / 4);
	if (goal <= s->first_data_block || goal >= s->blocks_count) {
		goal = default_goal(s, inode, flags);
		behind = false;
	}
	if (!(flags & (EXT4_ALLOC_META | EXT4_ALLOC_NO_GROW))) {
		const struct ext4_room *room;
		uint32_t grown = 0;

		r = take_from_room(h, s, q.owner, goal, q.want, ret_block, ret_len);
		if (r != -ENOSPC)
			return r;
		room = q.owner->prealloc;
		if (room && ext4_group_first(s, room->group) + room->bit == goal)
			grown = room->grown;
		ext4_alloc_release_prealloc(inode);
		q.room = next_room(s, grown, q.want);
	}
	r = search_all(&q, goal, behind, flags);
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

		list_init(&a->groups[g].rooms);
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

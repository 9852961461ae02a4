// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks that go back: in quarantine until their transaction has committed, then discarded if the mount says so, then free. Rooms behind growing files. FITRIM.
 */
#include "core/sched.h"
#include "core/task.h"
#include "fs/ext4/ext4_alloc_internal.h"

#define CLOSED_ROOM  16u /* blocks kept behind a log that nobody has open */
#define CLOSED_ROOMS 64u /* of so many */

/* --- blocks that only memory keeps from being used ---------------------------------------------- */

int ext4_busy_set(struct ext4_sb *s, uint32_t group, uint32_t bit, uint32_t n)
{
	struct ext4_group_info *gi = &s->alloc->groups[group];

	if (!gi->busy) {
		gi->busy = kzalloc(s->block_size);
		if (!gi->busy)
			return -ENOMEM;
	}
	bits_put((uint8_t *)gi->busy, bit, n, true);
	gi->n_busy += n;
	return 0;
}

void ext4_busy_clear(struct ext4_sb *s, uint32_t group, uint32_t bit, uint32_t n)
{
	struct ext4_group_info *gi = &s->alloc->groups[group];

	bits_put((uint8_t *)gi->busy, bit, n, false);
	gi->n_busy -= n;
	gi->largest = ext4_group_blocks(s, group);
	if (gi->n_busy == 0) {
		kfree(gi->busy);
		gi->busy = NULL;
	}
}

/* --- rooms -------------------------------------------------------------------------------------- */

static void room_drop(struct ext4_sb *s, struct ext4_room *room)
{
	if (room->len > 0)
		ext4_busy_clear(s, room->group, room->bit, room->len);
	list_del(&room->link);
	list_del(&room->group_link);
	room->owner->prealloc = NULL;
	kfree(room);
}

bool ext4_rooms_drop(struct ext4_sb *s)
{
	bool any = false;

	while (!list_empty(&s->alloc->rooms)) {
		room_drop(s, list_first_entry(&s->alloc->rooms, struct ext4_room, link));
		any = true;
	}
	return any;
}

void ext4_alloc_release_prealloc(struct inode *inode)
{
	struct ext4_inode *ei = ext4_i(inode);

	if (ei->prealloc)
		room_drop(ext4_isb(inode), ei->prealloc);
}

/* Rooms of files that nobody has open: those of the longest ago go if there are many. */
static void closed_rooms_trim(struct ext4_sb *s)
{
	struct ext4_room *room, *oldest = NULL;
	unsigned int n = 0;

	list_for_each_entry(room, &s->alloc->rooms, link) {
		if (room->owner->inode->write_count > 0)
			continue;
		n++;
		if (!oldest)
			oldest = room;
	}
	if (n > CLOSED_ROOMS)
		room_drop(s, oldest);
}

void ext4_alloc_writer_gone(struct inode *inode)
{
	struct ext4_inode *ei = ext4_i(inode);
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_room *room = ei->prealloc;

	if (!room)
		return;
	if (!ei->append_again) {
		room_drop(s, room);
		return;
	}
	if (room->len > CLOSED_ROOM) {
		ext4_busy_clear(s, room->group, room->bit + CLOSED_ROOM, room->len - CLOSED_ROOM);
		room->len = CLOSED_ROOM;
	}
	closed_rooms_trim(s);
}

void ext4_room_keep(struct ext4_sb *s, struct ext4_inode *ei, uint32_t group, uint32_t bit,
		    const uint8_t *bitmap, uint32_t n)
{
	const struct ext4_group_info *gi = &s->alloc->groups[group];
	uint32_t end = MIN(ext4_group_blocks(s, group), bit + n), to = bit;
	struct ext4_room *room = ei->prealloc;

	while (to < end && !bit_is_set(bitmap, to) &&
	       !(gi->busy && bit_is_set((const uint8_t *)gi->busy, to)))
		to++;
	if (!room) {
		room = kzalloc(sizeof(*room));
		if (!room)
			return;
		room->owner = ei;
		list_init(&room->group_link);
		list_add_tail(&room->link, &s->alloc->rooms);
		ei->prealloc = room;
	}
	/* Also one of no length says where the file wants to go on, and how fast it grows. */
	list_del(&room->group_link);
	list_add_tail(&room->group_link, &s->alloc->groups[group].rooms);
	room->group = group;
	room->bit = bit;
	room->len = 0;
	room->grown = n;
	if (to > bit && ext4_busy_set(s, group, bit, to - bit) == 0)
		room->len = to - bit;
	list_move_tail(&room->link, &s->alloc->rooms);
}

/* --- freeing ------------------------------------------------------------------------------------ */

static bool all_set(const uint8_t *map, uint32_t bit, uint32_t n)
{
	for (; n > 0; bit++, n--)
		if (!bit_is_set(map, bit))
			return false;
	return true;
}

static int quarantine(struct handle *h, struct ext4_sb *s, uint32_t group, uint32_t bit, uint32_t n)
{
	struct ext4_freed *f;
	int r;

	/* Without a journal nothing is put back by a replay. */
	if (!s->journal) {
		s->free_blocks += n;
		s->alloc->groups[group].largest = ext4_group_blocks(s, group);
		return 0;
	}
	/* The neighbour of the last one joins it: files are freed in long runs. */
	if (!list_empty(&s->alloc->freed)) {
		f = list_last_entry(&s->alloc->freed, struct ext4_freed, link);
		if (f->tid == ext4_tid(h) && f->group == group &&
		    (f->bit + f->len == bit || bit + n == f->bit)) {
			r = ext4_busy_set(s, group, bit, n);
			if (r < 0)
				return r;
			f->bit = MIN(f->bit, bit);
			f->len += n;
			s->quarantined_blocks += n;
			return 0;
		}
	}
	f = kzalloc(sizeof(*f));
	r = f ? ext4_busy_set(s, group, bit, n) : -ENOMEM;
	if (r < 0) {
		kfree(f);
		return r;
	}
	*f = (struct ext4_freed){ .tid = ext4_tid(h), .group = group, .bit = bit, .len = n };
	list_add_tail(&f->link, &s->alloc->freed);
	s->quarantined_blocks += n;
	return 0;
}

static int free_in_group(struct handle *h, struct ext4_sb *s, uint32_t group, uint32_t bit,
			 uint32_t n)
{
	struct buffer *b, *desc_buf;
	struct ext4_group_desc *d = ext4_group_desc(s, group, &desc_buf);
	uint32_t free;
	int r = ext4_block_bitmap(s, group, &b);

	if (r < 0)
		return r;
	free = ext4_bg_free_blocks(s, d);
	if (!all_set(b->data, bit, n) || free + n > ext4_group_blocks(s, group)) {
		buffer_put(b);
		return ext4_error(s, "group %u: blocks are freed that are free", group);
	}
	r = ext4_get_write(h, b);
	if (r == 0)
		r = ext4_get_write(h, desc_buf);
	if (r == 0)
		r = quarantine(h, s, group, bit, n);
	if (r == 0) {
		bits_put(b->data, bit, n, false);
		ext4_bg_set_free_blocks(s, d, free + n);
		ext4_block_bitmap_csum_set(s, group, b);
		ext4_group_desc_csum_set(s, group);
		r = ext4_dirty(h, b);
	}
	if (r == 0)
		r = ext4_dirty(h, desc_buf);
	buffer_put(b);
	return r;
}

int ext4_free_blocks(struct handle *h, struct inode *inode, uint64_t block, uint32_t n,
		     unsigned int flags)
{
	struct ext4_sb *s = ext4_isb(inode);
	int r = 0;

	ASSERT_LOCKED();
	if (!ext4_blocks_valid(s, block, n))
		return ext4_error(s, "inode %llu: frees blocks outside (%llu, %u)",
				  (unsigned long long)inode->ino, (unsigned long long)block, n);
	for (uint32_t i = 0; r == 0 && (flags & EXT4_FREE_META) && i < n; i++)
		r = ext4_forget(s, h, NULL, block + i);
	while (r == 0 && n > 0) {
		uint32_t group = (uint32_t)((block - s->first_data_block) / s->blocks_per_group);
		uint32_t bit = (uint32_t)((block - s->first_data_block) % s->blocks_per_group);
		uint32_t here = MIN(n, s->blocks_per_group - bit);

		r = free_in_group(h, s, group, bit, here);
		block += here;
		n -= here;
	}
	return r;
}

void ext4_alloc_committed(void *owner, uint32_t tid)
{
	struct ext4_sb *s = owner;

	while (s->alloc && !list_empty(&s->alloc->freed)) {
		struct ext4_freed *f = list_first_entry(&s->alloc->freed, struct ext4_freed, link);

		if ((int32_t)(f->tid - tid) > 0)
			break;
		list_del(&f->link);
		/* Sleeps; the blocks are nobody's until their bits are cleared behind it. */
		if (s->opt.discard)
			(void)block_discard(
				s->dev, (ext4_group_first(s, f->group) + f->bit) << s->block_bits,
				(uint64_t)f->len << s->block_bits);
		ext4_busy_clear(s, f->group, f->bit, f->len);
		s->free_blocks += f->len;
		s->quarantined_blocks -= f->len;
		kfree(f);
	}
}

/* --- FITRIM ------------------------------------------------------------------------------------- */

/* Free runs of [from, end) in one group: kept busy while the host punches them. */
static int trim_group(struct ext4_sb *s, uint32_t group, uint32_t from, uint32_t end,
		      uint64_t min_blocks, uint64_t *blocks)
{
	struct buffer *b;
	int r = ext4_block_bitmap(s, group, &b);

	if (r < 0)
		return r == -EUCLEAN && !s->aborted ? 0 : r;
	while (r == 0 && from < end) {
		const uint8_t *busy = (const uint8_t *)s->alloc->groups[group].busy;
		uint32_t to = from;

		while (to < end && !bit_is_set(b->data, to) && !(busy && bit_is_set(busy, to)))
			to++;
		if (to > from && to - from >= min_blocks) {
			r = ext4_busy_set(s, group, from, to - from);
			if (r < 0)
				break;
			r = block_discard(s->dev,
					  (ext4_group_first(s, group) + from) << s->block_bits,
					  (uint64_t)(to - from) << s->block_bits);
			ext4_busy_clear(s, group, from, to - from);
			if (r == 0)
				*blocks += to - from;
		}
		from = to + 1;
	}
	buffer_put(b);
	return r;
}

int ext4_trim(struct ext4_sb *s, uint64_t start, uint64_t len, uint64_t min_len,
	      uint64_t *ret_trimmed)
{
	uint64_t first = start >> s->block_bits, n = len >> s->block_bits;
	uint64_t end, blocks = 0, min_blocks = MAX(min_len >> s->block_bits, (uint64_t)1);
	int r = 0;

	*ret_trimmed = 0;
	if (!s->dev->has_discard)
		return -EOPNOTSUPP;
	if (first >= s->blocks_count || min_blocks > s->blocks_per_group || n == 0)
		return -EINVAL;
	end = n > s->blocks_count - first ? s->blocks_count : first + n;
	first = MAX(first, (uint64_t)s->first_data_block);
	while (r == 0 && first < end) {
		uint32_t group = (uint32_t)((first - s->first_data_block) / s->blocks_per_group);
		uint64_t base = ext4_group_first(s, group);
		uint64_t stop = MIN(end, base + ext4_group_blocks(s, group));

		r = trim_group(s, group, (uint32_t)(first - base), (uint32_t)(stop - base),
			       min_blocks, &blocks);
		first = stop;
	}
	*ret_trimmed = blocks << s->block_bits;
	return r;
}

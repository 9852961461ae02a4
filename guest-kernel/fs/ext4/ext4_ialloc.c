// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of inodes, as Orlov's allocator has it. Directories in the root (and those marked as the top of a hierarchy) are spread over the flex groups with much room;
 * others stay near their parent as long as its flex group has a fair share; files go to their directory's group, or at least its flex group.
 */
#include "fs/ext4/ext4_alloc_internal.h"
#include "vfs/vfs.h"

static uint32_t free_inodes(const struct ext4_sb *s, uint32_t group)
{
	if (s->alloc->groups[group].bad_inodes)
		return 0;
	return ext4_bg_free_inodes(s, ext4_group_desc(s, group, NULL));
}

static uint32_t free_blocks(const struct ext4_sb *s, uint32_t group)
{
	return ext4_bg_free_blocks(s, ext4_group_desc(s, group, NULL));
}

/* What a flex group has left, or one group where there are none. */
struct room {
	uint32_t first, n; /* groups */
	uint32_t inodes, dirs;
	uint64_t blocks;
};

static struct room flex_room(const struct ext4_sb *s, uint32_t flex)
{
	struct room r = { .first = flex * s->flex_groups };

	r.n = MIN(s->flex_groups, s->groups - r.first);
	for (uint32_t g = r.first; g < r.first + r.n; g++) {
		r.inodes += free_inodes(s, g);
		r.dirs += ext4_bg_used_dirs(s, ext4_group_desc(s, g, NULL));
		r.blocks += free_blocks(s, g);
	}
	return r;
}

static uint32_t flexes(const struct ext4_sb *s)
{
	return (s->groups + s->flex_groups - 1) / s->flex_groups;
}

/* The first group that has an inode; blocks are found elsewhere if need be. */
static uint32_t first_with_inode(const struct ext4_sb *s, const struct room *r)
{
	for (uint32_t g = r->first; g < r->first + r->n; g++)
		if (free_inodes(s, g) > 0)
			return g;
	return r->first;
}

/* Fewest directories among those that are not fuller than the average. */
static uint32_t group_for_top(struct ext4_sb *s)
{
	uint32_t n = flexes(s), average = s->free_inodes / n, fewest = UINT32_MAX;
	uint64_t average_blocks = s->free_blocks / n;
	uint32_t from = s->alloc->next_dir_flex++ % n, best = from * s->flex_groups;

	for (uint32_t i = 0; i < n; i++) {
		struct room r = flex_room(s, (from + i) % n);

		/* The last one may have fewer groups than the others. */
		if (r.inodes == 0 || r.inodes < average / s->flex_groups * r.n ||
		    r.blocks < average_blocks / s->flex_groups * r.n)
			continue;
		if (r.dirs < fewest) {
			fewest = r.dirs;
			best = first_with_inode(s, &r);
		}
	}
	return best;
}

/* With the directory above it, as long as that place is not too full and has not more directories than its share and a sixteenth of its inodes. */
static uint32_t group_for_dir(struct ext4_sb *s, uint32_t parent)
{
	uint32_t n = flexes(s), most = s->dirs / n + s->inodes_per_group * s->flex_groups / 16;
	uint32_t fair = s->free_inodes / n / 4;
	uint64_t fair_blocks = s->free_blocks / n / 4;

	for (uint32_t i = 0; i < n; i++) {
		struct room r = flex_room(s, (parent / s->flex_groups + i) % n);

		if (r.inodes > 0 && r.inodes >= fair && r.blocks >= fair_blocks && r.dirs <= most)
			return first_with_inode(s, &r);
	}
	return parent;
}

/* A file of a directory in that group: there, or else in the same flex group. */
static bool group_near(const struct ext4_sb *s, uint32_t parent, uint32_t *ret)
{
	uint32_t first = parent - parent % s->flex_groups;
	uint32_t n = MIN(s->flex_groups, s->groups - first);

	for (uint32_t i = 0; i < n; i++) {
		*ret = first + (parent - first + i) % n;
		if (free_inodes(s, *ret) > 0 && free_blocks(s, *ret) > 0)
			return true;
	}
	return false;
}

static uint32_t first_group(struct ext4_sb *s, const struct inode *dir, uint32_t mode)
{
	uint32_t parent;

	if (!dir)
		return 0;
	parent = (uint32_t)((dir->ino - 1) / s->inodes_per_group) % s->groups;
	if (!S_ISDIR(mode)) {
		uint32_t near;

		if (group_near(s, parent, &near))
			return near;
		/* Files of one directory go to one other place, those of another to another. */
		for (uint32_t step = 1; step < s->groups; step *= 2) {
			parent = (parent + step + (uint32_t)dir->ino) % s->groups;
			if (free_inodes(s, parent) > 0 && free_blocks(s, parent) > 0)
				return parent;
		}
		return parent;
	}
	if (dir->ino == EXT4_ROOT_INO || (ext4_i(dir)->flags & EXT4_TOPDIR_FL))
		return group_for_top(s);
	return group_for_dir(s, parent);
}

static uint32_t find_clear(const uint8_t *map, uint32_t from, uint32_t end)
{
	while (from < end && bit_is_set(map, from))
		from += from % 8 == 0 && map[from / 8] == 0xff ? 8 : 1;
	return MIN(from, end);
}

/* The block bitmap has to be real before inodes are: fsck believes the flags. */
static int init_block_bitmap(struct handle *h, struct ext4_sb *s, uint32_t group)
{
	struct buffer *b, *desc_buf;
	struct ext4_group_desc *d = ext4_group_desc(s, group, &desc_buf);
	int r;

	if (!(s->csum || s->gdt_csum) || !(d->bg_flags & EXT4_BG_BLOCK_UNINIT))
		return 0;
	r = ext4_block_bitmap(s, group, &b);
	if (r < 0)
		return r;
	r = ext4_get_write(h, b);
	if (r == 0)
		r = ext4_get_write(h, desc_buf);
	if (r == 0) {
		d->bg_flags &= (uint16_t)~EXT4_BG_BLOCK_UNINIT;
		ext4_block_bitmap_csum_set(s, group, b);
		ext4_group_desc_csum_set(s, group);
		r = ext4_dirty(h, b);
	}
	if (r == 0)
		r = ext4_dirty(h, desc_buf);
	buffer_put(b);
	return r;
}

static int take_inode(struct handle *h, struct ext4_sb *s, uint32_t group, struct buffer *b,
		      uint32_t bit, bool is_dir)
{
	struct buffer *desc_buf;
	struct ext4_group_desc *d = ext4_group_desc(s, group, &desc_buf);
	uint32_t used, n;
	int r = ext4_get_write(h, b);

	if (r == 0)
		r = ext4_get_write(h, desc_buf);
	if (r < 0)
		return r;
	bit_put(b->data, bit, true);
	n = ext4_bg_free_inodes(s, d);
	ext4_bg_set_free_inodes(s, d, n ? n - 1 : 0);
	if (is_dir)
		ext4_bg_set_used_dirs(s, d, ext4_bg_used_dirs(s, d) + 1);
	if (s->csum || s->gdt_csum) {
		/* With the flag the whole table counts as unused, whatever the count says. */
		used = d->bg_flags & EXT4_BG_INODE_UNINIT
			       ? 0
			       : s->inodes_per_group -
					 MIN(ext4_bg_itable_unused(s, d), s->inodes_per_group);
		d->bg_flags &= (uint16_t)~EXT4_BG_INODE_UNINIT;
		if (bit >= used)
			used = bit + 1;
		ext4_bg_set_itable_unused(s, d, s->inodes_per_group - used);
	}
	ext4_inode_bitmap_csum_set(s, group, b);
	ext4_group_desc_csum_set(s, group);
	s->free_inodes -= s->free_inodes > 0;
	s->dirs += is_dir;
	r = ext4_dirty(h, b);
	return r < 0 ? r : ext4_dirty(h, desc_buf);
}

/* 1: *ret_ino is taken; 0: the group is full or bad. */
static int try_group(struct handle *h, struct ext4_sb *s, uint32_t group, bool is_dir,
		     uint32_t *ret_ino)
{
	struct ext4_group_info *gi = &s->alloc->groups[group];
	uint32_t bit, from;
	struct buffer *b;
	int r;

	if (free_inodes(s, group) == 0)
		return 0;
	r = ext4_inode_bitmap(s, group, &b);
	if (r == 0)
		r = init_block_bitmap(h, s, group);
	if (r < 0) {
		buffer_put(b);
		return r == -EUCLEAN && !s->aborted ? 0 : r;
	}
	from = group == 0 ? MAX(gi->inode_hint, s->first_ino - 1) : gi->inode_hint;
	bit = find_clear(b->data, from, s->inodes_per_group);
	if (bit >= s->inodes_per_group) {
		from = group == 0 ? s->first_ino - 1 : 0;
		bit = find_clear(b->data, from, s->inodes_per_group);
	}
	if (bit >= s->inodes_per_group) {
		ext4_warn(s, "group %u has fewer free inodes than its descriptor says", group);
		gi->bad_inodes = true;
		buffer_put(b);
		return 0;
	}
	r = take_inode(h, s, group, b, bit, is_dir);
	buffer_put(b);
	if (r < 0)
		return r;
	gi->inode_hint = bit + 1;
	*ret_ino = group * s->inodes_per_group + bit + 1;
	return 1;
}

int ext4_ialloc(struct handle *h, const struct inode *dir, uint32_t mode, uint32_t *ret_ino)
{
	struct ext4_sb *s;
	uint32_t first;

	ASSERT_LOCKED();
	if (!dir)
		return -EINVAL;
	s = ext4_isb(dir);
	first = first_group(s, dir, mode);
	for (uint32_t i = 0; i < s->groups; i++) {
		int r = try_group(h, s, (first + i) % s->groups, S_ISDIR(mode), ret_ino);

		if (r != 0)
			return r < 0 ? r : 0;
	}
	return -ENOSPC;
}

int ext4_ifree(struct handle *h, struct ext4_sb *s, uint32_t ino, bool is_dir)
{
	uint32_t group, bit, n;
	struct buffer *b, *desc_buf;
	struct ext4_group_desc *d;
	int r;

	ASSERT_LOCKED();
	if (ino < s->first_ino || ino > s->inodes_count)
		return -EINVAL;
	group = (ino - 1) / s->inodes_per_group;
	bit = (ino - 1) % s->inodes_per_group;
	d = ext4_group_desc(s, group, &desc_buf);
	r = ext4_inode_bitmap(s, group, &b);
	if (r < 0)
		return r;
	n = ext4_bg_free_inodes(s, d);
	if (!bit_is_set(b->data, bit) || n >= s->inodes_per_group) {
		buffer_put(b);
		return ext4_error(s, "inode %u is freed and was free", ino);
	}
	r = ext4_get_write(h, b);
	if (r == 0)
		r = ext4_get_write(h, desc_buf);
	if (r == 0) {
		uint32_t dirs = ext4_bg_used_dirs(s, d);

		bit_put(b->data, bit, false);
		ext4_bg_set_free_inodes(s, d, n + 1);
		if (is_dir && dirs > 0)
			ext4_bg_set_used_dirs(s, d, dirs - 1);
		ext4_inode_bitmap_csum_set(s, group, b);
		ext4_group_desc_csum_set(s, group);
		s->free_inodes++;
		s->dirs -= is_dir && s->dirs > 0;
		if (bit < s->alloc->groups[group].inode_hint)
			s->alloc->groups[group].inode_hint = bit;
		r = ext4_dirty(h, b);
	}
	if (r == 0)
		r = ext4_dirty(h, desc_buf);
	buffer_put(b);
	return r;
}

int ext4_inode_in_use(struct ext4_sb *s, uint32_t ino)
{
	struct buffer *b;
	int r;

	if (ino == 0 || ino > s->inodes_count)
		return 0;
	r = ext4_inode_bitmap(s, (ino - 1) / s->inodes_per_group, &b);
	if (r < 0)
		return r;
	r = bit_is_set(b->data, (ino - 1) % s->inodes_per_group);
	buffer_put(b);
	return r;
}

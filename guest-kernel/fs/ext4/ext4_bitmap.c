// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bitmaps of a group, read and checked. A group that was never used has none on the disk (the UNINIT flags): then it is made here, from where the metadata
 * lies, and gets to the disk with the first change.
 */
#include "fs/ext4/ext4_alloc_internal.h"

void bits_put(uint8_t *map, uint32_t bit, uint32_t n, bool set)
{
	for (; n > 0 && bit % 8; bit++, n--)
		bit_put(map, bit, set);
	memset(map + bit / 8, set ? 0xff : 0, n / 8);
	for (bit += n & ~7u, n &= 7; n > 0; bit++, n--)
		bit_put(map, bit, set);
}

/* Only with flags that count: without checksums of descriptors they mean nothing. */
static bool is_uninit(const struct ext4_sb *s, const struct ext4_group_desc *d, uint16_t flag)
{
	return (s->csum || s->gdt_csum) && (d->bg_flags & flag) != 0;
}

static bool has_high(const struct ext4_sb *s, size_t field_end)
{
	return s->desc_size >= field_end;
}

static bool csum_is(const struct ext4_sb *s, uint32_t csum, uint16_t lo, uint16_t hi, size_t hi_end)
{
	if ((uint16_t)csum != lo)
		return false;
	return !has_high(s, hi_end) || (uint16_t)(csum >> 16) == hi;
}

#define BLOCK_HI_END (offsetof(struct ext4_group_desc, bg_block_bitmap_csum_hi) + 2)
#define INODE_HI_END (offsetof(struct ext4_group_desc, bg_inode_bitmap_csum_hi) + 2)

void ext4_block_bitmap_csum_set(struct ext4_sb *s, uint32_t group, const struct buffer *b)
{
	struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);
	uint32_t csum;

	if (!s->csum)
		return;
	csum = ext4_csum(s->csum_seed, b->data, s->blocks_per_group / 8);
	d->bg_block_bitmap_csum_lo = (uint16_t)csum;
	if (has_high(s, BLOCK_HI_END))
		d->bg_block_bitmap_csum_hi = (uint16_t)(csum >> 16);
}

void ext4_inode_bitmap_csum_set(struct ext4_sb *s, uint32_t group, const struct buffer *b)
{
	struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);
	uint32_t csum;

	if (!s->csum)
		return;
	csum = ext4_csum(s->csum_seed, b->data, s->inodes_per_group / 8);
	d->bg_inode_bitmap_csum_lo = (uint16_t)csum;
	if (has_high(s, INODE_HI_END))
		d->bg_inode_bitmap_csum_hi = (uint16_t)(csum >> 16);
}

/* Whatever has a fixed place in the group is in use, and what lies behind the end of the disk. */
static void make_block_bitmap(struct ext4_sb *s, uint32_t group, uint8_t *map)
{
	uint64_t first = ext4_group_first(s, group);
	uint32_t n = ext4_group_blocks(s, group);

	memset(map, 0, s->block_size);
	for (uint32_t i = 0; i < n; i++)
		if (!ext4_blocks_valid(s, first + i, 1))
			bit_put(map, i, true);
	bits_put(map, n, s->block_size * 8 - n, true);
}

/* A damaged map must at least not give away the group's own metadata. */
static bool covers_own(const struct ext4_sb *s, uint32_t group, const uint8_t *map)
{
	const struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);
	uint64_t first = ext4_group_first(s, group), end = first + ext4_group_blocks(s, group);
	uint64_t places[3] = { ext4_bg_block_bitmap(s, d), ext4_bg_inode_bitmap(s, d),
			       ext4_bg_inode_table(s, d) };

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t n = i == 2 ? s->inode_blocks_per_group : 1;

		for (uint64_t b = places[i]; b < places[i] + n; b++)
			if (b >= first && b < end && !bit_is_set(map, (uint32_t)(b - first)))
				return false;
	}
	return true;
}

int ext4_block_bitmap(struct ext4_sb *s, uint32_t group, struct buffer **ret)
{
	struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);
	struct ext4_group_info *gi = &s->alloc->groups[group];
	uint64_t block = ext4_bg_block_bitmap(s, d);
	struct buffer *b;
	int r;

	*ret = NULL;
	if (gi->bad)
		return -EUCLEAN;
	b = buffer_find(s->dev, block);
	if (!b || !b->uptodate || !b->verified) {
		bool uninit = is_uninit(s, d, EXT4_BG_BLOCK_UNINIT);

		buffer_put(b);
		r = uninit ? buffer_new(s->dev, block, &b)
			   : ext4_read_table(s, block, "the block bitmap", &b);
		if (r < 0)
			return r;
		/* Somebody else may have been here while we slept. */
		if (!b->verified && is_uninit(s, d, EXT4_BG_BLOCK_UNINIT)) {
			make_block_bitmap(s, group, b->data);
		} else if (!b->verified) {
			uint32_t csum = ext4_csum(s->csum_seed, b->data, s->blocks_per_group / 8);

			if ((s->csum && !csum_is(s, csum, d->bg_block_bitmap_csum_lo,
						 d->bg_block_bitmap_csum_hi, BLOCK_HI_END)) ||
			    !covers_own(s, group, b->data)) {
				gi->bad = true;
				buffer_put(b);
				return ext4_error(s, "block bitmap of group %u is damaged", group);
			}
		}
		b->verified = true;
	}
	*ret = b;
	return 0;
}

int ext4_inode_bitmap(struct ext4_sb *s, uint32_t group, struct buffer **ret)
{
	struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);
	struct ext4_group_info *gi = &s->alloc->groups[group];
	uint64_t block = ext4_bg_inode_bitmap(s, d);
	struct buffer *b;
	int r;

	*ret = NULL;
	if (gi->bad_inodes)
		return -EUCLEAN;
	b = buffer_find(s->dev, block);
	if (!b || !b->uptodate || !b->verified) {
		bool uninit = is_uninit(s, d, EXT4_BG_INODE_UNINIT);

		buffer_put(b);
		r = uninit ? buffer_new(s->dev, block, &b)
			   : ext4_read_table(s, block, "the inode bitmap", &b);
		if (r < 0)
			return r;
		if (!b->verified && is_uninit(s, d, EXT4_BG_INODE_UNINIT)) {
			uint32_t n = s->inodes_per_group;

			memset(b->data, 0, s->block_size);
			bits_put(b->data, n, s->block_size * 8 - n, true);
		} else if (!b->verified && s->csum) {
			uint32_t csum = ext4_csum(s->csum_seed, b->data, s->inodes_per_group / 8);

			if (!csum_is(s, csum, d->bg_inode_bitmap_csum_lo,
				     d->bg_inode_bitmap_csum_hi, INODE_HI_END)) {
				gi->bad_inodes = true;
				buffer_put(b);
				return ext4_error(s, "inode bitmap of group %u is damaged", group);
			}
		}
		b->verified = true;
	}
	*ret = b;
	return 0;
}

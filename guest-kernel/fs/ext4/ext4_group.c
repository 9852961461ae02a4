// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Group descriptors: where they lie, their fields in both sizes, their checksums; and the zones of metadata that have a fixed place, into which no file may reach.
 */
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"

struct ext4_zone {
	uint64_t first, n;
};

/* --- places ------------------------------------------------------------------------------------- */

static bool is_power_of(uint32_t n, uint32_t base)
{
	while (n > 1 && n % base == 0)
		n /= base;
	return n == 1;
}

bool ext4_group_has_super(const struct ext4_sb *s, uint32_t group)
{
	if (group == 0)
		return true;
	if (EXT4_HAS_COMPAT(s, SPARSE_SUPER2))
		return group == s->es->s_backup_bgs[0] || group == s->es->s_backup_bgs[1];
	if (group == 1 || !EXT4_HAS_RO_COMPAT(s, SPARSE_SUPER))
		return true;
	return is_power_of(group, 3) || is_power_of(group, 5) || is_power_of(group, 7);
}

static bool is_meta_bg(const struct ext4_sb *s, uint32_t desc_block)
{
	return EXT4_HAS_INCOMPAT(s, META_BG) && desc_block >= s->es->s_first_meta_bg;
}

static uint64_t desc_block_place(const struct ext4_sb *s, uint32_t n)
{
	uint32_t group = n * s->descs_per_block;
	uint64_t super_block = EXT4_SUPER_OFFSET / s->block_size;

	if (!is_meta_bg(s, n))
		return super_block + 1 + n;
	return ext4_group_first(s, group) + (ext4_group_has_super(s, group) ? 1 : 0);
}

uint32_t ext4_group_head_blocks(const struct ext4_sb *s, uint32_t group)
{
	bool has_super = ext4_group_has_super(s, group);
	uint32_t n = has_super ? 1 : 0, meta = group / s->descs_per_block;

	if (is_meta_bg(s, meta)) {
		uint32_t first = meta * s->descs_per_block;
		uint32_t last = first + s->descs_per_block - 1;

		return n + (group == first || group == first + 1 || group == last ? 1 : 0);
	}
	if (!has_super)
		return 0;
	n += EXT4_HAS_INCOMPAT(s, META_BG) ? s->es->s_first_meta_bg : s->n_desc_bufs;
	return n + s->es->s_reserved_gdt_blocks;
}

/* --- fields ------------------------------------------------------------------------------------- */

struct ext4_group_desc *ext4_group_desc(const struct ext4_sb *s, uint32_t group,
					struct buffer **ret_buf)
{
	struct buffer *b = s->desc_bufs[group / s->descs_per_block];

	if (ret_buf)
		*ret_buf = b;
	return (struct ext4_group_desc *)(void *)(b->data + (size_t)(group % s->descs_per_block) *
								    s->desc_size);
}

static bool wide(const struct ext4_sb *s)
{
	return s->desc_size >= sizeof(struct ext4_group_desc);
}

#define BG_BLOCK(name, field)                                                         \
	uint64_t name(const struct ext4_sb *s, const struct ext4_group_desc *d)       \
	{                                                                             \
		return d->field##_lo | (wide(s) ? (uint64_t)d->field##_hi << 32 : 0); \
	}
#define BG_COUNT(name, set_name, field)                                               \
	uint32_t name(const struct ext4_sb *s, const struct ext4_group_desc *d)       \
	{                                                                             \
		return d->field##_lo | (wide(s) ? (uint32_t)d->field##_hi << 16 : 0); \
	}                                                                             \
	void set_name(const struct ext4_sb *s, struct ext4_group_desc *d, uint32_t n) \
	{                                                                             \
		d->field##_lo = (uint16_t)n;                                          \
		if (wide(s))                                                          \
			d->field##_hi = (uint16_t)(n >> 16);                          \
	}
BG_BLOCK(ext4_bg_block_bitmap, bg_block_bitmap)
BG_BLOCK(ext4_bg_inode_bitmap, bg_inode_bitmap)
BG_BLOCK(ext4_bg_inode_table, bg_inode_table)
BG_COUNT(ext4_bg_free_blocks, ext4_bg_set_free_blocks, bg_free_blocks_count)
BG_COUNT(ext4_bg_free_inodes, ext4_bg_set_free_inodes, bg_free_inodes_count)
BG_COUNT(ext4_bg_used_dirs, ext4_bg_set_used_dirs, bg_used_dirs_count)
BG_COUNT(ext4_bg_itable_unused, ext4_bg_set_itable_unused, bg_itable_unused)

static uint16_t desc_csum(const struct ext4_sb *s, uint32_t group, const struct ext4_group_desc *d)
{
	size_t at = offsetof(struct ext4_group_desc, bg_checksum), behind = at + 2;
	const uint8_t *p = (const uint8_t *)d;
	uint16_t zero = 0, c;

	if (s->csum) {
		uint32_t v = ext4_csum(s->csum_seed, &group, sizeof(group));

		v = ext4_csum(v, p, at);
		v = ext4_csum(v, &zero, sizeof(zero));
		return (uint16_t)ext4_csum(v, p + behind, s->desc_size - behind);
	}
	c = crc16(0xffff, s->es->s_uuid, sizeof(s->es->s_uuid));
	c = crc16(c, &group, sizeof(group));
	c = crc16(c, p, at);
	return s->desc_size > behind ? crc16(c, p + behind, s->desc_size - behind) : c;
}

void ext4_group_desc_csum_set(const struct ext4_sb *s, uint32_t group)
{
	struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);

	if (s->csum || s->gdt_csum)
		d->bg_checksum = desc_csum(s, group, d);
}

/* --- zones -------------------------------------------------------------------------------------- */

static int zone_push(struct ext4_sb *s, uint64_t first, uint64_t n)
{
	struct ext4_zone *last = s->n_zones ? &s->zones[s->n_zones - 1] : NULL;

	if (last && last->first + last->n == first) {
		last->n += n;
		return 0;
	}
	if (s->n_zones == s->max_zones) {
		uint32_t max = s->max_zones ? 2 * s->max_zones : 64;
		struct ext4_zone *z = krealloc(s->zones, max * sizeof(*z));

		if (!z)
			return -ENOMEM;
		s->zones = z;
		s->max_zones = max;
	}
	s->zones[s->n_zones++] = (struct ext4_zone){ first, n };
	return 0;
}

static void sift(struct ext4_zone *z, uint32_t i, uint32_t n)
{
	for (;;) {
		uint32_t c = 2 * i + 1;
		struct ext4_zone t;

		if (c >= n)
			return;
		if (c + 1 < n && z[c + 1].first > z[c].first)
			c++;
		if (z[i].first >= z[c].first)
			return;
		t = z[i];
		z[i] = z[c];
		z[c] = t;
		i = c;
	}
}

/* Heap sort, since the numbers come from the disk; then what touches or overlaps becomes one. */
static void zones_sort(struct ext4_sb *s)
{
	struct ext4_zone *z = s->zones;
	uint32_t n = s->n_zones, to = 0;

	for (uint32_t i = n / 2; i-- > 0;)
		sift(z, i, n);
	for (uint32_t i = n; i-- > 1;) {
		struct ext4_zone t = z[0];

		z[0] = z[i];
		z[i] = t;
		sift(z, 0, i);
	}
	for (uint32_t i = 1; i < n; i++) {
		uint64_t end = z[to].first + z[to].n;

		if (z[i].first <= end)
			z[to].n = MAX(end, z[i].first + z[i].n) - z[to].first;
		else
			z[++to] = z[i];
	}
	s->n_zones = n ? to + 1 : 0;
}

int ext4_zone_add(struct ext4_sb *s, uint64_t first, uint64_t n)
{
	int r = zone_push(s, first, n);

	zones_sort(s);
	return r;
}

bool ext4_blocks_valid(const struct ext4_sb *s, uint64_t block, uint64_t n)
{
	uint32_t lo = 0, hi = s->n_zones;

	if (n == 0 || block <= s->first_data_block || block >= s->blocks_count ||
	    n > s->blocks_count - block)
		return false;
	while (lo < hi) { /* the first zone that ends behind block */
		uint32_t mid = (lo + hi) / 2;

		if (s->zones[mid].first + s->zones[mid].n > block)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo == s->n_zones || s->zones[lo].first >= block + n;
}

/* --- opening ------------------------------------------------------------------------------------ */

static bool place_ok(const struct ext4_sb *s, uint32_t group, uint64_t block, uint64_t n)
{
	uint64_t first = s->first_data_block, end = s->blocks_count;

	if (!EXT4_HAS_INCOMPAT(s, FLEX_BG)) {
		first = ext4_group_first(s, group);
		end = first + ext4_group_blocks(s, group);
	}
	return block > s->first_data_block && block >= first && block < end && n <= end - block;
}

static int check_group(struct ext4_sb *s, uint32_t group, char *why, size_t len)
{
	const struct ext4_group_desc *d = ext4_group_desc(s, group, NULL);
	uint64_t places[3] = { ext4_bg_block_bitmap(s, d), ext4_bg_inode_bitmap(s, d),
			       ext4_bg_inode_table(s, d) };
	uint32_t head = ext4_group_head_blocks(s, group);
	int r = 0;

	if ((s->csum || s->gdt_csum) && d->bg_checksum != desc_csum(s, group, d)) {
		(void)format_str(why, len,
				 "descriptor of group %u has a wrong checksum; run e2fsck", group);
		return -EUCLEAN;
	}
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t n = i == 2 ? s->inode_blocks_per_group : 1;

		if (!place_ok(s, group, places[i], n)) {
			(void)format_str(
				why, len,
				"descriptor of group %u points out of its place; run e2fsck",
				group);
			return -EUCLEAN;
		}
		if (r == 0)
			r = zone_push(s, places[i], n);
	}
	if (r == 0 && head)
		r = zone_push(s, ext4_group_first(s, group), head);
	return r;
}

int ext4_group_open(struct ext4_sb *s, char *why, size_t len)
{
	uint32_t n = (s->groups + s->descs_per_block - 1) / s->descs_per_block;
	int r = 0;

	s->desc_bufs = kzalloc(n * sizeof(struct buffer *));
	if (!s->desc_bufs)
		return -ENOMEM;
	s->n_desc_bufs = n;
	for (uint32_t i = 0; r == 0 && i < n; i++) {
		uint64_t place = desc_block_place(s, i);

		r = place < s->blocks_count ? buffer_read(s->dev, place, &s->desc_bufs[i])
					    : -EUCLEAN;
		if (r < 0)
			(void)format_str(why, len, "cannot read the group descriptors (block %llu)",
					 (unsigned long long)place);
	}
	for (uint32_t g = 0; r == 0 && g < s->groups; g++)
		r = check_group(s, g, why, len);
	if (r == 0)
		zones_sort(s);
	return r;
}

void ext4_group_close(struct ext4_sb *s)
{
	for (uint32_t i = 0; s->desc_bufs && i < s->n_desc_bufs; i++)
		buffer_put(s->desc_bufs[i]);
	kfree(s->desc_bufs);
	kfree(s->zones);
	s->desc_bufs = NULL;
	s->zones = NULL;
	s->n_zones = s->max_zones = 0;
}

/* --- inode tables that mke2fs did not write ----------------------------------------------------- */

static int init_table(struct ext4_sb *s, uint32_t group)
{
	struct buffer *b;
	struct ext4_group_desc *d = ext4_group_desc(s, group, &b);
	uint64_t table = ext4_bg_inode_table(s, d), skip;
	uint32_t unused = MIN(ext4_bg_itable_unused(s, d), s->inodes_per_group);
	struct handle *h;
	int r, r2;

	if (d->bg_flags & EXT4_BG_INODE_UNINIT)
		unused = s->inodes_per_group;
	skip = ((uint64_t)(s->inodes_per_group - unused) * s->inode_size + s->block_size - 1) /
	       s->block_size;
	if (skip < s->inode_blocks_per_group) {
		for (uint64_t i = skip; i < s->inode_blocks_per_group; i++) {
			struct buffer *old = buffer_find(s->dev, table + i);

			if (old)
				memset(old->data, 0, old->size);
			buffer_put(old);
		}
		r = block_zero(s->dev, (table + skip) * s->block_size,
			       (s->inode_blocks_per_group - skip) * s->block_size, NULL);
		if (r < 0)
			return r;
	}
	r = ext4_start(s, 1, 0, &h);
	if (r < 0)
		return r;
	r = ext4_get_write(h, b);
	if (r == 0) {
		d->bg_flags |= EXT4_BG_INODE_ZEROED;
		ext4_group_desc_csum_set(s, group);
		ext4_data_written(h, 0, 0);
		r = ext4_dirty(h, b);
	}
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

int ext4_group_init_tables(struct ext4_sb *s)
{
	int r = 0;

	if (!s->csum && !s->gdt_csum)
		return 0;
	for (uint32_t g = 0; r == 0 && g < s->groups; g++)
		if (!(ext4_group_desc(s, g, NULL)->bg_flags & EXT4_BG_INODE_ZEROED))
			r = init_table(s, g);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
#include "fuzz_target.h"

#include "fs/ext4/journal_format.h"
#include "image_areas.h"
#include "lib/crc32c.h"

#define FIELD(type, field) offsetof(struct type, field)

static const struct ext4_super_block *super_of(const uint8_t *image)
{
	return (const void *)(image + EXT4_SUPER_OFFSET);
}

static uint8_t *desc_at(const struct areas *a, uint8_t *image, uint32_t group)
{
	return image + (EXT4_SUPER_OFFSET / a->block_size + 1) * a->block_size +
	       group * a->desc_size;
}

static const struct ext4_group_desc *desc_of(const struct areas *a, const uint8_t *image,
					     uint32_t group)
{
	return (const void *)desc_at(a, (uint8_t *)(uintptr_t)image, group);
}

static uint32_t inode_place(const struct areas *a, const uint8_t *image, uint32_t ino)
{
	uint32_t g = (ino - 1) / a->inodes_per_group, n = (ino - 1) % a->inodes_per_group;

	return desc_of(a, image, g)->bg_inode_table_lo * a->block_size + n * a->inode_size;
}

static const struct ext4_disk_inode *inode_of(const struct areas *a, const uint8_t *image,
					      uint32_t ino)
{
	return (const void *)(image + inode_place(a, image, ino));
}

/* --- finding ------------------------------------------------------------------------------------ */

static void add(struct areas *a, unsigned int kind, uint32_t offset, uint32_t len, uint32_t ino,
		uint32_t form)
{
	MUST(offset < a->bytes && len <= a->bytes - offset);
	if (a->n == a->max) {
		a->max = a->max ? 2 * a->max : 128;
		a->v = realloc(a->v, a->max * sizeof(*a->v));
		MUST(a->v);
	}
	a->v[a->n++] = (struct area){
		.kind = kind,
		.offset = offset,
		.len = len,
		.ino = ino,
		.inode_at = a->inode_at,
		.form = form,
	};
}

/* How a block of a directory is to be read. */
static uint32_t dir_form(const struct areas *a, const uint8_t *b, uint32_t lblock, uint32_t flags)
{
	if (!(flags & EXT4_INDEX_FL))
		return 0;
	if (lblock == 0)
		return 32;
	return *(const uint32_t *)(const void *)b == 0 &&
			       *(const uint16_t *)(const void *)(b + 4) == a->block_size
		       ? 8
		       : 0;
}

static void add_data(struct areas *a, const uint8_t *image, uint32_t ino, unsigned int kind,
		     uint32_t lblock, uint32_t block)
{
	uint32_t flags = inode_of(a, image, ino)->i_flags;

	if (kind && block)
		add(a, kind, block * a->block_size, a->block_size, ino,
		    kind == AREA_DIR ? dir_form(a, image + block * a->block_size, lblock, flags)
				     : 0);
}

static void find_extents(struct areas *a, const uint8_t *image, uint32_t ino, unsigned int kind,
			 const uint8_t *node)
{
	const struct ext4_extent_header *h = (const void *)node;

	MUST(h->eh_magic == EXT4_EXT_MAGIC);
	for (unsigned int i = 0; i < h->eh_entries; i++) {
		const struct ext4_extent *e =
			(const void *)(node + sizeof(*h) + i * sizeof(struct ext4_extent));
		const struct ext4_extent_idx *x = (const void *)e;

		if (h->eh_depth) {
			add(a, AREA_MAP, x->ei_leaf_lo * a->block_size, a->block_size, ino, 1);
			find_extents(a, image, ino, kind,
				     image + (size_t)x->ei_leaf_lo * a->block_size);
			continue;
		}
		for (uint32_t k = 0; k < (e->ee_len & 0x7fffu); k++)
			add_data(a, image, ino, kind, e->ee_block + k, e->ee_start_lo + k);
	}
}

static uint32_t find_indirect(struct areas *a, const uint8_t *image, uint32_t ino,
			      unsigned int kind, uint32_t block, unsigned int depth, uint32_t at)
{
	uint32_t per = a->block_size / 4, covers = 1;

	for (unsigned int i = 0; i < depth; i++)
		covers *= per;
	if (!block)
		return at + covers;
	if (depth == 0) {
		add_data(a, image, ino, kind, at, block);
		return at + 1;
	}
	add(a, AREA_MAP, block * a->block_size, a->block_size, ino, 0);
	for (uint32_t i = 0; i < per; i++)
		at = find_indirect(
			a, image, ino, kind,
			((const uint32_t *)(const void *)(image +
							  (size_t)block * a->block_size))[i],
			depth - 1, at);
	return at;
}

static unsigned int data_kind(const uint8_t *image, uint32_t ino, const struct ext4_disk_inode *d)
{
	const struct ext4_super_block *es = super_of(image);

	if (ino == es->s_journal_inum && (es->s_feature_compat & EXT4_COMPAT_HAS_JOURNAL))
		return AREA_JOURNAL;
	if (ino == es->s_orphan_file_inum)
		return AREA_ORPHAN;
	if (ino == EXT4_RESIZE_INO || ino == EXT4_BAD_INO)
		return 0;
	if ((d->i_mode & 0170000) == 0040000)
		return AREA_DIR;
	if ((d->i_mode & 0170000) == 0120000 || (d->i_flags & EXT4_EA_INODE_FL))
		return AREA_VALUE;
	return 0;
}

static void find_inode(struct areas *a, const uint8_t *image, uint32_t ino)
{
	const struct ext4_disk_inode *d = inode_of(a, image, ino);
	unsigned int type = d->i_mode & 0170000, kind = data_kind(image, ino, d);
	uint32_t at = 0;

	a->inode_at = inode_place(a, image, ino);
	add(a, AREA_INODE, inode_place(a, image, ino), a->inode_size, ino, 0);
	if (d->i_file_acl_lo)
		add(a, AREA_XATTR, d->i_file_acl_lo * a->block_size, a->block_size, ino, 0);
	if ((type != 0040000 && type != 0100000 && type != 0120000) ||
	    (d->i_flags & EXT4_INLINE_DATA_FL) ||
	    (type == 0120000 && d->i_size_lo < sizeof(d->i_block)))
		return;
	if (d->i_flags & EXT4_EXTENTS_FL) {
		find_extents(a, image, ino, kind, (const uint8_t *)d->i_block);
		return;
	}
	for (unsigned int i = 0; i < EXT4_N_BLOCKS; i++)
		at = find_indirect(a, image, ino, kind, d->i_block[i], i < 12 ? 0 : i - 11, at);
}

static void find_group(struct areas *a, const uint8_t *image, uint32_t g)
{
	const struct ext4_group_desc *d = desc_of(a, image, g);
	const uint8_t *bitmap = image + (size_t)d->bg_inode_bitmap_lo * a->block_size;

	add(a, AREA_DESC, (uint32_t)((const uint8_t *)d - image), a->desc_size, g, 0);
	if (!(d->bg_flags & EXT4_BG_BLOCK_UNINIT))
		add(a, AREA_BLOCK_BITMAP, d->bg_block_bitmap_lo * a->block_size, a->block_size, g,
		    0);
	if (d->bg_flags & EXT4_BG_INODE_UNINIT)
		return;
	add(a, AREA_INODE_BITMAP, d->bg_inode_bitmap_lo * a->block_size, a->block_size, g, 0);
	for (uint32_t i = 0; i < a->inodes_per_group; i++)
		if (bitmap[i / 8] >> i % 8 & 1)
			find_inode(a, image, g * a->inodes_per_group + i + 1);
}

void areas_find(struct areas *a, const uint8_t *image, uint32_t bytes)
{
	const struct ext4_super_block *es = super_of(image);

	*a = (struct areas){ .bytes = bytes };
	MUST(es->s_magic == EXT4_MAGIC && es->s_log_block_size <= 2);
	a->block_size = 1024u << es->s_log_block_size;
	a->inode_size = es->s_rev_level ? es->s_inode_size : 128;
	a->desc_size = es->s_feature_incompat & EXT4_INCOMPAT_64BIT ? es->s_desc_size : 32;
	a->inodes_per_group = es->s_inodes_per_group;
	a->blocks_per_group = es->s_blocks_per_group;
	a->groups = es->s_inodes_count / es->s_inodes_per_group;
	MUST(a->groups * a->desc_size <= a->block_size);
	add(a, AREA_SUPER, EXT4_SUPER_OFFSET, 1024, 0, 0);
	for (uint32_t g = 0; g < a->groups; g++)
		find_group(a, image, g);
}

void areas_free(struct areas *a)
{
	free(a->v);
	*a = (struct areas){ 0 };
}

/* --- mending ------------------------------------------------------------------------------------ */

static uint32_t fs_seed(const uint8_t *image)
{
	const struct ext4_super_block *es = super_of(image);

	if (es->s_feature_incompat & EXT4_INCOMPAT_CSUM_SEED)
		return es->s_checksum_seed;
	return crc32c(UINT32_MAX, es->s_uuid, sizeof(es->s_uuid));
}

/* The inode's place is the one it had: descriptors may lie by now. */
static uint32_t ino_seed(const uint8_t *image, const struct area *v)
{
	const struct ext4_disk_inode *d = (const void *)(image + v->inode_at);
	uint32_t generation = d->i_generation;
	uint32_t c = crc32c(fs_seed(image), &v->ino, sizeof(v->ino));

	return crc32c(c, &generation, sizeof(generation));
}

static void put32(uint8_t *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}

static void put_halves(const struct areas *a, uint8_t *lo, uint8_t *hi, uint32_t c)
{
	uint16_t l = (uint16_t)c, h = (uint16_t)(c >> 16);

	memcpy(lo, &l, sizeof(l));
	if (a->desc_size >= 64)
		memcpy(hi, &h, sizeof(h));
}

static void mend_bitmap(const struct areas *a, uint8_t *image, const struct area *v)
{
	uint8_t *d = desc_at(a, image, v->ino);
	bool blocks = v->kind == AREA_BLOCK_BITMAP;
	uint32_t c = crc32c(fs_seed(image), image + v->offset,
			    (blocks ? a->blocks_per_group : a->inodes_per_group) / 8);

	if (blocks)
		put_halves(a, d + FIELD(ext4_group_desc, bg_block_bitmap_csum_lo),
			   d + FIELD(ext4_group_desc, bg_block_bitmap_csum_hi), c);
	else
		put_halves(a, d + FIELD(ext4_group_desc, bg_inode_bitmap_csum_lo),
			   d + FIELD(ext4_group_desc, bg_inode_bitmap_csum_hi), c);
}

static void mend_desc(const struct areas *a, uint8_t *image, const struct area *v, bool csum)
{
	const struct ext4_super_block *es = super_of(image);
	uint32_t at = FIELD(ext4_group_desc, bg_checksum), c;
	uint8_t *d = image + v->offset;
	uint16_t zero = 0, c16;

	if (csum) {
		c = crc32c(fs_seed(image), &v->ino, 4);
		c = crc32c(c, d, at);
		c = crc32c(c, &zero, 2);
		c16 = (uint16_t)crc32c(c, d + at + 2, a->desc_size - at - 2);
	} else {
		c16 = crc16(0xffff, es->s_uuid, sizeof(es->s_uuid));
		c16 = crc16(c16, &v->ino, 4);
		c16 = crc16(c16, d, at);
		if (a->desc_size > at + 2)
			c16 = crc16(c16, d + at + 2, a->desc_size - at - 2);
	}
	memcpy(d + at, &c16, sizeof(c16));
}

static void mend_inode(const struct areas *a, uint8_t *image, const struct area *v)
{
	struct ext4_disk_inode *d = (void *)(image + v->offset);
	bool wide = a->inode_size > 128 && d->i_extra_isize >= 4;
	uint32_t c;

	d->i_checksum_lo = 0;
	if (wide)
		d->i_checksum_hi = 0;
	c = crc32c(ino_seed(image, v), d, a->inode_size);
	d->i_checksum_lo = (uint16_t)c;
	if (wide)
		d->i_checksum_hi = (uint16_t)(c >> 16);
}

static void mend_dir(const struct areas *a, uint8_t *image, const struct area *v)
{
	uint8_t *b = image + v->offset;
	uint32_t seed = ino_seed(image, v), zero = 0, c, end;
	const struct ext4_dx_countlimit *n = (const void *)(b + v->form);

	if (v->form == 0) {
		put32(b + a->block_size - 4, crc32c(seed, b, a->block_size - 12));
		return;
	}
	end = v->form + n->limit * 8u;
	if (end + 8 > a->block_size || n->count > n->limit)
		return;
	c = crc32c(seed, b, v->form + n->count * 8u);
	c = crc32c(c, b + end, 4);
	put32(b + end + 4, crc32c(c, &zero, 4));
}

static void mend_map(const struct areas *a, uint8_t *image, const struct area *v)
{
	uint8_t *b = image + v->offset;
	uint32_t end = 12 + ((const struct ext4_extent_header *)(const void *)b)->eh_max * 12u;

	if (v->form && end + 4 <= a->block_size)
		put32(b + end, crc32c(ino_seed(image, v), b, end));
}

static void mend_xattr(const struct areas *a, uint8_t *image, const struct area *v)
{
	uint8_t *b = image + v->offset;
	uint64_t place = v->offset / a->block_size;
	uint32_t c = crc32c(fs_seed(image), &place, sizeof(place));

	put32(b + FIELD(ext4_xattr_header, h_checksum), 0);
	put32(b + FIELD(ext4_xattr_header, h_checksum), crc32c(c, b, a->block_size));
}

static void mend_orphan(const struct areas *a, uint8_t *image, const struct area *v)
{
	uint8_t *b = image + v->offset;
	uint64_t place = v->offset / a->block_size;
	uint32_t c = crc32c(ino_seed(image, v), &place, sizeof(place));

	put32(b + a->block_size - 4, crc32c(c, b, a->block_size - 8));
}

/* Its first block says how the others are. */
static void mend_journal(const struct areas *a, uint8_t *image)
{
	struct journal_format f = { 0 };

	for (unsigned int i = 0; i < a->n; i++) {
		uint8_t *b = image + a->v[i].offset;

		if (a->v[i].kind != AREA_JOURNAL)
			continue;
		if (!f.block_size) {
			journal_format_set(&f, b, a->block_size);
			if (!f.checksums)
				return;
			be32_put(b + SUPER_CHECKSUM, journal_super_checksum(b));
		} else if (be32_at(b) == JOURNAL_MAGIC) {
			if (be32_at(b + HEADER_TYPE) == JOURNAL_COMMIT)
				journal_commit_set(&f, b);
			else
				journal_tail_set(&f, b);
		}
	}
}

static void mend_area(const struct areas *a, uint8_t *image, const struct area *v)
{
	switch (v->kind) {
	case AREA_BLOCK_BITMAP:
	case AREA_INODE_BITMAP:
		mend_bitmap(a, image, v);
		break;
	case AREA_INODE:
		mend_inode(a, image, v);
		break;
	case AREA_MAP:
		mend_map(a, image, v);
		break;
	case AREA_DIR:
		mend_dir(a, image, v);
		break;
	case AREA_XATTR:
		mend_xattr(a, image, v);
		break;
	case AREA_ORPHAN:
		mend_orphan(a, image, v);
		break;
	default:
		break;
	}
}

void areas_mend(const struct areas *a, uint8_t *image)
{
	struct ext4_super_block *es = (void *)(image + EXT4_SUPER_OFFSET);
	bool csum = es->s_feature_ro_compat & EXT4_RO_COMPAT_METADATA_CSUM;
	bool old = es->s_feature_ro_compat & EXT4_RO_COMPAT_GDT_CSUM;

	mend_journal(a, image);
	for (unsigned int i = 0; csum && i < a->n; i++)
		mend_area(a, image, &a->v[i]);
	for (unsigned int i = 0; i < a->n; i++)
		if (a->v[i].kind == AREA_DESC && (csum || old))
			mend_desc(a, image, &a->v[i], csum);
	if (csum)
		es->s_checksum = crc32c(UINT32_MAX, es, FIELD(ext4_super_block, s_checksum));
}

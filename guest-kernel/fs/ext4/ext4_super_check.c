// SPDX-License-Identifier: GPL-2.0-or-later
/* The super block's fields before anything else believes them. Each refusal is one sentence for the log. */
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_clock.h"

#define KNOWN_INCOMPAT                                                                  \
	(EXT4_INCOMPAT_FILETYPE | EXT4_INCOMPAT_RECOVER | EXT4_INCOMPAT_META_BG |       \
	 EXT4_INCOMPAT_EXTENTS | EXT4_INCOMPAT_64BIT | EXT4_INCOMPAT_FLEX_BG |          \
	 EXT4_INCOMPAT_CSUM_SEED | EXT4_INCOMPAT_LARGEDIR | EXT4_INCOMPAT_INLINE_DATA | \
	 EXT4_INCOMPAT_EA_INODE)
/* With these unknown or not kept up, we may read but not write. */
#define KNOWN_RO_COMPAT                                                                       \
	(EXT4_RO_COMPAT_SPARSE_SUPER | EXT4_RO_COMPAT_LARGE_FILE | EXT4_RO_COMPAT_HUGE_FILE | \
	 EXT4_RO_COMPAT_GDT_CSUM | EXT4_RO_COMPAT_DIR_NLINK | EXT4_RO_COMPAT_EXTRA_ISIZE |    \
	 EXT4_RO_COMPAT_METADATA_CSUM | EXT4_RO_COMPAT_PROJECT | EXT4_RO_COMPAT_ORPHAN_PRESENT)

struct feature_name {
	uint32_t bit;
	const char *name;
};
static const struct feature_name incompat_names[] = {
	{ EXT4_INCOMPAT_COMPRESSION, "compression" }, { EXT4_INCOMPAT_MMP, "mmp" },
	{ EXT4_INCOMPAT_DIRDATA, "dirdata" },	      { EXT4_INCOMPAT_ENCRYPT, "encrypt" },
	{ EXT4_INCOMPAT_CASEFOLD, "casefold" },
};
static const struct feature_name ro_compat_names[] = {
	{ EXT4_RO_COMPAT_QUOTA, "quota" },
	{ EXT4_RO_COMPAT_READONLY, "read-only" },
	{ EXT4_RO_COMPAT_VERITY, "verity" },
};

#define REFUSE(error, ...)                               \
	do {                                             \
		(void)format_str(why, len, __VA_ARGS__); \
		return (error);                          \
	} while (0)

static int check_features(struct ext4_sb *s, bool readonly, char *why, size_t len)
{
	uint32_t bad = s->incompat & ~(uint32_t)KNOWN_INCOMPAT;

	if (bad & EXT4_INCOMPAT_JOURNAL_DEV)
		REFUSE(-EINVAL, "this is the journal of another file system (journal_dev)");
	for (size_t i = 0; i < ARRAY_SIZE(incompat_names); i++)
		if (bad & incompat_names[i].bit)
			REFUSE(-EINVAL,
			       "the feature %s is not supported; mount it with Linux or remove it with tune2fs",
			       incompat_names[i].name);
	if (bad)
		REFUSE(-EINVAL, "unknown features (incompat %#x); a newer kernel is needed", bad);
	if (EXT4_HAS_RO_COMPAT(s, BIGALLOC))
		REFUSE(-EINVAL, "the feature bigalloc is not supported; mount it with Linux");
	bad = s->ro_compat & ~(uint32_t)KNOWN_RO_COMPAT;
	for (size_t i = 0; !readonly && i < ARRAY_SIZE(ro_compat_names); i++)
		if (bad & ro_compat_names[i].bit)
			REFUSE(-EROFS, "the feature %s allows only a read-only mount",
			       ro_compat_names[i].name);
	if (bad && !readonly)
		REFUSE(-EROFS, "unknown features (ro_compat %#x) allow only a read-only mount",
		       bad);
	return 0;
}

static int check_geometry(struct ext4_sb *s, char *why, size_t len)
{
	const struct ext4_super_block *es = s->es;
	uint64_t groups;

	if (s->blocks_per_group < 8 || s->blocks_per_group > s->block_size * 8 ||
	    es->s_clusters_per_group != s->blocks_per_group)
		REFUSE(-EUCLEAN, "%u blocks in a group are impossible; run e2fsck",
		       s->blocks_per_group);
	if (s->inode_size < EXT4_GOOD_OLD_INO_SIZE || s->inode_size > s->block_size ||
	    (s->inode_size & (s->inode_size - 1)))
		REFUSE(-EUCLEAN, "inodes of %u bytes are impossible; run e2fsck", s->inode_size);
	if (s->inodes_per_group == 0 || s->inodes_per_group > s->block_size * 8 ||
	    s->inodes_per_group % (s->block_size / s->inode_size))
		REFUSE(-EUCLEAN, "%u inodes in a group are impossible; run e2fsck",
		       s->inodes_per_group);
	if (s->first_data_block != (s->block_size == 1024 ? 1u : 0u))
		REFUSE(-EUCLEAN, "first data block %u is impossible; run e2fsck",
		       s->first_data_block);
	if (s->blocks_count <= s->first_data_block + 1u || s->blocks_count >> 48)
		REFUSE(-EUCLEAN, "%llu blocks are impossible; run e2fsck",
		       (unsigned long long)s->blocks_count);
	if (s->blocks_count > s->dev->bytes / s->block_size)
		REFUSE(-EINVAL,
		       "bad geometry: block count %llu exceeds size of device (%llu blocks)",
		       (unsigned long long)s->blocks_count,
		       (unsigned long long)(s->dev->bytes / s->block_size));
	groups = (s->blocks_count - s->first_data_block + s->blocks_per_group - 1) /
		 s->blocks_per_group;
	if (groups * s->inodes_per_group != s->inodes_count)
		REFUSE(-EUCLEAN, "inode count %u does not fit %llu groups; run e2fsck",
		       s->inodes_count, (unsigned long long)groups);
	s->groups = (uint32_t)groups;
	if (es->s_reserved_gdt_blocks > s->block_size / 4)
		REFUSE(-EUCLEAN, "%u reserved descriptor blocks are impossible; run e2fsck",
		       es->s_reserved_gdt_blocks);
	if (s->first_ino < EXT4_GOOD_OLD_FIRST || s->first_ino > s->inodes_count)
		REFUSE(-EUCLEAN, "first inode %u is impossible; run e2fsck", s->first_ino);
	if (EXT4_HAS_INCOMPAT(s, META_BG) &&
	    es->s_first_meta_bg > (s->groups + s->descs_per_block - 1) / s->descs_per_block)
		REFUSE(-EUCLEAN, "first meta group %u is impossible; run e2fsck",
		       es->s_first_meta_bg);
	return 0;
}

static int check_checksums(struct ext4_sb *s, char *why, size_t len)
{
	struct ext4_super_block *es = s->es;

	s->csum = EXT4_HAS_RO_COMPAT(s, METADATA_CSUM);
	s->gdt_csum = !s->csum && EXT4_HAS_RO_COMPAT(s, GDT_CSUM);
	if (s->csum) {
		if (es->s_checksum_type != 1)
			REFUSE(-EINVAL, "checksums of kind %u are unknown", es->s_checksum_type);
		if (es->s_checksum !=
		    crc32c(UINT_MAX, es, offsetof(struct ext4_super_block, s_checksum)))
			REFUSE(-EUCLEAN, "the super block has a wrong checksum; run e2fsck");
	}
	if (EXT4_HAS_INCOMPAT(s, CSUM_SEED))
		s->csum_seed = es->s_checksum_seed;
	else
		s->csum_seed = crc32c(UINT_MAX, es->s_uuid, sizeof(es->s_uuid));
	return 0;
}

static void read_hash(struct ext4_sb *s)
{
	const struct ext4_super_block *es = s->es;

	memcpy(s->hash_seed, es->s_hash_seed, sizeof(s->hash_seed));
	s->hash_version = es->s_def_hash_version;
	/* Names are chars, and signed ones on the machine that the format was born on. */
	if (s->hash_version <= EXT4_HASH_TEA && (es->s_flags & EXT4_FLAG_UNSIGNED_HASH))
		s->hash_version += EXT4_HASH_LEGACY_UNSIGNED;
}

int ext4_super_check(struct ext4_sb *s, bool readonly, char *why, size_t len)
{
	const struct ext4_super_block *es = s->es;
	int r;

	if (es->s_magic != EXT4_MAGIC)
		REFUSE(-EINVAL, "no ext4 file system (no magic number)");
	s->compat = es->s_feature_compat;
	s->incompat = es->s_feature_incompat;
	s->ro_compat = es->s_feature_ro_compat;
	if (es->s_rev_level > 1)
		REFUSE(-EINVAL, "revision level %u is too high", es->s_rev_level);
	if (es->s_rev_level == 0 && (s->compat || s->incompat || s->ro_compat))
		REFUSE(-EINVAL, "features on a file system of revision 0; run e2fsck");
	r = check_features(s, readonly, why, len);
	if (r == 0)
		r = check_checksums(s, why, len);
	if (r < 0)
		return r;
	if (es->s_log_block_size > 2 || es->s_log_cluster_size != es->s_log_block_size)
		REFUSE(-EINVAL, "blocks of 2^%u KiB are not supported (1, 2 and 4 KiB are)",
		       es->s_log_block_size);
	s->block_bits = 10 + es->s_log_block_size;
	s->block_size = 1u << s->block_bits;
	s->inode_size = es->s_rev_level ? es->s_inode_size : EXT4_GOOD_OLD_INO_SIZE;
	s->first_ino = es->s_rev_level ? es->s_first_ino : EXT4_GOOD_OLD_FIRST;
	s->desc_size = 32;
	if (EXT4_HAS_INCOMPAT(s, 64BIT)) {
		s->desc_size = es->s_desc_size;
		if (s->desc_size < 64 || s->desc_size > 1024 || (s->desc_size & (s->desc_size - 1)))
			REFUSE(-EUCLEAN, "descriptors of %u bytes are impossible; run e2fsck",
			       s->desc_size);
	}
	s->descs_per_block = s->block_size / s->desc_size;
	s->blocks_count = es->s_blocks_count_lo;
	s->reserved_blocks = es->s_r_blocks_count_lo;
	if (EXT4_HAS_INCOMPAT(s, 64BIT)) {
		s->blocks_count |= (uint64_t)es->s_blocks_count_hi << 32;
		s->reserved_blocks |= (uint64_t)es->s_r_blocks_count_hi << 32;
	}
	s->first_data_block = es->s_first_data_block;
	s->blocks_per_group = es->s_blocks_per_group;
	s->inodes_per_group = es->s_inodes_per_group;
	s->inodes_count = es->s_inodes_count;
	s->flex_groups = 1;
	if (EXT4_HAS_INCOMPAT(s, FLEX_BG) && es->s_log_groups_per_flex > 0 &&
	    es->s_log_groups_per_flex < 31)
		s->flex_groups = 1u << es->s_log_groups_per_flex;
	r = check_geometry(s, why, len);
	if (r < 0)
		return r;
	s->inode_blocks_per_group = s->inodes_per_group / (s->block_size / s->inode_size);
	s->reserved_blocks = MIN(s->reserved_blocks, s->blocks_count / 2);
	/* As Linux: a fiftieth, where there are extent trees that may need a node in the middle of a change. */
	s->spare_blocks = EXT4_HAS_INCOMPAT(s, EXTENTS) ? MIN(s->blocks_count / 50, (uint64_t)4096)
							: 0;
	read_hash(s);
	host_random_bytes(&s->next_generation, sizeof(s->next_generation));
	return 0;
}

int ext4_set_feature(struct handle *h, struct ext4_sb *s, uint32_t compat, uint32_t ro_compat)
{
	int r;

	if ((s->compat & compat) == compat && (s->ro_compat & ro_compat) == ro_compat)
		return 0;
	r = ext4_get_write(h, s->super_buf);
	if (r < 0)
		return r;
	if (s->es->s_rev_level == 0) { /* which knows no features */
		s->es->s_rev_level = 1;
		s->es->s_first_ino = EXT4_GOOD_OLD_FIRST;
		s->es->s_inode_size = EXT4_GOOD_OLD_INO_SIZE;
	}
	s->compat |= compat;
	s->ro_compat |= ro_compat;
	s->es->s_feature_compat |= compat;
	s->es->s_feature_ro_compat |= ro_compat;
	ext4_super_csum_set(s);
	return ext4_dirty(h, s->super_buf);
}

uint64_t ext4_max_bytes(const struct ext4_sb *s, bool extents)
{
	uint64_t per = s->block_size / 4, blocks;

	if (extents)
		return (uint64_t)UINT_MAX << s->block_bits;
	blocks = 12 + per + per * per + per * per * per;
	return MIN(blocks, (uint64_t)UINT_MAX) << s->block_bits;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ext4 as it lies on the disk (kernel documentation, filesystems/ext4), and its start. All numbers are little endian, as is the only machine that we run
 * on, so they are read in place. Every field is untrusted.
 */
#ifndef FS_EXT4_EXT4_H
#define FS_EXT4_EXT4_H

#include "lib/types.h"

#define EXT4_MAGIC	       0xef53u
#define EXT4_SUPER_OFFSET      1024u
#define EXT4_BAD_INO	       1u
#define EXT4_ROOT_INO	       2u
#define EXT4_USR_QUOTA_INO     3u
#define EXT4_GRP_QUOTA_INO     4u
#define EXT4_RESIZE_INO	       7u
#define EXT4_JOURNAL_INO       8u
#define EXT4_GOOD_OLD_INO_SIZE 128u
#define EXT4_GOOD_OLD_FIRST    11u
#define EXT4_NAME_MAX	       255u
#define EXT4_N_BLOCKS	       15u
#define EXT4_LINK_MAX	       65000u

/* s_state */
enum { EXT4_STATE_VALID = 1, EXT4_STATE_ERROR = 2, EXT4_STATE_ORPHAN = 4 };
/* s_errors, errors= */
enum { EXT4_ERRORS_CONTINUE = 1, EXT4_ERRORS_RO = 2, EXT4_ERRORS_PANIC = 3 };
/* s_default_mount_opts */
enum {
	EXT4_DEFM_XATTR_USER = 0x4,
	EXT4_DEFM_ACL = 0x8,
	EXT4_DEFM_NOBARRIER = 0x100,
	EXT4_DEFM_DISCARD = 0x400,
};
/* s_flags */
enum { EXT4_FLAG_SIGNED_HASH = 1, EXT4_FLAG_UNSIGNED_HASH = 2 };

enum {
	EXT4_COMPAT_DIR_PREALLOC = 0x1,
	EXT4_COMPAT_HAS_JOURNAL = 0x4,
	EXT4_COMPAT_EXT_ATTR = 0x8,
	EXT4_COMPAT_RESIZE_INODE = 0x10,
	EXT4_COMPAT_DIR_INDEX = 0x20,
	EXT4_COMPAT_SPARSE_SUPER2 = 0x200,
	EXT4_COMPAT_FAST_COMMIT = 0x400,
	EXT4_COMPAT_STABLE_INODES = 0x800,
	EXT4_COMPAT_ORPHAN_FILE = 0x1000,
};
enum {
	EXT4_INCOMPAT_COMPRESSION = 0x1,
	EXT4_INCOMPAT_FILETYPE = 0x2,
	EXT4_INCOMPAT_RECOVER = 0x4,
	EXT4_INCOMPAT_JOURNAL_DEV = 0x8,
	EXT4_INCOMPAT_META_BG = 0x10,
	EXT4_INCOMPAT_EXTENTS = 0x40,
	EXT4_INCOMPAT_64BIT = 0x80,
	EXT4_INCOMPAT_MMP = 0x100,
	EXT4_INCOMPAT_FLEX_BG = 0x200,
	EXT4_INCOMPAT_EA_INODE = 0x400,
	EXT4_INCOMPAT_DIRDATA = 0x1000,
	EXT4_INCOMPAT_CSUM_SEED = 0x2000,
	EXT4_INCOMPAT_LARGEDIR = 0x4000,
	EXT4_INCOMPAT_INLINE_DATA = 0x8000,
	EXT4_INCOMPAT_ENCRYPT = 0x10000,
	EXT4_INCOMPAT_CASEFOLD = 0x20000,
};
enum {
	EXT4_RO_COMPAT_SPARSE_SUPER = 0x1,
	EXT4_RO_COMPAT_LARGE_FILE = 0x2,
	EXT4_RO_COMPAT_HUGE_FILE = 0x8,
	EXT4_RO_COMPAT_GDT_CSUM = 0x10,
	EXT4_RO_COMPAT_DIR_NLINK = 0x20,
	EXT4_RO_COMPAT_EXTRA_ISIZE = 0x40,
	EXT4_RO_COMPAT_QUOTA = 0x100,
	EXT4_RO_COMPAT_BIGALLOC = 0x200,
	EXT4_RO_COMPAT_METADATA_CSUM = 0x400,
	EXT4_RO_COMPAT_READONLY = 0x1000,
	EXT4_RO_COMPAT_PROJECT = 0x2000,
	EXT4_RO_COMPAT_VERITY = 0x8000,
	EXT4_RO_COMPAT_ORPHAN_PRESENT = 0x10000,
};

struct ext4_super_block {
	uint32_t s_inodes_count, s_blocks_count_lo, s_r_blocks_count_lo, s_free_blocks_count_lo;
	uint32_t s_free_inodes_count, s_first_data_block, s_log_block_size, s_log_cluster_size;
	uint32_t s_blocks_per_group, s_clusters_per_group, s_inodes_per_group, s_mtime;
	uint32_t s_wtime;
	uint16_t s_mnt_count, s_max_mnt_count, s_magic, s_state, s_errors, s_minor_rev_level;
	uint32_t s_lastcheck, s_checkinterval, s_creator_os, s_rev_level;
	uint16_t s_def_resuid, s_def_resgid;
	uint32_t s_first_ino;
	uint16_t s_inode_size, s_block_group_nr;
	uint32_t s_feature_compat, s_feature_incompat, s_feature_ro_compat;
	uint8_t s_uuid[16];
	char s_volume_name[16], s_last_mounted[64];
	uint32_t s_algorithm_usage_bitmap;
	uint8_t s_prealloc_blocks, s_prealloc_dir_blocks;
	uint16_t s_reserved_gdt_blocks;
	uint8_t s_journal_uuid[16];
	uint32_t s_journal_inum, s_journal_dev, s_last_orphan;
	uint32_t s_hash_seed[4];
	uint8_t s_def_hash_version, s_jnl_backup_type;
	uint16_t s_desc_size;
	uint32_t s_default_mount_opts, s_first_meta_bg, s_mkfs_time, s_jnl_blocks[17];
	uint32_t s_blocks_count_hi, s_r_blocks_count_hi, s_free_blocks_count_hi;
	uint16_t s_min_extra_isize, s_want_extra_isize;
	uint32_t s_flags;
	uint16_t s_raid_stride, s_mmp_interval;
	uint64_t s_mmp_block;
	uint32_t s_raid_stripe_width;
	uint8_t s_log_groups_per_flex, s_checksum_type, s_encryption_level, s_reserved_pad;
	uint64_t s_kbytes_written;
	uint32_t s_snapshot_inum, s_snapshot_id;
	uint64_t s_snapshot_r_blocks_count;
	uint32_t s_snapshot_list, s_error_count, s_first_error_time, s_first_error_ino;
	uint64_t s_first_error_block;
	char s_first_error_func[32];
	uint32_t s_first_error_line, s_last_error_time, s_last_error_ino, s_last_error_line;
	uint64_t s_last_error_block;
	char s_last_error_func[32], s_mount_opts[64];
	uint32_t s_usr_quota_inum, s_grp_quota_inum, s_overhead_blocks, s_backup_bgs[2];
	uint8_t s_encrypt_algos[4], s_encrypt_pw_salt[16];
	uint32_t s_lpf_ino, s_prj_quota_inum, s_checksum_seed;
	uint8_t s_wtime_hi, s_mtime_hi, s_mkfs_time_hi, s_lastcheck_hi, s_first_error_time_hi,
		s_last_error_time_hi, s_first_error_errcode, s_last_error_errcode;
	uint16_t s_encoding, s_encoding_flags;
	uint32_t s_orphan_file_inum, s_reserved[94], s_checksum;
};
_Static_assert(sizeof(struct ext4_super_block) == 1024, "super block");
_Static_assert(offsetof(struct ext4_super_block, s_uuid) == 0x68, "super block");
_Static_assert(offsetof(struct ext4_super_block, s_last_orphan) == 0xe8, "super block");
_Static_assert(offsetof(struct ext4_super_block, s_kbytes_written) == 0x178, "super block");
_Static_assert(offsetof(struct ext4_super_block, s_checksum_seed) == 0x270, "super block");
_Static_assert(offsetof(struct ext4_super_block, s_orphan_file_inum) == 0x280, "super block");

enum {
	EXT4_BG_INODE_UNINIT = 1,
	EXT4_BG_BLOCK_UNINIT = 2,
	EXT4_BG_INODE_ZEROED = 4,
};

/* 32 bytes without the 64bit feature, s_desc_size with it. */
struct ext4_group_desc {
	uint32_t bg_block_bitmap_lo, bg_inode_bitmap_lo, bg_inode_table_lo;
	uint16_t bg_free_blocks_count_lo, bg_free_inodes_count_lo, bg_used_dirs_count_lo, bg_flags;
	uint32_t bg_exclude_bitmap_lo;
	uint16_t bg_block_bitmap_csum_lo, bg_inode_bitmap_csum_lo, bg_itable_unused_lo, bg_checksum;
	uint32_t bg_block_bitmap_hi, bg_inode_bitmap_hi, bg_inode_table_hi;
	uint16_t bg_free_blocks_count_hi, bg_free_inodes_count_hi, bg_used_dirs_count_hi,
		bg_itable_unused_hi;
	uint32_t bg_exclude_bitmap_hi;
	uint16_t bg_block_bitmap_csum_hi, bg_inode_bitmap_csum_hi;
	uint32_t bg_reserved;
};
_Static_assert(sizeof(struct ext4_group_desc) == 64, "group descriptor");

enum {
	EXT4_SECRM_FL = 0x1,
	EXT4_UNRM_FL = 0x2,
	EXT4_COMPR_FL = 0x4,
	EXT4_SYNC_FL = 0x8,
	EXT4_IMMUTABLE_FL = 0x10,
	EXT4_APPEND_FL = 0x20,
	EXT4_NODUMP_FL = 0x40,
	EXT4_NOATIME_FL = 0x80,
	EXT4_ENCRYPT_FL = 0x800,
	EXT4_INDEX_FL = 0x1000,
	EXT4_JOURNAL_DATA_FL = 0x4000,
	EXT4_NOTAIL_FL = 0x8000,
	EXT4_DIRSYNC_FL = 0x10000,
	EXT4_TOPDIR_FL = 0x20000,
	EXT4_HUGE_FILE_FL = 0x40000,
	EXT4_EXTENTS_FL = 0x80000,
	EXT4_VERITY_FL = 0x100000,
	EXT4_EA_INODE_FL = 0x200000,
	EXT4_INLINE_DATA_FL = 0x10000000,
	EXT4_PROJINHERIT_FL = 0x20000000,
	EXT4_CASEFOLD_FL = 0x40000000,
};

struct ext4_disk_inode {
	uint16_t i_mode, i_uid_lo;
	uint32_t i_size_lo, i_atime, i_ctime, i_mtime, i_dtime;
	uint16_t i_gid_lo, i_links_count;
	uint32_t i_blocks_lo, i_flags, i_version_lo;
	uint32_t i_block[EXT4_N_BLOCKS];
	uint32_t i_generation, i_file_acl_lo, i_size_hi, i_obso_faddr;
	uint16_t i_blocks_hi, i_file_acl_hi, i_uid_hi, i_gid_hi, i_checksum_lo, i_reserved;
	/* Behind the first 128 bytes: as many of these as i_extra_isize says. */
	uint16_t i_extra_isize, i_checksum_hi;
	uint32_t i_ctime_extra, i_mtime_extra, i_atime_extra, i_crtime, i_crtime_extra,
		i_version_hi, i_projid;
};
_Static_assert(sizeof(struct ext4_disk_inode) == 160, "inode");
_Static_assert(offsetof(struct ext4_disk_inode, i_extra_isize) == 128, "inode");

/* Extent trees: in i_block, and in blocks with a checksum in the last four bytes that hold whole entries. */
#define EXT4_EXT_MAGIC	    0xf30au
#define EXT4_EXT_MAX_DEPTH  5u
#define EXT4_EXT_INIT_MAX   32768u /* a longer length means unwritten, this much less */
#define EXT4_EXT_UNWRIT_MAX 32767u

struct ext4_extent_header {
	uint16_t eh_magic, eh_entries, eh_max, eh_depth;
	uint32_t eh_generation;
};
struct ext4_extent {
	uint32_t ee_block;
	uint16_t ee_len, ee_start_hi;
	uint32_t ee_start_lo;
};
struct ext4_extent_idx {
	uint32_t ei_block, ei_leaf_lo;
	uint16_t ei_leaf_hi, ei_unused;
};
struct ext4_extent_tail {
	uint32_t et_checksum;
};
_Static_assert(sizeof(struct ext4_extent_header) == 12 && sizeof(struct ext4_extent) == 12 &&
		       sizeof(struct ext4_extent_idx) == 12,
	       "extents");

/* Directories. */
#define EXT4_DIR_ROUND	 3u
#define EXT4_FT_DIR_CSUM 0xdeu
enum {
	EXT4_FT_UNKNOWN,
	EXT4_FT_REG,
	EXT4_FT_DIR,
	EXT4_FT_CHR,
	EXT4_FT_BLK,
	EXT4_FT_FIFO,
	EXT4_FT_SOCK,
	EXT4_FT_LNK,
	EXT4_FT_MAX
};

struct ext4_dir_entry {
	uint32_t inode;
	uint16_t rec_len;
	uint8_t name_len, file_type;
	char name[];
};
struct ext4_dir_tail {
	uint32_t det_reserved_zero1;
	uint16_t det_rec_len;
	uint8_t det_reserved_zero2, det_reserved_ft;
	uint32_t det_checksum;
};
_Static_assert(sizeof(struct ext4_dir_tail) == 12, "directory tail");

enum {
	EXT4_HASH_LEGACY,
	EXT4_HASH_HALF_MD4,
	EXT4_HASH_TEA,
	EXT4_HASH_LEGACY_UNSIGNED,
	EXT4_HASH_HALF_MD4_UNSIGNED,
	EXT4_HASH_TEA_UNSIGNED,
	EXT4_HASH_SIPHASH,
};

struct ext4_dx_entry {
	uint32_t hash, block;
};
struct ext4_dx_countlimit {
	uint16_t limit, count;
};
struct ext4_dx_root_info {
	uint32_t reserved_zero;
	uint8_t hash_version, info_length, indirect_levels, unused_flags;
};
struct ext4_dx_tail {
	uint32_t dt_reserved, dt_checksum;
};

/* Extended attributes. */
#define EXT4_XATTR_MAGIC 0xea020000u
enum {
	EXT4_XATTR_USER = 1,
	EXT4_XATTR_ACL_ACCESS = 2,
	EXT4_XATTR_ACL_DEFAULT = 3,
	EXT4_XATTR_TRUSTED = 4,
	EXT4_XATTR_SECURITY = 6,
	EXT4_XATTR_SYSTEM = 7,
};
struct ext4_xattr_header {
	uint32_t h_magic, h_refcount, h_blocks, h_hash, h_checksum, h_reserved[3];
};
struct ext4_xattr_entry {
	uint8_t e_name_len, e_name_index;
	uint16_t e_value_offs;
	uint32_t e_value_inum, e_value_size, e_hash;
	char e_name[];
};
_Static_assert(sizeof(struct ext4_xattr_header) == 32 && sizeof(struct ext4_xattr_entry) == 16,
	       "extended attributes");

/* The orphan file: blocks of inode numbers with this at the end. */
#define EXT4_ORPHAN_MAGIC 0x0b10ca04u
struct ext4_orphan_tail {
	uint32_t ob_magic, ob_checksum;
};

/* Registers the file system types ext4, ext3 and ext2. */
int ext4_init(void);

#endif

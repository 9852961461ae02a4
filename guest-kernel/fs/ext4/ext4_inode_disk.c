// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The 128 to 4096 bytes of an inode on the disk: times, owners, sizes, device numbers, checksum. How many of the fields behind the first 128 there are is said by the inode
 * itself (i_extra_isize), and is believed only as far as the file system's inodes are large.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"

static bool fits(const struct ext4_sb *s, uint32_t extra, size_t end)
{
	return s->inode_size > EXT4_GOOD_OLD_INO_SIZE &&
	       EXT4_GOOD_OLD_INO_SIZE + (size_t)extra >= end;
}
#define FITS(s, extra, field)                          \
	fits(s, extra,                                 \
	     offsetof(struct ext4_disk_inode, field) + \
		     sizeof(((struct ext4_disk_inode *)0)->field))

static uint32_t inode_seed(const struct ext4_sb *s, uint32_t ino, uint32_t generation)
{
	uint32_t c = ext4_csum(s->csum_seed, &ino, sizeof(ino));

	return ext4_csum(c, &generation, sizeof(generation));
}

static uint32_t disk_csum(const struct ext4_sb *s, uint32_t seed, const struct ext4_disk_inode *d,
			  bool wide)
{
	const size_t lo = offsetof(struct ext4_disk_inode, i_checksum_lo);
	const size_t hi = offsetof(struct ext4_disk_inode, i_checksum_hi);
	const uint8_t *p = (const uint8_t *)d;
	uint16_t zero = 0;
	uint32_t c = ext4_csum(seed, p, lo);

	c = ext4_csum(c, &zero, 2);
	c = ext4_csum(c, p + lo + 2, EXT4_GOOD_OLD_INO_SIZE - lo - 2);
	if (s->inode_size == EXT4_GOOD_OLD_INO_SIZE)
		return c;
	if (!wide)
		return ext4_csum(c, p + EXT4_GOOD_OLD_INO_SIZE,
				 s->inode_size - EXT4_GOOD_OLD_INO_SIZE);
	c = ext4_csum(c, p + EXT4_GOOD_OLD_INO_SIZE, hi - EXT4_GOOD_OLD_INO_SIZE);
	c = ext4_csum(c, &zero, 2);
	return ext4_csum(c, p + hi + 2, s->inode_size - hi - 2);
}

static bool csum_ok(const struct ext4_sb *s, uint32_t seed, const struct ext4_disk_inode *d,
		    bool wide)
{
	uint32_t have = d->i_checksum_lo, want = disk_csum(s, seed, d, wide);

	if (!wide)
		return have == (want & 0xffff);
	return (have | (uint32_t)d->i_checksum_hi << 16) == want;
}

static struct timespec_k decode_time(uint32_t sec, uint32_t extra)
{
	uint32_t ns = MIN(extra >> 2, 999999999u);

	return (struct timespec_k){ (int64_t)(int32_t)sec + ((int64_t)(extra & 3) << 32),
				    (int32_t)ns };
}

static uint32_t encode_extra(const struct timespec_k *t)
{
	uint32_t epoch = (uint32_t)((t->sec - (int64_t)(int32_t)t->sec) >> 32) & 3;

	return epoch | (uint32_t)t->nsec << 2;
}

static void read_times(struct inode *inode, const struct ext4_sb *s,
		       const struct ext4_disk_inode *d)
{
	struct ext4_inode *ei = ext4_i(inode);
	uint32_t extra = ei->extra_isize;

	inode->ctime =
		decode_time(d->i_ctime, FITS(s, extra, i_ctime_extra) ? d->i_ctime_extra : 0);
	inode->mtime =
		decode_time(d->i_mtime, FITS(s, extra, i_mtime_extra) ? d->i_mtime_extra : 0);
	inode->atime =
		decode_time(d->i_atime, FITS(s, extra, i_atime_extra) ? d->i_atime_extra : 0);
	inode->btime = (struct timespec_k){ 0, 0 };
	if (FITS(s, extra, i_crtime))
		inode->btime = decode_time(d->i_crtime,
					   FITS(s, extra, i_crtime_extra) ? d->i_crtime_extra : 0);
}

static uint64_t decode_rdev(const uint32_t *block)
{
	uint32_t d = block[0];

	if (d)
		return MKDEV((d >> 8) & 0xff, d & 0xff);
	d = block[1];
	return MKDEV((d & 0xfff00) >> 8, (d & 0xff) | ((d >> 12) & 0xfff00));
}

static void encode_rdev(uint64_t rdev, uint32_t *block)
{
	uint32_t major = DEV_MAJOR(rdev), minor = DEV_MINOR(rdev);

	block[0] = block[1] = 0;
	if (major < 256 && minor < 256)
		block[0] = (major << 8) | minor;
	else
		block[1] = (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

static void read_numbers(struct inode *inode, const struct ext4_sb *s,
			 const struct ext4_disk_inode *d)
{
	struct ext4_inode *ei = ext4_i(inode);
	uint64_t blocks = d->i_blocks_lo;

	inode->mode = d->i_mode;
	inode->uid = d->i_uid_lo | (uint32_t)d->i_uid_hi << 16;
	inode->gid = d->i_gid_lo | (uint32_t)d->i_gid_hi << 16;
	inode->nlink = d->i_links_count;
	inode->size = d->i_size_lo;
	ei->flags = d->i_flags;
	(void)ext4_getattr(inode);
	if (S_ISREG(d->i_mode) || S_ISDIR(d->i_mode))
		inode->size |= (uint64_t)d->i_size_hi << 32;
	if (EXT4_HAS_RO_COMPAT(s, HUGE_FILE))
		blocks |= (uint64_t)d->i_blocks_hi << 32;
	inode->blocks = blocks;
	if (EXT4_HAS_RO_COMPAT(s, HUGE_FILE) && (d->i_flags & EXT4_HUGE_FILE_FL))
		inode->blocks = blocks << (s->block_bits - 9);
	ei->generation = d->i_generation;
	ei->dtime = d->i_dtime;
	ei->file_acl = d->i_file_acl_lo;
	if (EXT4_HAS_INCOMPAT(s, 64BIT))
		ei->file_acl |= (uint64_t)d->i_file_acl_hi << 32;
	ei->version = d->i_version_lo;
	if (FITS(s, ei->extra_isize, i_version_hi))
		ei->version |= (uint64_t)d->i_version_hi << 32;
	inode->version = ei->version;
	if (FITS(s, ei->extra_isize, i_projid) && EXT4_HAS_RO_COMPAT(s, PROJECT))
		ei->projid = d->i_projid;
	memcpy(ei->block, d->i_block, sizeof(ei->block));
}

/* What a kind of file may not be. */
static int check_shape(struct inode *inode, const struct ext4_sb *s)
{
	const struct ext4_inode *ei = ext4_i(inode);
	bool small = (ei->flags & EXT4_INLINE_DATA_FL) != 0;

	if (inode->size > INT64_MAX ||
	    (small && (!EXT4_HAS_INCOMPAT(s, INLINE_DATA) || inode->size > s->inode_size)))
		return -EUCLEAN;
	if (S_ISDIR(inode->mode) && !small &&
	    (inode->size == 0 || inode->size % s->block_size ||
	     inode->size >> s->block_bits >= INT_MAX))
		return -EUCLEAN;
	if (S_ISLNK(inode->mode) && (inode->size == 0 || inode->size >= MAX(s->block_size, 4096u)))
		return -EUCLEAN;
	if (ei->file_acl && !ext4_blocks_valid(s, ei->file_acl, 1))
		return -EUCLEAN;
	return 0;
}

int ext4_inode_decode(struct inode *inode, const struct ext4_disk_inode *d, bool special)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);

	ei->extra_isize = s->inode_size > EXT4_GOOD_OLD_INO_SIZE ? d->i_extra_isize : 0;
	if (EXT4_GOOD_OLD_INO_SIZE + (uint32_t)ei->extra_isize > s->inode_size ||
	    ei->extra_isize % 4) {
		ei->extra_isize = 0;
		return -EUCLEAN;
	}
	ei->csum_seed = inode_seed(s, (uint32_t)inode->ino, d->i_generation);
	if (!special && d->i_links_count == 0 && d->i_mode == 0)
		return -ESTALE;
	if (s->csum && !csum_ok(s, ei->csum_seed, d, FITS(s, ei->extra_isize, i_checksum_hi)))
		return ext4_error(s, "inode %llu has a wrong checksum",
				  (unsigned long long)inode->ino);
	if (!special && d->i_links_count == 0)
		return -ESTALE;
	read_numbers(inode, s, d);
	read_times(inode, s, d);
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		inode->rdev = decode_rdev(ei->block);
	return check_shape(inode, s);
}

/* --- writing ------------------------------------------------------------------------------------ */

static void put_times(const struct inode *inode, const struct ext4_sb *s, struct ext4_disk_inode *d)
{
	const struct ext4_inode *ei = ext4_i(inode);
	uint32_t extra = ei->extra_isize;

	d->i_ctime = (uint32_t)inode->ctime.sec;
	d->i_mtime = (uint32_t)inode->mtime.sec;
	d->i_atime = (uint32_t)inode->atime.sec;
	if (FITS(s, extra, i_ctime_extra))
		d->i_ctime_extra = encode_extra(&inode->ctime);
	if (FITS(s, extra, i_mtime_extra))
		d->i_mtime_extra = encode_extra(&inode->mtime);
	if (FITS(s, extra, i_atime_extra))
		d->i_atime_extra = encode_extra(&inode->atime);
	if (FITS(s, extra, i_crtime))
		d->i_crtime = (uint32_t)inode->btime.sec;
	if (FITS(s, extra, i_crtime_extra))
		d->i_crtime_extra = encode_extra(&inode->btime);
}

/* i_blocks counts sectors, or blocks if that would not fit into 48 bits. */
static void put_blocks(const struct inode *inode, const struct ext4_sb *s, struct ext4_inode *ei,
		       struct ext4_disk_inode *d)
{
	uint64_t n = inode->blocks;

	ei->flags &= ~(uint32_t)EXT4_HUGE_FILE_FL;
	if (n >> 48) {
		ei->flags |= EXT4_HUGE_FILE_FL;
		n >>= s->block_bits - 9;
	}
	d->i_blocks_lo = (uint32_t)n;
	if (EXT4_HAS_RO_COMPAT(s, HUGE_FILE))
		d->i_blocks_hi = (uint16_t)(n >> 32);
}

static void put_numbers(struct inode *inode, const struct ext4_sb *s, struct ext4_disk_inode *d)
{
	struct ext4_inode *ei = ext4_i(inode);

	d->i_mode = (uint16_t)inode->mode;
	d->i_uid_lo = (uint16_t)inode->uid;
	d->i_uid_hi = (uint16_t)(inode->uid >> 16);
	d->i_gid_lo = (uint16_t)inode->gid;
	d->i_gid_hi = (uint16_t)(inode->gid >> 16);
	d->i_links_count = (uint16_t)inode->nlink;
	d->i_size_lo = (uint32_t)inode->size;
	if (S_ISREG(inode->mode) || S_ISDIR(inode->mode))
		d->i_size_hi = (uint32_t)(inode->size >> 32);
	put_blocks(inode, s, ei, d);
	d->i_flags = ei->flags;
	d->i_dtime = ei->dtime;
	d->i_generation = ei->generation;
	d->i_file_acl_lo = (uint32_t)ei->file_acl;
	if (EXT4_HAS_INCOMPAT(s, 64BIT))
		d->i_file_acl_hi = (uint16_t)(ei->file_acl >> 32);
	d->i_version_lo = (uint32_t)inode->version;
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) {
		memset(ei->block, 0, sizeof(ei->block));
		encode_rdev(inode->rdev, ei->block);
	}
	memcpy(d->i_block, ei->block, sizeof(ei->block));
	if (s->inode_size > EXT4_GOOD_OLD_INO_SIZE)
		d->i_extra_isize = ei->extra_isize;
	if (FITS(s, ei->extra_isize, i_version_hi))
		d->i_version_hi = (uint32_t)(inode->version >> 32);
	if (FITS(s, ei->extra_isize, i_projid) && EXT4_HAS_RO_COMPAT(s, PROJECT))
		d->i_projid = ei->projid;
}

void ext4_inode_encode(struct inode *inode, struct ext4_disk_inode *d)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	bool wide = FITS(s, ei->extra_isize, i_checksum_hi);
	uint32_t c;

	put_numbers(inode, s, d);
	put_times(inode, s, d);
	if (!s->csum)
		return;
	ei->csum_seed = inode_seed(s, (uint32_t)inode->ino, ei->generation);
	c = disk_csum(s, ei->csum_seed, d, wide);
	d->i_checksum_lo = (uint16_t)c;
	if (wide)
		d->i_checksum_hi = (uint16_t)(c >> 16);
}

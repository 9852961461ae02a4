// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inodes: the table of those in memory, reading and writing their 128 to 4096 bytes on the disk, and their end. An inode that is being read or evicted is in
 * the table, so that nobody makes a second one; who wants it waits.
 */
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"

/* --- the table ---------------------------------------------------------------------------------- */

static struct list_head *bucket(struct ext4_sb *s, uint64_t ino)
{
	return &s->inode_hash[ino % EXT4_INODE_BUCKETS];
}

void ext4_hash_add(struct ext4_sb *s, struct ext4_inode *ei)
{
	list_add(&ei->hash_link, bucket(s, ei->inode->ino));
}

void ext4_hash_del(struct ext4_sb *s, struct ext4_inode *ei)
{
	list_del(&ei->hash_link);
	(void)wait_queue_wake_all(&s->inode_wait);
}

static struct ext4_inode *hash_find(struct ext4_sb *s, uint32_t ino)
{
	struct ext4_inode *ei;

	list_for_each_entry(ei, bucket(s, ino), hash_link)
		if (ei->inode->ino == ino)
			return ei;
	return NULL;
}

struct inode *ext4_inode_alloc(struct ext4_sb *s, uint32_t ino)
{
	struct ext4_inode *ei = kzalloc(sizeof(*ei));
	struct inode *inode = ei ? inode_alloc(s->sb) : NULL;

	if (!inode) {
		kfree(ei);
		return NULL;
	}
	inode->ino = ino;
	inode->blksize = s->block_size;
	inode->private = ei;
	ei->inode = inode;
	list_init(&ei->hash_link);
	list_init(&ei->orphan_link);
	sleep_lock_init(&ei->data_lock);
	sleep_lock_init(&ei->map_lock);
	return inode;
}

void ext4_choose_ops(struct inode *inode)
{
	switch (inode->mode & S_IFMT) {
	case S_IFREG:
		inode->ops = &ext4_file_inode_ops;
		inode->fops = &ext4_file_ops;
		mapping_source_init(&inode->mapping, &ext4_mapping_ops);
		break;
	case S_IFDIR:
		inode->ops = &ext4_dir_inode_ops;
		inode->fops = &ext4_dir_ops;
		break;
	case S_IFLNK:
		inode->ops = &ext4_link_inode_ops;
		break;
	default:
		inode->ops = &ext4_special_inode_ops;
	}
}

/* --- on the disk -------------------------------------------------------------------------------- */

int ext4_inode_buffer(struct ext4_sb *s, uint32_t ino, struct buffer **ret, uint32_t *ret_offset)
{
	const struct ext4_group_desc *d;
	uint32_t group, index;
	uint64_t byte;

	if (ino == 0 || ino > s->inodes_count)
		return ext4_error(s, "inode number %u is out of range", ino);
	group = (ino - 1) / s->inodes_per_group;
	index = (ino - 1) % s->inodes_per_group;
	d = ext4_group_desc(s, group, NULL);
	byte = (uint64_t)index * s->inode_size;
	*ret_offset = (uint32_t)(byte % s->block_size);
	return buffer_read(s->dev, ext4_bg_inode_table(s, d) + byte / s->block_size, ret);
}

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

static void note_disk(struct inode *inode)
{
	struct ext4_inode *ei = ext4_i(inode);

	ei->disk_atime = inode->atime;
	ei->disk_mtime = inode->mtime;
	ei->disk_ctime = inode->ctime;
	ei->disk_size = inode->size;
	ei->disk_blocks = inode->blocks;
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

	if (inode->size > INT64_MAX || (small && !EXT4_HAS_INCOMPAT(s, INLINE_DATA)))
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

static bool has_map(const struct inode *inode)
{
	const struct ext4_inode *ei = ext4_i(inode);

	if (ei->flags & EXT4_INLINE_DATA_FL)
		return false;
	if (S_ISLNK(inode->mode))
		return inode->size >= sizeof(ei->block) || (ei->flags & EXT4_EXTENTS_FL);
	return S_ISREG(inode->mode) || S_ISDIR(inode->mode);
}

static int load(struct ext4_sb *s, struct inode *inode, bool special)
{
	struct ext4_inode *ei = ext4_i(inode);
	const struct ext4_disk_inode *d;
	struct buffer *b;
	uint32_t offset;
	bool wide;
	int r = ext4_inode_buffer(s, (uint32_t)inode->ino, &b, &offset);

	if (r < 0)
		return r;
	d = (const struct ext4_disk_inode *)(const void *)(b->data + offset);
	ei->extra_isize = s->inode_size > EXT4_GOOD_OLD_INO_SIZE ? d->i_extra_isize : 0;
	if (EXT4_GOOD_OLD_INO_SIZE + (uint32_t)ei->extra_isize > s->inode_size ||
	    ei->extra_isize % 4) {
		ei->extra_isize = 0;
		r = -EUCLEAN;
		goto out;
	}
	ei->csum_seed = inode_seed(s, (uint32_t)inode->ino, d->i_generation);
	wide = FITS(s, ei->extra_isize, i_checksum_hi);
	if (!special && d->i_links_count == 0 && d->i_mode == 0) {
		r = -ESTALE;
		goto out;
	}
	if (s->csum && !csum_ok(s, ei->csum_seed, d, wide)) {
		r = ext4_error(s, "inode %llu has a wrong checksum",
			       (unsigned long long)inode->ino);
		goto out;
	}
	if (!special && d->i_links_count == 0) {
		r = -ESTALE;
		goto out;
	}
	read_numbers(inode, s, d);
	read_times(inode, s, d);
	r = check_shape(inode, s);
	if (r == 0 && has_map(inode))
		r = ext4_map_check(inode);
	if (S_ISCHR(inode->mode) || S_ISBLK(inode->mode))
		inode->rdev = decode_rdev(ei->block);
	note_disk(inode);
out:
	buffer_put(b);
	if (r == -EUCLEAN)
		(void)ext4_error(s, "inode %llu is damaged", (unsigned long long)inode->ino);
	return r;
}

static int iget(struct ext4_sb *s, uint32_t ino, bool special, struct inode **ret)
{
	struct ext4_inode *ei;
	struct inode *inode;
	int r;

	while ((ei = hash_find(s, ino)) != NULL) {
		if (!ei->loading && !ei->evicting) {
			inode_get(ei->inode);
			*ret = ei->inode;
			return 0;
		}
		if (wait_queue_sleep(&s->inode_wait, NO_DEADLINE, WAIT_UNINTERRUPTIBLE) < 0)
			sched_give_way();
	}
	inode = ext4_inode_alloc(s, ino);
	if (!inode)
		return -ENOMEM;
	ei = ext4_i(inode);
	ei->loading = true;
	ext4_hash_add(s, ei);
	r = load(s, inode, special);
	ei->loading = false;
	if (r < 0) {
		ext4_hash_del(s, ei);
		inode->private = NULL;
		kfree(ei);
		inode_put(inode);
		return r;
	}
	/* It may have been changed, and left memory, in the transaction that is not durable yet: fsync has to wait for that. */
	if (s->journal_running) {
		ei->sync_tid = ei->datasync_tid = journal_running_tid(s->journal);
		ei->has_tid = true;
	}
	(void)wait_queue_wake_all(&s->inode_wait);
	ext4_choose_ops(inode);
	*ret = inode;
	return 0;
}

int ext4_iget(struct ext4_sb *s, uint32_t ino, struct inode **ret)
{
	if ((ino < s->first_ino && ino != EXT4_ROOT_INO) || ino > s->inodes_count)
		return ext4_error(s, "a name leads to inode %u, which no file may have", ino);
	return iget(s, ino, false, ret);
}

int ext4_iget_special(struct ext4_sb *s, uint32_t ino, struct inode **ret)
{
	if (ino == 0 || ino > s->inodes_count)
		return -EUCLEAN;
	return iget(s, ino, true, ret);
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

int ext4_mark_inode_dirty(struct handle *h, struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	struct ext4_disk_inode *d;
	struct buffer *b;
	uint32_t offset;
	int r = ext4_inode_buffer(s, (uint32_t)inode->ino, &b, &offset);

	if (r < 0)
		return r;
	r = ext4_get_write(h, b);
	if (r < 0)
		goto out;
	d = (struct ext4_disk_inode *)(void *)(b->data + offset);
	put_numbers(inode, s, d);
	put_times(inode, s, d);
	if (s->csum) {
		bool wide = FITS(s, ei->extra_isize, i_checksum_hi);
		uint32_t c;

		ei->csum_seed = inode_seed(s, (uint32_t)inode->ino, ei->generation);
		c = disk_csum(s, ei->csum_seed, d, wide);
		d->i_checksum_lo = (uint16_t)c;
		if (wide)
			d->i_checksum_hi = (uint16_t)(c >> 16);
	}
	r = ext4_dirty(h, b);
	if (!ei->has_tid || inode->size != ei->disk_size || inode->blocks != ei->disk_blocks)
		ei->datasync_tid = ext4_tid(h);
	ei->sync_tid = ext4_tid(h);
	ei->has_tid = true;
	note_disk(inode);
	if (r == 0 && inode->size > INT_MAX && S_ISREG(inode->mode))
		r = ext4_set_feature(h, s, EXT4_RO_COMPAT_LARGE_FILE);
out:
	buffer_put(b);
	return r;
}

static bool same_time(const struct timespec_k *a, const struct timespec_k *b)
{
	return a->sec == b->sec && a->nsec == b->nsec;
}

bool ext4_times_changed(const struct inode *inode)
{
	const struct ext4_inode *ei = ext4_i(inode);

	return !same_time(&inode->atime, &ei->disk_atime) ||
	       !same_time(&inode->mtime, &ei->disk_mtime) ||
	       !same_time(&inode->ctime, &ei->disk_ctime);
}

static int flush_inode_times(struct inode *inode)
{
	struct handle *h;
	int r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

int ext4_flush_times(struct ext4_sb *s)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < EXT4_INODE_BUCKETS;) {
		struct ext4_inode *ei;
		struct inode *found = NULL;

		list_for_each_entry(ei, &s->inode_hash[i], hash_link) {
			if (ei->loading || ei->evicting || ei->inode->nlink == 0 ||
			    !ext4_times_changed(ei->inode))
				continue;
			found = ei->inode;
			break;
		}
		if (!found) {
			i++;
			continue;
		}
		inode_get(found);
		r = flush_inode_times(found);
		inode_put(found);
	}
	return r;
}

/* --- the end ------------------------------------------------------------------------------------ */

/* No name and no user any more: blocks, attributes and the inode itself go. What fails stays on the orphan list for fsck. */
static int remove_inode(struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	bool is_dir = S_ISDIR(inode->mode);
	struct handle *h;
	int r = 0, r2;

	if (has_map(inode) && inode->blocks > 0) {
		inode->size = 0;
		r = ext4_remove_range(inode, 0, UINT_MAX);
	}
	if (r == 0)
		r = ext4_start(s,
			       EXT4_IALLOC_CREDITS + EXT4_INODE_CREDITS + EXT4_XATTR_CREDITS +
				       EXT4_ORPHAN_CREDITS,
			       4, &h);
	if (r < 0)
		return r;
	r = ext4_xattr_release(h, inode);
	if (r == 0)
		r = ext4_orphan_del(h, inode);
	if (r == 0) {
		ei->dtime = (uint32_t)inode->ctime.sec;
		inode_times_now(inode, ATTR_CTIME);
		ei->dtime = (uint32_t)inode->ctime.sec;
		inode->size = 0;
		r = ext4_mark_inode_dirty(h, inode);
	}
	/* Out of the table before the number is free for another. */
	ext4_hash_del(s, ei);
	if (r == 0)
		r = ext4_ifree(h, s, (uint32_t)inode->ino, is_dir);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

void ext4_evict(struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	int r = 0;

	if (!ei)
		return;
	ei->evicting = true;
	ext4_pages_drop(inode);
	if (s->writing && !s->aborted) {
		ext4_alloc_release_prealloc(inode);
		if (inode->nlink == 0 && inode->ino >= s->first_ino)
			r = remove_inode(inode);
		else if (ext4_times_changed(inode))
			r = flush_inode_times(inode);
	}
	if (r < 0 && r != -EROFS)
		ext4_warn(s, "inode %llu could not be %s (error %d)",
			  (unsigned long long)inode->ino, inode->nlink ? "written" : "freed", -r);
	list_del(&ei->orphan_link);
	ext4_hash_del(s, ei);
	inode->private = NULL;
	kfree(ei->dir_private);
	kfree(ei);
}

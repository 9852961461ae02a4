// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Inodes: the table of those in memory, their coming from the disk and going back to it, and their end. An inode that is being read or evicted is in the table, so
 * that nobody makes a second one; who wants it waits. What their bytes mean is in ext4_inode_disk.c.
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
	/* What an earlier life in memory has written is not known. */
	ei->unflushed.all = true;
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
	return ext4_read_table(s, ext4_bg_inode_table(s, d) + byte / s->block_size,
			       "the inode table", ret);
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
	struct buffer *b;
	uint32_t offset;
	int r = ext4_inode_buffer(s, (uint32_t)inode->ino, &b, &offset);

	if (r < 0)
		return r;
	r = ext4_inode_decode(inode, (const void *)(b->data + offset), special);
	if (r == 0 && has_map(inode))
		r = ext4_map_check(inode);
	note_disk(inode);
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

int ext4_mark_inode_dirty(struct handle *h, struct inode *inode)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	struct buffer *b;
	uint32_t offset;
	int r = ext4_inode_buffer(s, (uint32_t)inode->ino, &b, &offset);

	if (r < 0)
		return r;
	r = ext4_get_write(h, b);
	if (r < 0)
		goto out;
	ext4_inode_encode(inode, (void *)(b->data + offset));
	r = ext4_dirty(h, b);
	if (!ei->has_tid || inode->size != ei->disk_size || inode->blocks != ei->disk_blocks)
		ei->datasync_tid = ext4_tid(h);
	ei->sync_tid = ext4_tid(h);
	ei->has_tid = true;
	note_disk(inode);
	if (r == 0 && inode->size > INT_MAX && S_ISREG(inode->mode))
		r = ext4_set_feature(h, s, 0, EXT4_RO_COMPAT_LARGE_FILE);
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

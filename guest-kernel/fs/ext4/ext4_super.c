// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mounted file system as a whole: becoming writable and ceasing to be, remounting, syncing, statfs, the end. The journal runs only while the mount is writable.
 */
#include "abi/abi_mount.h"
#include "abi/abi_stat.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "fs/ext4/ext4_mount_internal.h"
#include "host/host_clock.h"
#include "host/host_memory.h"

static uint32_t now_seconds(void)
{
	return (uint32_t)(host_realtime_ns() / NSEC_PER_SEC);
}

/* --- the super block on the disk ---------------------------------------------------------------- */

static void write_counts(struct ext4_sb *s)
{
	uint64_t free_blocks = s->free_blocks + s->quarantined_blocks;

	s->es->s_free_blocks_count_lo = (uint32_t)free_blocks;
	if (EXT4_HAS_INCOMPAT(s, 64BIT))
		s->es->s_free_blocks_count_hi = (uint32_t)(free_blocks >> 32);
	s->es->s_free_inodes_count = s->free_inodes;
	s->es->s_wtime = now_seconds();
}

/* Around the journal: only while none runs. */
int ext4_super_write(struct ext4_sb *s)
{
	int r;

	if (s->dev->readonly)
		return 0;
	ext4_super_csum_set(s);
	buffer_mark_dirty(s->super_buf);
	r = buffer_write(s->super_buf);
	return r < 0 ? r : block_flush(s->dev);
}

/* --- becoming writable, ceasing to be ----------------------------------------------------------- */

int ext4_start_writing(struct ext4_sb *s)
{
	struct ext4_super_block *es = s->es;
	int r;

	if (s->journal && journal_old_error(s->journal)) {
		ext4_warn(s, "error %d recorded from previous mount",
			  journal_old_error(s->journal));
		es->s_state |= EXT4_STATE_ERROR;
	}
	if (!(es->s_state & EXT4_STATE_VALID) && !EXT4_HAS_COMPAT(s, HAS_JOURNAL))
		ext4_warn(s, "mounting unchecked fs, running e2fsck is recommended");
	if (es->s_state & EXT4_STATE_ERROR)
		ext4_warn(s, "mounting fs with errors, running e2fsck is recommended");
	if (!s->journal)
		es->s_state &= (uint16_t)~EXT4_STATE_VALID;
	es->s_mnt_count++;
	es->s_mtime = now_seconds();
	if (s->journal) {
		es->s_feature_incompat |= EXT4_INCOMPAT_RECOVER;
		s->incompat |= EXT4_INCOMPAT_RECOVER;
	}
	if (EXT4_HAS_COMPAT(s, ORPHAN_FILE)) {
		es->s_feature_ro_compat |= EXT4_RO_COMPAT_ORPHAN_PRESENT;
		s->ro_compat |= EXT4_RO_COMPAT_ORPHAN_PRESENT;
	}
	r = ext4_super_write(s);
	if (r == 0 && s->journal)
		r = journal_clear_error(s->journal);
	if (r == 0 && s->journal) {
		r = journal_run(s->journal);
		s->journal_running = r == 0;
	}
	s->writing = r == 0;
	if (r == 0)
		r = ext4_orphan_recover(s);
	if (r == 0)
		r = ext4_group_init_tables(s);
	return r;
}

static bool has_orphans(const struct ext4_sb *s)
{
	return s->es->s_last_orphan != 0 || !list_empty(&s->orphans);
}

static int stop_writing(struct ext4_sb *s)
{
	int r = s->aborted ? 0 : ext4_flush_times(s), r2 = 0;

	s->writing = false;
	if (s->journal_running) {
		r2 = journal_close(s->journal);
		s->journal = NULL;
		s->journal_running = false;
	} else if (!s->journal) {
		r2 = buffer_sync(s->dev);
	}
	if (r == 0)
		r = r2;
	if (r < 0 || s->aborted)
		return r < 0 ? r : -EIO;
	write_counts(s);
	s->es->s_feature_incompat &= ~(uint32_t)EXT4_INCOMPAT_RECOVER;
	s->incompat &= ~(uint32_t)EXT4_INCOMPAT_RECOVER;
	if (EXT4_HAS_RO_COMPAT(s, ORPHAN_PRESENT) && !has_orphans(s)) {
		s->es->s_feature_ro_compat &= ~(uint32_t)EXT4_RO_COMPAT_ORPHAN_PRESENT;
		s->ro_compat &= ~(uint32_t)EXT4_RO_COMPAT_ORPHAN_PRESENT;
	}
	if (!(s->es->s_state & EXT4_STATE_ERROR))
		s->es->s_state |= EXT4_STATE_VALID;
	return ext4_super_write(s);
}

/* --- super block operations --------------------------------------------------------------------- */

static int sync_fs(struct super_block *sb)
{
	struct ext4_sb *s = ext4_sb(sb);
	struct handle *h;
	int r, r2;

	if (!s->writing || s->aborted)
		return 0;
	r = ext4_pages_flush_all(s);
	if (r == 0)
		r = ext4_flush_times(s);
	if (r == 0)
		r = ext4_start(s, 1, 0, &h);
	if (r < 0)
		return r;
	if (s->es->s_free_inodes_count != s->free_inodes) {
		r = ext4_get_write(h, s->super_buf);
		if (r == 0) {
			write_counts(s);
			ext4_super_csum_set(s);
			r = ext4_dirty(h, s->super_buf);
		}
	}
	r2 = ext4_stop(h);
	if (r == 0)
		r = r2;
	if (r == 0 && s->journal)
		r = journal_commit(s->journal, journal_running_tid(s->journal));
	else if (r == 0)
		r = buffer_sync(s->dev);
	r2 = block_flush(s->dev);
	return r < 0 ? r : r2;
}

/* What statfs does not count as room: metadata of fixed place and the journal. mke2fs notes it; else it is added up. */
void ext4_count_overhead(struct ext4_sb *s)
{
	s->overhead = s->es->s_overhead_blocks;
	if (s->overhead)
		return;
	s->overhead = s->first_data_block + s->journal_blocks;
	for (uint32_t g = 0; g < s->groups; g++)
		s->overhead += ext4_group_head_blocks(s, g) + 2 + s->inode_blocks_per_group;
}

static int statfs(struct super_block *sb, struct abi_statfs *ret)
{
	const struct ext4_sb *s = ext4_sb(sb);
	uint64_t overhead = 0, id[2], free_blocks = s->free_blocks + s->quarantined_blocks;

	if (!s->opt.minix_df)
		overhead = s->overhead;
	memcpy(id, s->es->s_uuid, sizeof(id));
	id[0] ^= id[1];
	ret->f_type = EXT4_MAGIC;
	ret->f_bsize = s->block_size;
	ret->f_blocks = s->blocks_count - MIN(overhead, s->blocks_count);
	ret->f_bfree = free_blocks;
	ret->f_bavail = free_blocks - MIN(free_blocks, s->reserved_blocks + s->spare_blocks);
	ret->f_files = s->inodes_count;
	ret->f_ffree = s->free_inodes;
	ret->f_namelen = EXT4_NAME_MAX;
	memcpy(ret->f_fsid, id, sizeof(ret->f_fsid));
	return 0;
}

static int reopen_journal(struct ext4_sb *s, char *why, size_t len)
{
	if (!EXT4_HAS_COMPAT(s, HAS_JOURNAL) || s->journal)
		return 0;
	return ext4_journal_attach(s, why, len);
}

/* Files that are open for writing, or have no name but users, would need the disk again. */
static bool is_in_use(const struct ext4_sb *s)
{
	for (unsigned int i = 0; i < EXT4_INODE_BUCKETS; i++) {
		const struct ext4_inode *ei;

		list_for_each_entry(ei, &s->inode_hash[i], hash_link)
			if (ei->inode->write_count > 0 || ei->inode->nlink == 0)
				return true;
	}
	return false;
}

static int remount(struct super_block *sb, uint32_t flags, const char *data)
{
	struct ext4_sb *s = ext4_sb(sb);
	struct ext4_options o = s->opt;
	char why[WHY_BYTES] = "";
	int r = ext4_options_parse(&o, data, why, sizeof(why));

	if (r == 0 && o.writeback != s->opt.writeback) {
		(void)str_copy(why, "Cannot change data mode on remount", sizeof(why));
		r = -EINVAL;
	}
	if (r == 0 && ((flags ^ sb->flags) & MS_RDONLY)) {
		if ((flags & MS_RDONLY) && is_in_use(s)) {
			return -EBUSY;
		} else if (flags & MS_RDONLY) {
			r = sync_fs(sb);
			sb->flags |= MS_RDONLY;
			if (r == 0)
				r = stop_writing(s);
		} else if (s->aborted || s->dev->readonly) {
			r = -EROFS;
		} else {
			r = ext4_super_check(s, false, why, sizeof(why));
			if (r == 0)
				r = reopen_journal(s, why, sizeof(why));
			if (r == 0 && s->journal && journal_needs_recovery(s->journal)) {
				(void)str_copy(
					why,
					"the journal was not replayed; unmount it and mount it again",
					sizeof(why));
				r = -EROFS;
			}
			if (r == 0) {
				sb->flags &= ~MS_RDONLY;
				r = ext4_start_writing(s);
				if (r < 0)
					sb->flags |= MS_RDONLY;
			}
		}
	}
	if (r < 0) {
		pr_err("EXT4-fs (%s): %s", s->dev->name, why[0] ? why : "remount failed");
		return r;
	}
	s->opt = o;
	if (s->journal)
		journal_set_interval(s->journal, o.commit_seconds);
	return 0;
}

static void super_teardown(struct ext4_sb *s)
{
	ext4_orphan_close(s);
	ext4_alloc_exit(s);
	ext4_group_close(s);
	ext4_journal_lose(s);
	buffer_put(s->super_buf);
	s->super_buf = NULL;
	s->es = NULL;
}

static void shutdown(struct super_block *sb)
{
	list_del(&ext4_sb(sb)->mounted_link);
}

/* After the last inode: only now nothing changes any more. */
static void super_free(struct super_block *sb)
{
	struct ext4_sb *s = ext4_sb(sb);
	int r = 0;

	if (s->dev && s->super_buf) {
		if (s->writing)
			r = stop_writing(s);
		if (r < 0)
			pr_err("EXT4-fs (%s): unmounting failed with error %d", s->dev->name, -r);
		super_teardown(s);
		(void)buffer_set_size(s->dev, PAGE_SIZE);
	}
	if (s->dev)
		block_release(s->dev, s);
	kfree(s->inode_hash);
	kfree(s);
}

const struct super_ops ext4_super_ops = {
	.evict = ext4_evict,
	.statfs = statfs,
	.sync = sync_fs,
	.remount = remount,
	.shutdown = shutdown,
	.show_options = ext4_options_show,
	.free = super_free,
};

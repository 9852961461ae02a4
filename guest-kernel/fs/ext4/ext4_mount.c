// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mounting: from a device to a tree. The journal is replayed at every mount that may write to the device, read-only ones too. One device has one super block, however often
 * it is mounted. What a mounted file system does as a whole is in ext4_super.c.
 */
#include "abi/abi_mount.h"
#include "abi/abi_stat.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "fs/ext4/ext4_mount_internal.h"
#include "host/host_memory.h"

static struct list_head mounted = LIST_HEAD_INIT(mounted);

/* --- the super block on the disk ---------------------------------------------------------------- */

static int super_read(struct ext4_sb *s, bool readonly, char *why, size_t len)
{
	uint32_t size = 1024;
	int r;

	/* The block size is in the block: read it with the smallest, then again with the right one. */
	for (unsigned int pass = 0; pass < 2; pass++) {
		r = buffer_set_size(s->dev, size);
		if (r == 0)
			r = buffer_read(s->dev, EXT4_SUPER_OFFSET / size, &s->super_buf);
		if (r < 0) {
			(void)format_str(why, len, "unable to read superblock");
			return r;
		}
		s->es = (struct ext4_super_block *)(void *)(s->super_buf->data +
							    EXT4_SUPER_OFFSET % size);
		r = ext4_super_check(s, readonly, why, len);
		if (r < 0 || size == s->block_size)
			return r;
		size = s->block_size;
		buffer_put(s->super_buf);
		s->super_buf = NULL;
	}
	return 0;
}

/* --- the journal -------------------------------------------------------------------------------- */

static void journal_aborted(void *owner, int error)
{
	struct ext4_sb *s = owner;

	if (!s->aborted)
		pr_err("EXT4-fs (%s): the journal has aborted (error %d); remounting read-only",
		       s->dev->name, -error);
	if (!s->aborted && s->opt.errors == EXT4_ERRORS_PANIC)
		panic("EXT4-fs (device %s): panic forced after error", s->dev->name);
	s->aborted = true;
	s->sb->flags |= MS_RDONLY;
}

/* Where the journal's blocks lie. It must be an ordinary file without holes. */
static int journal_places(struct ext4_sb *s, struct inode *inode, struct journal_place **ret,
			  unsigned int *ret_n)
{
	uint64_t blocks = inode->size >> s->block_bits;
	struct journal_place *p = NULL;
	unsigned int n = 0, max = 0;

	for (uint64_t at = 0; at < blocks;) {
		struct ext4_map m;
		int r = ext4_map_blocks(NULL, inode, (uint32_t)at, (uint32_t)(blocks - at), 0, &m);

		if (r == 0 && (!m.physical || m.unwritten))
			r = -EUCLEAN;
		if (r == 0 && n == max) {
			struct journal_place *bigger =
				krealloc(p, (max = max ? 2 * max : 16) * sizeof(*p));

			if (bigger)
				p = bigger;
			else
				r = -ENOMEM;
		}
		if (r < 0) {
			kfree(p);
			return r;
		}
		p[n++] = (struct journal_place){ at, m.physical, m.len };
		at += m.len;
	}
	*ret = p;
	*ret_n = n;
	return 0;
}

/* Its place is looked up once: afterwards its blocks count as metadata, which no file, and so no inode, may have. */
static int journal_find(struct ext4_sb *s, char *why, size_t len)
{
	struct inode *inode;
	int r = ext4_iget_special(s, s->es->s_journal_inum, &inode);

	if (r == 0) {
		if (!S_ISREG(inode->mode) || inode->nlink == 0 ||
		    inode->size >> s->block_bits >= UINT_MAX)
			r = -EUCLEAN;
		if (r == 0)
			r = journal_places(s, inode, &s->journal_at, &s->n_journal_at);
		inode_put(inode);
	}
	s->journal_blocks = 0;
	for (unsigned int i = 0; r == 0 && i < s->n_journal_at; i++) {
		const struct journal_place *p = &s->journal_at[i];

		s->journal_blocks += p->len;
		r = ext4_blocks_valid(s, p->physical, p->len)
			    ? ext4_zone_add(s, p->physical, p->len)
			    : -EUCLEAN;
	}
	if (r < 0)
		(void)format_str(why, len, "the journal inode is damaged; run e2fsck");
	return r;
}

void ext4_journal_lose(struct ext4_sb *s)
{
	if (s->journal)
		(void)journal_close(s->journal);
	s->journal = NULL;
	kfree(s->journal_at);
	s->journal_at = NULL;
	s->n_journal_at = 0;
}

int ext4_journal_attach(struct ext4_sb *s, char *why, size_t len)
{
	struct journal_config c = {
		.dev = s->dev,
		.block_size = s->block_size,
		.total_blocks = s->blocks_count,
		.uuid = s->es->s_uuid,
		.commit_seconds = s->opt.commit_seconds,
		.checksums = s->csum,
		.owner = s,
		.aborted = journal_aborted,
		.committed = ext4_alloc_committed,
	};
	int r = s->journal_at ? 0 : journal_find(s, why, len);

	if (r < 0)
		return r;
	c.places = s->journal_at;
	c.n_places = s->n_journal_at;
	return journal_open(&c, &s->journal, why, len);
}

/*
 * Replay, before anything but the super block and the journal's map is believed. The super block may have changed by it: *ret_again says that all must be
 * read anew.
 */
static int recover(struct ext4_sb *s, bool *ret_again, char *why, size_t len)
{
	int r;

	*ret_again = false;
	if (!EXT4_HAS_INCOMPAT(s, RECOVER) && !journal_needs_recovery(s->journal))
		return 0;
	if (s->opt.noload) {
		if (s->sb->flags & MS_RDONLY)
			return 0;
		(void)format_str(why, len,
				 "required journal recovery suppressed and not mounted read-only");
		return -EINVAL;
	}
	if (s->dev->readonly) {
		(void)format_str(why, len, "write access unavailable, cannot proceed");
		return -EROFS;
	}
	r = journal_recover(s->journal, why, len);
	if (r < 0)
		return r;
	pr_info("EXT4-fs (%s): recovery complete", s->dev->name);
	*ret_again = true;
	return 0;
}

/* --- mounting ----------------------------------------------------------------------------------- */

static void default_options(struct ext4_sb *s)
{
	uint32_t m = s->es->s_default_mount_opts;

	s->opt = (struct ext4_options){
		.errors = s->es->s_errors >= 1 && s->es->s_errors <= 3 ? s->es->s_errors
								       : EXT4_ERRORS_CONTINUE,
		.barrier = !(m & EXT4_DEFM_NOBARRIER),
		.discard = (m & EXT4_DEFM_DISCARD) != 0,
		.acl = true,
		.user_xattr = true,
		.resuid = s->es->s_def_resuid,
		.resgid = s->es->s_def_resgid,
		.commit_seconds = 5,
	};
}

static int open_parts(struct ext4_sb *s, char *why, size_t len)
{
	int r = ext4_group_open(s, why, len);

	if (r < 0 || !EXT4_HAS_COMPAT(s, HAS_JOURNAL))
		return r;
	if (!s->es->s_journal_inum) {
		(void)format_str(why, len, "a journal on another device is not supported");
		return -EINVAL;
	}
	return ext4_journal_attach(s, why, len);
}

static void close_parts(struct ext4_sb *s)
{
	ext4_group_close(s);
	ext4_journal_lose(s);
	buffer_put(s->super_buf);
	s->super_buf = NULL;
}

static int fill_super(struct ext4_sb *s, const char *data, char *why, size_t len)
{
	struct super_block *sb = s->sb;
	bool again = false, readonly = (sb->flags & MS_RDONLY) != 0;
	struct inode *root;
	int r = super_read(s, readonly, why, len);

	if (r < 0)
		return r;
	default_options(s);
	r = ext4_options_parse(&s->opt, data, why, len);
	if (r == 0 && s->opt.sb_block > 1) {
		(void)format_str(why, len, "sb= is not supported; run e2fsck -b");
		r = -EINVAL;
	}
	if (r == 0)
		r = open_parts(s, why, len);
	if (r == 0 && s->journal)
		r = recover(s, &again, why, len);
	if (r == 0 && again) {
		close_parts(s);
		r = buffer_set_size(s->dev, 1024);
		if (r == 0)
			r = super_read(s, readonly, why, len);
		if (r == 0)
			r = open_parts(s, why, len);
		if (r < 0)
			return r;
		s->es->s_feature_incompat &= ~(uint32_t)EXT4_INCOMPAT_RECOVER;
		s->incompat &= ~(uint32_t)EXT4_INCOMPAT_RECOVER;
		if (readonly)
			r = ext4_super_write(s);
	}
	if (r < 0)
		return r;
	sb->max_bytes = ext4_max_bytes(s, EXT4_HAS_INCOMPAT(s, EXTENTS));
	sb->own_umask = true;
	sb->no_btime = sb->whole_seconds = s->inode_size == EXT4_GOOD_OLD_INO_SIZE;
	/* 32 bits with a sign, and two more in large inodes. */
	sb->time_min = INT_MIN;
	sb->time_max = sb->whole_seconds ? INT_MAX : INT_MIN + (1ll << 34) - 1;
	sb->attributes_mask = STATX_ATTR_COMPRESSED | STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND |
			      STATX_ATTR_NODUMP | STATX_ATTR_ENCRYPTED | STATX_ATTR_VERITY;
	ext4_count_overhead(s);
	r = ext4_alloc_init(s);
	if (r == 0)
		r = ext4_orphan_open(s);
	if (r == 0)
		r = ext4_iget(s, EXT4_ROOT_INO, &root);
	if (r == 0 && (!S_ISDIR(root->mode) || root->nlink == 0)) {
		inode_put(root);
		r = -EUCLEAN;
	}
	if (r < 0) {
		if (!why[0])
			(void)format_str(why, len, "get root inode failed; run e2fsck");
		return r;
	}
	r = super_set_root(sb, root);
	if (r == 0 && !readonly)
		r = ext4_start_writing(s);
	return r;
}

static struct block_device *find_device(const char *source, int *ret_error)
{
	struct block_device *d = block_find_by_name(source);
	struct path p;
	int r;

	*ret_error = -ENOENT;
	if (d)
		return d;
	r = path_lookup(-100, source, LOOKUP_FOLLOW, &p);
	*ret_error = r;
	if (r < 0)
		return NULL;
	*ret_error = -ENOTBLK;
	if (S_ISBLK(path_inode(&p)->mode)) {
		d = block_find(path_inode(&p)->rdev);
		*ret_error = -ENXIO;
	}
	path_put(&p);
	return d;
}

static struct super_block *find_mounted(const struct block_device *d)
{
	struct ext4_sb *s;

	list_for_each_entry(s, &mounted, mounted_link)
		if (s->dev == d)
			return s->sb;
	return NULL;
}

static struct ext4_sb *sb_create(const struct fs_type *type)
{
	struct ext4_sb *s = kzalloc(sizeof(*s));

	if (!s)
		return NULL;
	list_init(&s->orphans);
	list_init(&s->mounted_link);
	wait_queue_init(&s->inode_wait);
	sleep_lock_init(&s->orphan_lock);
	s->inode_hash = kmalloc(EXT4_INODE_BUCKETS * sizeof(struct list_head));
	for (unsigned int i = 0; s->inode_hash && i < EXT4_INODE_BUCKETS; i++)
		list_init(&s->inode_hash[i]);
	s->sb = s->inode_hash ? super_alloc(type, &ext4_super_ops) : NULL;
	if (!s->sb) {
		kfree(s->inode_hash);
		kfree(s);
		return NULL;
	}
	s->sb->private = s;
	s->sb->magic = EXT4_MAGIC;
	return s;
}

/* The tree has an entry for the root by now perhaps: it goes, and the super block with its last reference. */
static void sb_discard(struct ext4_sb *s)
{
	s->sb->flags |= MS_RDONLY;
	super_activate(s->sb);
	super_deactivate(s->sb);
}

static int mount_ext4(const struct fs_type *type, const char *source, uint32_t flags,
		      const char *data, struct super_block **ret)
{
	char why[WHY_BYTES] = "";
	struct block_device *d;
	struct ext4_sb *s;
	int r;

	d = find_device(source, &r);
	if (!d)
		return r;
	*ret = find_mounted(d);
	if (*ret)
		return ((*ret)->flags ^ flags) & MS_RDONLY ? -EBUSY : 0;
	if (d->readonly && !(flags & MS_RDONLY))
		return -EACCES;
	s = sb_create(type);
	if (!s)
		return -ENOMEM;
	r = block_claim(d, s);
	if (r < 0) {
		sb_discard(s);
		return r;
	}
	s->dev = d;
	s->sb->dev = d->rdev;
	s->sb->flags = flags;
	(void)str_copy(s->sb->source, source, sizeof(s->sb->source));
	r = fill_super(s, data, why, sizeof(why));
	if (r < 0) {
		pr_err("EXT4-fs (%s): %s (error %d)", d->name, why[0] ? why : "mount failed", -r);
		sb_discard(s);
		return r;
	}
	list_add(&s->mounted_link, &mounted);
	pr_info("EXT4-fs (%s): mounted filesystem %s with ordered data mode", d->name,
		flags & MS_RDONLY ? "ro" : "r/w");
	*ret = s->sb;
	return 0;
}

static struct fs_type ext4_type = { .name = "ext4", .needs_device = true, .mount = mount_ext4 };
static struct fs_type ext3_type = { .name = "ext3", .needs_device = true, .mount = mount_ext4 };
static struct fs_type ext2_type = { .name = "ext2", .needs_device = true, .mount = mount_ext4 };

int ext4_init(void)
{
	fs_type_register(&ext3_type);
	fs_type_register(&ext2_type);
	fs_type_register(&ext4_type);
	return 0;
}

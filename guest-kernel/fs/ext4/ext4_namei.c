// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The operations on names. Each is one handle, so that a crash leaves all of it or nothing; an inode that loses its last name goes on the orphan list in
 * the same handle.
 */
#include "abi/abi_clone.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_dir_internal.h"
#include "task/process.h"

/* --- helpers ------------------------------------------------------------------------------------ */

static bool is_dir(const struct inode *inode)
{
	return S_ISDIR(inode->mode);
}

static void stop_and_sync(struct inode *dir, struct handle *h, int *r)
{
	int r2;

	if ((dir->sb->flags & (MS_SYNCHRONOUS | MS_DIRSYNC)) ||
	    (ext4_i(dir)->flags & (EXT4_SYNC_FL | EXT4_DIRSYNC_FL))) {
		if (ext4_isb(dir)->journal)
			journal_set_sync(h);
	}
	r2 = ext4_stop(h);
	if (*r == 0)
		*r = r2;
}

/* A directory's link count stays at 1, "many", once it has been too high (dir_nlink). */
static void count_up(struct inode *dir)
{
	if (dir->nlink == 1)
		return;
	if (++dir->nlink > EXT4_LINK_MAX - 1 && EXT4_HAS_RO_COMPAT(ext4_isb(dir), DIR_NLINK))
		dir->nlink = 1;
}

static void count_down(struct inode *dir)
{
	if (dir->nlink > 2)
		dir->nlink--;
}

/* Entries in the inode itself get a block before the first change. */
static int leave_inode(struct inode *dir)
{
	return ext4_i(dir)->flags & EXT4_INLINE_DATA_FL ? ext4_inline_convert(dir) : 0;
}

static int may_change(struct inode *dir)
{
	return ext4_i(dir)->flags & EXT4_IMMUTABLE_FL ? -EPERM : leave_inode(dir);
}

/* Taking a name away from an append-only directory, or from a file that must not change. */
static int may_remove(struct inode *dir, const struct inode *target)
{
	const uint32_t fixed = EXT4_IMMUTABLE_FL | EXT4_APPEND_FL;

	return (ext4_i(dir)->flags & fixed) || (ext4_i(target)->flags & fixed) ? -EPERM
									       : leave_inode(dir);
}

/* The last name of a file goes, and all it has with it: also what we cannot let go of? */
static int may_end(struct inode *target)
{
	int r = !is_dir(target) && target->nlink > 1 ? 0 : ext4_xattr_has_inodes(target);

	if (r <= 0)
		return r;
	ext4_warn(
		ext4_isb(target),
		"inode %llu has attributes in inodes of their own (ea_inode); it is not removed here",
		(unsigned long long)target->ino);
	return -EOPNOTSUPP;
}

/* --- looking up --------------------------------------------------------------------------------- */

static int find_number(struct inode *dir, const char *name, size_t len, uint32_t *ret)
{
	struct ext4_found f;
	int r;

	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_inline_dir_find(dir, name, len, ret);
	r = ext4_dir_find(dir, name, len, &f);
	if (r < 0)
		return r;
	*ret = f.entry->inode;
	buffer_put(f.buf);
	return 0;
}

static int dir_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	uint32_t ino;
	int r = find_number(dir, name, len, &ino);

	if (r < 0)
		return r;
	if (ino == dir->ino)
		return ext4_error(ext4_isb(dir), "directory %u contains itself", ino);
	r = ext4_iget(ext4_isb(dir), ino, ret);
	if (r == -ESTALE)
		return ext4_error(ext4_isb(dir),
				  "directory %llu: a name leads to the deleted inode %u",
				  (unsigned long long)dir->ino, ino);
	/* The file layer's order of locks, parents first, holds in a tree only. Nothing sleeps from here until the name is in its cache. */
	if (r == 0 && is_dir(*ret) && !list_empty(&(*ret)->names)) {
		inode_put(*ret);
		return ext4_error(ext4_isb(dir), "directory %u has a second name in directory %llu",
				  ino, (unsigned long long)dir->ino);
	}
	return r;
}

/* --- making names ------------------------------------------------------------------------------- */

/* The long target of a symbolic link lies in a block of its own, like a file's data but journalled. */
static int write_target(struct handle *h, struct inode *inode, const char *target, size_t len)
{
	struct ext4_inode *ei = ext4_i(inode);
	struct buffer *b;
	uint32_t lblock;
	int r;

	if (len < sizeof(ei->block)) {
		memset(ei->block, 0, sizeof(ei->block));
		memcpy(ei->block, target, len);
		ei->flags &= ~(uint32_t)EXT4_EXTENTS_FL;
		inode->size = len;
		return 0;
	}
	r = ext4_append(h, inode, &lblock, &b);
	if (r < 0)
		return r;
	memcpy(b->data, target, len);
	r = ext4_dirty(h, b);
	buffer_put(b);
	inode->size = len;
	return r;
}

struct making {
	uint32_t mode;
	uint64_t rdev;
	const char *target;
};

static int make_in(struct handle *h, struct inode *dir, const char *name, size_t len,
		   const struct making *m, struct inode **ret)
{
	int r = ext4_new_inode(h, dir, m->mode, m->rdev, ret);

	if (r < 0)
		return r;
	if (S_ISDIR(m->mode)) {
		(*ret)->nlink = 2;
		r = ext4_dir_init(h, *ret, (uint32_t)dir->ino);
	} else if (m->target) {
		r = write_target(h, *ret, m->target, strlen(m->target));
	}
	if (r == 0)
		r = ext4_mark_inode_dirty(h, *ret);
	if (r == 0 && S_ISDIR(m->mode))
		count_up(dir);
	if (r == 0)
		r = ext4_dir_add(h, dir, name, len, (uint32_t)(*ret)->ino, m->mode);
	if (r < 0) {
		if (S_ISDIR(m->mode))
			count_down(dir);
		(*ret)->nlink = 0;
		(void)ext4_orphan_add(h, *ret);
		(void)ext4_mark_inode_dirty(h, *ret);
	}
	return r;
}

static int try_make(struct inode *dir, const char *name, size_t len, const struct making *m,
		    struct inode **ret)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct inode *inode = NULL;
	struct handle *h;
	int r = may_change(dir);

	if (r == 0 && m->target && strlen(m->target) >= s->block_size)
		r = -ENAMETOOLONG;
	if (r == 0)
		r = ext4_start(s,
			       EXT4_NEW_INODE_CREDITS + ext4_dir_credits(dir) +
				       2 * (ext4_map_credits(dir) + 2) + EXT4_ORPHAN_CREDITS,
			       0, &h);
	if (r < 0)
		return r;
	r = make_in(h, dir, name, len, m, &inode);
	stop_and_sync(dir, h, &r);
	if (r < 0) {
		if (inode)
			inode_put(inode);
		return r;
	}
	*ret = inode;
	return 0;
}

static int make(struct inode *dir, const char *name, size_t len, const struct making *m,
		struct inode **ret)
{
	unsigned int tries = 0;
	int r;

	do
		r = try_make(dir, name, len, m, ret);
	while (ext4_should_retry(ext4_isb(dir), r, &tries));
	return r;
}

static int dir_create(struct inode *dir, const char *name, size_t len, uint32_t mode,
		      struct inode **ret)
{
	return make(dir, name, len, &(struct making){ .mode = mode }, ret);
}

static int dir_mkdir(struct inode *dir, const char *name, size_t len, uint32_t mode,
		     struct inode **ret)
{
	if (dir->nlink >= EXT4_LINK_MAX)
		return -EMLINK;
	return make(dir, name, len, &(struct making){ .mode = mode }, ret);
}

static int dir_mknod(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
		     struct inode **ret)
{
	return make(dir, name, len, &(struct making){ .mode = mode, .rdev = rdev }, ret);
}

static int dir_symlink(struct inode *dir, const char *name, size_t len, const char *target,
		       struct inode **ret)
{
	return make(dir, name, len, &(struct making){ .mode = S_IFLNK | 0777, .target = target },
		    ret);
}

static int dir_tmpfile(struct inode *dir, uint32_t mode, struct inode **ret)
{
	struct inode *inode = NULL;
	struct handle *h;
	int r = ext4_start(ext4_isb(dir), EXT4_NEW_INODE_CREDITS + EXT4_ORPHAN_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	r = ext4_new_inode(h, dir, mode, 0, &inode);
	if (r == 0) {
		inode->nlink = 0;
		r = ext4_orphan_add(h, inode);
	}
	if (r == 0)
		r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	if (r == 0)
		r = r2;
	if (r < 0) {
		if (inode)
			inode_put(inode);
		return r;
	}
	*ret = inode;
	return 0;
}

static int try_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct ext4_sb *s = ext4_isb(dir);
	bool unnamed = target->nlink == 0;
	struct handle *h;
	int r = may_change(dir);

	if (r == 0 && (ext4_i(target)->flags & (EXT4_IMMUTABLE_FL | EXT4_APPEND_FL)))
		r = -EPERM;
	if (r == 0 && target->nlink >= EXT4_LINK_MAX)
		r = -EMLINK;
	if (r == 0 && (ext4_i(dir)->flags & EXT4_PROJINHERIT_FL) &&
	    ext4_i(dir)->projid != ext4_i(target)->projid)
		r = -EXDEV;
	if (r == 0)
		r = ext4_start(s,
			       ext4_dir_credits(dir) + 2 * EXT4_INODE_CREDITS + EXT4_ORPHAN_CREDITS,
			       0, &h);
	if (r < 0)
		return r;
	r = ext4_dir_add(h, dir, name, len, (uint32_t)target->ino, target->mode);
	if (r == 0) {
		target->nlink++;
		inode_times_now(target, ATTR_CTIME);
		if (unnamed)
			r = ext4_orphan_del(h, target);
		if (r == 0)
			r = ext4_mark_inode_dirty(h, target);
	}
	stop_and_sync(dir, h, &r);
	return r;
}

static int dir_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	unsigned int tries = 0;
	int r;

	do
		r = try_link(dir, name, len, target);
	while (ext4_should_retry(ext4_isb(dir), r, &tries));
	return r;
}

/* --- removing names ----------------------------------------------------------------------------- */

static int lose_name(struct handle *h, struct inode *inode, bool last)
{
	int r = 0;

	if (last)
		inode->nlink = 0;
	else if (inode->nlink > 0)
		inode->nlink--;
	inode_times_now(inode, ATTR_CTIME);
	if (inode->nlink == 0)
		r = ext4_orphan_add(h, inode);
	return r < 0 ? r : ext4_mark_inode_dirty(h, inode);
}

static int find_target(struct inode *dir, const char *name, size_t len, const struct inode *target,
		       struct ext4_found *f)
{
	int r = ext4_dir_find(dir, name, len, f);

	if (r == 0 && f->entry->inode != target->ino) {
		buffer_put(f->buf);
		return -ENOENT;
	}
	return r;
}

static int remove_name(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct ext4_found f;
	struct handle *h;
	int r = may_remove(dir, target);

	if (r == 0)
		r = may_end(target);
	if (r == 0 && is_dir(target)) {
		r = ext4_dir_is_empty(target);
		r = r < 0 ? r : r ? 0 : -ENOTEMPTY;
	}
	if (r == 0)
		r = ext4_start(ext4_isb(dir), 2 + 3 * EXT4_INODE_CREDITS + EXT4_ORPHAN_CREDITS, 0,
			       &h);
	if (r < 0)
		return r;
	r = find_target(dir, name, len, target, &f);
	if (r == 0) {
		if (is_dir(target))
			count_down(dir);
		r = ext4_dir_delete(h, dir, &f);
		buffer_put(f.buf);
		if (r == 0)
			r = lose_name(h, target, is_dir(target));
	}
	stop_and_sync(dir, h, &r);
	return r;
}

/* --- rename ------------------------------------------------------------------------------------- */

static int exchange(struct handle *h, struct inode *from_dir, struct ext4_found *f,
		    struct inode *inode, struct inode *to_dir, struct ext4_found *t,
		    struct inode *over)
{
	int r = ext4_dir_change(h, from_dir, f, (uint32_t)over->ino, over->mode);

	if (r == 0)
		r = ext4_dir_change(h, to_dir, t, (uint32_t)inode->ino, inode->mode);
	if (r == 0 && from_dir != to_dir) {
		if (is_dir(inode))
			r = ext4_dir_set_parent(h, inode, (uint32_t)to_dir->ino);
		if (r == 0 && is_dir(over))
			r = ext4_dir_set_parent(h, over, (uint32_t)from_dir->ino);
		if (is_dir(inode) != is_dir(over)) {
			count_down(is_dir(inode) ? from_dir : to_dir);
			count_up(is_dir(inode) ? to_dir : from_dir);
		}
	}
	inode_times_now(over, ATTR_CTIME);
	return r < 0 ? r : ext4_mark_inode_dirty(h, over);
}

struct renaming {
	struct inode *from_dir, *inode, *to_dir, *over;
	const char *from, *to;
	size_t from_len, to_len;
};

static int move(struct handle *h, const struct renaming *p, struct ext4_found *t)
{
	struct ext4_found f;
	bool dir = is_dir(p->inode);
	int r;

	if (p->over)
		r = ext4_dir_change(h, p->to_dir, t, (uint32_t)p->inode->ino, p->inode->mode);
	else
		r = ext4_dir_add(h, p->to_dir, p->to, p->to_len, (uint32_t)p->inode->ino,
				 p->inode->mode);
	/* The new name may have moved the old one to another block: look again. */
	if (r == 0)
		r = find_target(p->from_dir, p->from, p->from_len, p->inode, &f);
	if (r < 0)
		return r;
	r = ext4_dir_delete(h, p->from_dir, &f);
	buffer_put(f.buf);
	if (r == 0 && dir && p->from_dir != p->to_dir)
		r = ext4_dir_set_parent(h, p->inode, (uint32_t)p->to_dir->ino);
	if (r < 0)
		return r;
	if (dir) {
		count_down(p->from_dir);
		if (!p->over) /* else one came and one went */
			count_up(p->to_dir);
	}
	return p->over ? lose_name(h, p->over, dir) : 0;
}

static int rename_checks(const struct renaming *p, bool swap)
{
	int r = may_remove(p->from_dir, p->inode);

	if (r == 0)
		r = p->over ? may_remove(p->to_dir, p->over) : may_change(p->to_dir);
	if (r == 0 && p->over && !swap)
		r = may_end(p->over);
	if (r == 0 && (ext4_i(p->to_dir)->flags & EXT4_PROJINHERIT_FL) &&
	    ext4_i(p->to_dir)->projid != ext4_i(p->inode)->projid)
		r = -EXDEV;
	if (r == 0 && p->over && !swap && is_dir(p->inode)) {
		r = ext4_dir_is_empty(p->over);
		r = r < 0 ? r : r ? 0 : -ENOTEMPTY;
	}
	if (r == 0 && is_dir(p->inode) && !p->over && p->from_dir != p->to_dir &&
	    p->to_dir->nlink >= EXT4_LINK_MAX)
		r = -EMLINK;
	return r;
}

static int rename_in(struct handle *h, const struct renaming *p, bool swap)
{
	struct ext4_found f, t = { 0 };
	int r = find_target(p->from_dir, p->from, p->from_len, p->inode, &f);

	if (r < 0)
		return r;
	r = p->over ? find_target(p->to_dir, p->to, p->to_len, p->over, &t) : 0;
	if (r == 0 && swap)
		r = exchange(h, p->from_dir, &f, p->inode, p->to_dir, &t, p->over);
	buffer_put(f.buf);
	if (r == 0 && !swap)
		r = move(h, p, &t);
	buffer_put(t.buf);
	if (r < 0)
		return r;
	inode_times_now(p->inode, ATTR_CTIME);
	inode_times_now(p->from_dir, ATTR_MTIME | ATTR_CTIME);
	inode_times_now(p->to_dir, ATTR_MTIME | ATTR_CTIME);
	r = ext4_mark_inode_dirty(h, p->inode);
	if (r == 0)
		r = ext4_mark_inode_dirty(h, p->from_dir);
	if (r == 0 && p->from_dir != p->to_dir)
		r = ext4_mark_inode_dirty(h, p->to_dir);
	return r;
}

static int try_rename(const struct renaming *p, bool swap)
{
	struct handle *h;
	int r = rename_checks(p, swap);

	if (r == 0)
		r = ext4_start(ext4_isb(p->from_dir),
			       ext4_dir_credits(p->to_dir) + 6 + 5 * EXT4_INODE_CREDITS +
				       EXT4_ORPHAN_CREDITS,
			       0, &h);
	if (r < 0)
		return r;
	r = rename_in(h, p, swap);
	stop_and_sync(p->to_dir, h, &r);
	return r;
}

/* Adding the new name comes first: if there was no room for it, nothing has changed, and it can be tried again. */
static int dir_rename(struct inode *from_dir, const char *from, size_t from_len,
		      struct inode *inode, struct inode *to_dir, const char *to, size_t to_len,
		      struct inode *over, unsigned int flags)
{
	const struct renaming p = { from_dir, inode, to_dir, over, from, to, from_len, to_len };
	unsigned int tries = 0;
	int r;

	do
		r = try_rename(&p, (flags & RENAME_EXCHANGE) != 0);
	while (ext4_should_retry(ext4_isb(to_dir), r, &tries));
	return r;
}

/* --- symbolic links ----------------------------------------------------------------------------- */

static ssize_t link_readlink(struct inode *inode, char *buf, size_t len)
{
	const struct ext4_inode *ei = ext4_i(inode);
	size_t n = MIN((size_t)inode->size, len);
	struct buffer *b;
	int r;

	if (inode->size < sizeof(ei->block) && !(ei->flags & EXT4_EXTENTS_FL)) {
		memcpy(buf, ei->block, n);
		return (ssize_t)n;
	}
	if (ei->flags & EXT4_INLINE_DATA_FL) {
		r = ext4_inline_read(inode, (uint8_t *)buf, len, &n);
		return r < 0 ? r : (ssize_t)MIN(n, (size_t)inode->size);
	}
	r = ext4_bread(inode, 0, &b);
	if (r < 0)
		return r;
	if (!b)
		return -EUCLEAN;
	n = MIN(n, (size_t)b->size);
	memcpy(buf, b->data, n);
	buffer_put(b);
	return (ssize_t)n;
}

#define COMMON_OPS                                                                   \
	.getattr = ext4_getattr, .setattr = ext4_setattr, .getxattr = ext4_getxattr, \
	.setxattr = ext4_setxattr, .listxattr = ext4_listxattr, .removexattr = ext4_removexattr

const struct inode_ops ext4_dir_inode_ops = {
	.lookup = dir_lookup,
	.create = dir_create,
	.mkdir = dir_mkdir,
	.mknod = dir_mknod,
	.symlink = dir_symlink,
	.link = dir_link,
	.unlink = remove_name,
	.rmdir = remove_name,
	.rename = dir_rename,
	.tmpfile = dir_tmpfile,
	.permission = ext4_permission,
	COMMON_OPS,
};

const struct inode_ops ext4_link_inode_ops = { .readlink = link_readlink, COMMON_OPS };
const struct inode_ops ext4_special_inode_ops = { .permission = ext4_permission, COMMON_OPS };
const struct inode_ops ext4_file_inode_ops = { .permission = ext4_permission, COMMON_OPS };

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * rename. One lock for the whole file layer keeps the shape of the trees still while ancestors are compared; both directories are then locked,
 * the outer one first.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "lib/string.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"

static struct sleep_lock tree_lock = { .queue = WAIT_QUEUE_INIT(tree_lock.queue) };

/* Ancestors first, as everywhere; unrelated ones by address. */
static void lock_two(struct dentry *a, struct dentry *b)
{
	bool swap = a != b &&
		    (dentry_is_under(a, b) ||
		     (!dentry_is_under(b, a) && (uintptr_t)a->inode > (uintptr_t)b->inode));

	sleep_lock_take(swap ? &b->inode->lock : &a->inode->lock);
	if (a != b)
		sleep_lock_take(swap ? &a->inode->lock : &b->inode->lock);
}

static void unlock_two(struct inode *a, struct inode *b)
{
	sleep_lock_release(&a->lock);
	if (a != b)
		sleep_lock_release(&b->lock);
}

/* The checks on one name that is taken away from a directory; also on each side of an exchange. */
static int check_victim(struct path *dir, struct dentry *d, bool is_dir)
{
	int r = dir_may_delete(dir->dentry->inode, d, is_dir);

	if (r == 0 && d->n_mounts > 0)
		r = -EBUSY;
	return r;
}

/* A directory that changes its parent gets a new "..": one must be allowed to write to it. */
static int check_reparent(struct dentry *d, const struct path *from, const struct path *to)
{
	if (from->dentry == to->dentry || !S_ISDIR(d->inode->mode))
		return 0;
	return inode_permission(d->inode, MAY_WRITE);
}

static int rename_check(struct walk *f, struct dentry *fd, struct walk *t, struct dentry *td,
			unsigned int flags)
{
	bool dir, exchange = (flags & RENAME_EXCHANGE) != 0;
	int r;

	if (!fd->inode)
		return -ENOENT;
	if ((flags & RENAME_NOREPLACE) && td->inode)
		return -EEXIST;
	if (exchange && !td->inode)
		return -ENOENT;
	dir = S_ISDIR(fd->inode->mode);
	if (!dir && (f->slash || (!exchange && t->slash)))
		return -ENOTDIR;
	if (exchange && t->slash && !S_ISDIR(td->inode->mode))
		return -ENOTDIR;
	/* Not into its own inside, and not over a directory it lies in. */
	if (dentry_is_under(t->at.dentry, fd))
		return -EINVAL;
	if (dentry_is_under(f->at.dentry, td))
		return exchange ? -EINVAL : -ENOTEMPTY;
	/* Two names of one file: nothing to do, whatever may not be done. */
	if (fd->inode == td->inode)
		return 0;
	r = check_victim(&f->at, fd, dir);
	if (r == 0)
		r = check_reparent(fd, &f->at, &t->at);
	if (r < 0)
		return r;
	if (!td->inode)
		return dir_may_create(t->at.dentry->inode);
	r = check_victim(&t->at, td, exchange ? S_ISDIR(td->inode->mode) : dir);
	return r == 0 && exchange ? check_reparent(td, &t->at, &f->at) : r;
}

static void rename_notify(struct walk *f, struct walk *t, struct inode *inode, const char *from,
			  const char *to)
{
	uint32_t cookie = notify_cookie(), is_dir = S_ISDIR(inode->mode) ? NOTIFY_ISDIR : 0;

	notify_entry(f->at.dentry->inode, NOTIFY_MOVED_FROM | is_dir, from, cookie);
	notify_entry(t->at.dentry->inode, NOTIFY_MOVED_TO | is_dir, to, cookie);
	notify_inode(inode, NOTIFY_MOVE_SELF);
}

static int rename_do(struct walk *f, struct dentry *fd, struct walk *t, struct dentry *td,
		     unsigned int flags)
{
	struct inode *from_dir = f->at.dentry->inode, *to_dir = t->at.dentry->inode;
	struct inode *inode = fd->inode, *over = td->inode;
	bool exchange = (flags & RENAME_EXCHANGE) != 0;
	int r;

	if (inode == over)
		return 0;
	if (!from_dir->ops->rename)
		return -EPERM;
	inode_get(inode);
	if (over)
		inode_get(over);
	r = from_dir->ops->rename(from_dir, fd->name, fd->name_len, inode, to_dir, td->name,
				  td->name_len, over, flags & RENAME_EXCHANGE);
	if (r == 0) {
		rename_notify(f, t, inode, fd->name, td->name);
		if (exchange) {
			rename_notify(t, f, over, td->name, fd->name);
			dentry_exchange(fd, td);
		} else {
			dentry_move(fd, td);
			if (over && S_ISDIR(over->mode)) {
				over->nlink = 0;
				dentry_drop_children(td);
			}
			if (over)
				notify_inode(over, NOTIFY_ATTRIB);
		}
	}
	inode_put(inode);
	inode_put(over);
	return r;
}

static int rename_walked(struct walk *f, struct walk *t, unsigned int flags)
{
	struct dentry *fd = NULL, *td = NULL;
	int r;

	if (f->at.mount != t->at.mount)
		return -EXDEV;
	if (f->kind != LAST_NAME)
		return -EBUSY;
	if (t->kind != LAST_NAME)
		return flags & RENAME_NOREPLACE ? -EEXIST : -EBUSY;
	r = path_want_write(&f->at);
	if (r < 0)
		return r;
	sleep_lock_take(&tree_lock);
	lock_two(f->at.dentry, t->at.dentry);
	r = dentry_lookup_locked(f->at.dentry, f->last, f->last_len, &fd);
	if (r == 0)
		r = dentry_lookup_locked(t->at.dentry, t->last, t->last_len, &td);
	if (r == 0)
		r = rename_check(f, fd, t, td, flags);
	if (r == 0)
		r = rename_do(f, fd, t, td, flags);
	unlock_two(f->at.dentry->inode, t->at.dentry->inode);
	sleep_lock_release(&tree_lock);
	dentry_put(fd);
	dentry_put(td);
	return r;
}

int vfs_rename(int from_dirfd, const char *from, int to_dirfd, const char *to, unsigned int flags)
{
	struct walk f, t;
	int r;

	if (flags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) /* RENAME_WHITEOUT is for overlays */
		return -EINVAL;
	if ((flags & RENAME_EXCHANGE) && (flags & RENAME_NOREPLACE))
		return -EINVAL;
	r = walk_start(&f, from_dirfd, NULL, from, LOOKUP_PARENT);
	if (r < 0)
		return r;
	r = walk_parent(&f);
	if (r < 0)
		goto out_from;
	r = walk_start(&t, to_dirfd, NULL, to, LOOKUP_PARENT);
	if (r < 0)
		goto out_from;
	r = walk_parent(&t);
	if (r == 0)
		r = rename_walked(&f, &t, flags);
	walk_end(&t);
out_from:
	walk_end(&f);
	return r;
}

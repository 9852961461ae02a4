// SPDX-License-Identifier: GPL-2.0-or-later
/* Making and removing names: mkdir, mknod, symlink, link, unlink, rmdir. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"
#include "vfs/vfs_special.h"

#define LINKS_MAX 65000u

int protected_hardlinks = 1;

static int op_result(struct name_op *op, int r, struct inode *inode, uint32_t is_dir)
{
	if (r == 0) {
		dentry_fill(op->dentry, inode);
		notify_entry(op->dir.dentry->inode, NOTIFY_CREATE | is_dir, op->dentry->name, 0);
	}
	name_end(op);
	return r;
}

int vfs_mkdir(int dirfd, const char *name, uint32_t mode)
{
	struct inode *inode = NULL, *dir;
	struct name_op op;
	int r = name_create_begin(dirfd, name, true, &op);

	if (r < 0)
		return r;
	dir = op.dir.dentry->inode;
	if (!dir->ops->mkdir)
		r = -EPERM;
	else if (dir->nlink >= LINKS_MAX)
		r = -EMLINK;
	else
		r = dir->ops->mkdir(dir, op.dentry->name, op.dentry->name_len,
				    S_IFDIR | (mode & ~umask_for(dir) & 01777), &inode);
	return op_result(&op, r, inode, NOTIFY_ISDIR);
}

static int mknod_begun(struct name_op *op, uint32_t mode, uint64_t rdev)
{
	struct dentry *d = op->dentry;
	struct inode *inode = NULL, *dir = op->dir.dentry->inode;
	int r;

	if ((S_ISCHR(mode) || S_ISBLK(mode)) && !capable(CAP_MKNOD))
		r = -EPERM;
	else if (S_ISREG(mode))
		r = dir->ops->create ? dir->ops->create(dir, d->name, d->name_len, mode, &inode)
				     : -EACCES;
	else
		r = dir->ops->mknod ? dir->ops->mknod(dir, d->name, d->name_len, mode, rdev, &inode)
				    : -EPERM;
	if (r < 0)
		return r;
	dentry_fill(d, inode);
	notify_entry(dir, NOTIFY_CREATE, d->name, 0);
	return 0;
}

int path_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev, struct path *ret)
{
	struct name_op op;
	int r;

	if (!(mode & S_IFMT))
		mode |= S_IFREG;
	if (S_ISDIR(mode))
		return -EPERM;
	if (!S_ISREG(mode) && !S_ISCHR(mode) && !S_ISBLK(mode) && !S_ISFIFO(mode) &&
	    !S_ISSOCK(mode))
		return -EINVAL;
	r = name_create_begin(dirfd, name, false, &op);
	if (r < 0)
		return r;
	mode &= S_IFMT | (07777 & ~umask_for(op.dir.dentry->inode));
	r = mknod_begun(&op, mode, rdev);
	if (r == 0 && ret) {
		*ret = (struct path){ op.dir.mount, op.dentry };
		path_get(ret);
	}
	name_end(&op);
	return r;
}

int vfs_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev)
{
	return path_mknod(dirfd, name, mode, rdev, NULL);
}

int vfs_symlink(const char *target, int dirfd, const char *name)
{
	struct inode *inode = NULL, *dir;
	struct name_op op;
	int r;

	if (target[0] == '\0')
		return -ENOENT;
	r = name_create_begin(dirfd, name, false, &op);
	if (r < 0)
		return r;
	dir = op.dir.dentry->inode;
	r = dir->ops->symlink
		    ? dir->ops->symlink(dir, op.dentry->name, op.dentry->name_len, target, &inode)
		    : -EPERM;
	return op_result(&op, r, inode, 0);
}

/* --- link --------------------------------------------------------------------------------------- */

/* Not to somebody else's set-user-ID programs, nor to files that one may not even read and write. */
static int link_allowed(struct inode *inode)
{
	const uint32_t risky = S_ISGID | 0010;

	if (!protected_hardlinks || inode_owner_or_capable(inode))
		return 0;
	if (!S_ISREG(inode->mode) || (inode->mode & S_ISUID) || (inode->mode & risky) == risky ||
	    inode_permission(inode, MAY_READ | MAY_WRITE) < 0)
		return -EPERM;
	return 0;
}

static int link_locked(struct name_op *op, struct inode *inode)
{
	struct dentry *d = op->dentry;
	struct inode *dir = op->dir.dentry->inode;
	int r;

	if (inode->sb != dir->sb)
		return -EXDEV;
	if (!dir->ops->link || S_ISDIR(inode->mode))
		return -EPERM;
	if (inode->nlink == 0 && !inode->linkable)
		return -ENOENT;
	if (inode->nlink >= LINKS_MAX)
		return -EMLINK;
	r = dir->ops->link(dir, d->name, d->name_len, inode);
	if (r < 0)
		return r;
	inode_get(inode);
	dentry_fill(d, inode);
	inode->linkable = false;
	notify_inode(inode, NOTIFY_ATTRIB);
	notify_entry(dir, NOTIFY_CREATE, d->name, 0);
	return 0;
}

int vfs_link(int from_dirfd, const char *from, int to_dirfd, const char *to, int flags)
{
	unsigned int lookup = flags & AT_SYMLINK_FOLLOW ? LOOKUP_FOLLOW : 0;
	struct name_op op;
	struct path p;
	int r;

	if (flags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH) {
		if (from[0] == '\0' && !capable(CAP_DAC_READ_SEARCH))
			return -ENOENT;
		lookup |= LOOKUP_EMPTY;
	}
	r = path_lookup(from_dirfd, from, lookup, &p);
	if (r < 0)
		return r;
	r = name_create_begin(to_dirfd, to, false, &op);
	if (r == 0) {
		if (op.dir.mount != p.mount)
			r = -EXDEV;
		if (r == 0)
			r = link_allowed(p.dentry->inode);
		if (r == 0)
			r = link_locked(&op, p.dentry->inode);
		name_end(&op);
	}
	path_put(&p);
	return r;
}

/* --- removing ----------------------------------------------------------------------------------- */

static int remove_locked(struct path *dir, struct dentry *d, bool is_dir, bool slash)
{
	struct inode *di = dir->dentry->inode, *inode = d->inode;
	int r;

	if (!inode)
		return -ENOENT;
	if (slash && !is_dir)
		return S_ISDIR(inode->mode) ? -EISDIR : -ENOTDIR;
	r = dir_may_delete(di, d, is_dir);
	if (r < 0)
		return r;
	if (!(is_dir ? di->ops->rmdir : di->ops->unlink))
		return -EPERM;
	if (d->n_mounts > 0)
		return -EBUSY;
	inode_get(inode);
	if (is_dir) {
		/* Nobody may make a name in it while it goes. Parent before child is the order everywhere. */
		sleep_lock_take(&inode->lock);
		r = di->ops->rmdir(di, d->name, d->name_len, inode);
		if (r == 0)
			inode->nlink = 0;
		sleep_lock_release(&inode->lock);
	} else {
		r = di->ops->unlink(di, d->name, d->name_len, inode);
	}
	if (r == 0) {
		dentry_drop(d);
		if (is_dir)
			dentry_drop_children(d);
		/* The order that watchers of Linux see: the changed link count, the end of the file, the name. */
		if (!is_dir)
			notify_inode(inode, NOTIFY_ATTRIB);
		if (inode->nlink == 0 &&
		    inode->refs == 2) { /* ours and the name's: nobody has it open */
			notify_inode(inode, NOTIFY_DELETE_SELF);
			notify_inode_gone(inode);
		}
	}
	inode_put(inode);
	if (r == 0)
		notify_entry(di, NOTIFY_DELETE | (is_dir ? NOTIFY_ISDIR : 0), d->name, 0);
	return r;
}

static int remove_name(int dirfd, const char *name, bool is_dir)
{
	struct inode *dir;
	struct dentry *d;
	struct walk w;
	int r = walk_start(&w, dirfd, NULL, name, LOOKUP_PARENT);

	if (r < 0)
		return r;
	r = walk_parent(&w);
	if (r == 0 && w.kind != LAST_NAME) {
		if (!is_dir)
			r = -EISDIR;
		else
			r = w.kind == LAST_DOT	    ? -EINVAL
			    : w.kind == LAST_DOTDOT ? -ENOTEMPTY
						    : -EBUSY;
	}
	/* As Linux: before it is known whether the name is there. */
	if (r == 0)
		r = path_want_write(&w.at);
	if (r < 0)
		goto out;
	dir = w.at.dentry->inode;
	sleep_lock_take(&dir->lock);
	r = dentry_lookup_locked(w.at.dentry, w.last, w.last_len, &d);
	if (r == 0)
		r = remove_locked(&w.at, d, is_dir, w.slash);
	else
		d = NULL;
	sleep_lock_release(&dir->lock);
	dentry_put(d); /* an unlinked file may end here, which takes time: without the lock */
out:
	walk_end(&w);
	return r;
}

int vfs_unlink(int dirfd, const char *name)
{
	return remove_name(dirfd, name, false);
}

int vfs_rmdir(int dirfd, const char *name)
{
	return remove_name(dirfd, name, true);
}

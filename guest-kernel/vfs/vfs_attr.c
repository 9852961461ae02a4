// SPDX-License-Identifier: GPL-2.0-or-later
/* Changing what a file is: mode, owner, times, size, allocation; and access(2). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "abi/abi_stat.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"

static int setattr_path(const struct path *p, const struct iattr *a)
{
	int r = inode_setattr(p->dentry->inode, a);

	if (r == 0)
		notify_dentry(p->dentry, NOTIFY_ATTRIB);
	return r;
}

int vfs_chmod(const struct path *p, uint32_t mode)
{
	struct inode *inode = p->dentry->inode;
	const struct cred *c = vfs_cred();
	struct iattr a = { .valid = ATTR_MODE, .mode = mode & 07777 };
	int r = path_want_write(p);

	if (r < 0)
		return r;
	if (S_ISLNK(inode->mode))
		return -EOPNOTSUPP;
	sleep_lock_take(&inode->lock);
	if (!inode_owner_or_capable(inode)) {
		r = -EPERM;
	} else {
		if (c && !cred_in_group(c, inode->gid) && !capable(CAP_FSETID))
			a.mode &= ~(uint32_t)S_ISGID;
		r = setattr_path(p, &a);
	}
	sleep_lock_release(&inode->lock);
	return r;
}

static int chown_check(const struct inode *inode, uint32_t uid, uint32_t gid)
{
	const struct cred *c = vfs_cred();
	bool owner = !c || c->fsuid == inode->uid;

	if (!c || capable(CAP_CHOWN))
		return 0;
	if (uid != UINT_MAX && (!owner || uid != inode->uid))
		return -EPERM;
	if (gid != UINT_MAX && (!owner || (gid != inode->gid && !cred_in_group(c, gid))))
		return -EPERM;
	return 0;
}

int vfs_chown(const struct path *p, uint32_t uid, uint32_t gid)
{
	struct inode *inode = p->dentry->inode;
	struct iattr a = { .uid = uid, .gid = gid, .mode = inode->mode };
	int r = path_want_write(p);

	if (r < 0)
		return r;
	sleep_lock_take(&inode->lock);
	r = chown_check(inode, uid, gid);
	a.valid = (uid != UINT_MAX ? ATTR_UID : 0) | (gid != UINT_MAX ? ATTR_GID : 0);
	a.mode = inode->mode;
	/* Whoever changes the owner, even root: set-ID bits of a file do not survive it. */
	if (r == 0 && !S_ISDIR(inode->mode)) {
		a.mode &= ~(uint32_t)S_ISUID;
		if (a.mode & 0010)
			a.mode &= ~(uint32_t)S_ISGID;
		if (a.mode != inode->mode)
			a.valid |= ATTR_MODE;
	}
	if (r == 0)
		r = setattr_path(p, &a);
	if (r == 0 && inode->ops->removexattr)
		(void)inode->ops->removexattr(inode, "security.capability");
	sleep_lock_release(&inode->lock);
	return r;
}

static struct timespec_k time_wanted(const struct timespec_k *t)
{
	uint64_t ns = host_realtime_ns();

	if (t && t->nsec != UTIME_NOW)
		return *t;
	return (struct timespec_k){ (int64_t)(ns / NSEC_PER_SEC), (int32_t)(ns % NSEC_PER_SEC) };
}

/* What the file system can hold: the nearest time, and at the ends whole seconds. */
static struct timespec_k time_held(const struct super_block *sb, struct timespec_k t)
{
	if (sb->time_max == 0)
		return t;
	t.sec = MIN(MAX(t.sec, sb->time_min), sb->time_max);
	if (t.sec == sb->time_min || t.sec == sb->time_max || sb->whole_seconds)
		t.nsec = 0;
	return t;
}

int vfs_utimens(const struct path *p, const struct timespec_k t[2])
{
	struct inode *inode = p->dentry->inode;
	bool now = !t || (t[0].nsec == UTIME_NOW && t[1].nsec == UTIME_NOW);
	struct iattr a = { .valid = 0 };
	int r = path_want_write(p);

	if (t && t[0].nsec == UTIME_OMIT && t[1].nsec == UTIME_OMIT)
		return 0;
	if (r < 0)
		return r;
	if (!t || t[0].nsec != UTIME_OMIT) {
		a.valid |= ATTR_ATIME;
		a.atime = time_held(inode->sb, time_wanted(t ? &t[0] : NULL));
	}
	if (!t || t[1].nsec != UTIME_OMIT) {
		a.valid |= ATTR_MTIME;
		a.mtime = time_held(inode->sb, time_wanted(t ? &t[1] : NULL));
	}
	sleep_lock_take(&inode->lock);
	/* To set them to now, being allowed to write is enough; anything else is the owner's. */
	if (inode->attributes &
	    (now ? STATX_ATTR_IMMUTABLE : STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND))
		r = -EPERM;
	else if (!inode_owner_or_capable(inode))
		r = now ? inode_permission(inode, MAY_WRITE) : -EPERM;
	if (r == 0)
		r = setattr_path(p, &a);
	sleep_lock_release(&inode->lock);
	return r;
}

/* --- size --------------------------------------------------------------------------------------- */

static int check_growth(const struct inode *inode, uint64_t size)
{
	uint64_t len = size > inode->size ? size - inode->size : 0;
	uint64_t allowed = len;
	int r;

	if (size > inode->sb->max_bytes)
		return -EFBIG;
	r = file_size_limit(inode, inode->size, &allowed);
	if (r < 0)
		return r;
	if (allowed == len)
		return 0;
	/* Truncation is not cut short as a write is: it fails, with the signal. */
	len = 1;
	r = file_size_limit(inode, size, &len);
	return r < 0 ? r : -EFBIG;
}

int vfs_truncate(const struct path *p, uint64_t size)
{
	struct inode *inode = p->dentry->inode;
	int r;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -EINVAL;
	r = path_want_write(p);
	if (r == 0)
		r = inode_permission(inode, MAY_WRITE);
	if (r == 0)
		r = inode_want_write(inode);
	if (r < 0)
		return r;
	r = check_growth(inode, size);
	if (r == 0)
		r = inode_truncate(inode, size);
	inode_done_write(inode);
	if (r == 0)
		notify_dentry(p->dentry, NOTIFY_MODIFY);
	return r;
}

int vfs_ftruncate(struct file *f, uint64_t size)
{
	int r;

	if (!S_ISREG(f->inode->mode) || !f->can_write)
		return -EINVAL;
	r = check_growth(f->inode, size);
	if (r == 0)
		r = inode_truncate(f->inode, size);
	if (r == 0)
		notify_file(f, NOTIFY_MODIFY);
	return r;
}

int vfs_fallocate(struct file *f, int mode, int64_t offset, int64_t len)
{
	struct inode *inode = f->inode;
	uint64_t end;
	int r;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE |
		     FALLOC_FL_COLLAPSE_RANGE | FALLOC_FL_INSERT_RANGE | FALLOC_FL_UNSHARE_RANGE))
		return -EOPNOTSUPP;
	if ((mode & FALLOC_FL_PUNCH_HOLE) &&
	    (!(mode & FALLOC_FL_KEEP_SIZE) || (mode & FALLOC_FL_ZERO_RANGE)))
		return -EOPNOTSUPP;
	if (!f->can_write)
		return -EBADF;
	if (S_ISFIFO(inode->mode))
		return -ESPIPE;
	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode))
		return -ENODEV;
	end = (uint64_t)offset + (uint64_t)len;
	if (end > inode->sb->max_bytes)
		return -EFBIG;
	if (!f->ops->fallocate)
		return -EOPNOTSUPP;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size) {
		r = check_growth(inode, end);
		if (r < 0)
			return r;
	}
	sleep_lock_take(&inode->lock);
	r = inode_strip_ids(inode);
	if (r == 0)
		r = f->ops->fallocate(f, mode, (uint64_t)offset, (uint64_t)len);
	sleep_lock_release(&inode->lock);
	if (r == 0)
		notify_file(f, NOTIFY_MODIFY);
	return r;
}

/* --- access ------------------------------------------------------------------------------------- */

static int access_check(int dirfd, const char *name, int mode, unsigned int lookup)
{
	struct inode *inode;
	struct path p;
	int r = path_lookup(dirfd, name, lookup, &p);

	if (r < 0)
		return r;
	inode = p.dentry->inode;
	if ((mode & X_OK) && S_ISREG(inode->mode) && (p.mount->flags & MS_NOEXEC))
		r = -EACCES;
	else if (mode)
		r = inode_permission(inode, mode);
	if (r == 0 && (mode & W_OK) &&
	    (S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode)))
		r = path_want_write(&p);
	path_put(&p);
	return r;
}

/* By the real IDs unless AT_EACCESS: for the time of the check the task has credentials made for it. */
int vfs_access(int dirfd, const char *name, int mode, int flags)
{
	unsigned int lookup = (flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW) |
			      (flags & AT_EMPTY_PATH ? LOOKUP_EMPTY : 0);
	struct task *t = current_task();
	const struct cred *saved = t->cred;
	struct cred *c;
	int r;

	if ((mode & ~7) || (flags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)))
		return -EINVAL;
	if ((flags & AT_EACCESS) ||
	    (saved->fsuid == saved->uid && saved->fsgid == saved->gid &&
	     saved->cap_effective == (saved->uid == 0 ? saved->cap_permitted : 0)))
		return access_check(dirfd, name, mode, lookup);
	c = cred_copy(saved);
	if (!c)
		return -ENOMEM;
	c->fsuid = c->uid;
	c->fsgid = c->gid;
	c->cap_effective = c->uid == 0 ? c->cap_permitted : 0;
	t->cred = c;
	r = access_check(dirfd, name, mode, lookup);
	t->cred = saved;
	cred_put(c);
	return r;
}

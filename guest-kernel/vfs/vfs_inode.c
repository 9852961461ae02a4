// SPDX-License-Identifier: GPL-2.0-or-later
/* Inodes: life, times, permission checks by mode bits and capabilities, changes of attributes. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "abi/abi_stat.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "task/process.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"

struct inode *inode_alloc(struct super_block *sb)
{
	struct inode *inode = kzalloc(sizeof(*inode));

	if (!inode)
		return NULL;
	inode->refs = 1;
	inode->sb = sb;
	super_get(sb);
	inode->ino = ++sb->next_ino;
	inode->nlink = 1;
	inode->blksize = PAGE_SIZE;
	inode->seals = F_SEAL_SEAL;
	inode_times_now(inode, ATTR_ATIME | ATTR_MTIME | ATTR_CTIME);
	inode->btime = inode->ctime;
	sleep_lock_init(&inode->lock);
	list_init(&inode->sb_link);
	list_init(&inode->names);
	list_init(&inode->mapping.vmas);
	return inode;
}

void inode_get(struct inode *inode)
{
	ASSERT_LOCKED();
	inode->refs++;
}

void inode_put(struct inode *inode)
{
	struct super_block *sb;

	ASSERT_LOCKED();
	if (!inode || --inode->refs > 0)
		return;
	sb = inode->sb;
	locks_free(inode);
	if (inode->nlink == 0)
		notify_inode(inode, NOTIFY_DELETE_SELF);
	notify_inode_gone(inode);
	list_del(&inode->sb_link);
	if (sb->ops && sb->ops->evict)
		sb->ops->evict(inode);
	kfree(inode);
	super_put(sb);
}

void inode_times_now(struct inode *inode, uint32_t which)
{
	uint64_t ns = host_realtime_ns();
	struct timespec_k now = { (int64_t)(ns / NSEC_PER_SEC), (int32_t)(ns % NSEC_PER_SEC) };

	if (inode->sb->whole_seconds)
		now.nsec = 0;
	if (which & ATTR_ATIME)
		inode->atime = now;
	if (which & ATTR_MTIME)
		inode->mtime = now;
	if (which & ATTR_CTIME) {
		inode->ctime = now;
		inode->version++;
	}
}

/* --- permissions -------------------------------------------------------------------------------- */

const struct cred *vfs_cred(void)
{
	const struct task *t = current_task();

	return t && !t->is_kthread ? t->cred : NULL;
}

static int check_mode(const struct inode *inode, const struct cred *c, int mask)
{
	uint32_t bits = inode->mode;

	if (c->fsuid == inode->uid)
		bits >>= 6;
	else if (cred_in_group(c, inode->gid))
		bits >>= 3;
	return (mask & ~(int)bits & 7) == 0 ? 0 : -EACCES;
}

int inode_permission(struct inode *inode, int mask)
{
	const struct cred *c = vfs_cred();
	int r;

	if ((mask & MAY_WRITE) && (inode->sb->flags & MS_RDONLY) &&
	    (S_ISREG(inode->mode) || S_ISDIR(inode->mode) || S_ISLNK(inode->mode)))
		return -EROFS;
	if (inode->ops && inode->ops->permission) {
		r = inode->ops->permission(inode, mask);
		if (r != 1)
			return r;
	}
	if (!c || check_mode(inode, c, mask) == 0)
		return 0;
	if (S_ISDIR(inode->mode)) {
		if (!(mask & MAY_WRITE) && capable(CAP_DAC_READ_SEARCH))
			return 0;
		return capable(CAP_DAC_OVERRIDE) ? 0 : -EACCES;
	}
	if (mask == MAY_READ && capable(CAP_DAC_READ_SEARCH))
		return 0;
	/* Executing needs at least one x bit, even for root. */
	if ((!(mask & MAY_EXEC) || (inode->mode & 0111)) && capable(CAP_DAC_OVERRIDE))
		return 0;
	return -EACCES;
}

bool inode_owner_or_capable(const struct inode *inode)
{
	const struct cred *c = vfs_cred();

	return !c || c->fsuid == inode->uid || capable(CAP_FOWNER);
}

int path_want_write(const struct path *p)
{
	return (p->mount->flags & MS_RDONLY) || (p->dentry->sb->flags & MS_RDONLY) ? -EROFS : 0;
}

int dir_may_create(struct inode *dir)
{
	if (dir->nlink == 0)
		return -ENOENT;
	return inode_permission(dir, MAY_WRITE | MAY_EXEC);
}

bool sticky_forbids(const struct inode *dir, const struct inode *inode)
{
	const struct cred *c = vfs_cred();

	return c && (dir->mode & S_ISVTX) && c->fsuid != inode->uid && c->fsuid != dir->uid &&
	       !capable(CAP_FOWNER);
}

int dir_may_delete(struct inode *dir, const struct dentry *victim, bool is_dir)
{
	int r = inode_permission(dir, MAY_WRITE | MAY_EXEC);

	if (r < 0)
		return r;
	if (sticky_forbids(dir, victim->inode) || (dir->attributes & STATX_ATTR_APPEND) ||
	    (victim->inode->attributes & (STATX_ATTR_APPEND | STATX_ATTR_IMMUTABLE)))
		return -EPERM;
	if (is_dir && !S_ISDIR(victim->inode->mode))
		return -ENOTDIR;
	if (!is_dir && S_ISDIR(victim->inode->mode))
		return -EISDIR;
	return dir->nlink == 0 ? -ENOENT : 0;
}

int inode_want_write(struct inode *inode)
{
	if (inode->write_count < 0)
		return -ETXTBSY;
	inode->write_count++;
	inode->sb->writers++;
	return 0;
}

void inode_done_write(struct inode *inode)
{
	ASSERT(inode->write_count > 0);
	inode->write_count--;
	inode->sb->writers--;
}

/* --- attributes --------------------------------------------------------------------------------- */

void inode_copy_attr(struct inode *inode, const struct iattr *a)
{
	if (a->valid & ATTR_MODE)
		inode->mode = (inode->mode & S_IFMT) | (a->mode & 07777);
	if (a->valid & ATTR_UID)
		inode->uid = a->uid;
	if (a->valid & ATTR_GID)
		inode->gid = a->gid;
	if (a->valid & ATTR_ATIME)
		inode->atime = a->atime;
	if (a->valid & ATTR_MTIME)
		inode->mtime = a->mtime;
}

int inode_setattr(struct inode *inode, const struct iattr *a)
{
	int r;

	ASSERT(inode->lock.owner == current_task());
	if (inode->ops && inode->ops->setattr) {
		r = inode->ops->setattr(inode, a);
		if (r < 0)
			return r;
	} else if (a->valid & ATTR_SIZE) {
		return -EINVAL;
	} else {
		inode_copy_attr(inode, a);
	}
	inode_times_now(inode, ATTR_CTIME);
	return 0;
}

int inode_strip_ids(struct inode *inode)
{
	struct iattr a = { .valid = ATTR_MODE, .mode = inode->mode };

	if (!S_ISREG(inode->mode) || !(inode->mode & (S_ISUID | S_ISGID)) || capable(CAP_FSETID))
		return 0;
	a.mode &= ~(uint32_t)S_ISUID;
	/* Set-group-ID without group execution once meant mandatory locking: it stays. */
	if (inode->mode & 0010)
		a.mode &= ~(uint32_t)S_ISGID;
	return a.mode == inode->mode ? 0 : inode_setattr(inode, &a);
}

int inode_truncate(struct inode *inode, uint64_t size)
{
	struct iattr a = { .valid = ATTR_SIZE, .size = size };
	int r = 0;

	sleep_lock_take(&inode->lock);
	r = inode_strip_ids(inode);
	if (r == 0)
		r = inode_setattr(inode, &a);
	if (r == 0)
		inode_times_now(inode, ATTR_MTIME);
	sleep_lock_release(&inode->lock);
	return r;
}

static bool time_before(const struct timespec_k *a, const struct timespec_k *b)
{
	return a->sec != b->sec ? a->sec < b->sec : a->nsec < b->nsec;
}

void inode_touch_atime(const struct path *p)
{
	struct inode *inode = p->dentry->inode;
	uint32_t flags = p->mount->flags;
	int64_t now = (int64_t)(host_realtime_ns() / NSEC_PER_SEC);

	if ((flags & (MS_NOATIME | MS_RDONLY)) || (inode->sb->flags & (MS_NOATIME | MS_RDONLY)) ||
	    inode->no_atime || ((flags & MS_NODIRATIME) && S_ISDIR(inode->mode)))
		return;
	/* relatime: only if it would say something new, or once a day. */
	if ((flags & MS_RELATIME) && time_before(&inode->mtime, &inode->atime) &&
	    time_before(&inode->ctime, &inode->atime) && now - inode->atime.sec < 24 * 3600)
		return;
	inode_times_now(inode, ATTR_ATIME);
}

uint32_t create_mode(const struct inode *dir, uint32_t mode, bool is_dir, uint32_t *ret_gid)
{
	const struct cred *c = vfs_cred();

	*ret_gid = c ? c->fsgid : 0;
	if (!(dir->mode & S_ISGID))
		return mode;
	*ret_gid = dir->gid;
	if (is_dir)
		return mode | S_ISGID;
	/* A file for another group may not be made set-group-ID by one who is not in it. */
	if ((mode & (S_ISGID | 0010)) == (S_ISGID | 0010) && c && !cred_in_group(c, dir->gid) &&
	    !capable(CAP_FSETID))
		mode &= ~(uint32_t)S_ISGID;
	return mode;
}

void inode_init_owner(struct inode *inode, const struct inode *dir, uint32_t mode)
{
	const struct cred *c = vfs_cred();

	inode->uid = c ? c->fsuid : 0;
	if (dir)
		inode->mode = create_mode(dir, mode, S_ISDIR(mode), &inode->gid);
	else {
		inode->gid = c ? c->fsgid : 0;
		inode->mode = mode;
	}
}

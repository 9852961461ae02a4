// SPDX-License-Identifier: GPL-2.0-or-later
/* What stat, statx, statfs and readlink answer; where a task stands (chdir, chroot, getcwd). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"

enum { STATX_BASIC_STATS = 0x7ff, STATX_BTIME = 0x800, STATX_MNT_ID = 0x1000 };

/* Linux' encoding of device numbers in struct stat: 12 bits of major among 20 of minor. */
static uint64_t encode_dev(uint64_t dev)
{
	uint64_t major = DEV_MAJOR(dev), minor = DEV_MINOR(dev);

	return (minor & 0xff) | (major & 0xfff) << 8 | (minor & ~0xffull) << 12;
}

int vfs_getattr(struct inode *inode)
{
	return inode->ops && inode->ops->getattr ? inode->ops->getattr(inode) : 0;
}

void vfs_fill_stat(const struct path *p, struct inode *inode, struct abi_stat *ret)
{
	(void)p;
	*ret = (struct abi_stat){
		.st_dev = encode_dev(inode->sb->dev),
		.st_ino = inode->ino,
		.st_nlink = inode->nlink,
		.st_mode = inode->mode,
		.st_uid = inode->uid,
		.st_gid = inode->gid,
		.st_rdev = encode_dev(inode->rdev),
		.st_size = (int64_t)inode->size,
		.st_blksize = inode->blksize,
		.st_blocks = (int64_t)inode->blocks,
		.st_atime_sec = (uint64_t)inode->atime.sec,
		.st_atime_nsec = (uint64_t)inode->atime.nsec,
		.st_mtime_sec = (uint64_t)inode->mtime.sec,
		.st_mtime_nsec = (uint64_t)inode->mtime.nsec,
		.st_ctime_sec = (uint64_t)inode->ctime.sec,
		.st_ctime_nsec = (uint64_t)inode->ctime.nsec,
	};
}

static struct abi_statx_time statx_time(const struct timespec_k *t)
{
	return (struct abi_statx_time){ .sec = t->sec, .nsec = (uint32_t)t->nsec };
}

void vfs_fill_statx(const struct path *p, struct inode *inode, struct abi_statx *ret)
{
	*ret = (struct abi_statx){
		.stx_mask = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID,
		.stx_blksize = inode->blksize,
		.stx_attributes = inode->attributes,
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT | inode->sb->attributes_mask,
		.stx_nlink = inode->nlink,
		.stx_uid = inode->uid,
		.stx_gid = inode->gid,
		.stx_mode = (uint16_t)inode->mode,
		.stx_ino = inode->ino,
		.stx_size = inode->size,
		.stx_blocks = inode->blocks,
		.stx_atime = statx_time(&inode->atime),
		.stx_btime = statx_time(&inode->btime),
		.stx_ctime = statx_time(&inode->ctime),
		.stx_mtime = statx_time(&inode->mtime),
		.stx_rdev_major = DEV_MAJOR(inode->rdev),
		.stx_rdev_minor = DEV_MINOR(inode->rdev),
		.stx_dev_major = DEV_MAJOR(inode->sb->dev),
		.stx_dev_minor = DEV_MINOR(inode->sb->dev),
	};
	if (inode->sb->no_btime)
		ret->stx_mask &= ~STATX_BTIME;
	if (!p->mount)
		return;
	ret->stx_mnt_id = (uint64_t)p->mount->id;
	if (p->dentry == p->mount->root)
		ret->stx_attributes |= STATX_ATTR_MOUNT_ROOT;
}

int vfs_statfs(const struct path *p, struct abi_statfs *ret)
{
	struct super_block *sb = p->dentry->sb;
	uint32_t flags = p->mount->flags | (sb->flags & (MS_RDONLY | MS_SYNCHRONOUS));
	int r;

	*ret = (struct abi_statfs){ 0 };
	if (!sb->ops->statfs)
		return -ENOSYS;
	r = sb->ops->statfs(sb, ret);
	if (r < 0)
		return r;
	if (ret->f_frsize == 0)
		ret->f_frsize = ret->f_bsize;
	ret->f_fsid[0] = (int32_t)encode_dev(sb->dev);
	ret->f_flags = ST_VALID | (flags & (MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC |
					    MS_SYNCHRONOUS | MS_NOATIME | MS_NODIRATIME));
	if (flags & MS_RELATIME)
		ret->f_flags |= 0x1000;
	if (flags & MS_NOSYMFOLLOW)
		ret->f_flags |= 0x2000;
	return 0;
}

static ssize_t readlink_path(const struct path *p, char *buf, size_t len)
{
	struct inode *inode = p->dentry->inode;
	struct path target;
	ssize_t n;
	char *text, *s;
	int r;

	inode_touch_atime(p);
	if (inode->ops->readlink)
		return inode->ops->readlink(inode, buf, len);
	if (!inode->ops->follow)
		return -EINVAL;
	r = inode->ops->follow(inode, current_task(), &target);
	if (r < 0)
		return r;
	text = kmalloc(PATH_MAX);
	s = text ? path_to_string(&target, NULL, text, PATH_MAX) : NULL;
	n = s ? (ssize_t)MIN(strlen(s), len) : text ? -ENAMETOOLONG : -ENOMEM;
	if (n > 0)
		memcpy(buf, s, (size_t)n);
	kfree(text);
	path_put(&target);
	return n;
}

ssize_t vfs_readlink(int dirfd, const char *name, char *buf, size_t len)
{
	struct path p;
	ssize_t n = path_lookup(dirfd, name, LOOKUP_EMPTY, &p);

	if (n < 0)
		return n;
	if (S_ISLNK(p.dentry->inode->mode))
		n = readlink_path(&p, buf, len);
	else
		n = name[0] ? -EINVAL : -ENOENT;
	path_put(&p);
	return n;
}

/* --- where a task stands ------------------------------------------------------------------------ */

static void replace(struct path *to, const struct path *with)
{
	struct path old = *to;

	path_get(with);
	*to = *with;
	path_put(&old);
}

int vfs_chdir(const struct path *p)
{
	int r;

	if (!S_ISDIR(p->dentry->inode->mode))
		return -ENOTDIR;
	r = inode_permission(p->dentry->inode, MAY_EXEC);
	if (r == 0)
		replace(&current_task()->fs->cwd, p);
	return r;
}

int vfs_chroot(const struct path *p)
{
	int r;

	if (!S_ISDIR(p->dentry->inode->mode))
		return -ENOTDIR;
	r = inode_permission(p->dentry->inode, MAY_EXEC);
	if (r == 0 && !capable(CAP_SYS_CHROOT))
		r = -EPERM;
	if (r == 0)
		replace(&current_task()->fs->root, p);
	return r;
}

ssize_t vfs_getcwd(char *buf, size_t len)
{
	struct path cwd;
	char *text = kmalloc(PATH_MAX), *s;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	task_cwd(&cwd);
	if (!cwd.dentry || dentry_is_dead(cwd.dentry)) {
		n = -ENOENT;
	} else {
		s = path_to_string(&cwd, NULL, text, PATH_MAX);
		n = s ? (ssize_t)strlen(s) + 1 : -ENAMETOOLONG;
		if (n > (ssize_t)len)
			n = -ERANGE;
		if (n > 0)
			memcpy(buf, s, (size_t)n);
	}
	path_put(&cwd);
	kfree(text);
	return n;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Extended attributes: who may see and change which name space; storing them is the file system's. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"

static bool has_prefix(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0 && name[strlen(prefix)] != '\0';
}

static int check(struct inode *inode, const char *name, int mask)
{
	bool write = mask == MAY_WRITE;

	/* A known prefix with nothing behind it. */
	if (!strcmp(name, "user.") || !strcmp(name, "trusted.") || !strcmp(name, "security."))
		return -EINVAL;
	if (has_prefix(name, "security.")) {
		int cap = strcmp(name, "security.capability") == 0 ? CAP_SETFCAP : CAP_SYS_ADMIN;

		return !write || capable(cap) ? 0 : -EPERM;
	}
	if (has_prefix(name, "trusted.")) {
		if (capable(CAP_SYS_ADMIN))
			return 0;
		return write ? -EPERM : -ENODATA;
	}
	if (strcmp(name, "system.posix_acl_access") == 0 ||
	    strcmp(name, "system.posix_acl_default") == 0) {
		if (!write)
			return 0;
		return inode_owner_or_capable(inode) ? 0 : -EPERM;
	}
	if (!has_prefix(name, "user."))
		return -EOPNOTSUPP;
	/* Only what has content of its own: everybody may write to a device, that must not give him disk space. */
	if (!S_ISREG(inode->mode) && !S_ISDIR(inode->mode))
		return write ? -EPERM : -ENODATA;
	if (write && S_ISDIR(inode->mode) && (inode->mode & S_ISVTX) &&
	    !inode_owner_or_capable(inode))
		return -EPERM;
	return inode_permission(inode, mask);
}

ssize_t vfs_getxattr(const struct path *p, const char *name, void *value, size_t len)
{
	struct inode *inode = p->dentry->inode;
	ssize_t n = check(inode, name, MAY_READ);

	if (n < 0)
		return n;
	if (!inode->ops->getxattr)
		return -EOPNOTSUPP;
	sleep_lock_take(&inode->lock);
	n = inode->ops->getxattr(inode, name, value, len);
	sleep_lock_release(&inode->lock);
	return n;
}

int vfs_setxattr(const struct path *p, const char *name, const void *value, size_t len, int flags)
{
	struct inode *inode = p->dentry->inode;
	int r = path_want_write(p);

	if (r == 0)
		r = check(inode, name, MAY_WRITE);
	if (r < 0)
		return r;
	if (!inode->ops->setxattr)
		return -EOPNOTSUPP;
	sleep_lock_take(&inode->lock);
	r = inode->ops->setxattr(inode, name, value, len, flags);
	if (r == 0)
		inode_times_now(inode, ATTR_CTIME);
	sleep_lock_release(&inode->lock);
	if (r == 0)
		notify_dentry(p->dentry, NOTIFY_ATTRIB);
	return r;
}

ssize_t vfs_listxattr(const struct path *p, char *list, size_t len)
{
	struct inode *inode = p->dentry->inode;
	ssize_t n;

	if (!inode->ops->listxattr)
		return inode->ops->getxattr ? -EOPNOTSUPP : 0;
	sleep_lock_take(&inode->lock);
	n = inode->ops->listxattr(inode, list, len);
	sleep_lock_release(&inode->lock);
	return n;
}

int vfs_removexattr(const struct path *p, const char *name)
{
	struct inode *inode = p->dentry->inode;
	int r = path_want_write(p);

	if (r == 0)
		r = check(inode, name, MAY_WRITE);
	if (r < 0)
		return r;
	if (!inode->ops->removexattr)
		return -EOPNOTSUPP;
	sleep_lock_take(&inode->lock);
	r = inode->ops->removexattr(inode, name);
	if (r == 0)
		inode_times_now(inode, ATTR_CTIME);
	sleep_lock_release(&inode->lock);
	if (r == 0)
		notify_dentry(p->dentry, NOTIFY_ATTRIB);
	return r;
}

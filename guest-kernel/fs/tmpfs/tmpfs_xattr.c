// SPDX-License-Identifier: GPL-2.0-or-later
/* Extended attributes of tmpfs: a list for each inode, bounded in all so that a guest cannot fill the kernel's memory with them. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"

#define BYTES_MAX (128 * 1024u)

static struct tmpfs_xattr *find(const struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x;

	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, link)
		if (strcmp(x->name, name) == 0)
			return x;
	return NULL;
}

static void drop(struct tmpfs_inode *t, struct tmpfs_xattr *x)
{
	t->xattr_bytes -= strlen(x->name) + x->len;
	list_del(&x->link);
	kfree(x->name);
	kfree(x);
}

ssize_t tmpfs_getxattr(struct inode *inode, const char *name, void *value, size_t len)
{
	const struct tmpfs_xattr *x = find(inode, name);

	if (!x)
		return -ENODATA;
	if (len == 0)
		return (ssize_t)x->len;
	if (len < x->len)
		return -ERANGE;
	memcpy(value, x->value, x->len);
	return (ssize_t)x->len;
}

int tmpfs_setxattr(struct inode *inode, const char *name, const void *value, size_t len, int flags)
{
	struct tmpfs_inode *t = tmpfs_i(inode);
	struct tmpfs_xattr *old = find(inode, name), *x;

	if (old && (flags & XATTR_CREATE))
		return -EEXIST;
	if (!old && (flags & XATTR_REPLACE))
		return -ENODATA;
	if (t->xattr_bytes + strlen(name) + len > BYTES_MAX)
		return -ENOSPC;
	x = kmalloc(sizeof(*x) + len);
	if (!x)
		return -ENOMEM;
	x->name = kstrdup(name);
	if (!x->name) {
		kfree(x);
		return -ENOMEM;
	}
	x->len = len;
	if (len > 0)
		memcpy(x->value, value, len);
	if (old)
		drop(t, old);
	list_add_tail(&x->link, &t->xattrs);
	t->xattr_bytes += strlen(name) + len;
	return 0;
}

ssize_t tmpfs_listxattr(struct inode *inode, char *list, size_t len)
{
	const struct tmpfs_xattr *x;
	size_t used = 0;

	list_for_each_entry(x, &tmpfs_i(inode)->xattrs, link) {
		size_t n = strlen(x->name) + 1;

		if (strncmp(x->name, "trusted.", 8) == 0 && !capable(CAP_SYS_ADMIN))
			continue;
		if (len > 0) {
			if (used + n > len)
				return -ERANGE;
			memcpy(list + used, x->name, n);
		}
		used += n;
	}
	return (ssize_t)used;
}

int tmpfs_removexattr(struct inode *inode, const char *name)
{
	struct tmpfs_xattr *x = find(inode, name);

	if (!x)
		return -ENODATA;
	drop(tmpfs_i(inode), x);
	return 0;
}

void tmpfs_xattrs_free(struct tmpfs_inode *t)
{
	while (!list_empty(&t->xattrs))
		drop(t, list_first_entry(&t->xattrs, struct tmpfs_xattr, link));
}

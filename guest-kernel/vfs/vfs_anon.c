// SPDX-License-Identifier: GPL-2.0-or-later
/* Files without a place: pipes, sockets, epoll, eventfd, memfd… They live on a small file system of the kernel's own that is mounted nowhere. */
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "lib/string.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_special.h"

static struct mount *anon_mount;

static int anon_statfs(struct super_block *sb, struct abi_statfs *ret)
{
	ret->f_type = (int64_t)sb->magic;
	ret->f_bsize = PAGE_SIZE;
	ret->f_namelen = NAME_MAX;
	return 0;
}

static const struct super_ops anon_super_ops = { .statfs = anon_statfs };
static const struct fs_type anon_type = { .name = "anon_inodefs" };
static const struct inode_ops anon_inode_ops;

struct inode *anon_inode_alloc(uint32_t mode)
{
	struct inode *inode = inode_alloc(anon_mount->sb);

	if (!inode)
		return NULL;
	inode->ops = &anon_inode_ops;
	inode_init_owner(inode, NULL, mode);
	return inode;
}

int file_create_on(struct inode *inode, const char *name, const struct file_ops *ops, void *private,
		   uint32_t flags, struct file **ret)
{
	struct file *f = file_alloc(flags);
	struct dentry *d = dentry_alloc(inode->sb, NULL, name, strlen(name), inode);

	if (!f || !d) {
		int r = f ? -ENOMEM : file_alloc_error();

		dentry_put(d);
		file_put(f);
		return r;
	}
	d->is_anon = true;
	mount_get(anon_mount);
	f->path = (struct path){ anon_mount, d };
	inode_get(inode);
	f->inode = inode;
	f->ops = ops;
	f->private = private;
	*ret = f;
	return 0;
}

int file_create_anon(const char *name, const struct file_ops *ops, void *private, uint32_t flags,
		     struct file **ret)
{
	struct inode *inode = anon_inode_alloc(0600);
	int r;

	if (!inode)
		return -ENOMEM;
	r = file_create_on(inode, name, ops, private, flags, ret);
	inode_put(inode);
	return r;
}

int anon_files_init(void)
{
	struct super_block *sb = super_alloc(&anon_type, &anon_super_ops);
	struct inode *root;
	int r;

	if (!sb)
		return -ENOMEM;
	sb->magic = ANON_INODE_MAGIC;
	root = inode_alloc(sb);
	if (!root)
		return -ENOMEM;
	root->ops = &anon_inode_ops;
	root->mode = S_IFDIR | 0700;
	r = super_set_root(sb, root);
	if (r < 0)
		return r;
	anon_mount = mount_alloc(sb, sb->root, "anon_inodefs", 0);
	return anon_mount ? 0 : -ENOMEM;
}

/* --- pipes and sockets (vfs_special.h) ---------------------------------------------------------- */

int file_create_pseudo(uint32_t mode, const struct file_ops *ops, void *private, uint32_t flags,
		       struct file **ret)
{
	struct inode *inode = anon_inode_alloc(mode);
	int r;

	if (!inode)
		return -ENOMEM;
	r = file_create_on(inode, "pseudo", ops, private, flags, ret);
	inode_put(inode);
	return r;
}

int file_create_sibling(struct file *f, const struct file_ops *ops, void *private, uint32_t flags,
			struct file **ret)
{
	return file_create_on(f->inode, "pseudo", ops, private, flags, ret);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* devtmpfs: nodes for registered devices in a tmpfs tree that all mounts share. Names with a slash get their directories ("input/event0"). */
#include "fs/devtmpfs.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "fs/tmpfs/tmpfs.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs.h"

static struct super_block *tree;

/* The directory below dir, made if it is missing. A reference. */
static struct inode *sub_directory(struct inode *dir, const char *name, size_t len)
{
	struct inode *inode = NULL;

	if (dir->ops->lookup(dir, name, len, &inode) == 0)
		return inode;
	if (dir->ops->mkdir(dir, name, len, S_IFDIR | 0755, &inode) < 0)
		return NULL;
	inode->uid = inode->gid = 0;
	inode->mode = S_IFDIR | 0755;
	return inode;
}

/* The directory that holds the last part of path, which *ret_name is set to. A reference. */
static struct inode *directory_of(const char *path, const char **ret_name)
{
	struct inode *dir = dentry_inode(tree->root);
	const char *slash;

	inode_get(dir);
	while (dir && (slash = strchr(path, '/'))) {
		struct inode *next = sub_directory(dir, path, (size_t)(slash - path));

		inode_put(dir);
		dir = next;
		path = slash + 1;
	}
	*ret_name = path;
	return dir;
}

static void node_add(struct inode *dir, const char *name, const struct device *d)
{
	uint32_t type = d->is_block ? S_IFBLK : S_IFCHR;
	struct inode *inode;
	int r = dir->ops->mknod(dir, name, strlen(name), type | d->mode, d->rdev, &inode);

	if (r < 0) {
		pr_warning("devtmpfs: %s: error %d, ignoring", d->name, -r);
		return;
	}
	inode->mode = type | d->mode;
	inode->uid = d->uid;
	inode->gid = d->gid;
	inode_put(inode);
}

static void node_remove(struct inode *dir, const char *name, const struct device *d)
{
	struct inode *inode;

	if (dir->ops->lookup(dir, name, strlen(name), &inode) < 0)
		return;
	/* What the guest has put in its place stays. */
	if (inode->rdev == d->rdev)
		(void)dir->ops->unlink(dir, name, strlen(name), inode);
	inode_put(inode);
}

static void changed(struct device *d, bool added)
{
	const char *name;
	struct inode *dir = directory_of(d->name, &name), *existing;

	if (!dir)
		return;
	if (!added)
		node_remove(dir, name, d);
	else if (dir->ops->lookup(dir, name, strlen(name), &existing) == 0)
		inode_put(existing);
	else
		node_add(dir, name, d);
	inode_put(dir);
	/* The cache may believe otherwise. */
	super_forget_names(tree);
}

static int devtmpfs_mount(const struct fs_type *type, const char *source, uint32_t flags,
			  const char *data, struct super_block **ret)
{
	(void)type;
	(void)source;
	(void)flags;
	(void)data;
	*ret = tree;
	return 0;
}

static struct fs_type devtmpfs_type = { .name = "devtmpfs", .mount = devtmpfs_mount };

int devtmpfs_init(void)
{
	struct device *d;
	int r = tmpfs_create(&devtmpfs_type, "mode=0755", &tree);

	if (r < 0)
		return r;
	super_activate(tree);
	fs_type_register(&devtmpfs_type);
	list_for_each_entry(d, &device_list, link)
		if (d->name)
			changed(d, true);
	device_changed = changed;
	return 0;
}

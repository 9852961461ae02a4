// SPDX-License-Identifier: GPL-2.0-or-later
/* Passing events on to whoever watches; nothing is done for files that nobody watches. */
#include "vfs/vfs_notify.h"
#include "abi/abi_stat.h"
#include "vfs/vfs_internal.h"

const struct notify_ops *notify_ops;

static uint32_t with_dir(const struct inode *inode, uint32_t mask)
{
	return inode && S_ISDIR(inode->mode) ? mask | NOTIFY_ISDIR : mask;
}

void notify_inode(struct inode *inode, uint32_t mask)
{
	if (inode->watches && notify_ops)
		notify_ops->event(inode, with_dir(inode, mask), NULL, 0);
}

void notify_entry(struct inode *dir, uint32_t mask, const char *name, uint32_t cookie)
{
	if (dir->watches && notify_ops)
		notify_ops->event(dir, mask, name, cookie);
}

void notify_dentry(struct dentry *d, uint32_t mask)
{
	if (!d || !d->inode)
		return;
	if (d->parent && d->parent->inode && d->hashed)
		notify_entry(d->parent->inode, with_dir(d->inode, mask), d->name, 0);
	notify_inode(d->inode, mask);
}

void notify_file(struct file *f, uint32_t mask)
{
	if (f->path.dentry && !f->path.dentry->is_anon)
		notify_dentry(f->path.dentry, mask);
}

void notify_inode_gone(struct inode *inode)
{
	if (inode->watches && notify_ops)
		notify_ops->gone(inode);
}

uint32_t notify_cookie(void)
{
	static uint32_t last;

	return ++last;
}

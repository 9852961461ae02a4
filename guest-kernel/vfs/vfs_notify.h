/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to files, for inotify: vfs/ calls, fs/anon registers. Events never sleep. A mask is made of inotify(7)'s own bits.
 */
#ifndef VFS_VFS_NOTIFY_H
#define VFS_VFS_NOTIFY_H

#include "vfs/vfs.h"

enum {
	NOTIFY_ACCESS = 0x1,
	NOTIFY_MODIFY = 0x2,
	NOTIFY_ATTRIB = 0x4,
	NOTIFY_CLOSE_WRITE = 0x8,
	NOTIFY_CLOSE_NOWRITE = 0x10,
	NOTIFY_OPEN = 0x20,
	NOTIFY_MOVED_FROM = 0x40,
	NOTIFY_MOVED_TO = 0x80,
	NOTIFY_CREATE = 0x100,
	NOTIFY_DELETE = 0x200,
	NOTIFY_DELETE_SELF = 0x400,
	NOTIFY_MOVE_SELF = 0x800,
	NOTIFY_UNMOUNT = 0x2000,
	NOTIFY_ISDIR = 0x40000000,
};

struct notify_ops {
	/* Something happened to inode itself (name NULL), or to the entry `name` of the directory inode. Only called if inode->watches is set. */
	void (*event)(struct inode *inode, uint32_t mask, const char *name, uint32_t cookie);
	/* The inode object is about to be freed: inode->watches goes with it (IN_IGNORED). */
	void (*gone)(struct inode *inode);
};
extern const struct notify_ops *notify_ops;

void notify_inode(struct inode *inode, uint32_t mask);
void notify_entry(struct inode *dir, uint32_t mask, const char *name, uint32_t cookie);
/* To the file and, with its name, to the directory that it was opened through. */
void notify_dentry(struct dentry *d, uint32_t mask);
void notify_file(struct file *f, uint32_t mask);
void notify_inode_gone(struct inode *inode);
uint32_t notify_cookie(void);

#endif

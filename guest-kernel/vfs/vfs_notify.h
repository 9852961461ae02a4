/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vfs/ tells the anonymous kinds above it (fs/anon registers): events for inotify, the end of inodes and of open files.
 * vfs/ calls the notify_* functions below; they cost one test while nothing is watched. None of them sleeps, except
 * notify_inode_unused.
 *
 * Who calls what (vfs/):
 *	notify_change(inode, dir, name, len, mask, 0)	after something happened to a file. dir, name, len: its directory and its name there
 *		if known (NULL, NULL, 0 otherwise); both the watches of the inode and those of dir are told:
 *		IN_ACCESS (read, readdir), IN_MODIFY (write, truncate), IN_ATTRIB (chmod, chown, utimes, xattr, link count), IN_OPEN,
 *		IN_CLOSE_WRITE, IN_CLOSE_NOWRITE (last put of the open file).
 *	notify_entry(dir, name, len, child, mask, cookie)	after a directory changed; only the watches of dir are told: IN_CREATE,
 *		IN_DELETE, IN_MOVED_FROM and IN_MOVED_TO (same cookie, from notify_cookie). Then, for a rename,
 *		notify_change(child, NULL, NULL, 0, IN_MOVE_SELF, 0).
 *	notify_inode_unused(inode)	by inode_put when refs has come down to 1 while inode->watches is set and nlink is 0: that reference is the
 *		watches' own. Sends IN_DELETE_SELF, ends the watches and puts the reference.
 *	notify_super_gone(sb)	before a super block is shut down: IN_UNMOUNT, the watches of its inodes end.
 *	notify_file_gone(file)	by file_put when the last reference has gone, before ops->release: leaves the epoll sets.
 */
#ifndef VFS_VFS_NOTIFY_H
#define VFS_VFS_NOTIFY_H

#include "abi/abi_inotify.h"
#include "vfs/vfs.h"

struct vfs_notify_ops {
	/* name may be NULL. is_dir: of the object that the event is about. */
	void (*event)(struct watch_list *watches, uint32_t mask, uint32_t cookie, const char *name,
		      size_t len, bool is_dir);
	void (*inode_unused)(struct inode *inode);  /* may sleep */
	void (*super_gone)(struct super_block *sb); /* may sleep */
	void (*file_gone)(struct file *file);
};
extern const struct vfs_notify_ops *vfs_notify;

/* Joins the two events of one rename. */
uint32_t notify_cookie(void);

static inline void notify_entry(struct inode *dir, const char *name, size_t len,
				struct inode *child, uint32_t mask, uint32_t cookie)
{
	if (dir->watches)
		vfs_notify->event(dir->watches, mask, cookie, name, len,
				  child && S_ISDIR(child->mode));
}

static inline void notify_change(struct inode *inode, struct inode *dir, const char *name,
				 size_t len, uint32_t mask, uint32_t cookie)
{
	if (dir)
		notify_entry(dir, name, len, inode, mask, cookie);
	if (inode->watches)
		vfs_notify->event(inode->watches, mask, cookie, NULL, 0, S_ISDIR(inode->mode));
}

static inline void notify_inode_unused(struct inode *inode)
{
	if (inode->watches)
		vfs_notify->inode_unused(inode);
}

static inline void notify_super_gone(struct super_block *sb)
{
	if (vfs_notify)
		vfs_notify->super_gone(sb);
}

static inline void notify_file_gone(struct file *file)
{
	if (!list_empty(&file->epoll_items))
		vfs_notify->file_gone(file);
}

#endif

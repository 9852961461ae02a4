/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pipes and sockets seen from vfs/: what upper folders register for them, and what they ask of vfs/.
 */
#ifndef VFS_VFS_SPECIAL_H
#define VFS_VFS_SPECIAL_H

#include "vfs/vfs.h"

/*
 * The operations of a fifo's open files (fs/anon/pipe.c): vfs/ sets file->ops to it and calls ops->open, which waits for the other end. NULL until
 * fs/ has started: -ENXIO. A socket's inode cannot be opened: -ENXIO.
 */
extern const struct file_ops *fifo_file_ops;

/* Registered by fs/anon; file_put calls it when the last reference has gone, before ops->release: the file leaves the epoll sets. */
extern void (*file_gone_from_epoll)(struct file *file);

/* Registered by net/: only messages refer to this Unix socket now, so perhaps nobody can reach it any more. May sleep. */
extern void (*file_only_in_flight)(struct file *file);

static inline void file_gone_special(struct file *file)
{
	if (!list_empty(&file->epoll_items))
		file_gone_from_epoll(file);
}

/*
 * A file on an inode of its own that has no name in any tree: mode S_IFIFO | 0600 or S_IFSOCK | 0777, owned by the current task's fsuid and
 * fsgid; its link reads "pipe:[INO]" or "socket:[INO]". ops->open is not called. One reference in *ret. -ENFILE, -ENOMEM.
 */
int file_create_pseudo(uint32_t mode, const struct file_ops *ops, void *private, uint32_t flags,
		       struct file **ret);
/* A file on any inode without a place; a name that begins with "/" is shown as a deleted path (memfd). */
int file_create_on(struct inode *inode, const char *name, const struct file_ops *ops, void *private,
		   uint32_t flags, struct file **ret);
/* Another open file of the same inode (the other end of a pipe). */
int file_create_sibling(struct file *f, const struct file_ops *ops, void *private, uint32_t flags,
			struct file **ret);

/*
 * Make a node for the current task with its umask and all checks of mknod(2), and return where it is (a reference): bind(2) of a
 * Unix socket. -EEXIST, -EACCES, … May sleep.
 */
int path_mknod(int dirfd, const char *name, uint32_t mode, uint64_t rdev, struct path *ret);

#endif

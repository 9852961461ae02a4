/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tmpfs: files in the arena. Also what devtmpfs and memfd are made of. */
#ifndef FS_TMPFS_TMPFS_H
#define FS_TMPFS_TMPFS_H

#include "vfs/vfs.h"

int tmpfs_init(void);

/* A tree of its own with mount options as in mount(8): size=, nr_blocks=, nr_inodes=, mode=, uid=, gid=. -EINVAL, -ENOMEM. */
int tmpfs_create(const struct fs_type *type, const char *data, struct super_block **ret);

/* memfd_create(2) without the descriptor. flags: MFD_*. */
int memfd_open(const char *name, uint32_t flags, struct file **ret);

#endif

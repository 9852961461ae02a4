/* SPDX-License-Identifier: GPL-2.0-or-later */
/* devtmpfs: one tmpfs tree for the whole guest, with a node for each device that has a name. Every mount shows the same tree. */
#ifndef FS_DEVTMPFS_H
#define FS_DEVTMPFS_H

int devtmpfs_init(void);

#endif

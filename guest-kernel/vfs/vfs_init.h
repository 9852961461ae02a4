/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of the file layer: registers its task parts (descriptors, file system context, mount namespace) and exec's files. 0 or -errno. */
#ifndef VFS_VFS_INIT_H
#define VFS_VFS_INIT_H

int vfs_init(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of the file layer: registers its task parts (descriptors, file system context, mount namespace) and exec's files. 0 or -errno. */
#ifndef VFS_VFS_INIT_H
#define VFS_VFS_INIT_H

#include "lib/types.h"

int vfs_init(void);

/* Open files in all: fs.file-nr, and fs.file-max, which vfs_limits_init sets by the size of memory. Root may have more. */
extern unsigned int vfs_n_files, vfs_max_files;
/* fs.mount-max: mounts of one name space. As Linux, but at most a 64th of memory; all name spaces together may have four times that share. */
extern unsigned int vfs_max_mounts;
void vfs_limits_init(uint64_t memory_bytes);

#endif

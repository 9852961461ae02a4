/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of /sys that speak of disks; sysfs.c hangs them into its tables. */
#ifndef FS_SYSFS_BLOCK_H
#define FS_SYSFS_BLOCK_H

#include "fs/procfs/procfs.h"

/* Entries with functions of their own; NAME_lookup and NAME_readdir below. */
#define SYSFS_FOLDER(text, id)                                                               \
	{                                                                                    \
		.name = text, .kind = PROC_DIR, .mode = 0755, .lookup = sysfs_##id##_lookup, \
		.readdir = sysfs_##id##_readdir                                              \
	}

#define SYSFS_FOLDER_FUNCTIONS(id)                                                         \
	int sysfs_##id##_lookup(const struct proc_target *p, const char *name, size_t len, \
				const struct proc_entry **ret_entry,                       \
				struct proc_target *ret_target);                           \
	bool sysfs_##id##_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
SYSFS_FOLDER_FUNCTIONS(block);	     /* /sys/block */
SYSFS_FOLDER_FUNCTIONS(class_block); /* /sys/class/block */
SYSFS_FOLDER_FUNCTIONS(dev_block);   /* /sys/dev/block */
SYSFS_FOLDER_FUNCTIONS(platform);    /* /sys/devices/platform */

#endif

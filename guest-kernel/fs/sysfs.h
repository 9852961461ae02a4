/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /sys: the root and the little below it that libc, busybox and lscpu ask for. 0 or -errno. */
#ifndef FS_SYSFS_H
#define FS_SYSFS_H

int sysfs_init(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The folders of /sys that speak of network interfaces; sysfs.c hangs them into its tables. */
#ifndef FS_SYSFS_NET_H
#define FS_SYSFS_NET_H

#include "fs/sysfs_block.h"

SYSFS_FOLDER_FUNCTIONS(class_net);   /* /sys/class/net: links */
SYSFS_FOLDER_FUNCTIONS(virtual_net); /* /sys/devices/virtual/net: the interfaces */

#endif

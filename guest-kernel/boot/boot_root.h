/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system on a disk, as Linux' prepare_namespace mounts it. */
#ifndef BOOT_BOOT_ROOT_H
#define BOOT_BOOT_ROOT_H

#include "boot/cmdline.h"

/*
 * Mount the disk that root= names (98:0 by default) over the rootfs and make it the current task's root and directory. Panics with Linux' words and the list
 * of disks if it cannot be. The rootfs must be mounted. May sleep.
 */
void boot_mount_root(const struct boot_options *o);

#endif

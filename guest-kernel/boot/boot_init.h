/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The root file system and the first process; shutdown. */
#ifndef BOOT_BOOT_INIT_H
#define BOOT_BOOT_INIT_H

#include "boot/cmdline.h"

/* Make pid 1, runnable: it mounts the root, unpacks the initrd, opens the console and executes init. 0 or -errno. */
int boot_init_start(const struct boot_options *o);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initrd: a cpio archive ("newc", several in a row, zero padding between them) unpacked into the root. */
#ifndef FS_INITRD_H
#define FS_INITRD_H

#include "lib/types.h"

/* Unpack into the current task's root. The archive is untrusted. 0, -EINVAL (damaged), or what making a file answered. May sleep. */
int initrd_unpack(const void *data, size_t len);

#endif

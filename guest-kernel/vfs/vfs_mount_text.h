/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mount table of a task's namespace as text, for /proc/PID/mounts and mountinfo; only what its root can reach. */
#ifndef VFS_VFS_MOUNT_TEXT_H
#define VFS_VFS_MOUNT_TEXT_H

#include "lib/types.h"

struct task;

enum mount_text_kind { MOUNT_TEXT_MOUNTS, MOUNT_TEXT_MOUNTINFO };

/* add is called with pieces of the text. 0 or -ENOMEM. Blanks, tabs, newlines and backslashes in names become \ooo. */
int mount_text(struct task *t, enum mount_text_kind kind, void *ctx,
	       void (*add)(void *ctx, const void *data, size_t len));

#endif

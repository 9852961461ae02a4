/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Acting on a path with the guest's owner's rights. In system mode the monitor is root while some directories it must
 * reach into belong to the guest's owner; a symbolic link planted there (say, to another guest's mconsole) must lead
 * no further than the owner could go himself. Uses the file system identity of the calling thread alone.
 */
#ifndef DAEMON_MONITOR_FS_IDENTITY_H
#define DAEMON_MONITOR_FS_IDENTITY_H

#include <sys/types.h>

struct fs_identity {
	uid_t uid;
	gid_t gid;
};

/* Does nothing when not root. Pair each assume with restore on the same thread; no nesting. */
void fs_identity_assume(const struct fs_identity *id);
void fs_identity_restore(void);

#endif

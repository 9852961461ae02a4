// SPDX-License-Identifier: GPL-2.0-or-later
/* See fs_identity.h. The kernel takes the file system capabilities away and gives them back with fsuid. */
#include <stdlib.h>
#include <sys/fsuid.h>
#include <unistd.h>

#include "daemon/monitor/fs_identity.h"

static void set_both(uid_t uid, gid_t gid)
{
	(void)setfsgid(gid);
	(void)setfsuid(uid);
	/* Neither call reports failure; going on with the wrong rights is not an option. */
	if ((uid_t)setfsuid((uid_t)-1) != uid || (gid_t)setfsgid((gid_t)-1) != gid)
		abort();
}

void fs_identity_assume(const struct fs_identity *id)
{
	if (geteuid() == 0)
		set_both(id->uid, id->gid);
}

void fs_identity_restore(void)
{
	if (geteuid() == 0)
		set_both(geteuid(), getegid());
}

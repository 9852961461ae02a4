// SPDX-License-Identifier: GPL-2.0-or-later
/* The file systems, in the order in which /proc/filesystems lists them. */
#include "fs/ext4/ext4.h"
#include "fs/fs.h"
#include "fs/anon/anon.h"
#include "fs/devpts.h"
#include "fs/devtmpfs.h"
#include "fs/ext4/ext4.h"
#include "fs/procfs/procfs.h"
#include "fs/sysfs.h"
#include "fs/tmpfs/tmpfs.h"

int fs_init(const char *command_line)
{
	int r = tmpfs_init();

	if (r == 0)
		r = devtmpfs_init();
	if (r == 0)
		r = procfs_init(command_line);
	if (r == 0)
		r = sysfs_init();
	if (r == 0)
		r = devpts_init();
	if (r == 0)
		r = ext4_init();
	return r < 0 ? r : anon_init();
}

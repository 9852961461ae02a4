// SPDX-License-Identifier: GPL-2.0-or-later
/* Start of the file layer. The order of the task parts is that of clone: the mount name space moves the paths of the file system context. */
#include "vfs/vfs_init.h"
#include "vfs/vfs_internal.h"

int vfs_init(void)
{
	int r = dentry_cache_init();

	if (r == 0)
		r = anon_files_init();
	if (r == 0)
		r = fs_context_init();
	if (r == 0)
		r = mount_init();
	if (r == 0)
		r = files_init();
	if (r == 0)
		r = core_files_init();
	return r < 0 ? r : exec_files_init();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Start of the anonymous kinds: they hook into the layers below. */
#include "fs/anon/anon.h"
#include "fs/anon/pipe.h"
#include "vfs/vfs_special.h"

int anon_init(void)
{
	int r;

	fifo_file_ops = &pipe_file_ops;
	r = epoll_init();
	if (r == 0)
		r = pidfd_init();
	return r < 0 ? r : kinotify_init();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The points where fs/anon and net/ hook into the file layer. */
#include "vfs/vfs_notify.h"
#include "vfs/vfs_special.h"

const struct vfs_notify_ops *vfs_notify;
const struct file_ops *fifo_file_ops;
void (*inode_socket_gone)(struct inode *inode);

uint32_t notify_cookie(void)
{
	static uint32_t cookie;

	return ++cookie;
}

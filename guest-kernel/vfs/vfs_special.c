// SPDX-License-Identifier: GPL-2.0-or-later
/* The points where fs/anon and net/ hook into the file layer. */
#include "vfs/vfs_special.h"

const struct file_ops *fifo_file_ops;
void (*file_gone_from_epoll)(struct file *file);
void (*file_only_in_flight)(struct file *file);

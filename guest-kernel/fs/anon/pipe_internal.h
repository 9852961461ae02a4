/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of pipe_file_ops that pipe_open.c implements. */
#ifndef FS_ANON_PIPE_INTERNAL_H
#define FS_ANON_PIPE_INTERNAL_H

#include "vfs/vfs.h"

int pipe_open(struct inode *inode, struct file *f);
void pipe_release(struct file *f);
int64_t pipe_fcntl(struct file *f, int cmd, uint64_t arg);

#endif

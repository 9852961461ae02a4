/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between block_node.c (open files) and block_ioctl.c. */
#ifndef DRIVERS_BLOCK_NODE_H
#define DRIVERS_BLOCK_NODE_H

#include "drivers/block.h"

int64_t block_ioctl(struct file *f, unsigned int cmd, uint64_t arg);

/* A range of the device, in sectors' multiples and inside it. -EPERM read-only, -EOPNOTSUPP, -EIO. May sleep. */
int block_zero_range(struct block_device *d, uint64_t offset, uint64_t len);
int block_discard_range(struct block_device *d, uint64_t offset, uint64_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Helpers that the files of procfs/ share. */
#ifndef FS_PROCFS_PROCFS_INODE_H
#define FS_PROCFS_PROCFS_INODE_H

#include "lib/types.h"

/* A name that is a decimal number without leading zeros. */
bool procfs_parse_number(const char *name, size_t len, int *ret);

#endif

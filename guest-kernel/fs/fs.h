/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start of all file systems: each registers its type; no mount yet. command_line is what /proc/cmdline shows and must live on. */
#ifndef FS_FS_H
#define FS_FS_H

int fs_init(const char *command_line);

#endif

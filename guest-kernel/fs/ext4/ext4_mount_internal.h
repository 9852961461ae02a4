/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between ext4_mount.c (from a device to a tree) and ext4_super.c (a mounted file system as a whole). */
#ifndef FS_EXT4_EXT4_MOUNT_INTERNAL_H
#define FS_EXT4_EXT4_MOUNT_INTERNAL_H

#include "fs/ext4/ext4_internal.h"

#define WHY_BYTES 200u

/* --- ext4_mount.c ---- */

/* The journal is opened, and neither replayed nor running. Errors leave a sentence in why. */
int ext4_journal_attach(struct ext4_sb *s, char *why, size_t len);
/* It is closed, and its place forgotten. */
void ext4_journal_lose(struct ext4_sb *s);

/* --- ext4_super.c ---- */

/* The super block in memory reaches the disk, around the journal: only while none runs. Does nothing on a device that is read-only. */
int ext4_super_write(struct ext4_sb *s);
/* The journal runs from here on, orphans are dealt with, tables that mke2fs left out are zeroed. s->writing says whether there is something to stop. */
int ext4_start_writing(struct ext4_sb *s);
/* s->overhead, for statfs. */
void ext4_count_overhead(struct ext4_sb *s);

#endif

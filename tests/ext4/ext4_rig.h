/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's ext4 mounted on a fake disk, outside of a guest: the file layer with a tmpfs as root and the disk at /m. For tests in a kernel task. */
#ifndef TESTS_EXT4_EXT4_RIG_H
#define TESTS_EXT4_EXT4_RIG_H

#include "tests/ext4/fake_disk.h"

/* Once, in the kernel task of run_as_kernel. */
void rig_start(void);
/* "/m" is the disk then. 0 or -errno. */
int rig_mount(struct fake_disk *d, uint32_t flags, const char *options);
int rig_umount(void);
/* The power goes: what is mounted is forgotten without a write. The disk must be thrown away, its bytes may be used. */
void rig_announce(struct fake_disk *d);
void rig_withdraw(struct fake_disk *d);

/* One line of the language of ext4_run.c. 0 or -errno; text it prints goes to stdout. */
int rig_command(struct fake_disk *d, char *line);

#endif

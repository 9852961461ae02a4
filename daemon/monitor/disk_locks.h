/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The locks on a guest's disk images: no image is writable in one guest while another one uses it. Held by the monitor and
 * by the guest's init, so until the last process of the guest is gone.
 */
#ifndef DAEMON_MONITOR_DISK_LOCKS_H
#define DAEMON_MONITOR_DISK_LOCKS_H

#include "common/error.h"
#include "daemon/monitor/run_config.h"

struct disk_locks {
	int fds[RUN_LOCKS_MAX];
	unsigned int n;
};

/*
 * Opens each image with the owner's rights, for writing if it is locked for writing. All or nothing; BUSY names the image that is
 * in use. The kernel opens the path again, as the owner: an owner who swaps the directories of his own disks at
 * that very moment can still make two of his guests write to one of them, but reaches nobody else's.
 */
int disk_locks_take(const struct run_config *config, struct disk_locks *ret, struct error *err);
void disk_locks_release(struct disk_locks *l);

#endif

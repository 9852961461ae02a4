/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at the files that a definition names, with the rights of the user whose kernel will open them. Runs in the
 * thread pool: a file on a slow file system must not stop the loop.
 */
#ifndef DAEMON_CORE_GUEST_DISKS_H
#define DAEMON_CORE_GUEST_DISKS_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/error.h"

struct guest_config;

/*
 * The user can open path as a regular file or block device, for writing if asked. *ret_real (may be NULL) is the path without
 * symbolic links, owned by the caller. field goes in front of the sentence.
 */
int guest_file_check(const char *field, const char *path, bool writable, uid_t uid, gid_t gid,
		     char **ret_real, struct error *err);

/* All files of a definition: disks, initrd, kernel_path. */
int guest_files_check(const struct guest_config *c, uid_t uid, gid_t gid, struct error *err);

/* The user can open /dev/net/tun, which a kernel with a tap does for itself. */
int guest_tun_check(uid_t uid, gid_t gid, struct error *err);

#endif

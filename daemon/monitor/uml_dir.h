/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RUN/uml/GUEST/, the kernel's uml_dir: made anew for each run (a stale umid directory makes linux.uml choose another name),
 * with the socket in it that the kernel announces itself to. Belongs to the guest's owner in the end, so
 * nothing in it is to be trusted later.
 */
#ifndef DAEMON_MONITOR_UML_DIR_H
#define DAEMON_MONITOR_UML_DIR_H

#include <sys/types.h>

#include "common/error.h"

#define UML_DIR_NOTIFY "notify"

/* path as in run.json, with '/' at its end. *ret_notify_fd: a bound datagram socket, non-blocking. */
int uml_dir_make(const char *path, uid_t uid, gid_t gid, int *ret_notify_fd, struct error *err);
int uml_dir_remove(const char *path);

#endif

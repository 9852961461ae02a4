/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting a monitor so that it has nothing to do with umld afterwards: double fork, a session of its own, its own log file, no
 * descriptor but the one that it reports on.
 */
#ifndef DAEMON_CORE_MONITOR_SPAWN_H
#define DAEMON_CORE_MONITOR_SPAWN_H

#include "common/error.h"

struct guest;

/* Where umld-monitor is: beside umld, in the build tree, or installed. NOT_FOUND otherwise. */
int monitor_locate(char *buf, size_t len, struct error *err);

/* Start it. *ret_ready_fd: non-blocking; one line comes, or the end of file if it dies before. */
int monitor_spawn(const struct guest *g, int *ret_ready_fd, struct error *err);

#endif

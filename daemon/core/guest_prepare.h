/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be on disk before a guest can run: its COW file, its swap disk, the command line of its kernel, run.json
 * (next-run.json if it is a restart). A plan is
 * filled on the loop's thread, carried out in the thread pool (it reads and syncs files and asks the kernel's program
 * what it can do), and looked at on the loop's thread again. It shares nothing with the guest meanwhile.
 */
#ifndef DAEMON_CORE_GUEST_PREPARE_H
#define DAEMON_CORE_GUEST_PREPARE_H

#include "common/error.h"
#include "daemon/core/guest.h"

struct guest_plan;

/* disk_image: the base image's disk, or NULL. cpu: -1 or where to pin it. NULL with err set on failure. */
struct guest_plan *guest_plan_new(const struct guest *g, const char *disk_image, int cpu,
				  struct error *err);
void guest_plan_free(struct guest_plan *p);

/* For loop_work_run. */
void guest_plan_run(void *plan);

/* After it has run: 0, or the error. */
int guest_plan_result(struct guest_plan *p, struct error *err);

#endif

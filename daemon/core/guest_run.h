/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting, restarting and adopting guests (guest_delete.h deletes them): what takes more than one turn of the loop. Each function sets
 * the guest's op until it is done, so that nothing else can begin meanwhile.
 */
#ifndef DAEMON_CORE_GUEST_RUN_H
#define DAEMON_CORE_GUEST_RUN_H

#include <stdint.h>

#include "daemon/core/guest.h"

/*
 * Start a stopped, idle guest. done is called exactly once, later: err NULL when its monitor has answered (the kernel process
 * exists, or has ended again already), otherwise what went wrong; the guest is stopped then.
 */
int guest_run_start(struct guest *g, guest_done_fn done, void *ctx, struct error *err);

/* Have a guest with a monitor stop within timeout_ms and run again from its present definition. */
int guest_run_restart(struct guest *g, uint64_t timeout_ms, guest_done_fn done, void *ctx,
		      struct error *err);

/*
 * After a start of umld, for each loaded guest: find out whether it runs. done is called once, perhaps before this
 * returns.
 */
void guest_run_adopt(struct guest *g, void (*done)(struct umld *u));

/* umld ends: give up what is under way but leave the guest to its monitor. */
void guest_run_close(struct guest *g);

#endif

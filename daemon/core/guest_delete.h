/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Deleting guests, running ones too. Like guest_run.h, it sets the guest's op until it is done.
 */
#ifndef DAEMON_CORE_GUEST_DELETE_H
#define DAEMON_CORE_GUEST_DELETE_H

#include "daemon/core/guest.h"

/*
 * Delete an idle guest; a running one is killed first if force (else BUSY). done is called with g still valid and freed
 * right after; on failure the guest stays.
 */
int guest_delete(struct guest *g, bool force, guest_done_fn done, void *ctx, struct error *err);

/* umld ends: a deletion that still waits for the guest's death fails with err. */
void guest_delete_close(struct guest *g, const struct error *err);

#endif

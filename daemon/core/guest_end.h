/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a guest's last run ended: end.json against run.json. Only for a guest whose lock the caller holds, see
 * guest_store_settle.
 */
#ifndef DAEMON_CORE_GUEST_END_H
#define DAEMON_CORE_GUEST_END_H

#include "daemon/core/guest.h"

/*
 * Load g->end from the guest's directory. If run.json has no end.json of its own, that run is ended here with end and message
 * (NULL: killed, with what is known about why), durably, and run.json is removed.
 */
void guest_end_settle(struct guest *g, int dirfd, enum guest_end end, const char *message);

/* For tests: end.json's text. */
int guest_end_parse(const char *text, size_t len, struct guest_last_end *ret,
		    char ret_run_id[ID_HEX_BYTES], struct error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DHCP and DNS on a bridge: one dnsmasq, which outlives umld. It is restarted when it dies, with a back-off, and
 * adopted by a new umld if it runs with the arguments that it would be given now.
 */
#ifndef DAEMON_NETWORK_DNS_H
#define DAEMON_NETWORK_DNS_H

#include "daemon/network/network_internal.h"

/* Make sure that dnsmasq runs on the bridge, which is up and has its address, or will once its predecessor has gone. */
int dns_up(struct bridge *b, struct error *err);

/*
 * End it and remove what it read and wrote. It may be dying for a while after this; its ledger entry and so the bridge's
 * record last till then.
 */
void dns_down(struct bridge *b);

/* Stop watching, leave it running: umld ends. */
void dns_leave(struct bridge *b);

/* Enter a guest: at once known in DNS, and to DHCP when it asks. Idempotent. Remove it. */
int dns_guest_enter(struct bridge *b, const char *guest, const struct guest_net *net,
		    struct error *err);
void dns_guest_remove(struct bridge *b, const char *guest);

/* Files of guests that are not on the bridge (any more) go. */
void dns_guests_sweep(struct bridge *b);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * NAT for a bridge: the nftables table `inet umld_BRIDGE` and the host's ip_forward switch. Nobody else's table is ever
 * changed; what that means where another one drops forwarded packets is told in docs/networking.md.
 */
#ifndef DAEMON_NETWORK_NAT_H
#define DAEMON_NETWORK_NAT_H

#include "daemon/network/network_internal.h"

/*
 * Enter in the ledger and make or replace the table in one transaction; switch forwarding on. BUSY if there is a
 * table of that name without our mark.
 */
int nat_up(struct bridge *b, struct error *err);

/* Remove the table if it is in the ledger and ours, then the entry. */
void nat_down(struct bridge *b);

/* Switch ip_forward off again if it is on because of us and no bridge needs it. */
void nat_forward_release(struct network *n);

#endif

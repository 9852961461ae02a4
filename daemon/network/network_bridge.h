/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bridge with all that belongs to it: the link, its address, NAT, dnsmasq.
 */
#ifndef DAEMON_NETWORK_BRIDGE_H
#define DAEMON_NETWORK_BRIDGE_H

#include "daemon/network/network_internal.h"

/*
 * Make sure that the bridge is there and complete. *ret_bridge is NULL for one that is not ours, which is used as it is.
 * What a failed call has made is removed by the bridge_release that follows the removal of the tap.
 */
int bridge_ensure(struct network *n, const char *name, struct bridge **ret_bridge, int *ret_ifindex,
		  struct error *err);

/* Remove the bridge and all that belongs to it, unless a tap in the ledger or a port of somebody else is on it. */
void bridge_release(struct bridge *b);

/* After a restart: let a changed configuration take effect as far as that does not move guests to another subnet. */
void bridge_refresh_config(struct bridge *b);

#endif

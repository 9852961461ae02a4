/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files between umld and dnsmasq, in RUN/network/BRIDGE:
 *
 *	hosts/GUEST	what DNS knows about a guest (--hostsdir)
 *	dhcp/GUEST	what DHCP hands out to it (--dhcp-hostsdir)
 *	leases		dnsmasq's own
 *
 * All are made anew from the ledger when they are missing, so they need not survive a power cut, but dnsmasq reads
 * them the moment they appear: they come by rename from the directory above.
 */
#ifndef DAEMON_NETWORK_DNS_FILES_H
#define DAEMON_NETWORK_DNS_FILES_H

#include "daemon/network/network_internal.h"

/* RUN/network/BRIDGE and "/part", part may be NULL. */
int dns_path(const struct bridge *b, const char *part, char buf[NETWORK_DIR_MAX + 32]);

int dns_dirs_make(const struct bridge *b, struct error *err);
void dns_dirs_remove(const struct bridge *b);

/* May a user without rights read below the directories? */
bool dns_dirs_are_open(const struct bridge *b);

/* 1 if a file that existed has changed (dnsmasq then has to be told), 0 if not, or negative with err set. */
int dns_files_write(const struct bridge *b, const char *guest, const struct guest_net *net,
		    struct error *err);

/* Returns whether there was something to remove. */
bool dns_files_remove(const struct bridge *b, const char *guest);

/* Remove the files of all guests that keep does not want. Returns whether there were any. */
bool dns_files_sweep(const struct bridge *b, bool (*keep)(void *ctx, const char *guest), void *ctx);

/*
 * Is there a lease that is in this guest's way: of its address for another MAC, or of its MAC or name for another
 * address? dnsmasq would keep to it until it expires.
 */
bool dns_leases_conflict(const struct bridge *b, const char *guest, const struct guest_net *net);

/* Take such leases out of the file. dnsmasq must not be running. */
int dns_leases_clear(const struct bridge *b, const char *guest, const struct guest_net *net);

/* Has somebody a lease on the address? For choosing addresses that do not collide with recent ones. */
bool dns_lease_exists(const struct network *n, const char *bridge, uint32_t address);

#endif

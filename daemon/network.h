/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Taps, bridges, NAT, DHCP and DNS for guests: libnl for links and addresses, libnftables for NAT, dnsmasq for DHCP and DNS.
 *
 * Rules: every object is entered in the ledger (a JSON file in RUN/network, atomic) before it is made, carries the mark
 * "umld:<instance>" as its interface alias, and only objects that are in the ledger and carry the mark are ever changed or removed. A
 * bridge that exists already and is not ours is used as it is: taps are enslaved to it, nothing else.
 * dnsmasq outlives umld (guests keep their DNS while umld restarts) and is adopted again by pid and start time.
 * All calls run on umld's loop thread and take milliseconds, none waits for a guest.
 */
#ifndef DAEMON_NETWORK_H
#define DAEMON_NETWORK_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#include "common/error.h"
#include "common/paths.h"

enum guest_net_mode { GUEST_NET_NONE, GUEST_NET_TAP };

/* A guest's network as defined: `none` or `tap[=NAME][,bridge=BR][,mac=MAC]`. */
struct guest_net {
	enum guest_net_mode mode;
	char tap[16];	  /* "" until chosen; network_guest_define fills it */
	char bridge[16];  /* "" for a tap without a bridge */
	uint8_t mac[6];	  /* all zero until chosen */
	uint32_t address; /* IPv4, host order; handed out on a managed bridge, else 0 */
};

/* Parse and format the user's form. parse fails with USAGE naming the word that is wrong. format needs 96 bytes. */
int guest_net_parse(const char *text, struct guest_net *ret, struct error *err);
const char *guest_net_format(const struct guest_net *n, char *buf, size_t len);

/* A [bridge NAME] section of umld.conf; `umlbr0` exists by default with 10.155.0.1/24, nat and dhcp on. */
struct bridge_config {
	char name[16];
	uint32_t address; /* host order */
	unsigned int prefix_len;
	bool nat, dhcp;
	char domain[64]; /* DNS suffix of guests, default "uml.internal" */
};

struct network;

/*
 * bridges is borrowed for the life of the object. instance: 16 hex digits that identify this state directory (part of the mark). Reads the
 * ledger; touches nothing until network_reconcile.
 */
int network_new(uv_loop_t *loop, const struct paths *paths, const char *instance,
		const struct bridge_config *bridges, unsigned int n_bridges, struct network **ret,
		struct error *err);
void network_free(struct network *n); /* leaves everything as it is: guests go on */

/*
 * Called when a guest is defined or its net changes: choose tap name (at most 15 bytes, from the guest's name, unique), MAC
 * (locally administered, random, unique) and a free address of a managed bridge where they are not given; check those that
 * are (BUSY if another guest has them, NOT_PERMITTED in user mode). The reservation lasts until release. Nothing is made yet.
 */
int network_guest_define(struct network *n, const char *guest, struct guest_net *net,
			 struct error *err);
void network_guest_release(struct network *n, const char *guest);

/*
 * Before a start: make the tap (persistent, owned by uid), bring it up, the bridge with all that belongs to it if
 * needed, and enter the guest in DHCP and DNS. Calling it again for a guest that is up is harmless. On failure everything this
 * call made is gone again. down: after the end, remove what no running guest needs.
 */
int network_guest_up(struct network *n, const char *guest, const struct guest_net *net, uid_t uid,
		     struct error *err);
void network_guest_down(struct network *n, const char *guest);

/* After a restart of umld: guests[] are those that run. Finishes and removes what the ledger says and nobody needs. */
void network_reconcile(struct network *n, const char *const *guests, unsigned int n_guests);

#endif

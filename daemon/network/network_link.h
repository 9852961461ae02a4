/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links, addresses and taps of the host, by netlink and /dev/net/tun. Stateless: every call looks at the host anew.
 * The caller decides whether an object is ours; nothing here removes anything that lacks the given mark.
 */
#ifndef DAEMON_NETWORK_LINK_H
#define DAEMON_NETWORK_LINK_H

#include "daemon/network/network_internal.h"

struct link_info {
	int ifindex, master; /* master 0: none */
	char kind[16];	     /* "bridge", "tun", "" … */
	char alias[64];	     /* cut if longer: never equal to a mark then */
	uint8_t mac[6];
	bool is_up;
};

/* 0, -ENODEV (err untouched), or another error with err set. */
int link_find(const char *name, struct link_info *ret, struct error *err);

/*
 * Make a persistent tap. The mark goes on before persistence does, so that a crash leaves either nothing or a marked
 * tap. BUSY if the name exists.
 */
int link_make_tap(const char *name, const char *mark, uid_t uid, struct error *err);

/* Take over a tap that carries our mark: check that nobody has it open (BUSY), set the owner. */
int link_adopt_tap(const char *name, uid_t uid, struct error *err);

/* Make a bridge with that MAC, down and without a mark. BUSY if the name exists. */
int link_make_bridge(const char *name, const uint8_t mac[6], struct error *err);

/* Set the mark; join a master (0: none); bring up. */
int link_set_mark(int ifindex, const char *mark, struct error *err);
int link_join_and_up(int ifindex, int master, struct error *err);

/* Give an address, if it is not there yet. */
int link_add_address(int ifindex, uint32_t address, unsigned int prefix_len, struct error *err);

/* Remove a link that exists, is of that kind and carries the mark; anything else is left alone. */
int link_remove(const char *name, const char *kind, const char *mark, struct error *err);

/* 1 if a bridge has a port that fn does not know, 0 if not, -errno. */
int link_has_other_ports(int bridge_ifindex, bool (*is_known)(void *ctx, const char *port),
			 void *ctx);

/* -EBUSY with err set if another interface than name has an address in a network that overlaps. */
int link_check_subnet(const char *name, uint32_t net, uint32_t mask, struct error *err);

/* net.ipv6.conf.NAME.KEY = value, if this kernel has IPv6. */
void link_set_ipv6(const char *name, const char *key, const char *value);

#endif

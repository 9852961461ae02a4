/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of daemon/network/ share: the objects in memory and the module's layers, lowest first:
 *
 *	network_process	  detached processes, their identity and their end
 *	network_link	  taps, bridges, addresses (netlink, /dev/net/tun)
 *	network_ledger	  RUN/network/KIND-NAME.json
 *	network_nat	  nftables, ip_forward
 *	network_dns	  dnsmasq; network_dns_files: what it reads and the leases it writes
 *	network_bridge	  a bridge with all that belongs to it
 *	network_define	  reservations
 *	network		  up, down, reconcile
 *
 * A record in memory (struct tap, struct bridge and its flags) exists exactly while its ledger file does: records are
 * made by the function that writes the file, before the object, and freed after the object is gone.
 */
#ifndef DAEMON_NETWORK_INTERNAL_H
#define DAEMON_NETWORK_INTERNAL_H

#include "common/parse.h"
#include "daemon/network.h"
#include "daemon/network/network_process.h"

#define NETWORK_DIR_MAX	 (PATHS_MAX + 16)
#define NETWORK_MARK_MAX 32

/* A guest's claim on names and addresses, from define to release. */
struct reservation {
	struct reservation *next;
	char guest[NAME_LEN_MAX + 1];
	struct guest_net net;
};

/* A tap that is in the ledger: its guest is up, or is being brought up or down. */
struct tap {
	struct tap *next;
	char guest[NAME_LEN_MAX + 1];
	struct guest_net net; /* as it was when the guest came up */
	uid_t uid;
};

/* dnsmasq of one bridge: never two processes at a time. */
struct dns {
	bool is_entered; /* in the ledger */
	bool is_wanted;	 /* the bridge is up: to be started again whenever it ends */
	bool is_ready; /* it was seen to serve and was not told to end: what a new umld may adopt */
	struct process_id id;	 /* pid 0: none */
	char *argv_json;	 /* what it was started with; owned */
	struct dns_watch *watch; /* while it runs; owned by the loop once closing */
	struct dns_watch *dying; /* told to end, has not yet */
	struct dns_timer *timer; /* restarts it after a death */
	unsigned int deaths;	 /* in quick succession; sets the back-off */
	uint64_t started_ms;	 /* uv_now when it was started or adopted */
};

/* A bridge, or what is left of one, that is in the ledger. Without its link it only waits for its dnsmasq's end. */
struct bridge {
	struct bridge *next;
	struct network *network;
	struct bridge_config config; /* what it was made with */
	uint8_t mac[6]; /* set with its creation, so that a half-made one is known for ours */
	bool is_link_entered;
	bool is_nat_entered;
	struct dns dns;
};

struct network {
	uv_loop_t *loop;
	bool user_mode;
	char dir[NETWORK_DIR_MAX]; /* RUN/network */
	int dir_fd;		   /* -1 in user mode */
	char mark[NETWORK_MARK_MAX];
	char boot_id[40];
	const struct bridge_config *configs;
	unsigned int n_configs;
	struct reservation *reservations;
	struct tap *taps;
	struct bridge *bridges;
	bool is_forward_entered; /* ip_forward was off and is on because of us */
};

const struct bridge_config *network_config_find(const struct network *n, const char *name);

static inline uint32_t bridge_config_mask(const struct bridge_config *c)
{
	return ~(uint32_t)0 << (32 - c->prefix_len);
}

static inline uint32_t bridge_config_net(const struct bridge_config *c)
{
	return c->address & bridge_config_mask(c);
}

/* An address that a guest of the bridge may have: in the subnet, not its ends, not the bridge's own. */
static inline bool bridge_config_holds(const struct bridge_config *c, uint32_t address)
{
	uint32_t host = address & ~bridge_config_mask(c);

	return (address & bridge_config_mask(c)) == bridge_config_net(c) && host != 0 &&
	       host != ~bridge_config_mask(c) && address != c->address;
}

/* Dotted form of a host order address; 16 bytes. */
const char *network_format_ipv4(uint32_t address, char buf[16]);

/*
 * The places where a crash or a failure is interesting call this; the test build replaces it by a function that
 * ends the process or fails at a chosen step. Returns 0 in the real one.
 */
#ifdef UMLD_NETWORK_TEST
int network_step(const char *what);
#else
static inline int network_step(const char *what)
{
	(void)what;
	return 0;
}
#endif

#endif

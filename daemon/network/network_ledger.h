/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ledger: one file for each object, RUN/network/KIND-NAME.json. What is in the ledger is not proof that the
 * object exists; what is not in it is not ours. The functions below keep the records in memory and the files in step.
 */
#ifndef DAEMON_NETWORK_LEDGER_H
#define DAEMON_NETWORK_LEDGER_H

#include "daemon/network/network_internal.h"

/* Read all of it into n. A damaged entry is logged and left alone. */
int ledger_load(struct network *n, struct error *err);

/* Make the record and its file. net and config are copied; NULL if the file cannot be written (err set). */
struct tap *ledger_enter_tap(struct network *n, const char *guest, const struct guest_net *net,
			     uid_t uid, struct error *err);
struct bridge *ledger_enter_bridge(struct network *n, const struct bridge_config *config,
				   const uint8_t mac[6], struct error *err);

/*
 * Remove the file and free the record. The object is gone by now. A bridge's record outlasts its file while its dnsmasq
 * is in the ledger.
 */
void ledger_drop_tap(struct network *n, struct tap *t);
void ledger_drop_bridge(struct network *n, struct bridge *b);

/* Flags of a bridge, and the mark that ip_forward was switched on. Idempotent. */
int ledger_set_nat(struct bridge *b, bool on);
int ledger_set_forward(struct network *n, bool on);
/* b->dns.id and argv_json as they are, or no entry. */
int ledger_set_dns(struct bridge *b, bool on);
/* Write the bridge's entry again, after its config has changed. */
int ledger_update_bridge(struct bridge *b);

struct tap *ledger_find_tap(struct network *n, const char *tap);
struct tap *ledger_find_guest(struct network *n, const char *guest);
struct bridge *ledger_find_bridge(struct network *n, const char *name);

/* Interface name to file name: '.' becomes '+', which no interface name contains, so that no name looks like a suffix. */
void ledger_file_part(const char *ifname, char buf[16]);

#endif

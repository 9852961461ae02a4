/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Network cards: ethN=tuntap,TAP[,MAC] and vecN:transport=tap,ifname=TAP[,mac=MAC]. The card is a tap in the guest's network namespace, a host thread for
 * each moves frames between it and TAP; see host_tap.h. Packet sockets look at the frames and send their own here.
 */
#ifndef DRIVERS_ETH_H
#define DRIVERS_ETH_H

#include "host/host_launch.h"
#include "host/host_tap.h"
#include "lib/types.h"

struct eth {
	struct host_pump pump;
	char name[16];
	int ifindex; /* in the guest's namespace; 0: no such card */
};

/* In the launcher: is the word one of a card's? Open its tap. 1: done, 0: another driver's word, -errno with one sentence in why. */
int eth_open(const char *word, char *why, size_t len);
/* In the launcher: what host_launch is to make. */
void eth_ask(struct host_launch *l);
/* In the kernel process, before eth_start: what host_launch has made. */
void eth_take(const struct host_launch *l);
/* Start the pumps. 0 or -errno with why. */
int eth_start(char *why, size_t len);

/* Is there a network at all? Without one sockets of the internet families are refused. */
bool eth_has_network(void);

struct eth *eth_find(int ifindex);  /* NULL */
struct eth *eth_at(unsigned int i); /* 0, 1, ... NULL at the end */

/*
 * Called under the big lock, on the pump's thread, in no task: must not sleep. The frame is only there during the call; a checksum that was left to the
 * card has been filled in.
 */
extern void (*eth_seen)(struct eth *e, const uint8_t *frame, size_t len, bool outgoing);
void eth_watch(bool on);
int eth_send(struct eth *e, const uint8_t *frame, size_t len); /* 0 or -errno */

#endif

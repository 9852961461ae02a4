/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet sockets, umlk's own: they see the frames that the pumps of the cards move (drivers/eth.h) and send into them; the host's packet sockets are never
 * reached. On lo there is nothing to see. packet_socket.c: life, names, options, sending; packet_queue.c: frames in, filters, receiving.
 */
#ifndef NET_PACKET_SOCKET_H
#define NET_PACKET_SOCKET_H

#include "abi/abi_net.h"
#include "abi/abi_seccomp.h"
#include "net/inet_socket.h"

struct packet_sock {
	int type;	   /* SOCK_RAW: with Ethernet headers; SOCK_DGRAM: without */
	uint16_t protocol; /* host order; 0: receives nothing */
	int ifindex;	   /* 0: all cards */
	bool auxdata, ignore_outgoing;
	int error; /* pending, positive */
	struct wait_queue wait;
	struct list_head queue;
	size_t queued, rcvbuf;
	uint32_t n_received, n_dropped; /* since PACKET_STATISTICS was read */
	struct abi_bpf_insn *filter;
	uint64_t last_stamp_ns; /* of the last frame that was read, SIOCGSTAMP */
	uint32_t uid;
	uint64_t ino;
	struct list_head link;
};

struct eth;
extern struct list_head packet_socks;

static inline struct packet_sock *packet_of(const struct socket *s)
{
	return s->private;
}

/* packet_queue.c */
void packet_seen(struct eth *e, const uint8_t *frame, size_t len, bool outgoing);
void packet_flush(struct packet_sock *p); /* frames that came before a bind or a filter */
ssize_t packet_receive(struct socket *s, struct socket_message *m);
uint32_t packet_poll(struct socket *s, struct poll_table *table);
int packet_first_length(const struct packet_sock *p);

#endif

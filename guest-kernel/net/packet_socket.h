/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packet sockets, umlk's own: they see the frames that the pumps of the cards move (drivers/eth.h) and send into them; the host's packet sockets are never
 * reached. On lo there is nothing to see. packet_socket.c: life, names, options, sending; packet_queue.c: frames in, filters, receiving;
 * packet_ring.c: the ring that a guest maps.
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
	int version;		  /* TPACKET_*, of the ring's frames */
	uint32_t reserve;	  /* PACKET_RESERVE: bytes in front of each frame's data */
	struct packet_ring *ring; /* NULL: frames wait in the queue */
	uint64_t last_stamp_ns;	  /* of the last frame that was read, SIOCGSTAMP */
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

/* packet_ring.c. PACKET_RX_RING: -EINVAL, -EBUSY (it is mapped), -ENOMEM. */
int packet_ring_set(struct packet_sock *p, const void *value, unsigned int len);
void packet_ring_drop(struct packet_sock *p);
int packet_ring_map(struct packet_sock *p, uint64_t offset, uint64_t len,
		    struct mapping_source **ret);
bool packet_ring_ready(const struct packet_sock *p);
/* A frame of len bytes, the first kept ones of which are there. False: the guest is slower than the wire. */
bool packet_ring_give(struct packet_sock *p, const struct abi_sockaddr_ll *from,
		      const uint8_t *data, uint32_t len, uint32_t kept);

#endif

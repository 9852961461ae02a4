// SPDX-License-Identifier: GPL-2.0-or-later
/* Frames on their way to packet sockets. */
#include "net/packet_socket.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "abi/abi_time.h"
#include "core/big_lock.h"
#include "drivers/eth.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/bpf_classic.h"

#define IFF_UP	       1u
#define FRAME_OVERHEAD 256u /* what a frame counts beside its bytes */

struct packet_frame {
	struct list_head link;
	struct abi_sockaddr_ll from;
	uint64_t stamp_ns;
	uint32_t len, kept; /* on the wire, here */
	uint8_t data[];
};

/* --- in ----------------------------------------------------------------------------------------- */

/* Address and state of the card now; false if it is down. */
static bool card_state(const struct eth *e, uint8_t mac[6])
{
	struct abi_ifreq ifr = { .name = "" };
	uint16_t flags;

	ifr.data[0] = 0;
	memcpy(ifr.data, &e->ifindex, sizeof(e->ifindex));
	if (host_net_ioctl(net_control_fd(), SIOCGIFNAME, &ifr, 0) < 0 ||
	    host_net_ioctl(net_control_fd(), SIOCGIFFLAGS, &ifr, 0) < 0)
		return false;
	memcpy(&flags, ifr.data, sizeof(flags));
	if (!(flags & IFF_UP) || host_net_ioctl(net_control_fd(), SIOCGIFHWADDR, &ifr, 0) < 0)
		return false;
	memcpy(mac, ifr.data + 2, 6);
	return true;
}

static uint8_t packet_type(const uint8_t *frame, const uint8_t mac[6], bool outgoing)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };

	if (outgoing)
		return PACKET_OUTGOING;
	if (memcmp(frame, all, 6) == 0)
		return PACKET_BROADCAST;
	if (frame[0] & 1)
		return PACKET_MULTICAST;
	return memcmp(frame, mac, 6) == 0 ? PACKET_HOST : PACKET_OTHERHOST;
}

static bool wants(const struct packet_sock *p, int ifindex, uint16_t protocol, bool outgoing)
{
	if (p->ifindex && p->ifindex != ifindex)
		return false;
	/* What goes out is shown to those that want everything, as on Linux. */
	if (outgoing && (p->protocol != ETH_P_ALL || p->ignore_outgoing))
		return false;
	return p->protocol == ETH_P_ALL || (p->protocol && p->protocol == protocol);
}

static void give(struct packet_sock *p, const struct abi_sockaddr_ll *from, const uint8_t *frame,
		 uint32_t len, uint16_t protocol)
{
	uint32_t kept = len, skip = p->type == SOCK_DGRAM ? ETH_HEADER : 0;
	struct packet_frame *f;

	frame += skip;
	kept = len -= skip;
	if (p->filter) {
		const struct bpf_packet packet = { frame, len, protocol, from->pkttype,
						   (uint32_t)from->ifindex };

		kept = MIN(bpf_packet_run(p->filter, &packet), len);
		if (kept == 0)
			return;
	}
	if (p->ring) {
		if (!packet_ring_give(p, from, frame, len, kept)) {
			p->n_dropped++;
			return;
		}
		p->n_received++;
		(void)wait_queue_wake_events(&p->wait, POLLIN | POLLRDNORM);
		return;
	}
	f = p->queued + kept + FRAME_OVERHEAD <= p->rcvbuf ? kmalloc(sizeof(*f) + kept) : NULL;
	if (!f) {
		p->n_dropped++;
		return;
	}
	f->from = *from;
	f->stamp_ns = host_realtime_ns();
	f->len = len;
	f->kept = kept;
	memcpy(f->data, frame, kept);
	list_add_tail(&f->link, &p->queue);
	p->queued += kept + FRAME_OVERHEAD;
	p->n_received++;
	(void)wait_queue_wake_events(&p->wait, POLLIN | POLLRDNORM);
}

void packet_seen(struct eth *e, const uint8_t *frame, size_t len, bool outgoing)
{
	struct abi_sockaddr_ll from = {
		.family = AF_PACKET, .ifindex = e->ifindex, .hatype = ARPHRD_ETHER, .halen = 6
	};
	struct packet_sock *p;
	uint16_t protocol;
	uint8_t mac[6];

	if (len < ETH_HEADER || !card_state(e, mac))
		return;
	memcpy(&from.protocol, frame + 12, 2);
	protocol = (uint16_t)(frame[12] << 8 | frame[13]);
	from.pkttype = packet_type(frame, mac, outgoing);
	memcpy(from.addr, frame + 6, 6);
	list_for_each_entry(p, &packet_socks, link)
		if (wants(p, e->ifindex, protocol, outgoing))
			give(p, &from, frame, (uint32_t)len, protocol);
}

/* --- out ---------------------------------------------------------------------------------------- */

static void drop(struct packet_sock *p, struct packet_frame *f)
{
	list_del(&f->link);
	p->queued -= f->kept + FRAME_OVERHEAD;
	kfree(f);
}

void packet_flush(struct packet_sock *p)
{
	while (!list_empty(&p->queue))
		drop(p, list_first_entry(&p->queue, struct packet_frame, link));
}

int packet_first_length(const struct packet_sock *p)
{
	return list_empty(&p->queue)
		       ? 0
		       : (int)list_first_entry(&p->queue, struct packet_frame, link)->kept;
}

static bool packet_ready(const struct packet_sock *p)
{
	return p->ring ? packet_ring_ready(p) : !list_empty(&p->queue);
}

uint32_t packet_poll(struct socket *s, struct poll_table *table)
{
	struct packet_sock *p = packet_of(s);

	poll_wait(table, &p->wait);
	return POLLOUT | POLLWRNORM | POLLWRBAND | (p->error ? POLLERR : 0) |
	       (packet_ready(p) ? POLLIN | POLLRDNORM : 0);
}

static void add_control(struct socket_message *m, int level, int type, const void *data, size_t len)
{
	struct abi_cmsghdr h = { sizeof(h) + len, level, type };
	uint8_t *at;

	if (m->ret_control_len + CMSG_ALIGN(h.len) > m->control_room) {
		m->ret_flags |= MSG_CTRUNC;
		return;
	}
	at = krealloc(m->ret_control, m->ret_control_len + CMSG_ALIGN(h.len));
	if (!at)
		return;
	m->ret_control = at;
	at += m->ret_control_len;
	memset(at, 0, CMSG_ALIGN(h.len));
	memcpy(at, &h, sizeof(h));
	memcpy(at + sizeof(h), data, len);
	m->ret_control_len += CMSG_ALIGN(h.len);
}

static void add_controls(struct socket *s, struct socket_message *m, const struct packet_frame *f)
{
	const struct packet_sock *p = packet_of(s);

	if (s->timestamp) {
		struct abi_timeval tv = { (int64_t)(f->stamp_ns / NSEC_PER_SEC),
					  (int64_t)(f->stamp_ns % NSEC_PER_SEC / NSEC_PER_USEC) };

		add_control(m, SOL_SOCKET, SO_TIMESTAMP, &tv, sizeof(tv));
	}
	if (p->auxdata) {
		struct abi_tpacket_auxdata aux = {
			.status = TP_STATUS_USER | TP_STATUS_CSUM_VALID,
			.len = f->len,
			.snaplen = f->kept,
			.net = p->type == SOCK_DGRAM ? 0 : ETH_HEADER,
		};

		add_control(m, SOL_PACKET, PACKET_AUXDATA, &aux, sizeof(aux));
	}
}

ssize_t packet_receive(struct socket *s, struct socket_message *m)
{
	struct packet_sock *p = packet_of(s);
	uint64_t deadline = socket_deadline(s->rcvtimeo_ns, (m->flags & MSG_DONTWAIT) != 0);
	struct packet_frame *f;
	ssize_t n = 0, got;
	int r;

	while (list_empty(&p->queue)) {
		if (p->error) {
			r = -p->error;
			p->error = 0;
			return r;
		}
		r = socket_wait(&p->wait, deadline);
		if (r < 0)
			return r;
	}
	/* Off the queue before the copy, which may sleep; a look ahead puts it back in front. */
	f = list_first_entry(&p->queue, struct packet_frame, link);
	list_del(&f->link);
	got = (ssize_t)MIN((size_t)f->kept, m->iter.left);
	if (got > 0)
		n = iter_copy_to(&m->iter, f->data, (size_t)got);
	m->name.len = sizeof(f->from);
	memcpy(m->name.bytes, &f->from, sizeof(f->from));
	add_controls(s, m, f);
	if (got < (ssize_t)f->kept)
		m->ret_flags |= MSG_TRUNC;
	if (n == got)
		n = m->flags & MSG_TRUNC ? (ssize_t)f->kept : got;
	else
		n = -EFAULT;
	p->last_stamp_ns = f->stamp_ns;
	list_add(&f->link, &p->queue);
	if (!(m->flags & MSG_PEEK))
		drop(p, f);
	return n;
}

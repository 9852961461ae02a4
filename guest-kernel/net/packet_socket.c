// SPDX-License-Identifier: GPL-2.0-or-later
/* Packet sockets: life, names, options, sending. */
#include "net/packet_socket.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "abi/abi_time.h"
#include "core/sched.h"
#include "drivers/eth.h"
#include "fs/procfs/procfs.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/bpf_classic.h"
#include "task/process.h"

#define SOCKETS_MAX 1024u
#define LO_INDEX    1
#define FRAME_MAX   65535u
#define RESERVE_MAX 4096

struct list_head packet_socks = LIST_HEAD_INIT(packet_socks);
static unsigned int n_socks;

static uint16_t swap16(uint16_t v)
{
	return (uint16_t)(v << 8 | v >> 8);
}

static void packet_release(struct socket *s)
{
	struct packet_sock *p = packet_of(s);

	if (!p)
		return;
	s->private = NULL;
	list_del(&p->link);
	if (--n_socks == 0)
		eth_watch(false);
	packet_flush(p);
	packet_ring_drop(p);
	wait_queue_release(&p->wait);
	kfree(p->filter);
	kfree(p);
}

/* --- names -------------------------------------------------------------------------------------- */

/* What the host knows of a card by its number: SIOCG* request into ifr. */
static int card_get(int ifindex, unsigned int request, struct abi_ifreq *ifr)
{
	int r;

	memset(ifr, 0, sizeof(*ifr));
	memcpy(ifr->data, &ifindex, sizeof(ifindex));
	r = host_net_ioctl(net_control_fd(), SIOCGIFNAME, ifr, 0);
	return r < 0 ? r : host_net_ioctl(net_control_fd(), request, ifr, 0);
}

static int address(const struct socket_address *a, struct abi_sockaddr_ll *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (a->len < offsetof(struct abi_sockaddr_ll, addr))
		return -EINVAL;
	memcpy(ret, a->bytes, MIN((size_t)a->len, sizeof(*ret)));
	return ret->family == AF_PACKET ? 0 : -EINVAL;
}

static int packet_bind(struct socket *s, const struct socket_address *a)
{
	struct packet_sock *p = packet_of(s);
	struct abi_sockaddr_ll ll;
	struct abi_ifreq ifr;
	int r;

	if (a->len < sizeof(ll))
		return -EINVAL;
	r = address(a, &ll);
	if (r == 0 && ll.ifindex && card_get(ll.ifindex, SIOCGIFFLAGS, &ifr) < 0)
		r = -ENODEV;
	if (r < 0)
		return r;
	p->ifindex = ll.ifindex;
	if (ll.protocol)
		p->protocol = swap16(ll.protocol);
	return 0;
}

static int packet_name(struct socket *s, bool peer, struct socket_address *ret)
{
	struct packet_sock *p = packet_of(s);
	struct abi_sockaddr_ll ll = { .family = AF_PACKET,
				      .protocol = swap16(p->protocol),
				      .ifindex = p->ifindex };
	struct abi_ifreq ifr;

	if (peer)
		return -EOPNOTSUPP;
	if (p->ifindex && card_get(p->ifindex, SIOCGIFHWADDR, &ifr) >= 0) {
		memcpy(&ll.hatype, ifr.data, 2);
		ll.halen = 6;
		memcpy(ll.addr, ifr.data + 2, 6);
	}
	ret->len = offsetof(struct abi_sockaddr_ll, addr) + ll.halen;
	memcpy(ret->bytes, &ll, sizeof(ll));
	return 0;
}

/* --- sending ------------------------------------------------------------------------------------ */

/* To which card, with which protocol and to whom. */
static int target(const struct packet_sock *p, const struct socket_message *m,
		  struct abi_sockaddr_ll *ret)
{
	int r;

	if (m->name.len == 0) {
		*ret = (struct abi_sockaddr_ll){ .protocol = swap16(p->protocol),
						 .ifindex = p->ifindex };
		/* Without an address a datagram socket does not know to whom. */
		return p->type == SOCK_DGRAM ? -EDESTADDRREQ : 0;
	}
	r = address(&m->name, ret);
	if (r < 0)
		return r;
	if (p->type == SOCK_DGRAM && ret->halen != 6)
		return -EINVAL;
	if (!ret->ifindex)
		ret->ifindex = p->ifindex;
	if (!ret->protocol)
		ret->protocol = swap16(p->protocol);
	return 0;
}

static int send_check(const struct abi_sockaddr_ll *to, size_t len, struct eth **ret,
		      struct abi_ifreq *ifr)
{
	uint16_t flags;
	int32_t mtu;

	*ret = eth_find(to->ifindex);
	if (!*ret)
		return to->ifindex == LO_INDEX ? -EOPNOTSUPP : -ENXIO;
	if (card_get(to->ifindex, SIOCGIFFLAGS, ifr) < 0)
		return -ENXIO;
	memcpy(&flags, ifr->data, sizeof(flags));
	if (!(flags & 1))
		return -ENETDOWN;
	if (card_get(to->ifindex, SIOCGIFMTU, ifr) < 0)
		return -ENXIO;
	memcpy(&mtu, ifr->data, sizeof(mtu));
	/* Room for a VLAN tag, as Linux gives. */
	if (len > (size_t)mtu + ETH_HEADER + 4)
		return -EMSGSIZE;
	return card_get(to->ifindex, SIOCGIFHWADDR, ifr);
}

static ssize_t packet_send(struct socket *s, struct socket_message *m)
{
	struct packet_sock *p = packet_of(s);
	size_t head = p->type == SOCK_DGRAM ? ETH_HEADER : 0, len = m->iter.left;
	struct abi_sockaddr_ll to;
	struct abi_ifreq ifr;
	struct eth *e;
	uint8_t *frame;
	ssize_t n;
	int r = target(p, m, &to);

	if (r < 0)
		return r;
	if (len > FRAME_MAX)
		return -EMSGSIZE;
	r = send_check(&to, len + head, &e, &ifr);
	if (r < 0)
		return r;
	if (len + head < ETH_HEADER)
		return -EINVAL;
	frame = kmalloc(len + head);
	if (!frame)
		return -ENOBUFS;
	if (head) {
		memcpy(frame, to.addr, 6);
		memcpy(frame + 6, ifr.data + 2, 6);
		memcpy(frame + 12, &to.protocol, 2);
	}
	n = iter_copy_from(&m->iter, frame + head, len);
	if (n == (ssize_t)len) {
		r = eth_send(e, frame, len + head);
		if (r == 0)
			packet_seen(e, frame, len + head, true);
		n = r < 0 ? r : n;
	} else {
		n = -EFAULT;
	}
	kfree(frame);
	return n;
}

/* --- options ------------------------------------------------------------------------------------ */

static int attach_filter(struct packet_sock *p, const void *value, unsigned int len)
{
	struct abi_bpf_program prog;
	struct abi_bpf_insn *insns;
	int r;

	if (len != sizeof(prog))
		return -EINVAL;
	memcpy(&prog, value, sizeof(prog));
	if (prog.len == 0 || prog.len > BPF_INSNS_MAX)
		return -EINVAL;
	insns = kmalloc(prog.len * sizeof(*insns));
	if (!insns)
		return -ENOMEM;
	r = copy_from_user(insns, UADDR(prog.insns), prog.len * sizeof(*insns));
	if (r == 0)
		r = bpf_packet_check(insns, prog.len);
	if (r < 0) {
		kfree(insns);
		return r;
	}
	kfree(p->filter);
	p->filter = insns;
	return 0;
}

static int detach_filter(struct packet_sock *p)
{
	if (!p->filter)
		return -ENOENT;
	kfree(p->filter);
	p->filter = NULL;
	return 0;
}

static int set_packet(struct packet_sock *p, int option, const void *value, unsigned int len)
{
	int32_t v;

	/* Every frame of the wire is seen anyway: there is no mode to switch. */
	if (option == PACKET_ADD_MEMBERSHIP || option == PACKET_DROP_MEMBERSHIP)
		return len < 16 ? -EINVAL : 0;
	if (option == PACKET_RX_RING)
		return packet_ring_set(p, value, len);
	if (len < sizeof(v))
		return -EINVAL;
	memcpy(&v, value, sizeof(v));
	switch (option) {
	case PACKET_AUXDATA:
		p->auxdata = v != 0;
		return 0;
	case PACKET_IGNORE_OUTGOING:
		p->ignore_outgoing = v != 0;
		return 0;
	case PACKET_ORIGDEV:
		return 0;
	case PACKET_VERSION:
		if (p->ring)
			return -EBUSY;
		if (v != TPACKET_V1 && v != TPACKET_V2)
			return -EINVAL;
		p->version = v;
		return 0;
	case PACKET_RESERVE:
		if (p->ring)
			return -EBUSY;
		if (v < 0 || v > RESERVE_MAX)
			return -EINVAL;
		p->reserve = (uint32_t)v;
		return 0;
	default:
		return -ENOPROTOOPT;
	}
}

static int packet_set_option(struct socket *s, int level, int option, const void *value,
			     unsigned int len)
{
	struct packet_sock *p = packet_of(s);
	int r;

	if (level == SOL_PACKET)
		return set_packet(p, option, value, len);
	if (level == SOL_SOCKET && option == SO_ATTACH_FILTER)
		return attach_filter(p, value, len);
	if (level == SOL_SOCKET && option == SO_DETACH_FILTER)
		return detach_filter(p);
	if (level != SOL_SOCKET)
		return -ENOPROTOOPT;
	r = socket_set_base(s, level, option, value, len);
	p->rcvbuf = s->rcvbuf;
	return r;
}

static int packet_get_option(struct socket *s, int level, int option, void *buf, unsigned int len)
{
	struct packet_sock *p = packet_of(s);
	uint32_t v[2] = { 0, 0 };
	unsigned int size = sizeof(v[0]);

	if (level == SOL_SOCKET)
		return socket_get_base(s, level, option, buf, len);
	if (level != SOL_PACKET)
		return -ENOPROTOOPT;
	switch (option) {
	case PACKET_STATISTICS:
		v[0] = p->n_received + p->n_dropped;
		v[1] = p->n_dropped;
		p->n_received = p->n_dropped = 0;
		size = sizeof(v);
		break;
	case PACKET_AUXDATA:
		v[0] = p->auxdata;
		break;
	case PACKET_IGNORE_OUTGOING:
		v[0] = p->ignore_outgoing;
		break;
	case PACKET_VERSION:
		v[0] = (uint32_t)p->version;
		break;
	case PACKET_RESERVE:
		v[0] = p->reserve;
		break;
	case PACKET_HDRLEN: /* of the version that the caller names */
		if (len < sizeof(v[0]))
			return -EINVAL;
		memcpy(v, buf, sizeof(v[0]));
		if (v[0] != TPACKET_V2)
			return -EINVAL;
		v[0] = sizeof(struct abi_tpacket2_hdr);
		break;
	default:
		return -ENOPROTOOPT;
	}
	len = MIN(len, size);
	memcpy(buf, v, len);
	return (int)len;
}

static int packet_error(struct socket *s)
{
	struct packet_sock *p = packet_of(s);
	int e = p->error;

	p->error = 0;
	return e;
}

static int64_t packet_ioctl(struct socket *s, unsigned int cmd, uint64_t arg)
{
	struct packet_sock *p = packet_of(s);
	struct abi_timeval tv;

	switch (cmd) {
	case SIOCINQ:
		return put_user((int32_t)packet_first_length(p), UADDR(arg));
	case SIOCOUTQ:
		return put_user((int32_t)0, UADDR(arg));
	case SIOCGSTAMP:
		if (!p->last_stamp_ns)
			return -ENOENT;
		tv = (struct abi_timeval){ (int64_t)(p->last_stamp_ns / NSEC_PER_SEC),
					   (int64_t)(p->last_stamp_ns % NSEC_PER_SEC /
						     NSEC_PER_USEC) };
		return copy_to_user(UADDR(arg), &tv, sizeof(tv));
	default:
		return net_device_ioctl(cmd, arg);
	}
}

/* --- the family --------------------------------------------------------------------------------- */

static int packet_mmap(struct socket *s, uint64_t offset, uint64_t len, struct mapping_source **ret)
{
	return packet_ring_map(packet_of(s), offset, len, ret);
}

static const struct socket_ops packet_ops = {
	.mmap = packet_mmap,
	.release = packet_release,
	.bind = packet_bind,
	.name = packet_name,
	.sendmsg = packet_send,
	.recvmsg = packet_receive,
	.poll = packet_poll,
	.ioctl = packet_ioctl,
	.error = packet_error,
	.set_any = packet_set_option,
	.get_any = packet_get_option,
};

static int packet_create(struct socket *s)
{
	struct packet_sock *p;

	if (!capable(CAP_NET_RAW))
		return -EPERM;
	if (s->type != SOCK_RAW && s->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (n_socks >= SOCKETS_MAX)
		return -ENFILE;
	p = kzalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->type = s->type;
	p->protocol = swap16((uint16_t)s->protocol);
	p->rcvbuf = s->rcvbuf;
	p->uid = s->file->inode->uid;
	p->ino = s->file->inode->ino;
	wait_queue_init(&p->wait);
	list_init(&p->queue);
	list_add_tail(&p->link, &packet_socks);
	s->private = p;
	s->ops = &packet_ops;
	if (n_socks++ == 0)
		eth_watch(true);
	return 0;
}

static struct socket_family packet_family = { .family = AF_PACKET, .create = packet_create };

static int show_packet(struct proc_text *x, const struct proc_target *t)
{
	const struct packet_sock *p;

	(void)t;
	text_add(x, "sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n");
	list_for_each_entry(p, &packet_socks, link)
		text_add(x, "%016x %-6d %-4d %04x   %-5d %d %-6u %-6u %-6llu\n", 0, 1, p->type,
			 p->protocol, p->ifindex, p->protocol != 0, (unsigned int)p->queued, p->uid,
			 (unsigned long long)p->ino);
	return 0;
}

static const struct proc_entry proc_packet = {
	.name = "packet",
	.kind = PROC_FILE,
	.mode = 0444,
	.show = show_packet,
};

int packet_init(void)
{
	eth_seen = packet_seen;
	socket_family_register(&packet_family);
	(void)procfs_register("net", &proc_packet);
	return 0;
}

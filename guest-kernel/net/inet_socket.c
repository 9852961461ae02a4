// SPDX-License-Identifier: GPL-2.0-or-later
/* Internet sockets: birth and end, names, connections. */
#include "net/inet_socket.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/procfs/procfs_net.h"
#include "host/host_epoll.h"
#include "host/host_memory.h"
#include "host/host_process.h"
#include "lib/string.h"
#include "task/process.h"

struct list_head inet_socks = LIST_HEAD_INIT(inet_socks);
static unsigned int n_socks, socks_max;

/* --- rights ------------------------------------------------------------------------------------- */

unsigned int net_caps(unsigned int wanted)
{
	unsigned int caps = 0;

	if ((wanted & HOST_CAP_NET_BIND) && capable(CAP_NET_BIND_SERVICE))
		caps |= HOST_CAP_NET_BIND;
	if ((wanted & HOST_CAP_NET_ADMIN) && capable(CAP_NET_ADMIN))
		caps |= HOST_CAP_NET_ADMIN;
	if ((wanted & HOST_CAP_NET_RAW) && capable(CAP_NET_RAW))
		caps |= HOST_CAP_NET_RAW;
	return caps;
}

bool net_ping_allowed(void)
{
	const struct cred *c = current_task()->cred;

	if (c->egid >= net_ping_range[0] && c->egid <= net_ping_range[1])
		return true;
	for (unsigned int i = 0; i < c->n_groups; i++)
		if (c->groups[i] >= net_ping_range[0] && c->groups[i] <= net_ping_range[1])
			return true;
	return false;
}

int net_control_fd(void)
{
	return net_ask_fd;
}

bool inet_full(void)
{
	return n_socks >= socks_max;
}

struct inet_sock *inet_find_inode(uint64_t host_ino)
{
	struct inet_sock *i;

	list_for_each_entry(i, &inet_socks, link) {
		if (i->host_ino == host_ino)
			return i;
	}
	return NULL;
}

/* --- life --------------------------------------------------------------------------------------- */

int inet_attach(struct socket *s, int fd)
{
	struct inet_sock *i = kzalloc(sizeof(*i));

	if (!i) {
		(void)host_close(fd);
		return -ENOMEM;
	}
	i->fd = fd;
	i->family = s->family;
	i->type = s->type;
	i->protocol = s->protocol;
	i->uid = s->file->inode->uid;
	i->ino = s->file->inode->ino;
	i->host_ino = host_net_inode(fd);
	wait_queue_init(&i->wait);
	list_add_tail(&i->link, &inet_socks);
	n_socks++;
	s->private = i;
	return 0;
}

void inet_release(struct socket *s)
{
	struct inet_sock *i = inet_of(s);

	if (!i)
		return;
	s->private = NULL;
	inet_unwatch(i);
	list_del(&i->link);
	n_socks--;
	wait_queue_release(&i->wait);
	(void)host_close(i->fd);
	kfree(i);
}

/* --- names -------------------------------------------------------------------------------------- */

/* The host gets the length that its family has and no more, see the sandbox; what is too short is for it to refuse. */
static int host_length(const struct inet_sock *i, const struct socket_address *a, uint32_t *ret)
{
	uint16_t family;

	if (a->len < sizeof(family))
		return -EINVAL;
	memcpy(&family, a->bytes, sizeof(family));
	if (i->family == AF_NETLINK) {
		*ret = sizeof(struct abi_sockaddr_nl);
		return a->len < *ret || family != AF_NETLINK ? -EINVAL : 0;
	}
	/* Anything but these is not passed on; AF_UNSPEC takes a connection apart. */
	if (family != AF_INET && family != AF_INET6 && family != AF_UNSPEC)
		return a->len < sizeof(struct abi_sockaddr_in) ? -EINVAL : -EAFNOSUPPORT;
	if (i->family == AF_INET6 && family == AF_INET6) {
		*ret = MIN(a->len, SOCKADDR_IN6);
		return 0;
	}
	*ret = MIN(a->len, (uint32_t)sizeof(struct abi_sockaddr_in));
	return 0;
}

int inet_bind(struct socket *s, const struct socket_address *a)
{
	struct inet_sock *i = inet_of(s);
	uint32_t len;
	int r = host_length(i, a, &len);

	if (r < 0)
		return r;
	if (len < sizeof(struct abi_sockaddr_in))
		return -EINVAL;
	len = len >= SOCKADDR_IN6 ? SOCKADDR_IN6 : len >= SOCKADDR_IN6_MIN ? SOCKADDR_IN6_MIN : 16;
	return host_net_bind(i->fd, a->bytes, len, net_caps(NET_CAPS_ALL));
}

int inet_name(struct socket *s, bool peer, struct socket_address *ret)
{
	ret->len = sizeof(ret->bytes);
	return host_net_name(inet_of(s)->fd, peer, ret->bytes, &ret->len);
}

/* --- connections -------------------------------------------------------------------------------- */

int inet_connect(struct socket *s, const struct socket_address *a, bool nonblock)
{
	struct inet_sock *i = inet_of(s);
	uint64_t deadline = socket_deadline(s->sndtimeo_ns, nonblock);
	uint32_t len;
	int r = host_length(i, a, &len), bad;

	if (r < 0)
		return r;
	for (bool first = true;; first = false) {
		uint64_t seen = i->wakes;

		r = host_net_connect(i->fd, a->bytes, len);
		if (r != -EINPROGRESS && r != -EALREADY)
			return r;
		/* A second caller of a blocking connect waits with the first. */
		if (deadline == 0)
			return r;
		bad = inet_watch(i);
		if (bad == 0)
			bad = inet_wait(i, seen, deadline);
		if (bad == -EAGAIN)
			return first ? -EINPROGRESS : r;
		if (bad < 0)
			return bad;
	}
}

static int inet_listen(struct socket *s, int backlog)
{
	return host_net_listen(inet_of(s)->fd, backlog);
}

static int inet_accept(struct socket *s, struct socket *fresh, bool nonblock)
{
	struct inet_sock *i = inet_of(s);
	uint64_t deadline = socket_deadline(s->rcvtimeo_ns, nonblock);
	int fd, r;

	if (inet_full())
		return -ENFILE;
	for (;;) {
		uint64_t seen = i->wakes;

		fd = host_net_accept(i->fd);
		if (fd != -EAGAIN)
			break;
		r = inet_watch(i);
		if (r == 0)
			r = inet_wait(i, seen, deadline);
		if (r < 0)
			return r;
	}
	if (fd < 0)
		return fd;
	fresh->ops = s->ops;
	fresh->type = s->type;
	fresh->protocol = s->protocol;
	fresh->rcvtimeo_ns = s->rcvtimeo_ns;
	fresh->sndtimeo_ns = s->sndtimeo_ns;
	fresh->linger = s->linger;
	fresh->rcvlowat = s->rcvlowat;
	return inet_attach(fresh, fd);
}

int inet_shutdown(struct socket *s, int how)
{
	struct inet_sock *i = inet_of(s);
	int r = host_net_shutdown(i->fd, how);

	/* Those who sleep in a receive see the end. */
	i->wakes++;
	(void)wait_queue_wake_events(&i->wait, POLLIN | POLLOUT | POLLRDHUP | POLLHUP);
	return r;
}

int inet_error(struct socket *s)
{
	int32_t error = 0;

	(void)host_net_get_option(inet_of(s)->fd, SOL_SOCKET, SO_ERROR, &error, sizeof(error));
	return error;
}

/* --- the families ------------------------------------------------------------------------------- */

#define COMMON                                                                                  \
	.release = inet_release, .bind = inet_bind, .connect = inet_connect, .name = inet_name, \
	.shutdown = inet_shutdown, .poll = inet_poll, .ioctl = inet_ioctl, .error = inet_error, \
	.set_any = inet_set_option, .get_any = inet_get_option

static const struct socket_ops inet_stream_ops = {
	COMMON,
	.listen = inet_listen,
	.accept = inet_accept,
	.sendmsg = inet_stream_send,
	.recvmsg = inet_stream_receive,
};

static const struct socket_ops inet_dgram_ops = {
	COMMON,
	.sendmsg = inet_dgram_send,
	.recvmsg = inet_dgram_receive,
};

/* Which protocol a type has by default, and whether the pair is one that guests may have. */
static int choose_protocol(struct socket *s, unsigned int *ret_caps)
{
	int ping = s->family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;

	*ret_caps = 0;
	switch (s->type) {
	case SOCK_STREAM:
		if (s->protocol && s->protocol != IPPROTO_TCP)
			return -EPROTONOSUPPORT;
		s->protocol = IPPROTO_TCP;
		return 0;
	case SOCK_DGRAM:
		if (s->protocol == ping)
			return net_ping_allowed() ? 0 : -EACCES;
		if (s->protocol && s->protocol != IPPROTO_UDP)
			return -EPROTONOSUPPORT;
		s->protocol = IPPROTO_UDP;
		return 0;
	case SOCK_RAW:
		if (s->protocol <= 0 || s->protocol > IPPROTO_RAW)
			return -EPROTONOSUPPORT;
		*ret_caps = net_caps(HOST_CAP_NET_RAW);
		return *ret_caps ? 0 : -EPERM;
	default:
		return -ESOCKTNOSUPPORT;
	}
}

static int inet_create(struct socket *s)
{
	unsigned int caps;
	int fd, r;

	if (s->protocol < 0 || s->protocol >= 262)
		return -EINVAL;
	r = choose_protocol(s, &caps);
	if (r < 0)
		return r;
	if (inet_full())
		return -ENFILE;
	fd = host_net_socket(s->family, s->type, s->protocol, caps);
	if (fd < 0)
		return fd;
	s->ops = s->type == SOCK_STREAM ? &inet_stream_ops : &inet_dgram_ops;
	return inet_attach(s, fd);
}

static struct socket_family inet_family = { .family = AF_INET, .create = inet_create };
static struct socket_family inet6_family = { .family = AF_INET6, .create = inet_create };

/* The host lets this very process have ping sockets; who of the guest may is decided here. */
static void allow_ping(void)
{
	char text[32];
	int n = format_str(text, sizeof(text), "%u %u\n", host_gid(), host_gid());

	(void)host_net_sysctl_write("ipv4/ping_group_range", text, (size_t)n, HOST_CAP_NET_ADMIN);
}

int inet_init(void)
{
	int r = inet_watch_init();

	if (r < 0)
		return r;
	/* A socket takes a descriptor of this process, and the engine needs most of them. */
	socks_max = (unsigned int)MIN(host_raise_fd_limit() / 4, 65536ul);
	net_ask_fd = host_net_socket(AF_INET, SOCK_DGRAM, 0, 0);
	allow_ping();
	socket_family_register(&inet_family);
	socket_family_register(&inet6_family);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Netlink: ROUTE and SOCK_DIAG of the host's network namespace, with requests filtered. The host judges a request by the rights of whoever opened the
 * socket and of whoever sends; so our sockets are opened with CAP_NET_ADMIN, and it is raised for a sender if the guest's opener and the sender have it.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "core/sched.h"
#include "drivers/eth.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "net/inet_socket.h"
#include "task/process.h"

#define MESSAGE_MAX (1u << 20)

/* A socket that was not bound gets its process' number as port, or a negative one if that is taken, as on Linux. */
static int autobind(struct inet_sock *i)
{
	struct abi_sockaddr_nl a = { .family = AF_NETLINK };
	static uint32_t next = 4096;
	int r = -EADDRINUSE;

	if (i->bound)
		return 0;
	a.pid = (uint32_t)current_task()->group->tgid;
	for (unsigned int tries = 0; r == -EADDRINUSE && tries < 1000; tries++) {
		r = host_net_bind(i->fd, &a, sizeof(a), 0);
		a.pid = 0u - ++next;
	}
	i->bound = r == 0;
	return r;
}

static int address(const struct socket_address *a, struct abi_sockaddr_nl *ret)
{
	if (a->len < sizeof(*ret))
		return -EINVAL;
	memcpy(ret, a->bytes, sizeof(*ret));
	return ret->family == AF_NETLINK ? 0 : -EINVAL;
}

static int netlink_bind(struct socket *s, const struct socket_address *a)
{
	struct inet_sock *i = inet_of(s);
	struct abi_sockaddr_nl nl;
	int r = address(a, &nl);

	if (r == 0 && nl.pid == 0) {
		uint32_t len = sizeof(nl), groups = nl.groups;

		r = autobind(i);
		if (r == 0)
			r = host_net_name(i->fd, false, &nl, &len);
		nl.groups = groups;
	}
	if (r == 0)
		r = host_net_bind(i->fd, &nl, sizeof(nl), net_caps(HOST_CAP_NET_ADMIN));
	if (r == 0)
		i->bound = true;
	return r;
}

static int netlink_connect(struct socket *s, const struct socket_address *a, bool nonblock)
{
	struct inet_sock *i = inet_of(s);
	struct abi_sockaddr_nl nl;
	uint16_t family = AF_NETLINK;
	int r;

	(void)nonblock;
	if (a->len >= sizeof(family))
		memcpy(&family, a->bytes, sizeof(family));
	if (family == AF_UNSPEC)
		return host_net_connect(i->fd, a->bytes, sizeof(family));
	r = address(a, &nl);
	/* Talking to other processes is for administrators; between guest programs nobody does. */
	if (r == 0 && (nl.pid || nl.groups) && !capable(CAP_NET_ADMIN))
		r = -EPERM;
	if (r == 0)
		r = autobind(i);
	return r < 0 ? r : host_net_connect(i->fd, &nl, sizeof(nl));
}

static ssize_t netlink_send(struct socket *s, struct socket_message *m)
{
	struct inet_sock *i = inet_of(s);
	size_t len = m->iter.left;
	struct abi_sockaddr_nl to;
	unsigned int caps = 0;
	uint8_t *buf;
	ssize_t n;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (len == 0)
		return -ENODATA;
	if (len > MESSAGE_MAX)
		return -EMSGSIZE;
	if (m->name.len > 0 && (n = address(&m->name, &to)) < 0)
		return n;
	n = autobind(i);
	if (n < 0)
		return n;
	buf = kmalloc(len);
	if (!buf)
		return -ENOBUFS;
	n = iter_copy_from(&m->iter, buf, len);
	if (n >= 0 && (size_t)n < len)
		n = -EFAULT;
	/* Copied once: what is checked is what is sent. */
	if (n >= 0)
		n = netlink_check(i->protocol, buf, len);
	if (i->may_admin)
		caps = net_caps(HOST_CAP_NET_ADMIN);
	m->control_len = 0; /* credentials, which are ours to say */
	if (n > 0)
		n = inet_send_kernel(s, m, buf, (size_t)n, caps);
	if (n >= 0)
		n = (ssize_t)len;
	kfree(buf);
	return n;
}

/* The kernel's own number and user: 0, which the host would show as somebody unknown. */
static ssize_t netlink_receive(struct socket *s, struct socket_message *m)
{
	m->scm.creds = (struct abi_ucred){ 0, 0, 0 };
	return inet_dgram_receive(s, m);
}

static const struct socket_ops netlink_ops = {
	.release = inet_release,
	.bind = netlink_bind,
	.connect = netlink_connect,
	.name = inet_name,
	.poll = inet_poll,
	.ioctl = inet_ioctl,
	.error = inet_error,
	.set_any = inet_set_option,
	.get_any = inet_get_option,
	.sendmsg = netlink_send,
	.recvmsg = netlink_receive,
};

static int netlink_create(struct socket *s)
{
	int fd, r;

	if (s->type != SOCK_RAW && s->type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	if (s->protocol != NETLINK_ROUTE && s->protocol != NETLINK_SOCK_DIAG)
		return -EPROTONOSUPPORT;
	if (inet_full())
		return -ENFILE;
	fd = host_net_socket(AF_NETLINK, SOCK_RAW, s->protocol, HOST_CAP_NET_ADMIN);
	if (fd < 0)
		return fd;
	s->ops = &netlink_ops;
	r = inet_attach(s, fd);
	if (r == 0)
		inet_of(s)->may_admin = capable(CAP_NET_ADMIN);
	return r;
}

static struct socket_family netlink_family = { .family = AF_NETLINK, .create = netlink_create };

int netlink_init(void)
{
	socket_family_register(&netlink_family);
	return 0;
}

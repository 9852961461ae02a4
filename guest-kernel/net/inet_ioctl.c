// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests about interfaces and sockets. Each structure is copied in once; where one points to another, that is copied as well and the pointer replaced by
 * ours, so the host never sees an address of the guest's.
 */
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "net/inet_socket.h"

#define IFCONF_MAX (256u * sizeof(struct abi_ifreq))
#define ARG_MAX	   128u

/* In, the request, out again: `size` bytes. */
static int64_t plain(int fd, unsigned int cmd, uint64_t arg, size_t size, unsigned int caps)
{
	uint8_t data[ARG_MAX] = { 0 };
	int64_t r;

	if (copy_from_user(data, UADDR(arg), size) < 0)
		return -EFAULT;
	r = host_net_ioctl(fd, cmd, data, net_caps(caps));
	if (r < 0)
		return r;
	return copy_to_user(UADDR(arg), data, size) < 0 ? -EFAULT : r;
}

/* A list into a buffer of the guest's; without a buffer the answer is how long it would be. */
static int64_t get_conf(int fd, uint64_t arg)
{
	struct abi_ifconf guest, host;
	void *list = NULL;
	int64_t r;

	if (copy_from_user(&guest, UADDR(arg), sizeof(guest)) < 0)
		return -EFAULT;
	if (guest.len < 0)
		return -EINVAL;
	host = guest;
	if (guest.buf) {
		host.len = (int32_t)MIN((size_t)guest.len, IFCONF_MAX);
		list = kzalloc(IFCONF_MAX);
		if (!list)
			return -ENOMEM;
		host.buf = (uint64_t)(uintptr_t)list;
	}
	r = host_net_ioctl(fd, SIOCGIFCONF, &host, 0);
	if (r >= 0 && guest.buf && host.len > 0 && (size_t)host.len <= IFCONF_MAX &&
	    copy_to_user(UADDR(guest.buf), list, (size_t)host.len) < 0)
		r = -EFAULT;
	kfree(list);
	if (r < 0)
		return r;
	guest.len = host.len;
	return copy_to_user(UADDR(arg), &guest, sizeof(guest)) < 0 ? -EFAULT : 0;
}

static int64_t route_change(int fd, unsigned int cmd, uint64_t arg)
{
	struct abi_rtentry route;
	char name[16] = "";

	if (copy_from_user(&route, UADDR(arg), sizeof(route)) < 0)
		return -EFAULT;
	if (route.dev) {
		ssize_t n = strncpy_from_user(name, UADDR(route.dev), sizeof(name));

		if (n < 0)
			return n == -ENAMETOOLONG ? -ENODEV : n;
		route.dev = (uint64_t)(uintptr_t)name;
	}
	return host_net_ioctl(fd, cmd, &route, net_caps(HOST_CAP_NET_ADMIN));
}

static int64_t device_request(int fd, unsigned int cmd, uint64_t arg)
{
	switch (cmd) {
	case SIOCGIFCONF:
		return get_conf(fd, arg);
	case SIOCGIFNAME:
	case SIOCGIFINDEX:
	case SIOCGIFFLAGS:
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR:
	case SIOCGIFBRDADDR:
	case SIOCGIFNETMASK:
	case SIOCGIFMETRIC:
	case SIOCGIFMTU:
	case SIOCGIFHWADDR:
	case SIOCGIFPFLAGS:
	case SIOCGIFTXQLEN:
	case SIOCGIFMAP:
		return plain(fd, cmd, arg, sizeof(struct abi_ifreq), 0);
	case SIOCSIFFLAGS:
	case SIOCSIFADDR:
	case SIOCSIFDSTADDR:
	case SIOCSIFBRDADDR:
	case SIOCSIFNETMASK:
	case SIOCSIFMTU:
	case SIOCSIFNAME:
	case SIOCSIFHWADDR:
	case SIOCSIFTXQLEN:
	case SIOCADDMULTI:
	case SIOCDELMULTI:
		return plain(fd, cmd, arg, sizeof(struct abi_ifreq), HOST_CAP_NET_ADMIN);
	case SIOCGARP:
		return plain(fd, cmd, arg, ARPREQ_SIZE, 0);
	case SIOCSARP:
	case SIOCDARP:
		return plain(fd, cmd, arg, ARPREQ_SIZE, HOST_CAP_NET_ADMIN);
	case SIOCADDRT:
	case SIOCDELRT:
		return route_change(fd, cmd, arg);
	case SIOCETHTOOL:
	case SIOCGIWNAME:
		return -EOPNOTSUPP;
	default:
		return -ENOTTY;
	}
}

int64_t net_device_ioctl(unsigned int cmd, uint64_t arg)
{
	int fd = net_control_fd();

	return fd < 0 ? -ENOTTY : device_request(fd, cmd, arg);
}

static int64_t count(int fd, unsigned int cmd, uint64_t arg)
{
	int32_t n = 0;
	int r = host_net_ioctl(fd, cmd, &n, 0);

	return r < 0 ? r : put_user(n, UADDR(arg));
}

static int64_t stamp(int fd, unsigned int cmd, uint64_t arg)
{
	uint64_t when[2] = { 0, 0 };
	int r = host_net_ioctl(fd, cmd, when, 0);

	return r < 0 ? r : copy_to_user(UADDR(arg), when, sizeof(when));
}

int64_t inet_ioctl(struct socket *s, unsigned int cmd, uint64_t arg)
{
	struct inet_sock *i = inet_of(s);

	switch (cmd) {
	case SIOCINQ:
	case SIOCOUTQ:
	case SIOCATMARK:
		return count(i->fd, cmd, arg);
	case SIOCGSTAMP:
	case SIOCGSTAMPNS:
		return stamp(i->fd, cmd, arg);
	default:
		break;
	}
	if (i->family == AF_NETLINK)
		return net_device_ioctl(cmd, arg);
	/* IPv6 has structures of its own for these. */
	if (i->family == AF_INET6) {
		if (cmd == SIOCSIFADDR || cmd == SIOCDIFADDR || cmd == SIOCSIFDSTADDR)
			return plain(i->fd, cmd, arg, IN6_IFREQ_SIZE, HOST_CAP_NET_ADMIN);
		if (cmd == SIOCADDRT || cmd == SIOCDELRT)
			return plain(i->fd, cmd, arg, IN6_RTMSG_SIZE, HOST_CAP_NET_ADMIN);
	}
	return device_request(i->fd, cmd, arg);
}

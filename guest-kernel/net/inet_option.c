// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Options. Most are the host's; those that say how long a call waits are kept here, since host sockets never wait.
 */
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "net/inet_socket.h"

/* A close that waits for its last bytes would make the whole kernel wait: it goes on behind the guest's back instead, as without the option. Time 0, which throws
 * the connection away, is passed on. */
static int set_linger(struct socket *s, const void *value, unsigned int len)
{
	struct abi_linger l = { 0, 0 };
	int r = socket_set_base(s, SOL_SOCKET, SO_LINGER, value, len);

	if (r < 0)
		return r;
	l.onoff = s->linger.onoff && s->linger.linger == 0;
	return host_net_set_option(inet_of(s)->fd, SOL_SOCKET, SO_LINGER, &l, sizeof(l), 0);
}

static bool is_ours(int option)
{
	switch (option) {
	case SO_RCVTIMEO:
	case SO_SNDTIMEO:
	case SO_RCVTIMEO_NEW:
	case SO_SNDTIMEO_NEW:
	case SO_PASSCRED:
	case SO_PASSSEC:
		return true;
	default:
		return false;
	}
}

int inet_set_option(struct socket *s, int level, int option, const void *value, unsigned int len)
{
	unsigned int caps = net_caps(HOST_CAP_NET_ADMIN | HOST_CAP_NET_RAW);
	struct inet_sock *i = inet_of(s);
	int r;

	if (level == SOL_SOCKET && is_ours(option))
		return socket_set_base(s, level, option, value, len);
	if (level == SOL_SOCKET && option == SO_LINGER)
		return set_linger(s, value, len);
	r = host_net_set_option(i->fd, level, option, value, len, caps);
	if (r == 0 && level == SOL_SOCKET && option == SO_RCVLOWAT)
		r = socket_set_base(s, level, option, value, len);
	return r;
}

static bool is_level(int level)
{
	return level == SOL_SOCKET || level == SOL_IP || level == SOL_TCP || level == SOL_UDP ||
	       level == IPPROTO_RAW;
}

int inet_get_option(struct socket *s, int level, int option, void *buf, unsigned int len)
{
	struct abi_ucred nobody = { 0, UINT32_MAX, UINT32_MAX };
	int r;

	if (level == SOL_SOCKET && (is_ours(option) || option == SO_LINGER))
		return socket_get_base(s, level, option, buf, len);
	if (level == SOL_SOCKET && option == SO_PEERCRED) {
		len = MIN(len, (unsigned int)sizeof(nobody));
		memcpy(buf, &nobody, len);
		return (int)len;
	}
	r = host_net_get_option(inet_of(s)->fd, level, option, buf, len);
	/* A level that nobody has. */
	return r == -ENOPROTOOPT && s->family == AF_INET && !is_level(level) ? -EOPNOTSUPP : r;
}

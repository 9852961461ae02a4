// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which netlink requests may reach the host: what ip, ifupdown, DHCP clients and libc send. Left out is what makes new kinds of devices or encapsulation
 * (each a large piece of the host's code), what names other namespaces by the host's processes or descriptors, and what takes a card away.
 */
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "lib/string.h"
#include "net/inet_socket.h"

#define IFINFO_LEN    16u
#define RTMSG_LEN     12u
#define NLM_F_REQUEST 1u

static bool link_attribute(uint16_t type)
{
	switch (type & NLA_TYPE_MASK) {
	case IFLA_ADDRESS:
	case IFLA_BROADCAST:
	case IFLA_IFNAME:
	case IFLA_MTU:
	case IFLA_TXQLEN:
	case IFLA_OPERSTATE:
	case IFLA_LINKMODE:
	case IFLA_IFALIAS:
	case IFLA_AF_SPEC:
	case IFLA_GROUP:
	case IFLA_EXT_MASK:
	case IFLA_PROMISCUITY:
	case IFLA_CARRIER:
	case IFLA_PROTO_DOWN:
		return true;
	default:
		return false;
	}
}

static bool route_attribute(uint16_t type)
{
	type &= NLA_TYPE_MASK;
	/* The next hops of a multipath route may hold an encapsulation each. */
	return type != RTA_ENCAP && type != RTA_ENCAP_TYPE && type != RTA_MULTIPATH;
}

/* Attributes behind a header of `skip` bytes; what does not add up is for the host to refuse, but nothing behind it is looked at by anybody. */
static int attributes(const uint8_t *p, size_t len, size_t skip, bool (*allowed)(uint16_t type))
{
	while (len >= skip + sizeof(struct abi_nlattr)) {
		struct abi_nlattr a;

		p += skip;
		len -= skip;
		memcpy(&a, p, sizeof(a));
		if (a.len < sizeof(a) || a.len > len)
			return -EINVAL;
		if (!allowed(a.type))
			return -EOPNOTSUPP;
		skip = MIN(NLMSG_ALIGN(a.len), len);
	}
	return 0;
}

static int route_request(uint16_t type, const uint8_t *payload, size_t len)
{
	if (type < NLMSG_MIN_TYPE)
		return 0;
	switch (type) {
	case RTM_NEWLINK:
	case RTM_SETLINK:
		return attributes(payload, len, IFINFO_LEN, link_attribute);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return attributes(payload, len, RTMSG_LEN, route_attribute);
	case RTM_GETLINK:
	case RTM_NEWADDR:
	case RTM_DELADDR:
	case RTM_GETADDR:
	case RTM_GETROUTE:
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
	case RTM_GETNEIGH:
	case RTM_NEWRULE:
	case RTM_DELRULE:
	case RTM_GETRULE:
	case RTM_GETQDISC:
	case RTM_GETMULTICAST:
	case RTM_GETANYCAST:
	case RTM_GETNEIGHTBL:
	case RTM_GETADDRLABEL:
	case RTM_GETNETCONF:
	case RTM_GETSTATS:
	case RTM_GETNEXTHOP:
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* Sockets of the internet families only; those of others are ours, and the host does not know them. */
static int diag_request(uint16_t type, const uint8_t *payload, size_t len)
{
	if (type < NLMSG_MIN_TYPE)
		return 0;
	if (type != SOCK_DIAG_BY_FAMILY)
		return -EOPNOTSUPP;
	if (len < 2)
		return -EINVAL;
	if (payload[0] != AF_INET && payload[0] != AF_INET6)
		return -ENOENT;
	return payload[1] == IPPROTO_TCP || payload[1] == IPPROTO_UDP || payload[1] == IPPROTO_RAW
		       ? 0
		       : -ENOENT;
}

ssize_t netlink_check(int protocol, const uint8_t *data, size_t len)
{
	size_t done = 0;

	while (len - done >= sizeof(struct abi_nlmsghdr)) {
		const uint8_t *p = data + done;
		struct abi_nlmsghdr h;
		int r;

		memcpy(&h, p, sizeof(h));
		/* Linux stops here without a word, and programs send more bytes than their messages have. */
		if (h.len < sizeof(h) || h.len > len - done)
			break;
		r = protocol == NETLINK_SOCK_DIAG
			    ? diag_request(h.type, p + sizeof(h), h.len - sizeof(h))
			    : route_request(h.type, p + sizeof(h), h.len - sizeof(h));
		if (r < 0)
			return r;
		done += MIN(NLMSG_ALIGN(h.len), len - done);
	}
	return (ssize_t)done;
}

void netlink_diag_translate(uint8_t *data, size_t len)
{
	while (len >= sizeof(struct abi_nlmsghdr)) {
		uint8_t *body = data + sizeof(struct abi_nlmsghdr);
		const struct inet_sock *i;
		struct abi_nlmsghdr h;
		uint32_t inode, uid = 0;
		size_t step;

		memcpy(&h, data, sizeof(h));
		if (h.len < sizeof(h) || h.len > len)
			return;
		if (h.type == SOCK_DIAG_BY_FAMILY && h.len >= sizeof(h) + INET_DIAG_MSG_LEN) {
			memcpy(&inode, body + INET_DIAG_MSG_INODE, sizeof(inode));
			i = NULL;
			if (inode)
				i = inet_find_inode(inode);
			inode = i ? (uint32_t)i->ino : 0;
			uid = i ? i->uid : 0;
			memcpy(body + INET_DIAG_MSG_UID, &uid, sizeof(uid));
			memcpy(body + INET_DIAG_MSG_INODE, &inode, sizeof(inode));
		}
		step = MIN(NLMSG_ALIGN(h.len), len);
		data += step;
		len -= step;
	}
}

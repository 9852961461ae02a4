// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Links by netlink (libnl) and taps by /dev/net/tun. A netlink socket lives for one call only: it costs three system
 * calls and cannot be left out of step by an earlier failure.
 */
#include "daemon/network/network_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/link/bridge.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/file.h"

static void nl_sock_done(struct nl_sock **s)
{
	nl_socket_free(*s);
}

static void rtnl_link_done(struct rtnl_link **l)
{
	rtnl_link_put(*l);
}

static void rtnl_addr_done(struct rtnl_addr **a)
{
	rtnl_addr_put(*a);
}

static void nl_addr_done(struct nl_addr **a)
{
	nl_addr_put(*a);
}

#define cleanup_nl_sock	  __attribute__((cleanup(nl_sock_done)))
#define cleanup_rtnl_link __attribute__((cleanup(rtnl_link_done)))
#define cleanup_rtnl_addr __attribute__((cleanup(rtnl_addr_done)))
#define cleanup_nl_addr	  __attribute__((cleanup(nl_addr_done)))

/* libnl folds the kernel's errno into numbers of its own; give back the ones that callers tell apart. */
static int nl_to_errno(int nle)
{
	switch (-nle) {
	case NLE_EXIST:
		return -EEXIST;
	case NLE_OBJ_NOTFOUND:
	case NLE_NODEV:
		return -ENODEV;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_BUSY:
		return -EBUSY;
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_INVAL:
		return -EINVAL;
	case NLE_OPNOTSUPP:
		return -EOPNOTSUPP;
	default:
		return -EIO;
	}
}

static int nl_open(struct nl_sock **ret, struct error *err)
{
	cleanup_nl_sock struct nl_sock *sock = nl_socket_alloc();
	int r;

	if (!sock)
		return error_set_errno(err, ENOMEM, "cannot make a netlink socket");
	r = nl_connect(sock, NETLINK_ROUTE);
	if (r < 0)
		return error_set_errno(err, nl_to_errno(r), "cannot open a netlink socket");
	(void)fcntl(nl_socket_get_fd(sock), F_SETFD, FD_CLOEXEC);
	*ret = TAKE_PTR(sock);
	return 0;
}

static void link_copy(struct rtnl_link *link, struct link_info *ret)
{
	struct nl_addr *mac = rtnl_link_get_addr(link);
	const char *kind = rtnl_link_get_type(link);
	const char *alias = rtnl_link_get_ifalias(link);
	struct link_info info = { .ifindex = rtnl_link_get_ifindex(link),
				  .master = rtnl_link_get_master(link),
				  .is_up = rtnl_link_get_flags(link) & IFF_UP };

	(void)snprintf(info.kind, sizeof(info.kind), "%s", kind ? kind : "");
	(void)snprintf(info.alias, sizeof(info.alias), "%s", alias ? alias : "");
	if (mac && nl_addr_get_len(mac) == sizeof(info.mac))
		memcpy(info.mac, nl_addr_get_binary_addr(mac), sizeof(info.mac));
	*ret = info;
}

int link_find(const char *name, struct link_info *ret, struct error *err)
{
	cleanup_nl_sock struct nl_sock *sock = NULL;
	cleanup_rtnl_link struct rtnl_link *link = NULL;
	int r;

	r = nl_open(&sock, err);
	if (r < 0)
		return r;
	r = rtnl_link_get_kernel(sock, 0, name, &link);
	if (r < 0) {
		r = nl_to_errno(r);
		return r == -ENODEV ? r : error_set_errno(err, r, "cannot look up %s", name);
	}
	link_copy(link, ret);
	return 0;
}

/* Ask the kernel for changes to the link with that index; the fields of change say which. */
static int link_change(int ifindex, struct rtnl_link *change)
{
	cleanup_nl_sock struct nl_sock *sock = NULL;
	cleanup_rtnl_link struct rtnl_link *orig = rtnl_link_alloc();
	int r;

	if (!orig)
		return -ENOMEM;
	r = nl_open(&sock, NULL);
	if (r < 0)
		return r;
	rtnl_link_set_ifindex(orig, ifindex);
	r = rtnl_link_change(sock, orig, change, 0);
	return r < 0 ? nl_to_errno(r) : 0;
}

int link_set_mark(int ifindex, const char *mark, struct error *err)
{
	cleanup_rtnl_link struct rtnl_link *change = rtnl_link_alloc();
	int r = -ENOMEM;

	if (change) {
		rtnl_link_set_ifalias(change, mark);
		r = link_change(ifindex, change);
	}
	return r < 0 ? error_set_errno(err, r, "cannot mark an interface") : 0;
}

int link_join_and_up(int ifindex, int master, struct error *err)
{
	cleanup_rtnl_link struct rtnl_link *change = rtnl_link_alloc();
	int r = -ENOMEM;

	if (change) {
		rtnl_link_set_flags(change, IFF_UP);
		if (master > 0)
			rtnl_link_set_master(change, master);
		r = link_change(ifindex, change);
	}
	return r < 0 ? error_set_errno(err, r, "cannot bring an interface up") : 0;
}

int link_make_bridge(const char *name, const uint8_t mac[6], struct error *err)
{
	cleanup_nl_sock struct nl_sock *sock = NULL;
	cleanup_rtnl_link struct rtnl_link *link = rtnl_link_bridge_alloc();
	cleanup_nl_addr struct nl_addr *addr = nl_addr_build(AF_LLC, mac, 6);
	int r;

	if (!link || !addr)
		return error_set_errno(err, ENOMEM, "cannot make bridge %s", name);
	r = nl_open(&sock, err);
	if (r < 0)
		return r;
	rtnl_link_set_name(link, name);
	rtnl_link_set_addr(link, addr);
	r = rtnl_link_add(sock, link, NLM_F_CREATE | NLM_F_EXCL);
	if (r < 0)
		return error_set_errno(err, nl_to_errno(r), "cannot make bridge %s", name);
	return 0;
}

int link_add_address(int ifindex, uint32_t address, unsigned int prefix_len, struct error *err)
{
	cleanup_nl_sock struct nl_sock *sock = NULL;
	cleanup_rtnl_addr struct rtnl_addr *addr = rtnl_addr_alloc();
	cleanup_nl_addr struct nl_addr *local = NULL, *broadcast = NULL;
	uint32_t be = htonl(address), be_broadcast = htonl(address | ~(~0U << (32 - prefix_len)));
	int r;

	local = nl_addr_build(AF_INET, &be, sizeof(be));
	broadcast = nl_addr_build(AF_INET, &be_broadcast, sizeof(be_broadcast));
	if (!addr || !local || !broadcast)
		return error_set_errno(err, ENOMEM, "cannot add an address");
	r = nl_open(&sock, err);
	if (r < 0)
		return r;
	nl_addr_set_prefixlen(local, (int)prefix_len);
	rtnl_addr_set_ifindex(addr, ifindex);
	(void)rtnl_addr_set_local(addr, local);
	(void)rtnl_addr_set_broadcast(addr, broadcast);
	r = rtnl_addr_add(sock, addr, 0);
	if (r < 0 && r != -NLE_EXIST)
		return error_set_errno(err, nl_to_errno(r), "cannot add an address");
	return 0;
}

int link_remove(const char *name, const char *kind, const char *mark, struct error *err)
{
	cleanup_nl_sock struct nl_sock *sock = NULL;
	cleanup_rtnl_link struct rtnl_link *link = NULL;
	struct link_info info = { 0 };
	int r;

	r = link_find(name, &info, err);
	if (r < 0)
		return r == -ENODEV ? 0 : r;
	if (strcmp(info.kind, kind) != 0 || strcmp(info.alias, mark) != 0)
		return 0;
	r = nl_open(&sock, err);
	if (r < 0)
		return r;
	link = rtnl_link_alloc();
	if (!link)
		return error_set_errno(err, ENOMEM, "cannot remove %s", name);
	/* By index: the very link that was looked at, whatever has that name by now. */
	rtnl_link_set_ifindex(link, info.ifindex);
	r = rtnl_link_delete(sock, link);
	if (r < 0 && nl_to_errno(r) != -ENODEV)
		return error_set_errno(err, nl_to_errno(r), "cannot remove %s", name);
	return 0;
}

int link_has_other_ports(int bridge_ifindex, bool (*is_known)(void *ctx, const char *port),
			 void *ctx)
{
	cleanup_nl_sock struct nl_sock *sock = NULL;
	struct nl_cache *cache;
	int r, found = 0;

	r = nl_open(&sock, NULL);
	if (r < 0)
		return r;
	r = rtnl_link_alloc_cache(sock, AF_UNSPEC, &cache);
	if (r < 0)
		return nl_to_errno(r);
	for (struct nl_object *o = nl_cache_get_first(cache); o; o = nl_cache_get_next(o)) {
		/* A cache of links holds nothing else; libnl has no typed iterator. */
		struct rtnl_link *link = (struct rtnl_link *)o;

		if (rtnl_link_get_master(link) == bridge_ifindex &&
		    !is_known(ctx, rtnl_link_get_name(link)))
			found = 1;
	}
	nl_cache_free(cache);
	return found;
}

static void ifaddrs_done(struct ifaddrs **a)
{
	if (*a)
		freeifaddrs(*a);
}

static uint32_t sockaddr_ipv4(const struct sockaddr *sa)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof(in));
	return ntohl(in.sin_addr.s_addr);
}

int link_check_subnet(const char *name, uint32_t net, uint32_t mask, struct error *err)
{
	__attribute__((cleanup(ifaddrs_done))) struct ifaddrs *list = NULL;

	if (getifaddrs(&list) < 0)
		return error_set_errno(err, errno, "cannot list the host's addresses");
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		uint32_t addr, narrower;

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET || !a->ifa_netmask ||
		    strcmp(a->ifa_name, name) == 0)
			continue;
		addr = sockaddr_ipv4(a->ifa_addr);
		narrower = mask & sockaddr_ipv4(a->ifa_netmask);
		if ((addr & narrower) != (net & narrower))
			continue;
		(void)error_set(err, ERROR_BUSY, "subnet-in-use",
				"the subnet of bridge %s overlaps with that of interface %s", name,
				a->ifa_name);
		error_hint(err, "set another address in the [bridge %s] section of umld.conf",
			   name);
		return -EBUSY;
	}
	return 0;
}

void link_set_ipv6(const char *name, const char *key, const char *value)
{
	cleanup_close int fd = -1;
	char path[96];

	/* '.' is no separator in the path form, and the name holds no '/'. */
	(void)snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/%s", name, key);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)fd_write_all(fd, value, strlen(value));
}

/* --- taps ---------------------------------------------------------------------------------------- */

static int tun_open(const char *name, short flags, int *ret_fd, struct error *err)
{
	cleanup_close int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq ifr = { .ifr_flags = (short)(IFF_TAP | IFF_NO_PI | flags) };
	int r;

	if (fd < 0) {
		r = error_set_errno(err, errno, "cannot open /dev/net/tun");
		error_hint(err, "load the kernel module tun");
		return r;
	}
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &ifr) < 0) {
		if (errno != EBUSY)
			return error_set_errno(err, errno, "cannot make tap %s", name);
		return error_set(err, ERROR_BUSY, "tap-in-use",
				 "interface %s exists already or is in use", name);
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/*
 * A bridge without an address of its own takes the lowest one of its ports: a tap's starts with fe, so that it never
 * changes a bridge that somebody else made.
 */
static int tun_set_mac(int fd, const char *name)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = 1 /* ARPHRD_ETHER */ };
	uint8_t mac[6];

	if (getrandom(mac, sizeof(mac), 0) != (ssize_t)sizeof(mac))
		return -errno;
	mac[0] = 0xfe;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, sizeof(mac));
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	return ioctl(fd, SIOCSIFHWADDR, &ifr) < 0 ? -errno : 0;
}

int link_make_tap(const char *name, const char *mark, uid_t uid, struct error *err)
{
	cleanup_close int fd = -1;
	struct link_info info = { 0 };
	int r;

	r = tun_open(name, IFF_TUN_EXCL, &fd, err);
	if (r < 0)
		return r;
	r = tun_set_mac(fd, name);
	if (r < 0)
		return error_set_errno(err, r, "cannot set the address of tap %s", name);
	r = link_find(name, &info, err);
	if (r < 0)
		return r == -ENODEV ? error_set_errno(err, r, "tap %s vanished", name) : r;
	r = link_set_mark(info.ifindex, mark, err);
	if (r < 0)
		return r;
	r = network_step("tap-marked");
	if (r < 0)
		return error_set_errno(err, r, "cannot make tap %s", name);
	if (ioctl(fd, TUNSETOWNER, (unsigned long)uid) < 0 || ioctl(fd, TUNSETPERSIST, 1UL) < 0)
		return error_set_errno(err, errno, "cannot make tap %s", name);
	return 0;
}

int link_adopt_tap(const char *name, uid_t uid, struct error *err)
{
	cleanup_close int fd = -1;
	int r;

	r = tun_open(name, 0, &fd, err);
	if (r < 0)
		return r;
	if (ioctl(fd, TUNSETOWNER, (unsigned long)uid) < 0 || ioctl(fd, TUNSETPERSIST, 1UL) < 0)
		return error_set_errno(err, errno, "cannot set up tap %s", name);
	return 0;
}

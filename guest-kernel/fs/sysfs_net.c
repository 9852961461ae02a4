// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Network interfaces in /sys as ifupdown, networkd, ip and scripts read them: devices/virtual/net/NAME and the links of class/net. What an entry
 * speaks of is the interface's number in proc_target.fd; everything is asked of the host when it is read.
 */
#include "fs/sysfs_net.h"
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "abi/abi_stat.h"
#include "fs/procfs/procfs_net.h"
#include "host/host_memory.h"
#include "host/host_net.h"
#include "lib/string.h"

enum { IFF_UP = 1, IFF_LOOPBACK = 8, IFF_RUNNING = 0x40 };
#define DEV_TEXT 16384u

static int ask(const struct proc_target *p, unsigned int request, struct abi_ifreq *ifr)
{
	memset(ifr, 0, sizeof(*ifr));
	if (!net_interface_name(p->fd, ifr->name))
		return -ENODEV;
	return host_net_ioctl(net_ask_fd, request, ifr, 0);
}

static int ask_flags(const struct proc_target *p, unsigned int *ret)
{
	struct abi_ifreq ifr;
	uint16_t flags;
	int r = ask(p, SIOCGIFFLAGS, &ifr);

	memcpy(&flags, ifr.data, sizeof(flags));
	*ret = flags;
	return r < 0 ? -ENODEV : 0;
}

static int show_int(struct proc_text *x, const struct proc_target *p, unsigned int request)
{
	struct abi_ifreq ifr;
	int32_t v;

	if (ask(p, request, &ifr) < 0)
		return -ENODEV;
	memcpy(&v, ifr.data, sizeof(v));
	text_add(x, "%d\n", v);
	return 0;
}

static int show_mtu(struct proc_text *x, const struct proc_target *p)
{
	return show_int(x, p, SIOCGIFMTU);
}

static int show_txqlen(struct proc_text *x, const struct proc_target *p)
{
	return show_int(x, p, SIOCGIFTXQLEN);
}

static int show_ifindex(struct proc_text *x, const struct proc_target *p)
{
	text_add(x, "%d\n", p->fd);
	return 0;
}

static void add_mac(struct proc_text *x, const uint8_t *mac)
{
	text_add(x, "%02x:%02x:%02x:%02x:%02x:%02x\n", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
}

static int show_address(struct proc_text *x, const struct proc_target *p)
{
	struct abi_ifreq ifr;

	if (ask(p, SIOCGIFHWADDR, &ifr) < 0)
		return -ENODEV;
	add_mac(x, ifr.data + 2);
	return 0;
}

static int show_broadcast(struct proc_text *x, const struct proc_target *p)
{
	static const uint8_t all[6] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, none[6];
	unsigned int flags;
	int r = ask_flags(p, &flags);

	if (r == 0)
		add_mac(x, flags & IFF_LOOPBACK ? none : all);
	return r;
}

static int show_type(struct proc_text *x, const struct proc_target *p)
{
	struct abi_ifreq ifr;
	uint16_t type;

	if (ask(p, SIOCGIFHWADDR, &ifr) < 0)
		return -ENODEV;
	memcpy(&type, ifr.data, sizeof(type));
	text_add(x, "%u\n", type);
	return 0;
}

static int show_flags(struct proc_text *x, const struct proc_target *p)
{
	unsigned int flags;
	int r = ask_flags(p, &flags);

	/* IFF_RUNNING is worked out anew for each who asks; the file shows the stored ones. */
	if (r == 0)
		text_add(x, "0x%x\n", flags & ~(unsigned int)IFF_RUNNING);
	return r;
}

static int show_operstate(struct proc_text *x, const struct proc_target *p)
{
	unsigned int flags;
	int r = ask_flags(p, &flags);

	if (r == 0)
		text_add(x, "%s\n",
			 flags & IFF_LOOPBACK					      ? "unknown"
			 : (flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING) ? "up"
										      : "down");
	return r;
}

static int show_carrier(struct proc_text *x, const struct proc_target *p)
{
	unsigned int flags;
	int r = ask_flags(p, &flags);

	/* Linux: only of an interface that is up. */
	if (r == 0 && !(flags & IFF_UP))
		return -EINVAL;
	if (r == 0)
		text_add(x, "%d\n", (flags & IFF_RUNNING) != 0);
	return r;
}

static int show_speed(struct proc_text *x, const struct proc_target *p)
{
	unsigned int flags;
	int r = ask_flags(p, &flags);

	if (r == 0 && (flags & (IFF_UP | IFF_LOOPBACK)) != IFF_UP)
		return -EINVAL;
	if (r == 0)
		text_add(x, "10000\n");
	return r;
}

static int show_duplex(struct proc_text *x, const struct proc_target *p)
{
	unsigned int flags;
	int r = ask_flags(p, &flags);

	if (r == 0 && (flags & (IFF_UP | IFF_LOOPBACK)) != IFF_UP)
		return -EINVAL;
	if (r == 0)
		text_add(x, "full\n");
	return r;
}

static int show_constant_6(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "6\n");
	return 0;
}

static int show_constant_0(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "0\n");
	return 0;
}

static int show_dev_id(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "0x0\n");
	return 0;
}

static int show_uevent(struct proc_text *x, const struct proc_target *p)
{
	char name[16];

	if (!net_interface_name(p->fd, name))
		return -ENODEV;
	text_add(x, "INTERFACE=%s\nIFINDEX=%d\n", name, p->fd);
	return 0;
}

/* "add" and the like: there is nobody to tell again yet. */
static ssize_t write_uevent(const struct proc_target *p, const char *text, size_t len)
{
	(void)p;
	(void)text;
	return (ssize_t)len;
}

/* --- statistics --------------------------------------------------------------------------------- */

/* Columns of /proc/net/dev behind the name. */
enum {
	RX_BYTES,
	RX_PACKETS,
	RX_ERRORS,
	RX_DROPPED,
	RX_FIFO,
	RX_FRAME,
	RX_COMPRESSED,
	MULTICAST,
	TX_BYTES,
	TX_PACKETS,
	TX_ERRORS,
	TX_DROPPED,
	TX_FIFO,
	COLLISIONS,
	TX_CARRIER,
	TX_COMPRESSED
};

static uint64_t column(const char *p, unsigned int n)
{
	uint64_t v = 0;

	for (;; n--) {
		while (*p == ' ')
			p++;
		for (v = 0; *p >= '0' && *p <= '9'; p++)
			v = v * 10 + (uint64_t)(*p - '0');
		if (n == 0 || *p != ' ')
			return v;
	}
}

static int show_column(struct proc_text *x, const struct proc_target *p, unsigned int n)
{
	char name[16], *text = kmalloc(DEV_TEXT), *line;
	int r = -ENODEV;

	if (!text)
		return -ENOMEM;
	if (net_interface_name(p->fd, name) && host_net_text("dev", text, DEV_TEXT) > 0) {
		for (line = text; line && r < 0; line = strchr(line, '\n')) {
			while (*line == '\n' || *line == ' ')
				line++;
			if (strncmp(line, name, strlen(name)) != 0 || line[strlen(name)] != ':')
				continue;
			text_add(x, "%llu\n",
				 (unsigned long long)column(line + strlen(name) + 1, n));
			r = 0;
		}
	}
	kfree(text);
	return r;
}

#define STATISTIC(id, n)                                                       \
	static int show_##id(struct proc_text *x, const struct proc_target *p) \
	{                                                                      \
		return show_column(x, p, n);                                   \
	}
STATISTIC(rx_bytes, RX_BYTES)
STATISTIC(rx_packets, RX_PACKETS)
STATISTIC(rx_errors, RX_ERRORS)
STATISTIC(rx_dropped, RX_DROPPED)
STATISTIC(multicast, MULTICAST)
STATISTIC(tx_bytes, TX_BYTES)
STATISTIC(tx_packets, TX_PACKETS)
STATISTIC(tx_errors, TX_ERRORS)
STATISTIC(tx_dropped, TX_DROPPED)
STATISTIC(collisions, COLLISIONS)

/* --- folders ------------------------------------------------------------------------------------ */

#define ATTR(n, fn)                                 \
	{                                           \
		.name = n, .mode = 0444, .show = fn \
	}

static const struct proc_entry statistics_entries[] = {
	ATTR("collisions", show_collisions),
	ATTR("multicast", show_multicast),
	ATTR("rx_bytes", show_rx_bytes),
	ATTR("rx_dropped", show_rx_dropped),
	ATTR("rx_errors", show_rx_errors),
	ATTR("rx_packets", show_rx_packets),
	ATTR("tx_bytes", show_tx_bytes),
	ATTR("tx_dropped", show_tx_dropped),
	ATTR("tx_errors", show_tx_errors),
	ATTR("tx_packets", show_tx_packets),
	{ 0 },
};

static int link_subsystem(char *buf, size_t len, const struct proc_target *p)
{
	(void)p;
	return format_str(buf, len, "../../../../class/net");
}

static const struct proc_entry interface_entries[] = {
	ATTR("addr_assign_type", show_constant_0),
	ATTR("addr_len", show_constant_6),
	ATTR("address", show_address),
	ATTR("broadcast", show_broadcast),
	ATTR("carrier", show_carrier),
	ATTR("dev_id", show_dev_id),
	ATTR("dev_port", show_constant_0),
	ATTR("dormant", show_constant_0),
	ATTR("duplex", show_duplex),
	ATTR("flags", show_flags),
	ATTR("ifindex", show_ifindex),
	ATTR("iflink", show_ifindex),
	ATTR("link_mode", show_constant_0),
	ATTR("mtu", show_mtu),
	ATTR("operstate", show_operstate),
	ATTR("speed", show_speed),
	{ .name = "statistics", .kind = PROC_DIR, .mode = 0755, .children = statistics_entries },
	{ .name = "subsystem", .kind = PROC_LINK, .mode = 0777, .readlink = link_subsystem },
	ATTR("tx_queue_len", show_txqlen),
	ATTR("type", show_type),
	{ .name = "uevent", .mode = 0644, .show = show_uevent, .write = write_uevent },
	{ 0 },
};
static const struct proc_entry interface_dir = {
	.name = "", .kind = PROC_DIR, .mode = 0755, .children = interface_entries
};

static int class_link(char *buf, size_t len, const struct proc_target *p)
{
	char name[16];

	if (!net_interface_name(p->fd, name))
		return -ENOENT;
	return format_str(buf, len, "../../devices/virtual/net/%s", name);
}

static const struct proc_entry class_link_entry = {
	.name = "", .kind = PROC_LINK, .mode = 0777, .readlink = class_link
};

static int find(const char *name, size_t len, struct proc_target *ret)
{
	*ret = (struct proc_target){ .fd = net_interface_find(name, len) };
	return ret->fd > 0 ? 0 : -ENOENT;
}

static bool list(struct dir_sink *sink, uint64_t *pos, unsigned int type)
{
	for (;; (*pos)++) {
		int ifindex = net_interface_at((unsigned int)*pos);
		char name[16];

		if (ifindex == 0 || !net_interface_name(ifindex, name))
			return true;
		if (!sink->emit(sink, name, strlen(name), 0x6000u + (uint64_t)ifindex, type,
				*pos + 3))
			return false;
	}
}

int sysfs_class_net_lookup(const struct proc_target *p, const char *name, size_t len,
			   const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	(void)p;
	*ret_entry = &class_link_entry;
	return find(name, len, ret_target);
}

bool sysfs_class_net_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	(void)p;
	return list(sink, pos, DT_LNK);
}

int sysfs_virtual_net_lookup(const struct proc_target *p, const char *name, size_t len,
			     const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	(void)p;
	*ret_entry = &interface_dir;
	return find(name, len, ret_target);
}

bool sysfs_virtual_net_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	(void)p;
	return list(sink, pos, DT_DIR);
}

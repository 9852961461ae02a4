// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/sys/net: settings that are the namespace's own, read from and written to the host's file of the same name. Which ones there are is the tables'
 * to say; the host checks what is written.
 */
#include "abi/abi_errno.h"
#include "abi/abi_net.h"
#include "abi/abi_stat.h"
#include "fs/procfs/procfs_net.h"
#include "host/host_memory.h"
#include "host/host_net.h"
#include "lib/string.h"

#define VALUE_MAX     4096u
#define INTERFACES    256
#define CONF_ALL      0
#define CONF_DEFAULT  (-1)
#define CONF_INO_BASE 0x5000u

/* Nobody, as on Linux, until somebody writes another range. */
uint32_t net_ping_range[2] = { 1, 0 };
int net_ask_fd = -ENONET;

/* --- interfaces --------------------------------------------------------------------------------- */

bool net_interface_name(int ifindex, char name[16])
{
	struct abi_ifreq ifr = { .name = "" };

	memcpy(ifr.data, &ifindex, sizeof(ifindex));
	if (net_ask_fd < 0 || host_net_ioctl(net_ask_fd, SIOCGIFNAME, &ifr, 0) < 0)
		return false;
	memcpy(name, ifr.name, 16);
	name[15] = '\0';
	return true;
}

int net_interface_find(const char *name, size_t len)
{
	struct abi_ifreq ifr = { .name = "" };
	int ifindex;

	if (net_ask_fd < 0 || len == 0 || len >= sizeof(ifr.name))
		return 0;
	memcpy(ifr.name, name, len);
	if (host_net_ioctl(net_ask_fd, SIOCGIFINDEX, &ifr, 0) < 0)
		return 0;
	memcpy(&ifindex, ifr.data, sizeof(ifindex));
	return ifindex;
}

int net_interface_at(unsigned int i)
{
	char name[16];

	for (int index = 1; net_ask_fd >= 0 && index < INTERFACES; index++)
		if (net_interface_name(index, name) && i-- == 0)
			return index;
	return 0;
}

/* --- values ------------------------------------------------------------------------------------- */

static int show_value(struct proc_text *x, const char *path)
{
	char *buf = kmalloc(VALUE_MAX);
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = net_ask_fd < 0 ? -ENOENT : host_net_sysctl_read(path, buf, VALUE_MAX);
	if (n > 0)
		text_add_bytes(x, buf, (size_t)n);
	kfree(buf);
	return n < 0 ? (int)n : 0;
}

/* Who may write has been decided by the file's mode: the host lets a network administrator do what root may. */
static ssize_t write_value(const char *path, const char *text, size_t len)
{
	return net_ask_fd < 0 ? -ENOENT
			      : host_net_sysctl_write(path, text, len, HOST_CAP_NET_ADMIN);
}

#define VALUE(id, path)                                                                      \
	static int show_##id(struct proc_text *x, const struct proc_target *p)               \
	{                                                                                    \
		(void)p;                                                                     \
		return show_value(x, path);                                                  \
	}                                                                                    \
	static ssize_t write_##id(const struct proc_target *p, const char *text, size_t len) \
	{                                                                                    \
		(void)p;                                                                     \
		return write_value(path, text, len);                                         \
	}
#define ENTRY(id)                                                                 \
	{                                                                         \
		.name = #id, .mode = 0644, .show = show_##id, .write = write_##id \
	}

VALUE(somaxconn, "core/somaxconn")
VALUE(rmem_max, "core/rmem_max")
VALUE(wmem_max, "core/wmem_max")
VALUE(rmem_default, "core/rmem_default")
VALUE(wmem_default, "core/wmem_default")
VALUE(optmem_max, "core/optmem_max")
VALUE(ip_forward, "ipv4/ip_forward")
VALUE(ip_default_ttl, "ipv4/ip_default_ttl")
VALUE(ip_local_port_range, "ipv4/ip_local_port_range")
VALUE(ip_local_reserved_ports, "ipv4/ip_local_reserved_ports")
VALUE(ip_nonlocal_bind, "ipv4/ip_nonlocal_bind")
VALUE(ip_no_pmtu_disc, "ipv4/ip_no_pmtu_disc")
VALUE(ip_unprivileged_port_start, "ipv4/ip_unprivileged_port_start")
VALUE(icmp_echo_ignore_all, "ipv4/icmp_echo_ignore_all")
VALUE(icmp_echo_ignore_broadcasts, "ipv4/icmp_echo_ignore_broadcasts")
VALUE(icmp_ignore_bogus_error_responses, "ipv4/icmp_ignore_bogus_error_responses")
VALUE(tcp_available_congestion_control, "ipv4/tcp_available_congestion_control")
VALUE(tcp_congestion_control, "ipv4/tcp_congestion_control")
VALUE(tcp_ecn, "ipv4/tcp_ecn")
VALUE(tcp_fastopen, "ipv4/tcp_fastopen")
VALUE(tcp_fin_timeout, "ipv4/tcp_fin_timeout")
VALUE(tcp_keepalive_intvl, "ipv4/tcp_keepalive_intvl")
VALUE(tcp_keepalive_probes, "ipv4/tcp_keepalive_probes")
VALUE(tcp_keepalive_time, "ipv4/tcp_keepalive_time")
VALUE(tcp_max_syn_backlog, "ipv4/tcp_max_syn_backlog")
VALUE(tcp_mtu_probing, "ipv4/tcp_mtu_probing")
VALUE(tcp_retries2, "ipv4/tcp_retries2")
VALUE(tcp_rmem, "ipv4/tcp_rmem")
VALUE(tcp_sack, "ipv4/tcp_sack")
VALUE(tcp_slow_start_after_idle, "ipv4/tcp_slow_start_after_idle")
VALUE(tcp_syncookies, "ipv4/tcp_syncookies")
VALUE(tcp_syn_retries, "ipv4/tcp_syn_retries")
VALUE(tcp_timestamps, "ipv4/tcp_timestamps")
VALUE(tcp_tw_reuse, "ipv4/tcp_tw_reuse")
VALUE(tcp_window_scaling, "ipv4/tcp_window_scaling")
VALUE(tcp_wmem, "ipv4/tcp_wmem")
VALUE(bindv6only, "ipv6/bindv6only")

static int show_ping_group_range(struct proc_text *x, const struct proc_target *p)
{
	(void)p;
	text_add(x, "%u\t%u\n", net_ping_range[0], net_ping_range[1]);
	return 0;
}

static const char *read_number(const char *s, uint64_t *ret)
{
	const char *begin;

	while (*s == ' ' || *s == '\t')
		s++;
	begin = s;
	for (*ret = 0; *s >= '0' && *s <= '9' && *ret <= UINT32_MAX; s++)
		*ret = *ret * 10 + (uint64_t)(*s - '0');
	return s == begin ? NULL : s;
}

static ssize_t write_ping_group_range(const struct proc_target *p, const char *text, size_t len)
{
	uint64_t low, high;
	const char *s = read_number(text, &low);

	(void)p;
	s = s ? read_number(s, &high) : NULL;
	if (!s || low >= UINT32_MAX || high >= UINT32_MAX)
		return -EINVAL;
	if (high < low) {
		low = 1;
		high = 0;
	}
	net_ping_range[0] = (uint32_t)low;
	net_ping_range[1] = (uint32_t)high;
	return (ssize_t)len;
}

/* --- conf/INTERFACE ----------------------------------------------------------------------------- */

/* The target's fd is the interface's number, or one of CONF_*. */
static int conf_path(char *path, size_t len, int family, const struct proc_target *p,
		     const char *name)
{
	char interface[16];

	if (p->fd == CONF_ALL)
		(void)str_copy(interface, "all", sizeof(interface));
	else if (p->fd == CONF_DEFAULT)
		(void)str_copy(interface, "default", sizeof(interface));
	else if (!net_interface_name(p->fd, interface))
		return -ENOENT;
	(void)format_str(path, len, "ipv%d/conf/%s/%s", family, interface, name);
	return 0;
}

#define CONF(family, id)                                                                        \
	static int show_conf##family##_##id(struct proc_text *x, const struct proc_target *p)   \
	{                                                                                       \
		char path[96];                                                                  \
		int r = conf_path(path, sizeof(path), family, p, #id);                          \
                                                                                                \
		return r < 0 ? r : show_value(x, path);                                         \
	}                                                                                       \
	static ssize_t write_conf##family##_##id(const struct proc_target *p, const char *text, \
						 size_t len)                                    \
	{                                                                                       \
		char path[96];                                                                  \
		int r = conf_path(path, sizeof(path), family, p, #id);                          \
                                                                                                \
		return r < 0 ? r : write_value(path, text, len);                                \
	}
#define CONF_ENTRY(family, id)                                               \
	{                                                                    \
		.name = #id, .mode = 0644, .show = show_conf##family##_##id, \
		.write = write_conf##family##_##id                           \
	}

CONF(4, accept_local)
CONF(4, accept_redirects)
CONF(4, accept_source_route)
CONF(4, arp_announce)
CONF(4, arp_filter)
CONF(4, arp_ignore)
CONF(4, arp_notify)
CONF(4, forwarding)
CONF(4, log_martians)
CONF(4, promote_secondaries)
CONF(4, proxy_arp)
CONF(4, rp_filter)
CONF(4, secure_redirects)
CONF(4, send_redirects)
CONF(6, accept_dad)
CONF(6, accept_ra)
CONF(6, accept_redirects)
CONF(6, accept_source_route)
CONF(6, addr_gen_mode)
CONF(6, autoconf)
CONF(6, dad_transmits)
CONF(6, disable_ipv6)
CONF(6, forwarding)
CONF(6, hop_limit)
CONF(6, mtu)
CONF(6, optimistic_dad)
CONF(6, router_solicitations)
CONF(6, use_tempaddr)

static const struct proc_entry conf4_values[] = {
	CONF_ENTRY(4, accept_local),
	CONF_ENTRY(4, accept_redirects),
	CONF_ENTRY(4, accept_source_route),
	CONF_ENTRY(4, arp_announce),
	CONF_ENTRY(4, arp_filter),
	CONF_ENTRY(4, arp_ignore),
	CONF_ENTRY(4, arp_notify),
	CONF_ENTRY(4, forwarding),
	CONF_ENTRY(4, log_martians),
	CONF_ENTRY(4, promote_secondaries),
	CONF_ENTRY(4, proxy_arp),
	CONF_ENTRY(4, rp_filter),
	CONF_ENTRY(4, secure_redirects),
	CONF_ENTRY(4, send_redirects),
	{ 0 },
};
static const struct proc_entry conf6_values[] = {
	CONF_ENTRY(6, accept_dad),
	CONF_ENTRY(6, accept_ra),
	CONF_ENTRY(6, accept_redirects),
	CONF_ENTRY(6, accept_source_route),
	CONF_ENTRY(6, addr_gen_mode),
	CONF_ENTRY(6, autoconf),
	CONF_ENTRY(6, dad_transmits),
	CONF_ENTRY(6, disable_ipv6),
	CONF_ENTRY(6, forwarding),
	CONF_ENTRY(6, hop_limit),
	CONF_ENTRY(6, mtu),
	CONF_ENTRY(6, optimistic_dad),
	CONF_ENTRY(6, router_solicitations),
	CONF_ENTRY(6, use_tempaddr),
	{ 0 },
};
static const struct proc_entry conf4_dir = {
	.name = "", .kind = PROC_DIR, .mode = 0555, .children = conf4_values
};
static const struct proc_entry conf6_dir = {
	.name = "", .kind = PROC_DIR, .mode = 0555, .children = conf6_values
};

static bool same_name(const char *a, const char *name, size_t len)
{
	return strlen(a) == len && memcmp(a, name, len) == 0;
}

static int conf_find(const char *name, size_t len, struct proc_target *ret)
{
	*ret = (struct proc_target){ .fd = CONF_ALL };
	if (same_name("all", name, len))
		return 0;
	ret->fd = CONF_DEFAULT;
	if (same_name("default", name, len))
		return 0;
	ret->fd = net_interface_find(name, len);
	return ret->fd > 0 ? 0 : -ENOENT;
}

static int conf4_lookup(const struct proc_target *p, const char *name, size_t len,
			const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	(void)p;
	*ret_entry = &conf4_dir;
	return conf_find(name, len, ret_target);
}

static int conf6_lookup(const struct proc_target *p, const char *name, size_t len,
			const struct proc_entry **ret_entry, struct proc_target *ret_target)
{
	(void)p;
	*ret_entry = &conf6_dir;
	return conf_find(name, len, ret_target);
}

static bool conf_readdir(const struct proc_target *p, struct dir_sink *sink, uint64_t *pos)
{
	(void)p;
	for (;; (*pos)++) {
		char name[16];

		if (*pos == 0)
			(void)str_copy(name, "all", sizeof(name));
		else if (*pos == 1)
			(void)str_copy(name, "default", sizeof(name));
		else if (!net_interface_name(net_interface_at((unsigned int)*pos - 2), name))
			return true;
		if (!sink->emit(sink, name, strlen(name), CONF_INO_BASE + *pos, DT_DIR, *pos + 3))
			return false;
	}
}

/* --- the tables --------------------------------------------------------------------------------- */

#define FOLDER(n, table)                                                     \
	{                                                                    \
		.name = n, .kind = PROC_DIR, .mode = 0555, .children = table \
	}
#define CONF_FOLDER(family)                                                                      \
	{                                                                                        \
		.name = "conf", .kind = PROC_DIR, .mode = 0555, .lookup = conf##family##_lookup, \
		.readdir = conf_readdir                                                          \
	}

static const struct proc_entry core_entries[] = {
	ENTRY(optmem_max),   ENTRY(rmem_default), ENTRY(rmem_max), ENTRY(somaxconn),
	ENTRY(wmem_default), ENTRY(wmem_max),	  { 0 },
};

static const struct proc_entry ipv4_entries[] = {
	CONF_FOLDER(4),
	ENTRY(icmp_echo_ignore_all),
	ENTRY(icmp_echo_ignore_broadcasts),
	ENTRY(icmp_ignore_bogus_error_responses),
	ENTRY(ip_default_ttl),
	ENTRY(ip_forward),
	ENTRY(ip_local_port_range),
	ENTRY(ip_local_reserved_ports),
	ENTRY(ip_no_pmtu_disc),
	ENTRY(ip_nonlocal_bind),
	ENTRY(ip_unprivileged_port_start),
	ENTRY(ping_group_range),
	ENTRY(tcp_available_congestion_control),
	ENTRY(tcp_congestion_control),
	ENTRY(tcp_ecn),
	ENTRY(tcp_fastopen),
	ENTRY(tcp_fin_timeout),
	ENTRY(tcp_keepalive_intvl),
	ENTRY(tcp_keepalive_probes),
	ENTRY(tcp_keepalive_time),
	ENTRY(tcp_max_syn_backlog),
	ENTRY(tcp_mtu_probing),
	ENTRY(tcp_retries2),
	ENTRY(tcp_rmem),
	ENTRY(tcp_sack),
	ENTRY(tcp_slow_start_after_idle),
	ENTRY(tcp_syn_retries),
	ENTRY(tcp_syncookies),
	ENTRY(tcp_timestamps),
	ENTRY(tcp_tw_reuse),
	ENTRY(tcp_window_scaling),
	ENTRY(tcp_wmem),
	{ 0 },
};

static const struct proc_entry ipv6_entries[] = { ENTRY(bindv6only), CONF_FOLDER(6), { 0 } };

const struct proc_entry proc_sys_net_entries[] = {
	FOLDER("core", core_entries),
	FOLDER("ipv4", ipv4_entries),
	FOLDER("ipv6", ipv6_entries),
	{ 0 },
};

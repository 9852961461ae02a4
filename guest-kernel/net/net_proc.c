// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /proc/net: the host's text of the guest's namespace. Where it speaks of sockets, owners and inodes are the host's and are replaced by ours.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "net/inet_socket.h"

#define TEXT_FIRST 16384u
#define TEXT_MAX   (8u << 20)

enum { FIELD_UID = 7, FIELD_INODE = 9 };

/* The whole file, terminated, in memory of the caller's; NULL with *ret_error. */
static char *host_text(const char *name, int *ret_error)
{
	for (size_t size = TEXT_FIRST; size <= TEXT_MAX; size *= 4) {
		char *buf = kmalloc(size);
		ssize_t n;

		if (!buf)
			break;
		big_lock_drop();
		n = host_net_text(name, buf, size);
		big_lock_retake();
		if (n >= 0 && (size_t)n + 1 < size)
			return buf;
		kfree(buf);
		*ret_error = n < 0 ? (int)n : -ENOMEM;
		if (n < 0)
			return NULL;
	}
	*ret_error = -ENOMEM;
	return NULL;
}

static int show_plain(struct proc_text *x, const char *name)
{
	int error;
	char *text = host_text(name, &error);

	if (!text)
		return error;
	text_add_bytes(x, text, strlen(text));
	kfree(text);
	return 0;
}

/* Where field number n (from 0) of a line begins, and its end; false if the line has fewer. */
static bool field(const char *line, unsigned int n, const char **ret_begin, const char **ret_end)
{
	const char *p = line;

	for (;; n--) {
		while (*p == ' ')
			p++;
		if (*p == '\n' || *p == '\0')
			return false;
		*ret_begin = p;
		while (*p && *p != ' ' && *p != '\n')
			p++;
		*ret_end = p;
		if (n == 0)
			return true;
	}
}

static void show_socket_line(struct proc_text *x, const char *line, size_t len)
{
	const char *uid, *uid_end, *inode, *inode_end;
	const struct inet_sock *i;
	uint64_t number = 0;

	if (!field(line, FIELD_UID, &uid, &uid_end) ||
	    !field(line, FIELD_INODE, &inode, &inode_end)) {
		text_add_bytes(x, line, len);
		return;
	}
	for (const char *p = inode; p < inode_end && *p >= '0' && *p <= '9'; p++)
		number = number * 10 + (uint64_t)(*p - '0');
	i = number ? inet_find_inode(number) : NULL;
	/* The column of the owner is five wide, with what padded the host's number. */
	while (uid > line && uid[-1] == ' ')
		uid--;
	text_add_bytes(x, line, (size_t)(uid - line));
	text_add(x, " %5u", i ? i->uid : 0);
	text_add_bytes(x, uid_end, (size_t)(inode - uid_end));
	text_add(x, "%llu", (unsigned long long)(i ? i->ino : 0));
	text_add_bytes(x, inode_end, len - (size_t)(inode_end - line));
}

static int show_sockets(struct proc_text *x, const char *name)
{
	int error;
	char *text = host_text(name, &error), *line;

	if (!text)
		return error;
	for (line = text; *line;) {
		char *end = strchr(line, '\n');
		size_t len = end ? (size_t)(end - line) + 1 : strlen(line);

		if (line == text)
			text_add_bytes(x, line, len);
		else
			show_socket_line(x, line, len);
		line += len;
	}
	kfree(text);
	return 0;
}

/* name, the function that shows it */
#define FILES(F)               \
	F(arp, plain)          \
	F(dev, plain)          \
	F(dev_mcast, plain)    \
	F(fib_trie, plain)     \
	F(fib_triestat, plain) \
	F(icmp, sockets)       \
	F(icmp6, sockets)      \
	F(if_inet6, plain)     \
	F(igmp, plain)         \
	F(igmp6, plain)        \
	F(ipv6_route, plain)   \
	F(netstat, plain)      \
	F(protocols, plain)    \
	F(psched, plain)       \
	F(raw, sockets)        \
	F(raw6, sockets)       \
	F(route, plain)        \
	F(rt6_stats, plain)    \
	F(rt_cache, plain)     \
	F(snmp, plain)         \
	F(snmp6, plain)        \
	F(sockstat, plain)     \
	F(sockstat6, plain)    \
	F(softnet_stat, plain) \
	F(tcp, sockets)        \
	F(tcp6, sockets)       \
	F(udp, sockets)        \
	F(udp6, sockets)       \
	F(udplite, sockets)

#define SHOW(name, how)                                                          \
	static int show_##name(struct proc_text *x, const struct proc_target *p) \
	{                                                                        \
		(void)p;                                                         \
		return show_##how(x, #name);                                     \
	}
FILES(SHOW)

#define ENTRY(id, how) { .name = #id, .kind = PROC_FILE, .mode = 0444, .show = show_##id },
static const struct proc_entry entries[] = { FILES(ENTRY) };

int net_proc_init(void)
{
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < ARRAY_SIZE(entries); i++)
		r = procfs_register("net", &entries[i]);
	return r;
}

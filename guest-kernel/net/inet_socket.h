/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Internet and netlink sockets: each is a socket of the host in the guest's own network namespace (host_net.h), shared by its files:
 *	inet_socket.c	life, names, connections	inet_message.c	sending and receiving
 *	inet_watch.c	readiness			inet_option.c	options
 *	inet_ioctl.c	interface requests		netlink_socket.c, netlink_filter.c	netlink
 *
 * Host sockets never block; who has to wait sleeps here. The host tells of every change (edge triggered), which counts `wakes`. A call that
 * dropped the big lock compares it with the number from before its try: a change in between means another try, not a sleep.
 *
 * Rights are those of the guest's task: net_caps() says which of CAP_NET_* it has, and only those are raised around the one host call.
 */
#ifndef NET_INET_SOCKET_H
#define NET_INET_SOCKET_H

#include "host/host_net.h"
#include "net/socket.h"

struct inet_sock {
	int fd; /* the host's */
	int family, type, protocol;
	struct wait_queue wait;
	uint64_t wakes;
	bool watched;
	bool bound;	/* netlink: has a port */
	bool may_admin; /* netlink: the opener had CAP_NET_ADMIN */
	uint32_t uid;	/* owner, as /proc/net shows it */
	uint64_t ino, host_ino;
	struct list_head link;
};

extern struct list_head inet_socks;

static inline struct inet_sock *inet_of(const struct socket *s)
{
	return s->private;
}

/* inet_socket.c */
int inet_attach(struct socket *s, int fd); /* makes s->private; takes over fd, also on failure */
void inet_release(struct socket *s);
int inet_bind(struct socket *s, const struct socket_address *a);
int inet_name(struct socket *s, bool peer, struct socket_address *ret);
int inet_connect(struct socket *s, const struct socket_address *a, bool nonblock);
int inet_shutdown(struct socket *s, int how);
int inet_error(struct socket *s);
bool inet_full(void);				      /* no room for another one: -ENFILE */
struct inet_sock *inet_find_inode(uint64_t host_ino); /* NULL */
/* A host socket for requests about interfaces from sockets of other families; -errno without a network. */
int net_control_fd(void);
/* HOST_CAP_* that the current task has of `wanted`. */
unsigned int net_caps(unsigned int wanted);
#define NET_CAPS_ALL (HOST_CAP_NET_BIND | HOST_CAP_NET_ADMIN | HOST_CAP_NET_RAW)
/* May the current task have a ping socket (net.ipv4.ping_group_range)? */
bool net_ping_allowed(void);

/* inet_watch.c */
int inet_watch_init(void);
int inet_watch(struct inet_sock *i); /* from here on changes are told; 0 or -errno */
void inet_unwatch(struct inet_sock *i);
/* Sleep unless something has changed since `seen`. As socket_wait. */
int inet_wait(struct inet_sock *i, uint64_t seen, uint64_t deadline_ns);
uint32_t inet_poll(struct socket *s, struct poll_table *table);

/* inet_message.c */
ssize_t inet_stream_send(struct socket *s, struct socket_message *m);
ssize_t inet_stream_receive(struct socket *s, struct socket_message *m);
ssize_t inet_dgram_send(struct socket *s, struct socket_message *m);
ssize_t inet_dgram_receive(struct socket *s, struct socket_message *m);
/* One datagram whose bytes are in kernel memory. */
ssize_t inet_send_kernel(struct socket *s, struct socket_message *m, void *data, size_t len,
			 unsigned int caps);

/* inet_option.c */
int inet_set_option(struct socket *s, int level, int option, const void *value, unsigned int len);
int inet_get_option(struct socket *s, int level, int option, void *buf, unsigned int len);

/* inet_ioctl.c */
int64_t inet_ioctl(struct socket *s, unsigned int cmd, uint64_t arg);
/* Requests about interfaces, which sockets of every family take. -ENOTTY: not one of them. */
int64_t net_device_ioctl(unsigned int cmd, uint64_t arg);

/* netlink_filter.c: may this buffer of requests reach the host? How much of it are whole messages, or what to refuse it with. */
ssize_t netlink_check(int protocol, const uint8_t *data, size_t len);
/* Owners and inodes in an answer of SOCK_DIAG become the guest's. */
void netlink_diag_translate(uint8_t *data, size_t len);

int inet_init(void);
int netlink_init(void);
int packet_init(void);
int net_proc_init(void);

#endif

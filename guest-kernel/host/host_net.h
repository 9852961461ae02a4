/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sockets of the host in the guest's own network namespace. Every descriptor is non-blocking and close-on-exec. Constants and structures are Linux'
 * own on both sides (x86-64), so addresses, options and control messages pass as bytes; which ones may pass is said here and nowhere else
 * (host_net_tables.c), and the sandbox of the kernel process is made from the same tables.
 *
 * The threads of the kernel have no effective capabilities. `caps` of a call are the ones that the guest's task has: they are raised around
 * that one host call. They count in the guest's namespace only. All calls are [any] thread; none blocks.
 */
#ifndef HOST_NET_H
#define HOST_NET_H

#include "lib/types.h"

enum { HOST_CAP_NET_BIND = 1, HOST_CAP_NET_ADMIN = 2, HOST_CAP_NET_RAW = 4 };

struct host_segment {
	void *base;
	size_t len;
}; /* struct iovec */

struct host_message {
	void *name;
	uint32_t name_len; /* room; on return the address' length */
	struct host_segment *segments;
	size_t n_segments;
	void *control;
	size_t control_len; /* room; on return what is used */
	uint32_t flags; /* of the call; on return of a receive what the host says of the message */
};

/* Families INET, INET6, NETLINK (ROUTE, SOCK_DIAG). A descriptor or -errno; -EPROTONOSUPPORT what the tables do not have. */
int host_net_socket(int family, int type, int protocol, unsigned int caps);
int host_net_bind(int fd, const void *addr, uint32_t len, unsigned int caps);
int host_net_connect(int fd, const void *addr, uint32_t len);
int host_net_listen(int fd, int backlog);
int host_net_accept(int fd);
/* *len: room, then the address' length. */
int host_net_name(int fd, bool peer, void *addr, uint32_t *len);
int host_net_shutdown(int fd, int how);
ssize_t host_net_send(int fd, struct host_message *m, unsigned int caps);
ssize_t host_net_receive(int fd, struct host_message *m);
/* Bytes or -errno; -ENOPROTOOPT if the tables do not have it. */
int host_net_set_option(int fd, int level, int option, const void *value, uint32_t len,
			unsigned int caps);
int host_net_get_option(int fd, int level, int option, void *value, uint32_t len);
/* arg: the structure that the request has, in our memory and without pointers to elsewhere. -ENOTTY if the tables do not have it. */
int host_net_ioctl(int fd, unsigned int request, void *arg, unsigned int caps);
uint32_t host_net_poll(int fd); /* POLL* bits of now, all kinds */

/* The number of the host's inode behind a descriptor, as /proc/net shows it; 0 if there is none. */
uint64_t host_net_inode(int fd);

/* A file of /proc/net of the namespace, or of /proc/sys/net: from the beginning, terminated. Bytes or -errno. */
ssize_t host_net_text(const char *name, char *buf, size_t len);
ssize_t host_net_sysctl_read(const char *name, char *buf, size_t len);
ssize_t host_net_sysctl_write(const char *name, const char *text, size_t len, unsigned int caps);

/* For the sandbox: {level, option} pairs and ioctl requests that pass; the group id of this process. */
struct host_net_option {
	int level, option;
};
extern const struct host_net_option host_net_options[];
extern const unsigned int host_net_n_options;
extern const unsigned int host_net_ioctls[];
extern const unsigned int host_net_n_ioctls;
unsigned int host_gid(void);

#endif

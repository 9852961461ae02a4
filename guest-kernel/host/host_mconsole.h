/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The management console's files and sockets on the host: a directory for the guest with its pid file and an AF_UNIX datagram socket. */
#ifndef HOST_MCONSOLE_H
#define HOST_MCONSOLE_H

#include "lib/types.h"

/* Where a datagram came from; opaque. */
struct host_peer {
	uint8_t addr[128];
	uint32_t len;
};

/*
 * Make dir (and the directory above it), which only its owner may enter, the file dir/pid with the number, and the bound socket dir/mconsole. What a dead
 * guest left is taken over. The socket's descriptor; -EBUSY if a living guest has the name, -ENAMETOOLONG, or what the host said.
 */
int host_mconsole_listen(const char *dir, int pid);

/*
 * Before the network namespace is made: the socket that host_mconsole_listen will bind. Clients have abstract addresses, which only sockets of their own
 * network namespace, the host's, can answer. The launcher, which does not listen, forgets its copy.
 */
void host_mconsole_prepare(void);
void host_mconsole_forget(void);
void host_mconsole_remove(const char *dir);

/* The default directory: "$HOME/.uml/", or NULL without a home. */
const char *host_mconsole_home(void);

/* One datagram: its full length even if len was less; -EAGAIN. A peer without an address is -EDESTADDRREQ (nobody to answer). */
ssize_t host_mconsole_receive(int fd, void *buf, size_t len, struct host_peer *ret_from);
/* Waits for a slow receiver, but not for ever; errors are dropped: who has asked has gone. */
void host_mconsole_send(int fd, const void *buf, size_t len, const struct host_peer *to);
/* One datagram to a path, from a socket without a name. 0 or -errno. [any] */
int host_mconsole_notify(const char *path, const void *buf, size_t len);

#endif

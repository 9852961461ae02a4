/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AF_UNIX, shared by its files:
 *	unix_socket.c	life, pairs, options, readiness	unix_name.c	names: bind, finding others
 *	unix_connect.c	listen, connect, accept, shutdown	unix_message.c	messages, their memory and files
 *	unix_stream.c, unix_dgram.c	sending and receiving	unix_gc.c	files in flight and cycles of them
 *
 * A unix_sock lives as long as anybody refers to it (its socket, its peer, messages it sent); `dead` once its file is closed. The big lock protects
 * everything; after anything that may sleep, peers and states are looked at again.
 */
#ifndef NET_UNIX_SOCKET_H
#define NET_UNIX_SOCKET_H

#include "fs/anon/anon.h"
#include "net/socket.h"

enum unix_state { UNIX_IDLE, UNIX_LISTENING, UNIX_CONNECTED };
enum { UNIX_SHUT_RECV = 1, UNIX_SHUT_SEND = 2, UNIX_SHUT_BOTH = 3 };

#define UNIX_DGRAM_QUEUE_MAX 10u /* net.unix.max_dgram_qlen */

struct unix_sock {
	uint32_t refs;
	int type;
	enum unix_state state;
	unsigned int shut;
	bool dead;
	int error;			       /* pending, positive */
	struct socket *socket;		       /* NULL: waits to be accepted, or closed */
	struct unix_sock *peer;		       /* a reference */
	struct list_head clients, client_link; /* datagram sockets that are connected to this one */

	struct socket_address name; /* len 0: none; shared by value */
	struct path path;	    /* where a path name is bound; holds the inode */
	struct inode *bound_inode;  /* inode->socket is this one */
	struct list_head name_link; /* abstract names */

	struct list_head queue; /* received messages */
	unsigned int n_queued;
	uint64_t sent_bytes; /* memory of messages sent and not yet read */
	uint64_t sndbuf;
	struct wait_queue wait;	     /* everybody who waits for a change here */
	struct sleep_lock read_lock; /* a stream's readers, one after the other */
	struct sleep_lock bind_lock;

	struct list_head pending, pending_link; /* a listener's connections to accept */
	unsigned int n_pending, backlog;
	struct unix_sock *listener;

	struct abi_ucred owner,
		peer_creds; /* as SO_PEERCRED shows them to the other side, and to us */
	const struct cred *owner_cred, *peer_cred; /* for SO_PEERGROUPS; references */
	uint64_t ino;
	struct list_head all_link;

	int gc_refs;
	bool gc_candidate, gc_alive;
	struct list_head gc_link;
};

struct unix_message {
	struct list_head link;
	struct unix_sock *sender; /* a reference: name, memory account */
	struct socket_scm scm;
	struct anon_user *flight_user; /* charged for the files */
	size_t charge;
	uint32_t offset, len;
	char data[];
};

extern struct list_head unix_socks;
extern unsigned int unix_in_flight;

/* unix_socket.c */
struct unix_sock *unix_alloc(int type);
void unix_get(struct unix_sock *u);
void unix_put(struct unix_sock *u); /* may sleep */
void unix_close(struct unix_sock
			*u); /* the end of a file or of an embryo; drops its reference; may sleep */
void unix_set_owner(struct unix_sock *u); /* credentials of the current task */
void unix_take_creds(struct unix_sock *u, const struct unix_sock *from);
void unix_set_peer(struct unix_sock *u, struct unix_sock *peer); /* NULL: none; may sleep */
bool unix_writable(const struct unix_sock *u);
void unix_wake(struct unix_sock *u, uint32_t events);
int unix_take_error(struct unix_sock *u); /* positive */
static inline struct unix_sock *unix_of(const struct socket *s)
{
	return s->private;
}
extern const struct socket_ops unix_stream_ops, unix_dgram_ops, unix_seqpacket_ops;

/* unix_name.c */
int unix_bind(struct socket *s, const struct socket_address *a);
int unix_autobind(struct unix_sock *u);
int unix_name(struct socket *s, bool peer, struct socket_address *ret);
void unix_unname(struct unix_sock *u); /* may sleep */
/* The socket of that name, a reference: -ECONNREFUSED, -EPROTOTYPE, -EACCES, -ENOENT, -EINVAL. May sleep. */
int unix_find(const struct socket_address *a, int type, struct unix_sock **ret);

/* unix_connect.c */
int unix_listen(struct socket *s, int backlog);
int unix_stream_connect(struct socket *s, const struct socket_address *a, bool nonblock);
int unix_dgram_connect(struct socket *s, const struct socket_address *a, bool nonblock);
int unix_accept(struct socket *s, struct socket *fresh, bool nonblock);
int unix_pair(struct socket *s, struct socket *other);
int unix_shutdown(struct socket *s, int how);

/* unix_message.c. Allocate one of len bytes, waiting for room in the sender's account (not beyond deadline): -EAGAIN, -EPIPE, -ENOBUFS … May sleep. */
int unix_message_alloc(struct unix_sock *sender, size_t len, uint64_t deadline,
		       struct unix_message **ret);
/* Files and credentials go along: they are in flight from here on. scm is emptied. -ETOOMANYREFS. */
int unix_message_attach(struct unix_message *m, struct socket_scm *scm);
/* The files are the receiver's now. */
void unix_message_detach(struct unix_message *m, struct socket_scm *ret);
/* A copy of the files for MSG_PEEK. -ENOMEM. */
int unix_message_peek(const struct unix_message *m, struct socket_scm *ret);
void unix_message_free(struct unix_message *m); /* files are put later or here; may sleep */
void unix_queue(struct unix_sock *to, struct unix_message *m);
void unix_dequeue(struct unix_sock *u, struct unix_message *m);

/* unix_stream.c, unix_dgram.c */
ssize_t unix_stream_send(struct socket *s, struct socket_message *m);
ssize_t unix_stream_receive(struct socket *s, struct socket_message *m);
ssize_t unix_dgram_send(struct socket *s, struct socket_message *m);
ssize_t unix_dgram_receive(struct socket *s, struct socket_message *m);
ssize_t unix_seqpacket_send(struct socket *s, struct socket_message *m);
ssize_t unix_seqpacket_receive(struct socket *s, struct socket_message *m);
bool unix_queue_full(const struct unix_sock *u);

/* unix_gc.c */
void unix_flight_begin(struct file *f, struct anon_user *user);
void unix_flight_end(struct file *f, struct anon_user *user);
/* Find what only garbage refers to and drop it; whoever drops messages just then, perhaps further up on this very stack, does it. May sleep. */
void unix_gc(void);
/* Put files and free messages without going deeper than one level into what their release does. May sleep. */
void unix_drop_messages(struct list_head *messages);

int unix_init(void);

#endif

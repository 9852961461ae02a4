/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket layer: a socket is a file whose family does the work behind struct socket_ops. Families register themselves (socket_family_register).
 * All under the big lock; members marked "may sleep" drop it.
 */
#ifndef NET_SOCKET_H
#define NET_SOCKET_H

#include "abi/abi_socket.h"
#include "vfs/vfs.h"

struct socket_address {
	uint8_t bytes[SOCKADDR_MAX];
	unsigned int len; /* 0: none */
};

/* What travels beside the data: credentials and files (references). */
struct socket_scm {
	struct abi_ucred creds;
	struct file **files;
	unsigned int n_files;
};

struct socket_message {
	struct iov_iter iter;
	struct socket_address name; /* sendmsg: the target; recvmsg: the sender, len 0 if none */
	uint32_t flags;		    /* MSG_* of the call; O_NONBLOCK is in as MSG_DONTWAIT */
	uint32_t ret_flags;	    /* recvmsg: MSG_TRUNC, MSG_EOR … */
	const void *control;	    /* sendmsg: a kernel copy of the control buffer */
	size_t control_len;
	struct socket_scm scm; /* recvmsg: what came; files become the receiver's */
	size_t control_room;   /* recvmsg: what the guest has for control messages */
	void *ret_control; /* recvmsg: finished control messages, kmalloc'ed; the caller frees them */
	size_t ret_control_len;
};

struct socket {
	int family, type, protocol;
	const struct socket_ops *ops;
	struct file *file; /* no reference */
	uint32_t sndbuf, rcvbuf, rcvlowat;
	uint64_t sndtimeo_ns, rcvtimeo_ns; /* 0: for ever */
	bool passcred, reuseaddr, reuseport, keepalive, broadcast, oobinline, dontroute, debug,
		timestamp, passsec;
	int priority;
	struct abi_linger linger;
	void *private;
};

/* Those that are NULL answer -EOPNOTSUPP. */
struct socket_ops {
	void (*release)(struct socket *s);			       /* required; may sleep */
	int (*bind)(struct socket *s, const struct socket_address *a); /* may sleep */
	int (*listen)(struct socket *s, int backlog);
	int (*connect)(struct socket *s, const struct socket_address *a,
		       bool nonblock); /* may sleep */
	/* fresh has type and ops of s and no private part yet. May sleep. */
	int (*accept)(struct socket *s, struct socket *fresh, bool nonblock);
	int (*pair)(struct socket *s, struct socket *other);
	int (*name)(struct socket *s, bool peer, struct socket_address *ret);
	ssize_t (*sendmsg)(struct socket *s, struct socket_message *m); /* may sleep */
	ssize_t (*recvmsg)(struct socket *s, struct socket_message *m); /* may sleep */
	int (*shutdown)(struct socket *s, int how);
	uint32_t (*poll)(struct socket *s, struct poll_table *table);
	int64_t (*ioctl)(struct socket *s, unsigned int cmd, uint64_t arg);
	/* What a mapping of the socket shows; gives no reference. NULL: -ENODEV. */
	int (*mmap)(struct socket *s, uint64_t offset, uint64_t len, struct mapping_source **ret);
	int (*error)(struct socket *s); /* take the pending error, as a positive errno */
	/* Options that need the family: SO_PEERCRED, SO_ACCEPTCONN, SO_PEERGROUPS. Bytes, -ENOPROTOOPT. buf has room for len. */
	int (*get_option)(struct socket *s, int option, void *buf, unsigned int len);
	void (*option_changed)(struct socket *s); /* optional */
	/* Families that keep their options themselves: asked before everything else, for all levels. NULL: socket_option.c does it. */
	int (*set_any)(struct socket *s, int level, int option, const void *value,
		       unsigned int len);
	int (*get_any)(struct socket *s, int level, int option, void *buf, unsigned int len);
};

struct socket_family {
	int family;
	/* s is filled in (type, protocol as given); sets ops and private. */
	int (*create)(struct socket *s);
	struct list_head link;
};
void socket_family_register(struct socket_family *f);

/* socket.c. type: SOCK_* with SOCK_NONBLOCK and SOCK_CLOEXEC; descriptors are returned. */
int socket_create(int family, int type, int protocol);
int socket_pair(int family, int type, int protocol, int32_t ret_fds[2]);
int socket_accept(struct file *listener, struct socket_address *ret_peer, uint32_t flags);
struct socket *socket_of(const struct file *f); /* NULL if it is none */
/* A descriptor of the current task: a reference of the file. -EBADF, -ENOTSOCK. */
int socket_get(int fd, struct file **ret_file, struct socket **ret);

ssize_t socket_send(struct file *f, struct socket_message *m);
ssize_t socket_receive(struct file *f, struct socket_message *m);

/* When waiting ends: 0 (do not wait), NO_DEADLINE, or a time. */
uint64_t socket_deadline(uint64_t timeout_ns, bool nonblock);
/* One sleep of a waiting loop. -EAGAIN when the time is over, -ERESTARTSYS, or -EINTR if there is a time limit. May sleep. */
int socket_wait(struct wait_queue *q, uint64_t deadline_ns);

/* socket_option.c: values in kernel memory. get: bytes or -errno. */
int socket_set_option(struct socket *s, int level, int option, const void *value, unsigned int len);
int socket_get_option(struct socket *s, int level, int option, void *buf, unsigned int len);
/* The same without set_any and get_any: for those families' own use. */
int socket_set_base(struct socket *s, int level, int option, const void *value, unsigned int len);
int socket_get_base(struct socket *s, int level, int option, void *buf, unsigned int len);

/* scm.c: parse a control buffer of a sender: files and credentials, with permission checks. */
int scm_parse(const struct socket_message *m, struct socket_scm *ret);
void scm_done(struct socket_scm *scm); /* puts the files; may sleep */
/* Give the files to the current task and write the control messages at control: the length written. Adds MSG_CTRUNC to *flags. */
size_t scm_receive(struct socket_scm *scm, bool with_creds, uaddr_t control, size_t len,
		   uint32_t call_flags, uint32_t *flags);

#endif

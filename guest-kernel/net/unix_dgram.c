// SPDX-License-Identifier: GPL-2.0-or-later
/* Unix datagram sockets, and sequenced packets, which are datagrams over a connection. */
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "lib/string.h"
#include "net/unix_socket.h"

bool unix_queue_full(const struct unix_sock *u)
{
	return u->type == SOCK_DGRAM && u->n_queued > u->backlog;
}

/* --- sending ------------------------------------------------------------------------------------ */

/* Where a message goes now: a reference. May sleep. */
static int dgram_target(struct unix_sock *u, const struct socket_address *name,
			struct unix_sock **ret)
{
	if (name->len > 0)
		return unix_find(name, u->type, ret);
	if (!u->peer)
		return -ENOTCONN;
	*ret = u->peer;
	unix_get(*ret);
	return 0;
}

/* May u's message go to `to` now? 0, 1: wait for room, or -errno. */
static int dgram_check(struct unix_sock *u, struct unix_sock *to)
{
	if (to->dead) {
		if (u->peer == to && u->type == SOCK_DGRAM)
			unix_set_peer(u, NULL);
		return u->type == SOCK_DGRAM ? -ECONNREFUSED : -EPIPE;
	}
	if (to->peer && to->peer != u)
		return -EPERM;
	if (to->shut & UNIX_SHUT_RECV)
		return -EPIPE;
	return to != u && to->peer != u && unix_queue_full(to);
}

static int dgram_deliver(struct unix_sock *u, const struct socket_address *name, uint64_t deadline,
			 struct unix_message *message)
{
	for (;;) {
		struct unix_sock *to;
		int r = dgram_target(u, name, &to);

		if (r < 0)
			return r;
		r = dgram_check(u, to);
		if (r == 0)
			unix_queue(to, message);
		else if (r > 0)
			r = socket_wait(&to->wait, deadline) < 0 ? -EAGAIN : 1;
		unix_put(to);
		if (r <= 0)
			return r;
	}
}

static int dgram_send(struct socket *s, struct socket_message *m, struct socket_scm *scm)
{
	struct unix_sock *u = unix_of(s);
	uint64_t deadline = socket_deadline(s->sndtimeo_ns, (m->flags & MSG_DONTWAIT) != 0);
	size_t len = m->iter.left;
	struct unix_message *message;
	int r;

	if (m->name.len == 0 && !u->peer)
		return -ENOTCONN;
	if (len > u->sndbuf - 32)
		return -EMSGSIZE;
	if (s->passcred) {
		r = unix_autobind(u);
		if (r < 0)
			return r;
	}
	r = unix_message_alloc(u, len, deadline, &message);
	if (r < 0)
		return r;
	r = unix_message_attach(message, scm);
	if (r == 0 && iter_copy_from(&m->iter, message->data, len) != (ssize_t)len)
		r = -EFAULT;
	if (r == 0)
		r = dgram_deliver(u, &m->name, deadline, message);
	if (r < 0)
		unix_message_free(message);
	return r;
}

ssize_t unix_dgram_send(struct socket *s, struct socket_message *m)
{
	struct socket_scm scm;
	size_t len = m->iter.left;
	int r;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	r = scm_parse(m, &scm);
	if (r < 0)
		return r;
	r = dgram_send(s, m, &scm);
	scm_done(&scm);
	return r < 0 ? r : (ssize_t)len;
}

/* --- receiving ---------------------------------------------------------------------------------- */

static int dgram_wait(struct socket *s, struct socket_message *m)
{
	struct unix_sock *u = unix_of(s);
	uint64_t deadline = socket_deadline(s->rcvtimeo_ns, (m->flags & MSG_DONTWAIT) != 0);

	while (list_empty(&u->queue)) {
		int r;

		if (u->error)
			return -unix_take_error(u);
		if ((u->shut & UNIX_SHUT_RECV) && (deadline != 0 || u->type == SOCK_SEQPACKET))
			return 0;
		r = socket_wait(&u->wait, deadline);
		if (r < 0)
			return r;
	}
	return 1;
}

/* A peeked message stays where others may take it while the copy sleeps: the readers' lock keeps it. */
static ssize_t dgram_copy(struct socket_message *m, struct unix_message *p)
{
	size_t n = MIN((size_t)p->len, m->iter.left);

	if (n > 0 && iter_copy_to(&m->iter, p->data, n) != (ssize_t)n)
		return -EFAULT;
	m->name = p->sender->name;
	if (n < p->len)
		m->ret_flags |= MSG_TRUNC;
	return m->flags & MSG_TRUNC ? (ssize_t)p->len : (ssize_t)n;
}

static ssize_t dgram_take(struct unix_sock *u, struct socket_message *m)
{
	struct unix_message *p = list_first_entry(&u->queue, struct unix_message, link);
	ssize_t n;
	int r;

	if (m->flags & MSG_PEEK) {
		n = dgram_copy(m, p);
		r = n < 0 ? 0 : unix_message_peek(p, &m->scm);
		return r < 0 ? r : n;
	}
	/* Ours alone from here on. */
	unix_dequeue(u, p);
	n = dgram_copy(m, p);
	if (n >= 0)
		unix_message_detach(p, &m->scm);
	unix_message_free(p);
	return n;
}

ssize_t unix_dgram_receive(struct socket *s, struct socket_message *m)
{
	struct unix_sock *u = unix_of(s);
	ssize_t n;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	for (;;) {
		n = dgram_wait(s, m);
		if (n <= 0)
			return n;
		sleep_lock_take(&u->read_lock);
		if (!list_empty(&u->queue))
			break;
		sleep_lock_release(&u->read_lock); /* another reader was first */
	}
	n = dgram_take(u, m);
	sleep_lock_release(&u->read_lock);
	return n;
}

/* --- sequenced packets -------------------------------------------------------------------------- */

ssize_t unix_seqpacket_send(struct socket *s, struct socket_message *m)
{
	struct unix_sock *u = unix_of(s);

	if (u->error)
		return -unix_take_error(u);
	if (u->state != UNIX_CONNECTED)
		return -ENOTCONN;
	m->name.len = 0; /* a connection needs no name, and takes none */
	return unix_dgram_send(s, m);
}

ssize_t unix_seqpacket_receive(struct socket *s, struct socket_message *m)
{
	ssize_t n;

	if (unix_of(s)->state != UNIX_CONNECTED)
		return -ENOTCONN;
	n = unix_dgram_receive(s, m);
	return n;
}

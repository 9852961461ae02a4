// SPDX-License-Identifier: GPL-2.0-or-later
/* Connections of Unix sockets: pairs, listening, connecting, accepting, half close. */
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "lib/string.h"
#include "net/unix_socket.h"

int unix_pair(struct socket *s, struct socket *other)
{
	struct unix_sock *a = unix_of(s), *b = unix_of(other);

	unix_set_owner(a);
	unix_set_owner(b);
	unix_take_creds(a, b);
	unix_take_creds(b, a);
	unix_set_peer(a, b);
	unix_set_peer(b, a);
	if (a->type != SOCK_DGRAM)
		a->state = b->state = UNIX_CONNECTED;
	return 0;
}

int unix_listen(struct socket *s, int backlog)
{
	struct unix_sock *u = unix_of(s);

	if (u->name.len == 0 || u->state == UNIX_CONNECTED)
		return -EINVAL;
	u->backlog = (unsigned int)backlog > SOMAXCONN ? SOMAXCONN : (unsigned int)backlog;
	u->state = UNIX_LISTENING;
	unix_set_owner(u);
	unix_wake(u, POLLOUT); /* connectors that wait for room look again */
	return 0;
}

/* The listener, with room for one more: a reference. May sleep. */
static int find_listener(struct unix_sock *u, const struct socket_address *a, uint64_t deadline,
			 struct unix_sock **ret)
{
	for (;;) {
		struct unix_sock *l;
		int r = unix_find(a, u->type, &l);

		if (r < 0)
			return r;
		r = -ECONNREFUSED;
		if (l->state == UNIX_LISTENING && !(l->shut & UNIX_SHUT_RECV)) {
			if (l->n_pending <= l->backlog) {
				*ret = l;
				return 0;
			}
			r = socket_wait(&l->wait, deadline);
		}
		unix_put(l);
		if (r < 0)
			return r;
	}
}

static int connect_state(const struct unix_sock *u)
{
	if (u->state == UNIX_CONNECTED)
		return -EISCONN;
	return u->state == UNIX_IDLE ? 0 : -EINVAL;
}

int unix_stream_connect(struct socket *s, const struct socket_address *a, bool nonblock)
{
	struct unix_sock *u = unix_of(s), *l, *embryo;
	int r = 0;

	if (s->passcred)
		r = unix_autobind(u);
	if (r < 0)
		return r;
	embryo = unix_alloc(u->type);
	if (!embryo)
		return -ENOMEM;
	r = find_listener(u, a, socket_deadline(s->sndtimeo_ns, nonblock), &l);
	if (r < 0)
		goto out_embryo;
	/* From here on nothing sleeps. */
	r = connect_state(u);
	if (r < 0) {
		unix_put(l);
		goto out_embryo;
	}
	unix_set_owner(u);
	unix_take_creds(embryo, u);
	unix_take_creds(u, l);
	embryo->name = l->name;
	embryo->sndbuf = l->sndbuf;
	embryo->state = u->state = UNIX_CONNECTED;
	embryo->listener = l;
	unix_set_peer(embryo, u);
	unix_set_peer(u, embryo);
	list_add_tail(&embryo->pending_link, &l->pending);
	l->n_pending++;
	unix_wake(l, POLLIN | POLLRDNORM);
	unix_put(l);
	return 0;
out_embryo:
	unix_put(embryo);
	return r;
}

int unix_accept(struct socket *s, struct socket *fresh, bool nonblock)
{
	struct unix_sock *l = unix_of(s), *u;
	uint64_t deadline = socket_deadline(s->rcvtimeo_ns, nonblock);

	if (l->state != UNIX_LISTENING)
		return -EINVAL;
	while (list_empty(&l->pending)) {
		int r;

		if (l->shut & UNIX_SHUT_RECV)
			return -EINVAL;
		r = socket_wait(&l->wait, deadline);
		if (r < 0)
			return r;
	}
	u = list_first_entry(&l->pending, struct unix_sock, pending_link);
	list_del(&u->pending_link);
	l->n_pending--;
	u->listener = NULL;
	u->socket = fresh;
	u->ino = fresh->file->inode->ino;
	fresh->ops = s->ops;
	fresh->sndbuf = s->sndbuf;
	fresh->rcvbuf = s->rcvbuf;
	fresh->passcred = s->passcred;
	u->sndbuf = fresh->sndbuf;
	fresh->private = u;
	unix_wake(l, POLLOUT); /* there is room for a connector */
	return 0;
}

/* What came from the old peer is not to be read as the new one's. */
static void dgram_leave(struct unix_sock *u, struct list_head *messages)
{
	struct unix_sock *old = u->peer;

	if (!old)
		return;
	while (!list_empty(&u->queue)) {
		struct unix_message *m = list_first_entry(&u->queue, struct unix_message, link);

		unix_dequeue(u, m);
		list_add_tail(&m->link, messages);
	}
	if (!list_empty(messages) && !old->dead && old->peer == u) {
		old->error = ECONNRESET;
		unix_wake(old, POLLERR);
	}
}

int unix_dgram_connect(struct socket *s, const struct socket_address *a, bool nonblock)
{
	struct list_head messages = LIST_HEAD_INIT(messages);
	struct unix_sock *u = unix_of(s), *other = NULL;
	uint16_t family = AF_UNSPEC;
	int r;

	(void)nonblock;
	if (a->len < sizeof(family))
		return -EINVAL;
	memcpy(&family, a->bytes, sizeof(family));
	if (family != AF_UNSPEC) {
		if (s->passcred) {
			r = unix_autobind(u);
			if (r < 0)
				return r;
		}
		r = unix_find(a, u->type, &other);
		if (r < 0)
			return r;
		if (other->dead || (other->peer && other->peer != u)) {
			r = other->dead ? -ECONNREFUSED : -EPERM;
			unix_put(other);
			return r;
		}
	}
	if (other != u->peer)
		dgram_leave(u, &messages);
	unix_set_peer(u, other);
	unix_put(other);
	unix_wake(u, POLLOUT | POLLWRNORM);
	unix_drop_messages(&messages);
	return 0;
}

int unix_shutdown(struct socket *s, int how)
{
	struct unix_sock *u = unix_of(s), *peer = u->peer;
	unsigned int mode = (unsigned int)how + 1, theirs = 0;

	if (how < SHUT_RD || how > SHUT_RDWR)
		return -EINVAL;
	u->shut |= mode;
	unix_wake(u, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	if (!peer || u->type == SOCK_DGRAM)
		return 0;
	if (mode & UNIX_SHUT_RECV)
		theirs |= UNIX_SHUT_SEND;
	if (mode & UNIX_SHUT_SEND)
		theirs |= UNIX_SHUT_RECV;
	peer->shut |= theirs;
	unix_wake(peer, POLLIN | POLLOUT | POLLHUP | POLLRDHUP);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Unix stream sockets: a queue of pieces. A reader takes across pieces, but not across ones that carry files or, if it wants to know, come from
 * different senders.
 */
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "lib/string.h"
#include "net/unix_socket.h"

#define PIECE_MAX 32768u

/* --- sending ------------------------------------------------------------------------------------ */

static int stream_send_piece(struct socket *s, struct socket_message *m, struct socket_scm *scm,
			     uint64_t deadline)
{
	struct unix_sock *u = unix_of(s);
	size_t size = MIN(MIN(m->iter.left, (size_t)u->sndbuf / 2 - 64), PIECE_MAX);
	struct unix_message *piece;
	int r = unix_message_alloc(u, size, deadline, &piece);

	if (r < 0)
		return r;
	r = unix_message_attach(piece, scm);
	if (r == 0 && iter_copy_from(&m->iter, piece->data, size) != (ssize_t)size)
		r = -EFAULT;
	/* The copy may have slept. */
	if (r == 0 && (!u->peer || u->peer->dead || (u->peer->shut & UNIX_SHUT_RECV) ||
		       (u->shut & UNIX_SHUT_SEND)))
		r = -EPIPE;
	if (r < 0) {
		unix_message_free(piece);
		return r;
	}
	unix_queue(u->peer, piece);
	return (int)size;
}

ssize_t unix_stream_send(struct socket *s, struct socket_message *m)
{
	struct unix_sock *u = unix_of(s);
	uint64_t deadline = socket_deadline(s->sndtimeo_ns, (m->flags & MSG_DONTWAIT) != 0);
	struct socket_scm scm;
	ssize_t done = 0;
	int r;

	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	r = scm_parse(m, &scm);
	if (r < 0)
		return r;
	if (m->name.len > 0)
		r = u->state == UNIX_CONNECTED ? -EISCONN : -EOPNOTSUPP;
	else if (!u->peer)
		r = -ENOTCONN;
	else if (u->shut & UNIX_SHUT_SEND)
		r = -EPIPE;
	while (r >= 0 && m->iter.left > 0) {
		r = stream_send_piece(s, m, &scm, deadline);
		if (r > 0)
			done += r;
	}
	if (r == -EPIPE && done == 0 && !(m->flags & MSG_NOSIGNAL))
		send_sigpipe();
	scm_done(&scm);
	return done > 0 || r >= 0 ? done : r;
}

/* --- receiving ---------------------------------------------------------------------------------- */

struct stream_read {
	struct unix_sock *u;
	struct socket *s;
	struct socket_message *m;
	uint64_t deadline;
	size_t done, target;
	bool have_creds, have_files;
};

/* Wait for data; the readers' lock is given up meanwhile. 1: there is some, 0: the end, or -errno. */
static int stream_wait(struct stream_read *rd)
{
	struct unix_sock *u = rd->u;

	while (list_empty(&u->queue)) {
		int r;

		if (rd->done >= rd->target)
			return 0;
		if (u->error)
			return -unix_take_error(u);
		if (u->shut & UNIX_SHUT_RECV)
			return 0;
		if (rd->deadline == 0)
			return -EAGAIN;
		sleep_lock_release(&u->read_lock);
		r = socket_wait(&u->wait, rd->deadline);
		sleep_lock_take(&u->read_lock);
		if (r < 0 && list_empty(&u->queue))
			return r;
	}
	return 1;
}

static bool same_sender(const struct abi_ucred *a, const struct abi_ucred *b)
{
	return a->pid == b->pid && a->uid == b->uid && a->gid == b->gid;
}

/* A piece that may be read together with what was read before. */
static bool piece_fits(struct stream_read *rd, const struct unix_message *p)
{
	if (rd->have_creds && rd->s->passcred && !same_sender(&rd->m->scm.creds, &p->scm.creds))
		return false;
	return true;
}

static ssize_t piece_copy(struct stream_read *rd, struct unix_message *p)
{
	size_t want = MIN((size_t)(p->len - p->offset), rd->m->iter.left);
	ssize_t n = iter_copy_to(&rd->m->iter, p->data + p->offset, want);

	if (n < 0 || (n == 0 && want > 0))
		return -EFAULT;
	if (!rd->have_creds) {
		rd->m->scm.creds = p->scm.creds;
		rd->m->name = p->sender->name;
		rd->have_creds = true;
	}
	rd->done += (size_t)n;
	return n;
}

/* Take bytes from the first piece; true: go on with the next. */
static bool piece_take(struct stream_read *rd, struct unix_message *p, int *ret)
{
	ssize_t n = piece_copy(rd, p);

	if (n < 0) {
		*ret = (int)n;
		return false;
	}
	p->offset += (uint32_t)n;
	if (p->scm.n_files > 0) {
		struct abi_ucred creds = rd->m->scm.creds;

		unix_message_detach(p, &rd->m->scm);
		rd->m->scm.creds = creds;
		rd->have_files = true;
	}
	if (p->offset < p->len)
		return false;
	unix_dequeue(rd->u, p);
	unix_message_free(p);
	return !rd->have_files;
}

/* MSG_PEEK: look at pieces in a row without waiting. The readers' lock keeps them. */
static int stream_peek(struct stream_read *rd)
{
	struct unix_message *p;

	list_for_each_entry(p, &rd->u->queue, link) {
		if (rd->m->iter.left == 0 || !piece_fits(rd, p))
			break;
		if (piece_copy(rd, p) < 0)
			return -EFAULT;
		if (p->scm.n_files > 0)
			return unix_message_peek(p, &rd->m->scm);
	}
	return 0;
}

static int stream_take(struct stream_read *rd)
{
	int r = 0;

	while (rd->m->iter.left > 0 || rd->done == 0) {
		struct unix_message *p;

		r = stream_wait(rd);
		if (r <= 0)
			return r;
		if (rd->m->iter.left == 0)
			return 0; /* a read of nothing waits for something, as in Linux */
		if (rd->m->flags & MSG_PEEK)
			return stream_peek(rd);
		p = list_first_entry(&rd->u->queue, struct unix_message, link);
		if (!piece_fits(rd, p))
			break;
		r = 0;
		if (!piece_take(rd, p, &r) && (r < 0 || rd->have_files))
			break;
	}
	return r;
}

ssize_t unix_stream_receive(struct socket *s, struct socket_message *m)
{
	struct unix_sock *u = unix_of(s);
	struct stream_read rd = { .u = u, .s = s, .m = m };
	int r;

	if (u->state != UNIX_CONNECTED)
		return -EINVAL;
	if (m->flags & MSG_OOB)
		return -EOPNOTSUPP;
	rd.deadline = socket_deadline(s->rcvtimeo_ns, (m->flags & MSG_DONTWAIT) != 0);
	rd.target = m->flags & MSG_WAITALL ? m->iter.left : MIN(s->rcvlowat, m->iter.left);
	rd.target = MAX(rd.target, (size_t)1);
	sleep_lock_take(&u->read_lock);
	r = stream_take(&rd);
	sleep_lock_release(&u->read_lock);
	return rd.done > 0 ? (ssize_t)rd.done : r;
}

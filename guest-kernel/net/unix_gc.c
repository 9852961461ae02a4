// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files in flight. A Unix socket whose descriptor is in a message of a queue that only such a socket can read would live for ever. Whenever a
 * socket is closed while files are in flight, or loses its last reference that is not from a message: a socket is a candidate if all references
 * of its file are from messages; candidates that a message outside their own circle refers to are alive, and so is what is in the queues of
 * those; the rest are garbage.
 *
 * Also: dropping messages puts files, which may close sockets, whose messages are dropped … The list of doomed messages makes that a loop.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "net/unix_socket.h"

unsigned int unix_in_flight;

static struct list_head doomed = LIST_HEAD_INIT(doomed);
static bool dropping, gc_wanted;

static struct unix_sock *sock_of_file(const struct file *f)
{
	struct socket *s = socket_of(f);

	return s && s->family == AF_UNIX ? s->private : NULL;
}

void unix_flight_begin(struct file *f, struct anon_user *user)
{
	struct unix_sock *u = sock_of_file(f);

	user->fds_in_flight++;
	if (u) {
		f->in_flight++;
		unix_in_flight++;
	}
}

void unix_flight_end(struct file *f, struct anon_user *user)
{
	struct unix_sock *u = sock_of_file(f);

	user->fds_in_flight--;
	if (u) {
		f->in_flight--;
		unix_in_flight--;
	}
}

/* --- garbage ------------------------------------------------------------------------------------ */

/* Visit each candidate in the queue of u and in those of the connections that wait to be accepted from it. */
static void for_each_candidate_in(struct unix_sock *u,
				  void (*fn)(struct unix_sock *c, struct list_head *work),
				  struct list_head *work)
{
	struct unix_message *m;
	struct unix_sock *e;

	list_for_each_entry(m, &u->queue, link) {
		for (unsigned int i = 0; i < m->scm.n_files; i++) {
			struct unix_sock *c = sock_of_file(m->scm.files[i]);

			if (c && c->gc_candidate)
				fn(c, work);
		}
	}
	list_for_each_entry(e, &u->pending, pending_link)
		for_each_candidate_in(e, fn, work); /* embryos have no pending ones: one level */
}

static void uncount(struct unix_sock *c, struct list_head *work)
{
	(void)work;
	c->gc_refs--;
}

static void revive(struct unix_sock *c, struct list_head *work)
{
	if (c->gc_alive)
		return;
	c->gc_alive = true;
	list_move_tail(&c->gc_link, work);
}

static void take_queue(struct unix_sock *u, struct list_head *messages)
{
	struct unix_sock *e;

	while (!list_empty(&u->queue)) {
		struct unix_message *m = list_first_entry(&u->queue, struct unix_message, link);

		unix_dequeue(u, m);
		list_add_tail(&m->link, messages);
	}
	list_for_each_entry(e, &u->pending, pending_link)
		take_queue(e, messages);
}

/* The messages in the queues of garbage. Does not sleep. */
static void collect(struct list_head *messages)
{
	struct list_head candidates = LIST_HEAD_INIT(candidates), work = LIST_HEAD_INIT(work);
	struct unix_sock *u, *tmp;

	list_for_each_entry(u, &unix_socks, all_link) {
		const struct file *f = u->socket ? u->socket->file : NULL;

		u->gc_candidate = f && f->in_flight > 0 && f->refs == f->in_flight;
		u->gc_alive = false;
		u->gc_refs = f ? (int)f->in_flight : 0;
		if (u->gc_candidate)
			list_add_tail(&u->gc_link, &candidates);
	}
	list_for_each_entry(u, &candidates, gc_link)
		for_each_candidate_in(u, uncount, NULL);
	list_for_each_entry_safe(u, tmp, &candidates, gc_link) {
		if (u->gc_refs > 0)
			revive(u, &work);
	}
	while (!list_empty(&work)) {
		u = list_first_entry(&work, struct unix_sock, gc_link);
		list_del(&u->gc_link);
		for_each_candidate_in(u, revive, &work);
	}
	/* Nothing can put these messages back: nobody can reach the queues. */
	list_for_each_entry_safe(u, tmp, &candidates, gc_link) {
		list_del(&u->gc_link);
		take_queue(u, messages);
	}
}

/* --- dropping ----------------------------------------------------------------------------------- */

/* One at a time does all that is to be done: a thousand sockets that go at once are one search, not a thousand. */
static void drop(void)
{
	if (dropping)
		return;
	dropping = true;
	while (!list_empty(&doomed) || gc_wanted) {
		struct unix_message *m;

		if (list_empty(&doomed)) {
			gc_wanted = false;
			collect(&doomed);
			continue;
		}
		m = list_first_entry(&doomed, struct unix_message, link);
		list_del(&m->link);
		unix_message_free(m);
	}
	dropping = false;
}

void unix_drop_messages(struct list_head *messages)
{
	ASSERT_LOCKED();
	while (!list_empty(messages))
		list_move_tail(messages->next, &doomed);
	drop();
}

void unix_gc(void)
{
	ASSERT_LOCKED();
	gc_wanted = true;
	drop();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages between Unix sockets: their memory is charged to the sender until they are read; files in them are in flight. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "net/unix_socket.h"
#include "task/process.h"

/* About what Linux counts for one buffer beyond its data. */
#define OVERHEAD 640u

int unix_message_alloc(struct unix_sock *sender, size_t len, uint64_t deadline,
		       struct unix_message **ret)
{
	size_t charge = ALIGN_UP(len, 64) + OVERHEAD;
	struct unix_message *m;

	for (;;) {
		int r;

		if (sender->error)
			return -unix_take_error(sender);
		if (sender->shut & UNIX_SHUT_SEND)
			return -EPIPE;
		if (sender->sent_bytes < sender->sndbuf)
			break;
		r = socket_wait(&sender->wait, deadline);
		if (r < 0)
			return r;
	}
	if (!anon_charge(charge))
		return -ENOBUFS;
	m = kmalloc(sizeof(*m) + len);
	if (!m) {
		anon_uncharge(charge);
		return -ENOBUFS;
	}
	*m = (struct unix_message){ .sender = sender, .charge = charge, .len = (uint32_t)len };
	list_init(&m->link);
	unix_get(sender);
	sender->sent_bytes += charge;
	*ret = m;
	return 0;
}

int unix_message_attach(struct unix_message *m, struct socket_scm *scm)
{
	const struct task *t = current_task();

	m->scm.creds = scm->creds;
	if (scm->n_files == 0)
		return 0;
	m->flight_user = anon_user_get(t->cred->uid);
	if (!m->flight_user)
		return -ENOMEM;
	if (m->flight_user->fds_in_flight > rlimit(t, RLIMIT_NOFILE) &&
	    !capable(CAP_SYS_RESOURCE) && !capable(CAP_SYS_ADMIN))
		return -ETOOMANYREFS;
	m->scm.files = scm->files;
	m->scm.n_files = scm->n_files;
	scm->files = NULL;
	scm->n_files = 0;
	for (unsigned int i = 0; i < m->scm.n_files; i++)
		unix_flight_begin(m->scm.files[i], m->flight_user);
	return 0;
}

void unix_message_detach(struct unix_message *m, struct socket_scm *ret)
{
	for (unsigned int i = 0; i < m->scm.n_files; i++)
		unix_flight_end(m->scm.files[i], m->flight_user);
	ret->creds = m->scm.creds;
	ret->files = m->scm.files;
	ret->n_files = m->scm.n_files;
	m->scm.files = NULL;
	m->scm.n_files = 0;
}

int unix_message_peek(const struct unix_message *m, struct socket_scm *ret)
{
	ret->creds = m->scm.creds;
	if (m->scm.n_files == 0)
		return 0;
	ret->files = kmalloc(SCM_MAX_FD * sizeof(*ret->files));
	if (!ret->files)
		return -ENOMEM;
	ret->n_files = m->scm.n_files;
	for (unsigned int i = 0; i < m->scm.n_files; i++) {
		ret->files[i] = m->scm.files[i];
		file_get(ret->files[i]);
	}
	return 0;
}

void unix_message_free(struct unix_message *m)
{
	struct unix_sock *sender = m->sender;
	struct socket_scm scm = { 0 };

	unix_message_detach(m, &scm);
	anon_user_put(m->flight_user);
	anon_uncharge(m->charge);
	sender->sent_bytes -= m->charge;
	if (!sender->dead && unix_writable(sender))
		unix_wake(sender, POLLOUT | POLLWRNORM | POLLWRBAND);
	unix_put(sender);
	kfree(m);
	scm_done(&scm);
}

void unix_queue(struct unix_sock *to, struct unix_message *m)
{
	list_add_tail(&m->link, &to->queue);
	to->n_queued++;
	unix_wake(to, POLLIN | POLLRDNORM);
}

void unix_dequeue(struct unix_sock *u, struct unix_message *m)
{
	struct unix_sock *c;
	bool was_full = unix_queue_full(u);

	list_del(&m->link);
	u->n_queued--;
	if (!was_full || unix_queue_full(u))
		return;
	/* Datagram senders wait on the receiver if they name it, and poll themselves if they are connected to it. */
	unix_wake(u, POLLOUT);
	list_for_each_entry(c, &u->clients, client_link)
		unix_wake(c, POLLOUT | POLLWRNORM | POLLWRBAND);
}

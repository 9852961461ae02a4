// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Readiness of host sockets. They are in a host epoll set of their own, which itself is one watched descriptor of the I/O thread: its list of watches stays
 * short. Events are fetched and handed on under the big lock in one go, so none is of a socket that has gone.
 */
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/ktimer.h"
#include "host/host_epoll.h"
#include "net/inet_socket.h"

#define EVENTS (HOST_POLL_IN | HOST_POLL_PRI | HOST_POLL_OUT | HOST_POLL_RDHUP | HOST_POLL_EDGE)
#define BATCH  32u

static int epfd = -1;
static struct io_watch watch;

/* Linux says both of each pair. */
static uint32_t guest_events(uint32_t host)
{
	uint32_t e = host & (POLLIN | POLLPRI | POLLOUT | POLLERR | POLLHUP | POLLRDHUP);

	if (e & POLLIN)
		e |= POLLRDNORM;
	if (e & POLLOUT)
		e |= POLLWRNORM;
	return e;
}

static void sockets_ready(struct io_watch *w, uint32_t events)
{
	struct host_epoll_event ev[BATCH];
	int n;

	(void)w;
	(void)events;
	do {
		n = host_epoll_wait(epfd, ev, BATCH, 0);
		for (int i = 0; i < n; i++) {
			struct inet_sock *s = ev[i].data;

			s->wakes++;
			(void)wait_queue_wake_events(&s->wait, guest_events(ev[i].events));
		}
	} while (n == (int)BATCH);
}

int inet_watch(struct inet_sock *i)
{
	int r;

	if (i->watched)
		return 0;
	r = host_epoll_set(epfd, i->fd, EVENTS, i, true);
	i->watched = r == 0;
	return r;
}

void inet_unwatch(struct inet_sock *i)
{
	if (i->watched)
		(void)host_epoll_del(epfd, i->fd);
	i->watched = false;
}

int inet_wait(struct inet_sock *i, uint64_t seen, uint64_t deadline_ns)
{
	if (deadline_ns == 0)
		return -EAGAIN;
	return i->wakes != seen ? 0 : socket_wait(&i->wait, deadline_ns);
}

uint32_t inet_poll(struct socket *s, struct poll_table *table)
{
	struct inet_sock *i = inet_of(s);

	poll_wait(table, &i->wait);
	/* Without it nobody would be woken; the answer of now is right all the same. */
	if (table)
		(void)inet_watch(i);
	return host_net_poll(i->fd);
}

int inet_watch_init(void)
{
	epfd = host_epoll_create();
	if (epfd < 0)
		return epfd;
	io_watch_init(&watch, epfd, sockets_ready);
	return io_watch_set(&watch, HOST_POLL_IN);
}

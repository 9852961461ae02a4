// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * kepoll_wait: collect events from the ready list without sleeping, then copy them. Items that the copy did not reach go back to the list with what was
 * taken from them.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "engine/engine.h"
#include "fs/anon/epoll.h"
#include "fs/anon/epoll_internal.h"
#include "host/host_memory.h"

#define EVENTS_ON_STACK 16u
#define EVENTS_AT_ONCE	65536u

struct collected {
	struct epoll_item *item; /* a reference */
	uint32_t wanted;	 /* its events before a one-shot disarmed it */
};

struct collection {
	unsigned int n, size;
	struct abi_epoll_event *events;
	struct collected *items;
	struct abi_epoll_event few_events[EVENTS_ON_STACK];
	struct collected few_items[EVENTS_ON_STACK];
};

static int collection_init(struct collection *c, unsigned int n)
{
	c->n = 0;
	c->size = n;
	c->events = c->few_events;
	c->items = c->few_items;
	if (n <= EVENTS_ON_STACK)
		return 0;
	c->events = kmalloc(n * sizeof(*c->events));
	c->items = kmalloc(n * sizeof(*c->items));
	if (c->events && c->items)
		return 0;
	kfree(c->events);
	kfree(c->items);
	return -ENOMEM;
}

static void collection_done(struct collection *c)
{
	for (unsigned int i = 0; i < c->n; i++)
		epoll_item_put(c->items[i].item);
	if (c->events != c->few_events) {
		kfree(c->events);
		kfree(c->items);
	}
}

/* One pass over what is ready now; level-triggered items go to the end and are looked at again by the next call. */
static void collect(struct epoll *e, struct collection *c)
{
	for (unsigned int left = e->n_ready; left > 0 && c->n < c->size; left--) {
		struct epoll_item *i = list_first_entry(&e->ready, struct epoll_item, ready_link);
		uint32_t events;

		epoll_ready_del(i);
		events = epoll_item_poll(i, NULL);
		if (!events)
			continue;
		epoll_item_get(i);
		c->events[c->n] = (struct abi_epoll_event){ events, i->data };
		c->items[c->n++] = (struct collected){ i, i->events };
		if (i->events & EPOLLONESHOT)
			i->events &= EPOLL_PRIVATE;
		else if (!(i->events & EPOLLET))
			epoll_ready_add(i);
	}
	/* What is left, or level-triggered, is for other waiters too. */
	if (e->n_ready > 0)
		(void)wait_queue_wake_n(&e->waiters, 1);
}

static void give_back(struct collection *c, unsigned int from)
{
	for (unsigned int k = from; k < c->n; k++) {
		struct epoll_item *i = c->items[k].item;

		if (!i->file)
			continue;
		if ((c->items[k].wanted & EPOLLONESHOT) && !(i->events & ~EPOLL_PRIVATE))
			i->events = c->items[k].wanted;
		epoll_ready_add(i);
	}
}

static int64_t send_events(struct epoll *e, uaddr_t to, unsigned int n)
{
	struct collection c;
	ssize_t bytes;
	unsigned int sent;
	int r = collection_init(&c, MIN(MIN(n, e->n_ready), EVENTS_AT_ONCE));

	if (r < 0)
		return r;
	collect(e, &c);
	bytes = c.n ? copy_to_user_some(to, c.events, c.n * sizeof(*c.events)) : 0;
	sent = bytes < 0 ? 0 : (unsigned int)((size_t)bytes / sizeof(*c.events));
	if (sent < c.n)
		give_back(&c, sent);
	r = sent > 0 || c.n == 0 ? (int)sent : -EFAULT;
	collection_done(&c);
	return r;
}

static int64_t wait_on(struct epoll *e, uaddr_t events, unsigned int n, uint64_t deadline_ns)
{
	for (;;) {
		bool late = deadline_ns == 0;
		int64_t done = 0;

		while (e->n_ready == 0 && !late) {
			int r = wait_queue_sleep(&e->waiters, deadline_ns,
						 WAIT_INTERRUPTIBLE | WAIT_EXCLUSIVE);

			if (r == -ETIMEDOUT)
				late = true;
			else if (r < 0 && e->n_ready == 0)
				return -EINTR; /* never restarted */
		}
		if (e->n_ready > 0)
			done = send_events(e, events, n);
		if (done != 0 || late)
			return done;
	}
}

int64_t kepoll_wait(int epfd, uaddr_t events, int n, uint64_t deadline_ns)
{
	struct file *f;
	int64_t r;

	if (n <= 0 || n > EPOLL_EVENTS_MAX)
		return -EINVAL;
	/* As in Linux, a buffer that lies outside is found before the wait, one that is not mapped after it. */
	if (events.a > ENGINE_USER_MAX - (uint64_t)n * sizeof(struct abi_epoll_event))
		return -EFAULT;
	r = anon_file_of(epfd, &epoll_file_ops, -EINVAL, &f);
	if (r < 0)
		return r;
	r = wait_on(f->private, events, (unsigned int)n, deadline_ns);
	file_put(f);
	return r;
}

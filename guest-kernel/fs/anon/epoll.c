// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * epoll: sets of watched files, and what makes their items ready. Waiting is in kepoll_wait.c.
 *
 * A wake of a file's queue puts its items on their sets' ready lists; whether there is really something is asked when the events are collected.
 */
#include "fs/anon/epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/anon/epoll_internal.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_special.h"

#define BUCKETS_FIRST	 8u
#define USER_WATCHES_MAX 200000u /* fs.epoll.max_user_watches */

#define EXCLUSIVE_OK                                                                     \
	(POLLIN | POLLOUT | POLLERR | POLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE | \
	 POLLRDNORM | POLLWRNORM | POLLRDBAND | POLLWRBAND | POLLPRI | POLLRDHUP | POLLMSG)

/* A place on one wait queue of an item's file. */
struct epoll_hook {
	struct wait_entry entry;
	struct epoll_item *item;
	struct list_head link;
};

/* --- readiness ---------------------------------------------------------------------------------- */

void epoll_ready_add(struct epoll_item *i)
{
	if (i->is_ready)
		return;
	i->is_ready = true;
	list_add_tail(&i->ready_link, &i->set->ready);
	i->set->n_ready++;
}

void epoll_ready_del(struct epoll_item *i)
{
	if (!i->is_ready)
		return;
	i->is_ready = false;
	list_del(&i->ready_link);
	i->set->n_ready--;
}

bool epoll_announce(struct epoll *e)
{
	bool woken = wait_queue_wake_n(&e->waiters, 1) > 0;

	(void)wait_queue_wake_events(&e->polled, POLLIN | POLLRDNORM);
	return woken;
}

static bool hook_wake(struct wait_entry *entry, uint32_t events)
{
	struct epoll_item *i = container_of(entry, struct epoll_hook, entry)->item;

	/* A one-shot item that has fired sleeps until it is changed. */
	if (!(i->events & ~EPOLL_PRIVATE))
		return false;
	if (events && !(events & i->events))
		return false;
	epoll_ready_add(i);
	/* For a wake that is meant for one only: whether somebody here takes it. */
	return epoll_announce(i->set) && (i->events & EPOLLEXCLUSIVE);
}

struct hook_table {
	struct poll_table table;
	struct epoll_item *item;
};

static void hook_add(struct poll_table *table, struct wait_queue *q)
{
	struct epoll_item *i = container_of(table, struct hook_table, table)->item;
	struct epoll_hook *h = kzalloc(sizeof(*h));

	if (!h) {
		i->hook_failed = true;
		return;
	}
	h->item = i;
	h->entry.wake = hook_wake;
	h->entry.exclusive = (i->events & EPOLLEXCLUSIVE) != 0;
	list_add_tail(&h->link, &i->hooks);
	wait_entry_add(q, &h->entry);
}

static void item_unhook(struct epoll_item *i)
{
	struct epoll_hook *h, *tmp;

	list_for_each_entry_safe(h, tmp, &i->hooks, link) {
		wait_entry_del(&h->entry);
		list_del(&h->link);
		kfree(h);
	}
}

uint32_t epoll_item_poll(struct epoll_item *i, struct poll_table *table)
{
	return file_poll(i->file, table) & i->events & ~EPOLL_PRIVATE;
}

/* A set that is watched by another: ready if one of its items really is. Items that are not leave the list. */
static uint32_t epoll_poll(struct file *f, struct poll_table *table)
{
	struct epoll *e = f->private;
	struct epoll_item *i, *tmp;

	poll_wait(table, &e->polled);
	list_for_each_entry_safe(i, tmp, &e->ready, ready_link) {
		if (epoll_item_poll(i, NULL))
			return POLLIN | POLLRDNORM;
		epoll_ready_del(i);
	}
	return 0;
}

/* --- items -------------------------------------------------------------------------------------- */

static unsigned int bucket_of(const struct epoll *e, const struct file *f, int fd)
{
	uint64_t h = ((uint64_t)(uintptr_t)f >> 4) ^ (uint64_t)fd * 0x9e3779b97f4a7c15ull;

	return (unsigned int)((h * 0x9e3779b97f4a7c15ull) >> 40) & (e->n_buckets - 1);
}

static struct list_head *buckets_alloc(unsigned int n)
{
	struct list_head *b = kmalloc(n * sizeof(*b));

	for (unsigned int i = 0; b && i < n; i++)
		list_init(&b[i]);
	return b;
}

/* Without memory the chains only get longer. */
static void buckets_grow(struct epoll *e)
{
	unsigned int old_n = e->n_buckets;
	struct list_head *old = e->buckets, *fresh = buckets_alloc(old_n * 2);

	if (!fresh)
		return;
	e->buckets = fresh;
	e->n_buckets = old_n * 2;
	for (unsigned int b = 0; b < old_n; b++) {
		while (!list_empty(&old[b])) {
			struct epoll_item *i =
				list_first_entry(&old[b], struct epoll_item, hash_link);

			list_move_tail(&i->hash_link, &fresh[bucket_of(e, i->file, i->fd)]);
		}
	}
	kfree(old);
}

static struct epoll_item *item_find(struct epoll *e, const struct file *f, int fd)
{
	struct epoll_item *i;

	list_for_each_entry(i, &e->buckets[bucket_of(e, f, fd)], hash_link) {
		if (i->file == f && i->fd == fd)
			return i;
	}
	return NULL;
}

void epoll_item_get(struct epoll_item *i)
{
	i->refs++;
}

void epoll_item_put(struct epoll_item *i)
{
	if (--i->refs == 0)
		kfree(i);
}

static void item_remove(struct epoll_item *i)
{
	struct epoll *e = i->set;

	item_unhook(i);
	epoll_ready_del(i);
	list_del(&i->hash_link);
	list_del(&i->file_link);
	i->file = NULL;
	e->n_items--;
	e->user->epoll_watches--;
	epoll_item_put(i);
}

static void item_check_ready(struct epoll_item *i, struct poll_table *table)
{
	if (!epoll_item_poll(i, table))
		return;
	epoll_ready_add(i);
	(void)epoll_announce(i->set);
}

static int item_add(struct epoll *e, struct file *f, int fd, uint32_t events, uint64_t data)
{
	struct hook_table hooks = { .table.add = hook_add };
	struct epoll_item *i;
	int r;

	if (e->user->epoll_watches >= USER_WATCHES_MAX)
		return -ENOSPC;
	i = kzalloc(sizeof(*i));
	if (!i)
		return -ENOMEM;
	*i = (struct epoll_item){
		.refs = 1, .set = e, .file = f, .fd = fd, .events = events, .data = data
	};
	list_init(&i->ready_link);
	list_init(&i->hooks);
	if (e->n_items >= e->n_buckets * 2)
		buckets_grow(e);
	list_add_tail(&i->hash_link, &e->buckets[bucket_of(e, f, fd)]);
	list_add_tail(&i->file_link, &f->epoll_items);
	e->n_items++;
	e->user->epoll_watches++;
	r = epoll_paths_check(f);
	if (r < 0) {
		item_remove(i);
		return r;
	}
	hooks.item = i;
	item_check_ready(i, &hooks.table);
	if (i->hook_failed) {
		item_remove(i);
		return -ENOMEM;
	}
	return 0;
}

static void item_change(struct epoll_item *i, uint32_t events, uint64_t data)
{
	i->events = events;
	i->data = data;
	item_check_ready(i, NULL);
}

/* The last reference of a file has gone. */
static void file_gone(struct file *f)
{
	while (!list_empty(&f->epoll_items))
		item_remove(list_first_entry(&f->epoll_items, struct epoll_item, file_link));
}

/* --- the set ------------------------------------------------------------------------------------ */

static void epoll_free(struct epoll *e)
{
	for (unsigned int b = 0; b < e->n_buckets; b++) {
		while (!list_empty(&e->buckets[b]))
			item_remove(list_first_entry(&e->buckets[b], struct epoll_item, hash_link));
	}
	wait_queue_release(&e->polled);
	anon_user_put(e->user);
	kfree(e->buckets);
	kfree(e);
}

static void epoll_release(struct file *f)
{
	if (f->private)
		epoll_free(f->private);
}

static void epoll_show(struct file *f, char *buf, size_t len)
{
	struct epoll *e = f->private;
	size_t n = 0;

	for (unsigned int b = 0; b < e->n_buckets; b++) {
		struct epoll_item *i;

		list_for_each_entry(i, &e->buckets[b], hash_link) {
			n += (size_t)format_str(buf + n, len - n,
						"tfd: %8d events: %8x data: %16llx ino:%llx\n",
						i->fd, i->events, (unsigned long long)i->data,
						(unsigned long long)i->file->inode->ino);
			if (n + 1 >= len)
				return;
		}
	}
}

const struct file_ops epoll_file_ops = {
	.release = epoll_release,
	.poll = epoll_poll,
	.show_fdinfo = epoll_show,
	.llseek = anon_llseek,
	.no_pos = true,
};

static struct epoll *epoll_alloc(void)
{
	struct epoll *e = kzalloc(sizeof(*e));

	if (!e)
		return NULL;
	e->n_buckets = BUCKETS_FIRST;
	e->buckets = buckets_alloc(e->n_buckets);
	e->user = anon_user_get(current_task()->cred->uid);
	if (!e->buckets || !e->user) {
		anon_user_put(e->user);
		kfree(e->buckets);
		kfree(e);
		return NULL;
	}
	list_init(&e->ready);
	wait_queue_init(&e->waiters);
	wait_queue_init(&e->polled);
	return e;
}

int kepoll_create(uint32_t flags)
{
	struct epoll *e;
	struct file *f;
	int r;

	if (flags & ~EPOLL_CLOEXEC)
		return -EINVAL;
	e = epoll_alloc();
	if (!e)
		return -ENOMEM;
	r = file_create_anon("[eventpoll]", &epoll_file_ops, e, O_RDWR, &f);
	if (r < 0) {
		epoll_free(e);
		return r;
	}
	e->file = f;
	r = fd_install(f, 0, (flags & EPOLL_CLOEXEC) != 0);
	if (r < 0)
		file_put(f); /* and with it the set */
	return r;
}

static int control(struct epoll *e, struct file *f, int op, int fd, uint32_t events, uint64_t data)
{
	struct epoll_item *i;
	int r;

	if (op == EPOLL_CTL_ADD) {
		r = epoll_nest_check(e, f);
		if (r < 0)
			return r;
	}
	i = item_find(e, f, fd);
	switch (op) {
	case EPOLL_CTL_ADD:
		return i ? -EEXIST : item_add(e, f, fd, events | POLLERR | POLLHUP, data);
	case EPOLL_CTL_DEL:
		if (!i)
			return -ENOENT;
		item_remove(i);
		return 0;
	case EPOLL_CTL_MOD:
		if (!i)
			return -ENOENT;
		if (i->events & EPOLLEXCLUSIVE)
			return -EINVAL;
		item_change(i, events | POLLERR | POLLHUP, data);
		return 0;
	default:
		return -EINVAL;
	}
}

int epoll_control(int epfd, int op, int fd, uint32_t events, uint64_t data)
{
	struct file *set_file = fd_get(epfd), *f = NULL;
	struct epoll *e;
	int r = -EBADF;

	if (!set_file)
		return -EBADF;
	f = fd_get(fd);
	if (!f)
		goto out;
	r = -EPERM;
	if (!f->ops->poll)
		goto out;
	r = -EINVAL;
	e = epoll_of(set_file);
	if (!e || f == set_file)
		goto out;
	events &= ~EPOLLWAKEUP; /* the guest never suspends */
	if (op != EPOLL_CTL_DEL && (events & EPOLLEXCLUSIVE)) {
		if (op == EPOLL_CTL_MOD || epoll_of(f) || (events & ~EXCLUSIVE_OK))
			goto out;
	}
	r = control(e, f, op, fd, events, data);
out:
	file_put(f);
	file_put(set_file);
	return r;
}

int epoll_init(void)
{
	file_gone_from_epoll = file_gone;
	return 0;
}

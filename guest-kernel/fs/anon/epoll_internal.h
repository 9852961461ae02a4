/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What epoll.c (sets, changes, readiness), epoll_nest.c (sets inside sets) and kepoll_wait.c share.
 *
 * An item hooks onto the wait queues of its file and does not keep the file alive: the file's last put takes the item out. Everything happens
 * under the big lock without sleeping, apart from the copy of events in kepoll_wait.
 */
#ifndef FS_ANON_EPOLL_INTERNAL_H
#define FS_ANON_EPOLL_INTERNAL_H

#include "abi/abi_epoll.h"
#include "fs/anon/anon.h"

struct epoll {
	struct file *file; /* the set's own; no reference */
	struct list_head *buckets;
	unsigned int n_buckets, n_items; /* buckets: a power of two */
	struct list_head ready;		 /* items that may have something */
	unsigned int n_ready;
	struct wait_queue waiters; /* in kepoll_wait */
	struct wait_queue polled;  /* sets and polls that watch this set */
	struct anon_user *user;
	uint32_t visit; /* epoll_nest.c */
	int visit_depth;
};

struct epoll_item {
	uint32_t refs; /* the set's, and kepoll_wait's while it copies */
	struct epoll *set;
	struct file *file; /* NULL once it is out */
	int fd;
	uint32_t events; /* wanted, with EPOLLET and so on */
	uint64_t data;
	bool is_ready, hook_failed;
	struct list_head hash_link;
	struct list_head file_link; /* file->epoll_items */
	struct list_head ready_link;
	struct list_head hooks;
};

/* What is left of the wanted events when a one-shot item has fired. */
#define EPOLL_PRIVATE (EPOLLEXCLUSIVE | EPOLLWAKEUP | EPOLLONESHOT | EPOLLET)

extern const struct file_ops epoll_file_ops;

static inline struct epoll *epoll_of(const struct file *f)
{
	return f->ops == &epoll_file_ops ? f->private : NULL;
}

void epoll_item_get(struct epoll_item *i);
void epoll_item_put(struct epoll_item *i);
void epoll_ready_add(struct epoll_item *i); /* at the end; harmless if it is there */
void epoll_ready_del(struct epoll_item *i);
uint32_t epoll_item_poll(struct epoll_item *i, struct poll_table *table);
/* Tell one waiter, and all who watch the set. True if a waiter was woken. */
bool epoll_announce(struct epoll *e);

/* May `set` watch f? -ELOOP (a cycle, or more than 5 levels). After adding: -EINVAL if too many ways lead up from some file. */
int epoll_nest_check(struct epoll *set, struct file *f);
int epoll_paths_check(struct file *f);

#endif

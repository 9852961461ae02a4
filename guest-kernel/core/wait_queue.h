/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way to sleep. A task that has found its condition false calls wait_queue_sleep under the big lock; whoever makes the
 * condition true calls a wake function under the same lock, so no wake can be lost. Always
 *
 *	while (!condition) {
 *		r = wait_queue_sleep(&q, deadline, WAIT_INTERRUPTIBLE);
 *		if (r < 0)
 *			break;
 *	}
 *
 * poll, select and epoll sleep on many queues at once: they put wait_entry objects with a callback of their own on each, and then
 * call task_sleep.
 */
#ifndef CORE_WAIT_QUEUE_H
#define CORE_WAIT_QUEUE_H

#include "lib/list.h"
#include "lib/types.h"

struct task;

struct wait_queue {
	struct list_head entries;
};

#define WAIT_QUEUE_INIT(name)                  \
	{                                      \
		LIST_HEAD_INIT((name).entries) \
	}
#define NO_DEADLINE UINT64_MAX

enum {
	WAIT_UNINTERRUPTIBLE = 0,
	WAIT_INTERRUPTIBLE = 1, /* any pending signal that is not blocked ends the sleep */
	WAIT_KILLABLE = 2,	/* only a fatal one */
	WAIT_EXCLUSIVE = 4,	/* wake_one wakes one of these (and all that are not exclusive) */
	WAIT_STOPPED = 8,	/* the task shows as stopped meanwhile (job control, ptrace) */
};

struct wait_entry {
	struct list_head link;
	/*
	 * Called by the waker under the big lock; must not sleep. events: POLL* bits that became true, 0 if the waker did not say.
	 * Returns true if this counts as the one exclusive wake.
	 */
	bool (*wake)(struct wait_entry *e, uint32_t events);
	struct task *task;
	bool exclusive;
};

void wait_queue_init(struct wait_queue *q);

/*
 * Sleep until woken. deadline_ns: of the monotonic clock. Returns 0 (woken, test again), -ETIMEDOUT, or -ERESTARTSYS (a signal of
 * the kind the flags allow is pending; also before sleeping). May sleep.
 */
int must_check wait_queue_sleep(struct wait_queue *q, uint64_t deadline_ns, unsigned int flags);

/* The base of it: sleep without a queue, until task_wake. Same results. */
int must_check task_sleep(uint64_t deadline_ns, unsigned int flags);

/* Put an entry on a queue, take it off again (harmless if it is on none). */
void wait_entry_add(struct wait_queue *q, struct wait_entry *e);
void wait_entry_del(struct wait_entry *e);

/* Wake all; all non-exclusive and n exclusive ones; the same, saying which POLL* events came. Return how many. */
unsigned int wait_queue_wake_all(struct wait_queue *q);
unsigned int wait_queue_wake_n(struct wait_queue *q, unsigned int n);
unsigned int wait_queue_wake_events(struct wait_queue *q, uint32_t events);
unsigned int wait_queue_wake_n_events(struct wait_queue *q, unsigned int n, uint32_t events);

/* The queue's memory goes away while pollers (epoll sets) may still be on it: wake them and take them off. */
void wait_queue_release(struct wait_queue *q);

static inline bool wait_queue_empty(const struct wait_queue *q)
{
	return list_empty(&q->entries);
}

/* A lock that may be held while sleeping, for operations that sleep in the middle (an inode, a tty's reader). Not recursive. */
struct sleep_lock {
	struct task *owner;
	struct wait_queue queue;
};

void sleep_lock_init(struct sleep_lock *l);
void sleep_lock_take(struct sleep_lock *l); /* may sleep, not interruptible */
int must_check sleep_lock_take_interruptible(struct sleep_lock *l); /* 0 or -ERESTARTSYS */
bool sleep_lock_try(struct sleep_lock *l);
void sleep_lock_release(struct sleep_lock *l);

#endif

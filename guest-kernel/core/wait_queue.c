// SPDX-License-Identifier: GPL-2.0-or-later
/* Wait queues and sleeping locks, on top of task_sleep and task_wake of the scheduler. */
#include "core/wait_queue.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/task.h"

void wait_queue_init(struct wait_queue *q)
{
	list_init(&q->entries);
}

void wait_entry_add(struct wait_queue *q, struct wait_entry *e)
{
	ASSERT_LOCKED();
	list_add_tail(&e->link, &q->entries);
}

void wait_entry_del(struct wait_entry *e)
{
	ASSERT_LOCKED();
	list_del(&e->link);
}

static bool wake_task(struct wait_entry *e, uint32_t events)
{
	(void)events;
	task_wake(e->task);
	return e->exclusive;
}

int wait_queue_sleep(struct wait_queue *q, uint64_t deadline_ns, unsigned int flags)
{
	struct wait_entry e = {
		.wake = wake_task,
		.task = current_task(),
		.exclusive = (flags & WAIT_EXCLUSIVE) != 0,
	};
	int r;

	wait_entry_add(q, &e);
	r = task_sleep(deadline_ns, flags);
	wait_entry_del(&e);
	return r;
}

/*
 * Callbacks may take entries off this queue (their own, when a poll ends), but they run under the big lock and never sleep, so only
 * the entry at hand can go; its successor is taken before the call.
 */
static unsigned int wake_some(struct wait_queue *q, unsigned int n_exclusive, uint32_t events)
{
	struct wait_entry *e, *tmp;
	unsigned int woken = 0;

	ASSERT_LOCKED();
	list_for_each_entry_safe(e, tmp, &q->entries, link) {
		if (e->exclusive && n_exclusive == 0)
			continue;
		woken++;
		if (e->wake(e, events) && n_exclusive > 0)
			n_exclusive--;
	}
	return woken;
}

unsigned int wait_queue_wake_all(struct wait_queue *q)
{
	return wake_some(q, UINT_MAX, 0);
}

unsigned int wait_queue_wake_n(struct wait_queue *q, unsigned int n)
{
	return wake_some(q, n, 0);
}

unsigned int wait_queue_wake_events(struct wait_queue *q, uint32_t events)
{
	return wake_some(q, UINT_MAX, events);
}

unsigned int wait_queue_wake_n_events(struct wait_queue *q, unsigned int n, uint32_t events)
{
	return wake_some(q, n, events);
}

void wait_queue_release(struct wait_queue *q)
{
	(void)wait_queue_wake_all(q);
	while (!list_empty(&q->entries))
		list_del(q->entries.next);
}

void sleep_lock_init(struct sleep_lock *l)
{
	l->owner = NULL;
	wait_queue_init(&l->queue);
}

static int sleep_lock_wait(struct sleep_lock *l, unsigned int flags)
{
	ASSERT(l->owner != current_task());
	sched_debug_point();
	while (l->owner) {
		int r = wait_queue_sleep(&l->queue, NO_DEADLINE, flags | WAIT_EXCLUSIVE);

		if (r < 0) {
			/* The wake may have been meant for us: pass it on. */
			if (!l->owner)
				wait_queue_wake_n(&l->queue, 1);
			return r;
		}
	}
	l->owner = current_task();
	return 0;
}

void sleep_lock_take(struct sleep_lock *l)
{
	while (sleep_lock_wait(l, WAIT_UNINTERRUPTIBLE) < 0)
		;
}

int sleep_lock_take_interruptible(struct sleep_lock *l)
{
	return sleep_lock_wait(l, WAIT_INTERRUPTIBLE);
}

bool sleep_lock_try(struct sleep_lock *l)
{
	ASSERT_LOCKED();
	if (l->owner)
		return false;
	l->owner = current_task();
	return true;
}

void sleep_lock_release(struct sleep_lock *l)
{
	ASSERT(l->owner == current_task());
	l->owner = NULL;
	wait_queue_wake_n(&l->queue, 1);
}

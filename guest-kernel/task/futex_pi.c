// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Futexes with an owner. The word holds the owner's thread number; who waits hangs in the same table as plain waiters, marked pi. Unlocking hands
 * the lock to the first waiter by writing its number; that drops the big lock, so the waiter is marked as being granted and stays until it is decided.
 * Nothing inherits a priority: there are no real-time priorities here.
 */
#include "abi/abi_errno.h"
#include "abi/abi_futex.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/task.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/task_futex.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

static struct futex_waiter *first_pi_waiter(const struct futex_key *k,
					    const struct futex_waiter *but)
{
	struct futex_waiter *w;

	list_for_each_entry(w, futex_bucket(k), link)
		if (w->pi && w != but && futex_key_same(&w->key, k))
			return w;
	return NULL;
}

/*
 * One try to get the lock for tid: 0 got it, 1 it is held (*ret_owner, the word has the WAITERS bit if mark), or an error. died: its owner
 * has ended without unlocking.
 */
static int try_take(uint64_t addr, uint32_t tid, bool mark, bool others, int died, int *ret_owner)
{
	uint32_t word = 0, seen, desired;
	int r;

	for (;;) {
		uint32_t owner = word & FUTEX_TID_MASK;

		if (owner == tid)
			return -EDEADLK;
		if (owner == 0 || (int)owner == died)
			desired = tid | (word & FUTEX_OWNER_DIED) | (owner ? FUTEX_OWNER_DIED : 0) |
				  (others || (word & FUTEX_WAITERS) ? FUTEX_WAITERS : 0);
		else
			desired = word | (mark ? FUTEX_WAITERS : 0);
		r = cmpxchg_user(UADDR(addr), word, desired, &seen);
		if (r < 0)
			return r;
		if (seen == word && (owner == 0 || (int)owner == died))
			return 0;
		if (seen == word) {
			*ret_owner = (int)owner;
			return 1;
		}
		word = seen;
		if (signal_fatal_pending(current_task()))
			return -EINTR;
	}
}

/* Leave the queue; nobody may be writing our number meanwhile. */
static void leave(struct futex_waiter *w)
{
	while (w->granting)
		(void)!task_sleep(NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	list_del(&w->link);
}

/* The owner must be somebody who can unlock: a living thread. */
static int check_owner(int owner, int *ret_died)
{
	const struct task *t = task_find(owner);

	*ret_died = 0;
	if (!t || !t->group)
		return -ESRCH;
	return t->is_kthread ? -EPERM : 0;
}

/* Queued already, as a pi waiter: until the lock is ours. */
static int wait_for_lock(struct futex_waiter *w, uint64_t addr, uint64_t deadline_ns)
{
	uint32_t tid = (uint32_t)w->task->tid;
	int r, died = 0;

	for (;;) {
		if (w->granted)
			return 0;
		w->owner_died = false;
		w->woken = false;
		r = try_take(addr, tid, true, first_pi_waiter(&w->key, w) != NULL, died,
			     &w->owner_tid);
		if (w->granted)
			return 0;
		if (r <= 0)
			return r;
		died = 0;
		if (w->owner_died) {
			died = w->owner_tid;
			continue;
		}
		r = check_owner(w->owner_tid, &died);
		if (r < 0)
			return r;
		while (!w->granted && !w->owner_died && !w->woken) {
			r = task_sleep(deadline_ns, WAIT_INTERRUPTIBLE);
			if (r < 0 && !w->granting && !w->granted)
				return r == -ERESTARTSYS ? -ERESTARTNOINTR : r;
			if (r < 0)
				while (w->granting)
					(void)!task_sleep(NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
		}
		if (w->owner_died)
			died = w->owner_tid;
	}
}

int futex_lock_pi(uint64_t addr, bool shared, uint64_t deadline_ns, bool try)
{
	struct futex_waiter w = { .task = current_task(), .pi = true, .bitset = FUTEX_BITSET_ALL };
	int r, owner = 0;

	ASSERT_LOCKED();
	r = futex_key_get(addr, shared, &w.key);
	if (r < 0)
		return r;
	if (try) {
		r = try_take(addr, (uint32_t)w.task->tid, false, false, 0, &owner);
		if (r == 1)
			r = -EAGAIN;
	} else {
		futex_queue(&w);
		r = wait_for_lock(&w, addr, deadline_ns);
		leave(&w);
		if (w.granted)
			r = 0;
	}
	futex_key_put(&w.key);
	return r;
}

int futex_unlock_pi(uint64_t addr, bool shared)
{
	uint32_t tid = (uint32_t)current_task()->tid, word, seen;
	struct futex_key k;
	int r;

	ASSERT_LOCKED();
	r = get_user(word, UADDR(addr));
	if (r == 0)
		r = futex_key_get(addr, shared, &k);
	if (r < 0)
		return r;
	for (;;) {
		struct futex_waiter *next;
		uint32_t desired = 0;

		r = -EPERM;
		if ((word & FUTEX_TID_MASK) != tid)
			break;
		next = first_pi_waiter(&k, NULL);
		if (next) {
			desired = (uint32_t)next->task->tid | FUTEX_WAITERS;
			next->granting = true;
		}
		r = cmpxchg_user(UADDR(addr), word, desired, &seen);
		if (next) {
			next->granting = false;
			if (r == 0 && seen == word) {
				next->granted = true;
				list_del(&next->link);
			}
			task_wake(next->task);
		}
		if (r < 0 || seen == word)
			break;
		word = seen;
	}
	futex_key_put(&k);
	return r;
}

void futex_pi_owner_exit(struct task *t)
{
	struct futex_waiter *w, *tmp;
	struct list_head *h;

	/* Whoever waits for this thread takes over by itself: it knows the word's address in its own space. */
	for (unsigned int i = 0; (h = futex_bucket_n(i)) != NULL; i++) {
		list_for_each_entry_safe(w, tmp, h, link) {
			if (!w->pi || w->owner_tid != t->tid)
				continue;
			w->owner_died = true;
			task_wake(w->task);
		}
	}
}

/* --- condition variables over PI locks ---------------------------------------------------------- */

int futex_wait_requeue_pi(uint64_t addr, uint64_t to, bool shared, uint32_t value,
			  uint64_t deadline_ns, uint32_t bitset)
{
	struct futex_waiter w = { .task = current_task(), .wants_pi = true, .bitset = bitset };
	uint32_t word;
	int r;

	ASSERT_LOCKED();
	if (bitset == 0 || addr == to)
		return -EINVAL;
	r = futex_key_get(to, shared, &w.pi_key);
	if (r < 0)
		return r;
	r = futex_key_get(addr, shared, &w.key);
	if (r < 0)
		goto out_pi_key;
	futex_queue(&w);
	r = get_user(word, UADDR(addr));
	if (r == 0 && word != value)
		r = -EAGAIN;
	while (r == 0 && !w.pi && !w.granted)
		r = task_sleep(deadline_ns, WAIT_INTERRUPTIBLE);
	if (w.pi && !w.granted) {
		r = wait_for_lock(&w, to, deadline_ns);
		if (r == -ERESTARTNOINTR)
			r = -EAGAIN; /* moved already: the condition's wait is over, try the lock again */
	} else if (r == -ERESTARTSYS) {
		r = -ERESTARTNOINTR;
	}
	leave(&w);
	if (w.granted)
		r = 0;
	futex_key_put(&w.key);
out_pi_key:
	futex_key_put(&w.pi_key);
	return r;
}

static struct futex_waiter *first_mover(const struct futex_key *from)
{
	struct futex_waiter *w;

	list_for_each_entry(w, futex_bucket(from), link)
		if (futex_key_same(&w->key, from))
			return w;
	return NULL;
}

/* Hang w under the lock's key: the two references it holds change places. */
static void to_lock_queue(struct futex_waiter *w)
{
	struct futex_key k = w->key;

	list_del(&w->link);
	w->key = w->pi_key;
	w->pi_key = k;
	w->wants_pi = false;
	w->pi = true;
	futex_queue(w);
}

int64_t futex_cmp_requeue_pi(uint64_t from, uint64_t to, bool shared, unsigned int n_wake,
			     unsigned int n_move, uint32_t value)
{
	struct futex_key a, b;
	struct futex_waiter *w;
	unsigned int done = 0;
	uint32_t word;
	int64_t r;

	ASSERT_LOCKED();
	if (n_wake != 1 || n_move > INT_MAX || from == to)
		return -EINVAL;
	r = futex_key_get(from, shared, &a);
	if (r < 0)
		return r;
	r = futex_key_get(to, shared, &b);
	if (r == 0)
		r = get_user(word, UADDR(from));
	if (r == 0 && word != value)
		r = -EAGAIN;
	/* Each moved waiter wakes and tries for the lock itself; who does not get it waits there in its place. */
	while (r == 0 && done <= n_move && (w = first_mover(&a)) != NULL) {
		if (!w->wants_pi || !futex_key_same(&w->pi_key, &b)) {
			r = done ? 0 : -EINVAL;
			break;
		}
		to_lock_queue(w);
		task_wake(w->task);
		done++;
	}
	futex_key_put(&a);
	futex_key_put(&b);
	return r < 0 ? r : done;
}

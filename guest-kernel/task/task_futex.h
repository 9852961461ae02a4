/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Futexes, see futex(2). A waiter queues itself first and then reads the word: a wake that comes in between finds it. All under the big lock; all may
 * sleep. deadline_ns: monotonic.
 */
#ifndef TASK_TASK_FUTEX_H
#define TASK_TASK_FUTEX_H

#include "lib/list.h"
#include "lib/types.h"

struct task;

#define FUTEX_BITSET_ALL UINT32_MAX

struct futex_key {
	void *object;
	uint64_t offset;
};

/* Somebody who waits; lives on the waiter's kernel stack. */
struct futex_waiter {
	struct list_head link;
	struct futex_key key;
	struct task *task;
	uint32_t bitset;
	bool woken;    /* taken off the queue by a waker */
	bool pi;       /* waits for ownership, not for a wake */
	bool granted;  /* the lock is ours: the word says so already */
	bool granting; /* an owner is about to write our number into the word: do not leave */
	bool owner_died;
	bool wants_pi;		 /* in WAIT_REQUEUE_PI */
	struct futex_key pi_key; /* the lock it expects to be moved to */
	int owner_tid;		 /* of the lock, as last seen */
};

/* 0 woken, -EAGAIN (another value), -ETIMEDOUT, -ERESTARTSYS, -EFAULT, -EINVAL. */
int futex_wait(uint64_t addr, bool shared, uint32_t value, uint64_t deadline_ns, uint32_t bitset);
int64_t futex_wake(uint64_t addr, bool shared, unsigned int n, uint32_t bitset);
/* compare NULL: do not compare. Returns woken + moved (woken alone for plain REQUEUE as Linux counts: both). */
int64_t futex_requeue(uint64_t from, uint64_t to, bool shared, unsigned int n_wake,
		      unsigned int n_move, const uint32_t *compare);
int64_t futex_wake_op(uint64_t addr, uint64_t addr2, bool shared, unsigned int n, unsigned int n2,
		      uint32_t op);

/* futex_pi.c. Priority inheritance as far as ownership goes; there are no real-time priorities to inherit. */
int futex_lock_pi(uint64_t addr, bool shared, uint64_t deadline_ns, bool try);
int futex_unlock_pi(uint64_t addr, bool shared);
int futex_wait_requeue_pi(uint64_t addr, uint64_t to, bool shared, uint32_t value,
			  uint64_t deadline_ns, uint32_t bitset);
int64_t futex_cmp_requeue_pi(uint64_t from, uint64_t to, bool shared, unsigned int n_wake,
			     unsigned int n_move, uint32_t value);
void futex_pi_owner_exit(struct task *t);

/* Shared between task_futex.c and futex_pi.c. */
int futex_key_get(uint64_t addr, bool shared,
		  struct futex_key *ret); /* with a reference; -EFAULT, -EINVAL */
void futex_key_put(struct futex_key *k);
bool futex_key_same(const struct futex_key *a, const struct futex_key *b);
struct list_head *futex_bucket(const struct futex_key *k);
void futex_queue(struct futex_waiter *w);
void futex_waiter_wake(struct futex_waiter *w);
struct list_head *futex_bucket_n(unsigned int i); /* NULL past the last */

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Futexes: waiting, waking, moving waiters, wake-op, robust lists. Waiters hang in a table by key, in the order they came. Reading or
 * changing the guest's word drops the big lock, so whatever was found in the table before is looked up again after it.
 */
#include "task/task_futex.h"
#include "abi/abi_errno.h"
#include "abi/abi_futex.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/task.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

#define BUCKETS		   256u
#define ROBUST_ENTRIES_MAX 2048
#define OFFSET_SHARED	   1u /* in the key of a word, which is aligned */

static struct list_head buckets[BUCKETS];

struct list_head *futex_bucket_n(unsigned int i)
{
	if (i >= BUCKETS)
		return NULL;
	if (!buckets[i].next)
		list_init(&buckets[i]);
	return &buckets[i];
}

struct list_head *futex_bucket(const struct futex_key *k)
{
	uint64_t h = ((uint64_t)(uintptr_t)k->object >> 4) ^ (k->offset >> 2);

	return futex_bucket_n((unsigned int)(h * 0x9e3779b97f4a7c15ull >> 56) % BUCKETS);
}

bool futex_key_same(const struct futex_key *a, const struct futex_key *b)
{
	return a->object == b->object && a->offset == b->offset;
}

/*
 * A key is compared while its owner sleeps: the object must not go away and come back as another. The address space of a private key lives as
 * long as its waiter; a shared source is held.
 */
int futex_key_get(uint64_t addr, bool shared, struct futex_key *ret)
{
	struct mm *mm = current_task()->mm;
	int r;

	if (addr & 3)
		return -EINVAL;
	r = mm_futex_key(mm, addr, !shared, &ret->object, &ret->offset);
	if (r < 0)
		return r;
	if (ret->object == mm) {
		/* Private memory, but waited for as if it were shared: other waiters than the private ones. */
		if (shared)
			ret->offset |= OFFSET_SHARED;
	} else {
		struct mapping_source *s = ret->object;

		if (s->ops->get)
			s->ops->get(s);
	}
	return 0;
}

void futex_key_put(struct futex_key *k)
{
	if (k->object && k->object != current_task()->mm) {
		struct mapping_source *s = k->object;

		if (s->ops->put)
			s->ops->put(s);
	}
	k->object = NULL;
}

void futex_queue(struct futex_waiter *w)
{
	list_add_tail(&w->link, futex_bucket(&w->key));
}

void futex_waiter_wake(struct futex_waiter *w)
{
	list_del(&w->link);
	w->woken = true;
	task_wake(w->task);
}

/* --- wait --------------------------------------------------------------------------------------- */

int futex_wait(uint64_t addr, bool shared, uint32_t value, uint64_t deadline_ns, uint32_t bitset)
{
	struct futex_waiter w = { .task = current_task(), .bitset = bitset };
	uint32_t word;
	int r;

	ASSERT_LOCKED();
	if (bitset == 0)
		return -EINVAL;
	r = futex_key_get(addr, shared, &w.key);
	if (r < 0)
		return r;
	futex_queue(&w);
	r = get_user(word, UADDR(addr));
	if (r == 0 && word != value)
		r = -EAGAIN;
	while (r == 0 && !w.woken)
		r = task_sleep(deadline_ns, WAIT_INTERRUPTIBLE);
	list_del(&w.link);
	/* A wake that was spent on us counts, whatever else happened. */
	if (w.woken)
		r = 0;
	futex_key_put(&w.key);
	return r;
}

/* --- wake --------------------------------------------------------------------------------------- */

static unsigned int wake_key(const struct futex_key *k, unsigned int n, uint32_t bitset,
			     bool *ret_pi)
{
	struct futex_waiter *w, *tmp;
	unsigned int woken = 0;

	list_for_each_entry_safe(w, tmp, futex_bucket(k), link) {
		if (woken >= n)
			break;
		if (!futex_key_same(&w->key, k))
			continue;
		if (w->pi || w->wants_pi) {
			*ret_pi = true;
			break;
		}
		if (!(w->bitset & bitset))
			continue;
		futex_waiter_wake(w);
		woken++;
	}
	return woken;
}

int64_t futex_wake(uint64_t addr, bool shared, unsigned int n, uint32_t bitset)
{
	struct futex_key k;
	bool pi = false;
	int64_t r;

	ASSERT_LOCKED();
	if (bitset == 0)
		return -EINVAL;
	r = futex_key_get(addr, shared, &k);
	if (r < 0)
		return r;
	/* Linux wakes one where none was asked for. */
	r = wake_key(&k, MAX(n, 1u), bitset, &pi);
	futex_key_put(&k);
	return r == 0 && pi ? -EINVAL : r;
}

void futex_wake_address(struct mm *mm, uint64_t addr, unsigned int n)
{
	struct futex_key k;
	bool pi = false;

	ASSERT_LOCKED();
	if (addr & 3)
		return;
	/* As Linux: the kernel's own wakes are for those who wait on it as shared. */
	if (mm_futex_key(mm, addr, false, &k.object, &k.offset) < 0)
		return;
	if (k.object == mm)
		k.offset |= OFFSET_SHARED;
	(void)wake_key(&k, n, FUTEX_BITSET_ALL, &pi);
}

/* --- requeue ------------------------------------------------------------------------------------ */

/* Hang a waiter under another key; it holds a reference of that key's source from now on. */
static void move_waiter(struct futex_waiter *w, const struct futex_key *to)
{
	struct mapping_source *s;

	list_del(&w->link);
	if (w->key.object != w->task->mm) {
		s = w->key.object;
		if (s->ops->put)
			s->ops->put(s);
	}
	w->key = *to;
	if (w->key.object != w->task->mm) {
		s = w->key.object;
		if (s->ops->get)
			s->ops->get(s);
	}
	futex_queue(w);
}

static int64_t requeue(const struct futex_key *from, const struct futex_key *to,
		       unsigned int n_wake, unsigned int n_move)
{
	struct futex_waiter *w, *tmp;
	unsigned int woken = 0, moved = 0;

	list_for_each_entry_safe(w, tmp, futex_bucket(from), link) {
		if (!futex_key_same(&w->key, from))
			continue;
		if (woken >= n_wake && moved >= n_move)
			break;
		if (w->pi || w->wants_pi)
			return woken + moved > 0 ? (int64_t)(woken + moved) : -EINVAL;
		if (woken < n_wake) {
			futex_waiter_wake(w);
			woken++;
			continue;
		}
		moved++;
		if (!futex_key_same(from, to))
			move_waiter(w, to);
	}
	return woken + moved;
}

int64_t futex_requeue(uint64_t from, uint64_t to, bool shared, unsigned int n_wake,
		      unsigned int n_move, const uint32_t *compare)
{
	struct futex_key a, b;
	uint32_t word;
	int64_t r;

	if (n_wake > INT_MAX || n_move > INT_MAX)
		return -EINVAL;
	r = futex_key_get(from, shared, &a);
	if (r < 0)
		return r;
	r = futex_key_get(to, shared, &b);
	if (r == 0 && compare) {
		r = get_user(word, UADDR(from));
		if (r == 0 && word != *compare)
			r = -EAGAIN;
	}
	if (r == 0)
		r = requeue(&a, &b, n_wake, n_move);
	futex_key_put(&a);
	futex_key_put(&b);
	return r;
}

/* --- wake-op ------------------------------------------------------------------------------------ */

static int op_apply(uint32_t op, uint32_t arg, uint32_t old, uint32_t *ret)
{
	switch (op) {
	case FUTEX_OP_SET:
		*ret = arg;
		return 0;
	case FUTEX_OP_ADD:
		*ret = old + arg;
		return 0;
	case FUTEX_OP_OR:
		*ret = old | arg;
		return 0;
	case FUTEX_OP_ANDN:
		*ret = old & ~arg;
		return 0;
	case FUTEX_OP_XOR:
		*ret = old ^ arg;
		return 0;
	default:
		return -ENOSYS;
	}
}

static int op_compare(uint32_t cmp, int32_t old, int32_t arg)
{
	switch (cmp) {
	case FUTEX_OP_CMP_EQ:
		return old == arg;
	case FUTEX_OP_CMP_NE:
		return old != arg;
	case FUTEX_OP_CMP_LT:
		return old < arg;
	case FUTEX_OP_CMP_LE:
		return old <= arg;
	case FUTEX_OP_CMP_GT:
		return old > arg;
	case FUTEX_OP_CMP_GE:
		return old >= arg;
	default:
		return -ENOSYS;
	}
}

static int op_do(uint64_t addr, uint32_t code)
{
	uint32_t op = (code >> 28) & 7, cmp = (code >> 24) & 15;
	int32_t op_arg = (int32_t)(code << 8) >> 20, cmp_arg = (int32_t)(code << 20) >> 20;
	uint32_t old, seen, value;
	int r;

	if (code & (FUTEX_OP_OPARG_SHIFT << 28))
		op_arg = (int32_t)(1u << ((uint32_t)op_arg & 31));
	r = op_apply(op, 0, 0, &value);
	if (r == 0)
		r = get_user(old, UADDR(addr));
	while (r == 0) {
		(void)op_apply(op, (uint32_t)op_arg, old, &value);
		r = cmpxchg_user(UADDR(addr), old, value, &seen);
		if (r < 0 || seen == old)
			break;
		old = seen;
		if (signal_fatal_pending(current_task()))
			return -EINTR; /* a guest that changes the word all the time must not hold us for ever */
	}
	return r < 0 ? r : op_compare(cmp, (int32_t)old, cmp_arg);
}

int64_t futex_wake_op(uint64_t addr, uint64_t addr2, bool shared, unsigned int n, unsigned int n2,
		      uint32_t op)
{
	struct futex_key a, b;
	bool pi = false;
	int64_t r = futex_key_get(addr, shared, &a);
	int holds;

	if (r < 0)
		return r;
	r = futex_key_get(addr2, shared, &b);
	if (r < 0)
		goto out_a;
	holds = op_do(addr2, op);
	r = holds;
	if (holds >= 0) {
		r = wake_key(&a, MAX(n, 1u), FUTEX_BITSET_ALL, &pi);
		if (holds > 0)
			r += wake_key(&b, MAX(n2, 1u), FUTEX_BITSET_ALL, &pi);
		if (r == 0 && pi)
			r = -EINVAL;
	}
	futex_key_put(&b);
out_a:
	futex_key_put(&a);
	return r;
}

/* --- robust lists ------------------------------------------------------------------------------- */

/* One lock of a thread that ends: if it holds it, say so in the word and wake one waiter. */
static int robust_release(struct task *t, uint64_t addr, bool pi, bool pending)
{
	uint32_t word, seen, desired;

	if ((addr & 3) || get_user(word, UADDR(addr)) < 0)
		return -EFAULT;
	for (;;) {
		/* It may have unlocked (0) without having woken anybody yet. */
		if (pending && !pi && word == 0) {
			futex_wake_address(t->mm, addr, 1);
			return 0;
		}
		if ((word & FUTEX_TID_MASK) != (uint32_t)t->tid)
			return 0;
		desired = (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
		if (cmpxchg_user(UADDR(addr), word, desired, &seen) < 0)
			return -EFAULT;
		if (seen == word)
			break;
		word = seen;
	}
	if (!pi && (word & FUTEX_WAITERS))
		futex_wake_address(t->mm, addr, 1);
	return 0;
}

static void robust_walk(struct task *t)
{
	struct abi_robust_list_head head;
	uint64_t entry, next, list = t->robust_list.a;

	if (copy_from_user(&head, t->robust_list, sizeof(head)) < 0)
		return;
	/* Bit 0 of an entry's address says that it is a PI lock. */
	entry = head.list;
	for (int n = 0; n < ROBUST_ENTRIES_MAX && (entry & ~1ull) != list; n++) {
		bool bad = get_user(next, UADDR(entry & ~1ull)) < 0;

		if (entry != head.list_op_pending &&
		    robust_release(t, (entry & ~1ull) + (uint64_t)head.futex_offset, entry & 1,
				   false) < 0)
			return;
		if (bad)
			return;
		entry = next;
	}
	if (head.list_op_pending & ~1ull)
		(void)robust_release(t,
				     (head.list_op_pending & ~1ull) + (uint64_t)head.futex_offset,
				     head.list_op_pending & 1, true);
}

void futex_exit(struct task *t)
{
	if (t->robust_list.a)
		robust_walk(t);
	t->robust_list = UADDR(0);
	futex_pi_owner_exit(t);
}

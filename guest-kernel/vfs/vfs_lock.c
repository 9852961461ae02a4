// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * File locks: POSIX locks (owner: the descriptor table, so that threads share them and any close of the file drops them), OFD locks and flock (owner: the
 * open file). Those who wait sleep on one queue of the inode; for POSIX locks a circle of waiting owners is found before it is closed.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "task/process.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"

#define LOCKS_MAX 1000000u /* in the whole guest: each costs kernel memory */

struct file_lock {
	struct list_head link;
	int type; /* F_RDLCK, F_WRLCK */
	bool ofd;
	uint64_t start, end; /* both included */
	const void *owner;
	int pid;
};

struct file_lock_state {
	struct list_head ranges; /* POSIX and OFD */
	struct list_head whole;	 /* flock */
	struct wait_queue queue;
};

/* Owners of POSIX locks that sleep, and whom they wait for. */
struct lock_waiter {
	struct list_head link;
	const void *owner, *blocker;
};

static struct list_head waiters = LIST_HEAD_INIT(waiters);
static unsigned int n_locks;

static struct file_lock_state *state_of(struct inode *inode)
{
	struct file_lock_state *s = inode->locks;

	if (s)
		return s;
	s = kzalloc(sizeof(*s));
	if (!s)
		return NULL;
	list_init(&s->ranges);
	list_init(&s->whole);
	wait_queue_init(&s->queue);
	inode->locks = s;
	return s;
}

static struct file_lock *lock_alloc(void)
{
	struct file_lock *l = n_locks < LOCKS_MAX ? kzalloc(sizeof(*l)) : NULL;

	if (l) {
		n_locks++;
		list_init(&l->link);
	}
	return l;
}

static void lock_free(struct file_lock *l)
{
	if (!l)
		return;
	list_del(&l->link);
	n_locks--;
	kfree(l);
}

static bool overlap(const struct file_lock *a, const struct file_lock *b)
{
	return a->start <= b->end && b->start <= a->end;
}

static struct file_lock *find_conflict(struct list_head *list, const struct file_lock *want)
{
	struct file_lock *l;

	list_for_each_entry(l, list, link)
		if (l->owner != want->owner && overlap(l, want) &&
		    (l->type == F_WRLCK || want->type == F_WRLCK))
			return l;
	return NULL;
}

/* --- ranges ------------------------------------------------------------------------------------- */

static int range_from(struct file *f, const struct abi_flock *fl, struct file_lock *ret)
{
	int64_t base = 0, start, end;

	if (fl->l_whence == SEEK_CUR)
		base = (int64_t)f->pos;
	else if (fl->l_whence == SEEK_END)
		base = (int64_t)f->inode->size;
	else if (fl->l_whence != SEEK_SET)
		return -EINVAL;
	if (__builtin_add_overflow(base, fl->l_start, &start))
		return -EOVERFLOW;
	end = INT64_MAX;
	if (fl->l_len > 0 && __builtin_add_overflow(start, fl->l_len - 1, &end))
		return -EOVERFLOW;
	if (fl->l_len < 0) {
		end = start - 1;
		if (__builtin_add_overflow(start, fl->l_len, &start))
			return -EINVAL;
	}
	if (start < 0 || end < 0)
		return -EINVAL;
	ret->start = (uint64_t)start;
	ret->end = (uint64_t)end;
	return 0;
}

static int lock_from(struct file *f, const struct abi_flock *fl, bool ofd, struct file_lock *ret)
{
	const struct task *t = current_task();

	if (fl->l_type != F_RDLCK && fl->l_type != F_WRLCK && fl->l_type != F_UNLCK)
		return -EINVAL;
	if (ofd && fl->l_pid != 0)
		return -EINVAL;
	ret->type = fl->l_type;
	ret->ofd = ofd;
	ret->owner = ofd ? (const void *)f : (const void *)t->files;
	ret->pid = ofd ? -1 : t->group->tgid;
	return range_from(f, fl, ret);
}

/* An owner's locks lie together, by where they start: F_GETLK shows the first that is in the way. */
static void insert_sorted(struct file_lock_state *s, struct file_lock *n)
{
	struct list_head *at = &s->ranges;
	struct file_lock *l;

	list_for_each_entry(l, &s->ranges, link) {
		if (l->owner != n->owner)
			continue;
		if (l->start > n->start) {
			list_add_tail(&n->link, &l->link);
			return;
		}
		at = &l->link;
	}
	if (at == &s->ranges)
		list_add_tail(&n->link, at);
	else
		list_add(&n->link, at);
}

/*
 * Make the owner's locks in want's range what want says. `fresh` becomes the new lock, `spare` the upper part of a lock that is cut in two; what is
 * not needed is freed.
 */
static void apply(struct file_lock_state *s, const struct file_lock *want, struct file_lock *fresh,
		  struct file_lock *spare)
{
	struct file_lock *l, *tmp;
	struct file_lock n = *want;

	list_for_each_entry_safe(l, tmp, &s->ranges, link) {
		bool same = l->type == n.type;

		if (l->owner != n.owner)
			continue;
		/* One of the same type that only touches is joined. */
		if (same && (overlap(l, &n) || l->end + 1 == n.start || n.end + 1 == l->start)) {
			n.start = MIN(n.start, l->start);
			n.end = MAX(n.end, l->end);
			lock_free(l);
			continue;
		}
		if (!overlap(l, &n))
			continue;
		if (l->start < n.start && l->end > n.end) {
			struct list_head link = spare->link;

			*spare = *l;
			spare->link = link;
			spare->start = n.end + 1;
			l->end = n.start - 1;
			list_init(&spare->link);
			list_add(&spare->link, &l->link);
			spare = NULL;
			break;
		}
		if (l->start < n.start)
			l->end = n.start - 1;
		else if (l->end > n.end)
			l->start = n.end + 1;
		else
			lock_free(l);
	}
	lock_free(spare);
	if (n.type == F_UNLCK) {
		lock_free(fresh);
	} else {
		*fresh = n;
		list_init(&fresh->link);
		insert_sorted(s, fresh);
	}
	wait_queue_wake_all(&s->queue);
}

static bool would_deadlock(const void *owner, const void *blocker)
{
	struct lock_waiter *w;
	unsigned int steps = 0;
	bool again = true;

	while (again && steps++ < 1000) {
		again = false;
		if (blocker == owner)
			return true;
		list_for_each_entry(w, &waiters, link) {
			if (w->owner == blocker) {
				blocker = w->blocker;
				again = true;
				break;
			}
		}
	}
	return false;
}

static int wait_for_range(struct file_lock_state *s, const struct file_lock *want, bool wait)
{
	struct file_lock *l;
	int r = 0;

	while (r == 0 && (l = find_conflict(&s->ranges, want))) {
		struct lock_waiter w = { .owner = want->owner, .blocker = l->owner };

		if (!wait)
			return -EAGAIN;
		if (!want->ofd && !l->ofd && would_deadlock(want->owner, l->owner))
			return -EDEADLK;
		list_init(&w.link);
		if (!want->ofd)
			list_add_tail(&w.link, &waiters);
		r = wait_queue_sleep(&s->queue, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		list_del(&w.link);
	}
	return r;
}

int lock_set(struct file *f, const struct abi_flock *fl, bool ofd, bool wait)
{
	struct file_lock want = { 0 }, *fresh, *spare;
	struct file_lock_state *s;
	int r = lock_from(f, fl, ofd, &want);

	if (r < 0)
		return r;
	if ((want.type == F_RDLCK && !f->can_read) || (want.type == F_WRLCK && !f->can_write))
		return -EBADF;
	s = state_of(f->inode);
	fresh = lock_alloc();
	spare = lock_alloc();
	r = s && fresh && spare ? 0 : -ENOLCK;
	if (r == 0 && want.type != F_UNLCK)
		r = wait_for_range(s, &want, wait);
	if (r < 0) {
		lock_free(fresh);
		lock_free(spare);
		return r;
	}
	apply(s, &want, fresh, spare);
	return 0;
}

int lock_get(struct file *f, struct abi_flock *fl, bool ofd)
{
	struct file_lock want = { 0 };
	struct file_lock *l;
	int r = lock_from(f, fl, ofd, &want);

	if (r < 0)
		return r;
	if (want.type == F_UNLCK)
		return -EINVAL;
	l = f->inode->locks ? find_conflict(&f->inode->locks->ranges, &want) : NULL;
	if (!l) {
		fl->l_type = F_UNLCK;
		return 0;
	}
	fl->l_type = (int16_t)l->type;
	fl->l_whence = SEEK_SET;
	fl->l_start = (int64_t)l->start;
	fl->l_len = l->end == INT64_MAX ? 0 : (int64_t)(l->end - l->start + 1);
	fl->l_pid = l->pid;
	return 0;
}

/* --- flock -------------------------------------------------------------------------------------- */

static bool drop_whole(struct file_lock_state *s, const void *owner)
{
	struct file_lock *l;

	list_for_each_entry(l, &s->whole, link) {
		if (l->owner != owner)
			continue;
		lock_free(l);
		wait_queue_wake_all(&s->queue);
		return true;
	}
	return false;
}

int lock_flock(struct file *f, int op)
{
	struct file_lock_state *s = state_of(f->inode);
	struct file_lock want = { .end = INT64_MAX, .owner = f, .pid = -1 }, *fresh;
	int r = 0;

	switch (op & ~LOCK_NB) {
	case LOCK_SH:
		want.type = F_RDLCK;
		break;
	case LOCK_EX:
		want.type = F_WRLCK;
		break;
	case LOCK_UN:
		if (s)
			(void)drop_whole(s, f);
		return 0;
	default:
		return -EINVAL;
	}
	fresh = lock_alloc();
	if (!s || !fresh) {
		lock_free(fresh);
		return -ENOLCK;
	}
	/* Changing the kind of a lock is not atomic, as flock(2) says: the old one goes first. */
	(void)drop_whole(s, f);
	while (r == 0 && find_conflict(&s->whole, &want))
		r = op & LOCK_NB ? -EAGAIN
				 : wait_queue_sleep(&s->queue, NO_DEADLINE, WAIT_INTERRUPTIBLE);
	if (r < 0) {
		lock_free(fresh);
		return r;
	}
	(void)drop_whole(s, f); /* another thread may have been at it too */
	*fresh = want;
	list_init(&fresh->link);
	list_add_tail(&fresh->link, &s->whole);
	return 0;
}

/* --- the end of files --------------------------------------------------------------------------- */

static void drop_ranges(struct inode *inode, const void *owner)
{
	struct file_lock_state *s = inode->locks;
	struct file_lock *l, *tmp;
	bool any = false;

	if (!s)
		return;
	list_for_each_entry_safe(l, tmp, &s->ranges, link) {
		if (l->owner != owner)
			continue;
		lock_free(l);
		any = true;
	}
	if (any)
		wait_queue_wake_all(&s->queue);
}

void locks_close(struct file *f, struct files *owner)
{
	if (f->inode)
		drop_ranges(f->inode, owner);
}

void locks_release(struct file *f)
{
	if (!f->inode || !f->inode->locks)
		return;
	drop_ranges(f->inode, f);
	(void)drop_whole(f->inode->locks, f);
}

void locks_free(struct inode *inode)
{
	kfree(inode->locks);
	inode->locks = NULL;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Queues of signals. A standard signal is queued once; a real-time signal as often as it was sent, as long as its
 * receiver's user stays below RLIMIT_SIGPENDING. Where there is no entry (no memory, over the limit) the bit alone says that the signal is pending.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "task/signal_state.h"

/* How much each real user has queued; an object lives while its count is above zero. */
struct signal_user {
	struct list_head link;
	uint32_t uid;
	unsigned int count;
};

#define USER_BUCKETS 64u

static struct list_head users[USER_BUCKETS];

static struct list_head *user_bucket(uint32_t uid)
{
	struct list_head *h = &users[uid % USER_BUCKETS];

	if (!h->next)
		list_init(h);
	return h;
}

static struct signal_user *user_find(uint32_t uid)
{
	struct signal_user *u;

	list_for_each_entry(u, user_bucket(uid), link)
		if (u->uid == uid)
			return u;
	return NULL;
}

unsigned int signal_user_count(uint32_t uid)
{
	const struct signal_user *u = user_find(uid);

	return u ? u->count : 0;
}

static struct signal_user *user_charge(uint32_t uid)
{
	struct signal_user *u = user_find(uid);

	if (!u) {
		u = kzalloc(sizeof(*u));
		if (!u)
			return NULL;
		u->uid = uid;
		list_add(&u->link, user_bucket(uid));
	}
	u->count++;
	return u;
}

static void user_uncharge(struct signal_user *u)
{
	if (--u->count > 0)
		return;
	list_del(&u->link);
	kfree(u);
}

struct signal_entry *signal_entry_alloc(const struct task *owner, bool over_limit)
{
	struct signal_entry *e;

	if (!over_limit && signal_user_count(owner->cred->uid) >= rlimit(owner, RLIMIT_SIGPENDING))
		return NULL;
	e = kzalloc(sizeof(*e));
	if (!e)
		return NULL;
	e->user = user_charge(owner->cred->uid);
	if (!e->user) {
		kfree(e);
		return NULL;
	}
	list_init(&e->link);
	return e;
}

void signal_entry_free(struct signal_entry *e)
{
	list_del(&e->link);
	if (e->timer)
		return; /* the timer's own */
	user_uncharge(e->user);
	kfree(e);
}

void signal_queue_init(struct signal_queue *q)
{
	q->set = 0;
	list_init(&q->entries);
}

int signal_queue_add(struct signal_queue *q, const struct task *target,
		     const struct abi_siginfo *info)
{
	/* Who may not lose a signal: the kernel's own and kill's standard ones are queued over the limit. */
	bool over_limit = info->signo < SIGRTMIN && info->code >= 0;
	struct signal_entry *e;

	if (info->signo < SIGRTMIN && (q->set & SIG_BIT(info->signo)))
		return 0;
	e = info->signo == SIGKILL ? NULL : signal_entry_alloc(target, over_limit);
	if (e) {
		e->info = *info;
		list_add_tail(&e->link, &q->entries);
	} else if (info->signo >= SIGRTMIN && info->code != SI_USER) {
		return -EAGAIN;
	}
	q->set |= SIG_BIT(info->signo);
	return 0;
}

/* Which goes first: faults, then the lowest number. */
static int choose(uint64_t set)
{
	if (set & SIGNALS_SYNCHRONOUS)
		set &= SIGNALS_SYNCHRONOUS;
	return set ? __builtin_ctzll(set) + 1 : 0;
}

int signal_queue_take(struct signal_queue *q, uint64_t blocked, struct abi_siginfo *ret)
{
	struct signal_entry *e, *tmp, *first = NULL;
	int signo = choose(q->set & ~blocked);
	bool more = false;

	if (signo == 0)
		return 0;
	list_for_each_entry_safe(e, tmp, &q->entries, link) {
		if (e->info.signo != signo)
			continue;
		if (first) {
			more = true;
			break;
		}
		first = e;
	}
	if (!more)
		q->set &= ~SIG_BIT(signo);
	if (!first) {
		*ret = (struct abi_siginfo){ .signo = signo, .code = SI_USER };
		return signo;
	}
	*ret = first->info;
	if (first->timer)
		posix_timer_taken(first->timer, ret);
	signal_entry_free(first);
	return signo;
}

void signal_queue_remove(struct signal_queue *q, uint64_t signals)
{
	struct signal_entry *e, *tmp;

	if (!(q->set & signals))
		return;
	q->set &= ~signals;
	list_for_each_entry_safe(e, tmp, &q->entries, link)
		if (signals & SIG_BIT(e->info.signo))
			signal_entry_free(e);
}

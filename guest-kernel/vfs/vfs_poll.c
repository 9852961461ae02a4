// SPDX-License-Identifier: GPL-2.0-or-later
/* poll and select: an entry of ours on every queue that may change an answer, then sleep until one of them is woken. */
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "vfs/vfs_calls.h"
#include "vfs/vfs_internal.h"

struct poll_entry {
	struct wait_entry wait;
	struct poller *poller;
	struct file *file; /* keeps the queue alive */
	struct poll_entry *next;
};

struct poller {
	struct poll_table table;
	struct file *file; /* the one that is being asked */
	struct poll_entry *entries;
	bool woken;
	int error;
};

static bool poller_wake(struct wait_entry *e, uint32_t events)
{
	struct poll_entry *pe = container_of(e, struct poll_entry, wait);

	(void)events;
	pe->poller->woken = true;
	task_wake(e->task);
	return false;
}

static void poller_add(struct poll_table *t, struct wait_queue *q)
{
	struct poller *p = container_of(t, struct poller, table);
	struct poll_entry *e = kzalloc(sizeof(*e));

	if (!e) {
		p->error = -ENOMEM;
		return;
	}
	e->wait.wake = poller_wake;
	e->wait.task = current_task();
	e->poller = p;
	e->file = p->file;
	file_get(e->file);
	e->next = p->entries;
	p->entries = e;
	wait_entry_add(q, &e->wait);
}

static void poller_end(struct poller *p)
{
	struct poll_entry *e, *next;

	for (e = p->entries; e; e = e->next)
		wait_entry_del(&e->wait);
	for (e = p->entries; e; e = next) {
		next = e->next;
		file_put(e->file);
		kfree(e);
	}
	p->entries = NULL;
}

/* What fd is ready for, of `want`; errors and hang-ups always. Registers with p if wait is set. */
static uint32_t poll_one(struct poller *p, int fd, uint32_t want, bool wait)
{
	struct file *f = fd_get(fd);
	uint32_t r;

	if (!f)
		return POLLNVAL;
	p->file = f;
	r = file_poll(f, wait ? &p->table : NULL);
	file_put(f);
	return r & (want | POLLERR | POLLHUP);
}

/* Rounds of asking until something is ready: ask(ctx, p, wait) says how many. */
static int poll_rounds(struct poller *p, int (*ask)(void *ctx, struct poller *p, bool wait),
		       void *ctx, uint64_t deadline_ns)
{
	bool first = true;
	int n, r = 0;

	for (;;) {
		p->woken = false;
		n = ask(ctx, p, first && deadline_ns != 0);
		first = false;
		if (n != 0 || deadline_ns == 0 || r == -ETIMEDOUT)
			return n;
		if (p->error < 0)
			return p->error;
		while (!p->woken && r == 0)
			r = task_sleep(deadline_ns, WAIT_INTERRUPTIBLE);
		if (r < 0 && r != -ETIMEDOUT)
			return p->woken ? ask(ctx, p, false) ?: -ERESTARTNOHAND : -ERESTARTNOHAND;
	}
}

struct poll_ask {
	struct abi_pollfd *fds;
	unsigned int n;
};

static int ask_poll(void *ctx, struct poller *p, bool wait)
{
	struct poll_ask *a = ctx;
	int ready = 0;

	for (unsigned int i = 0; i < a->n; i++) {
		struct abi_pollfd *d = &a->fds[i];

		d->revents = 0;
		if (d->fd < 0)
			continue;
		d->revents = (int16_t)poll_one(p, d->fd, (uint16_t)d->events, wait && ready == 0);
		ready += d->revents != 0;
	}
	return ready;
}

int poll_wait_for(struct abi_pollfd *fds, unsigned int n, uint64_t deadline_ns)
{
	struct poller p = { .table.add = poller_add };
	struct poll_ask a = { fds, n };
	int r = poll_rounds(&p, ask_poll, &a, deadline_ns);

	poller_end(&p);
	return r;
}

/* --- select ------------------------------------------------------------------------------------- */

#define SELECT_IN  (POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR | POLLNVAL)
#define SELECT_OUT (POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR | POLLNVAL)
#define SELECT_EX  (POLLPRI | POLLNVAL)

struct select_ask {
	unsigned int n;
	const uint64_t *want[3];
	uint64_t *got[3];
};

static bool bit_test(const uint64_t *set, unsigned int i)
{
	return set && ((set[i / 64] >> (i % 64)) & 1);
}

static int ask_select(void *ctx, struct poller *p, bool wait)
{
	static const uint32_t masks[3] = { SELECT_IN, SELECT_OUT, SELECT_EX };
	struct select_ask *a = ctx;
	int ready = 0;

	for (unsigned int i = 0; i < a->n; i++) {
		uint32_t want = 0, have;

		for (int s = 0; s < 3; s++)
			want |= bit_test(a->want[s], i) ? masks[s] : 0;
		if (!want)
			continue;
		have = poll_one(p, (int)i, want, wait && ready == 0);
		if (have & POLLNVAL)
			return -EBADF;
		for (int s = 0; s < 3; s++) {
			if (!bit_test(a->want[s], i) || !(have & masks[s]))
				continue;
			a->got[s][i / 64] |= 1ull << (i % 64);
			ready++;
		}
	}
	return ready;
}

int select_wait_for(unsigned int n, uint64_t *in, uint64_t *out, uint64_t *ex, uint64_t deadline_ns)
{
	struct poller p = { .table.add = poller_add };
	uint64_t *sets[3] = { in, out, ex };
	struct select_ask a = { .n = n };
	size_t words = (n + 63) / 64;
	uint64_t *got = kzalloc(3 * words * sizeof(*got));
	int r;

	if (!got)
		return -ENOMEM;
	for (int s = 0; s < 3; s++) {
		a.want[s] = sets[s];
		a.got[s] = got + (size_t)s * words;
	}
	r = poll_rounds(&p, ask_select, &a, deadline_ns);
	poller_end(&p);
	for (int s = 0; s < 3 && r >= 0; s++)
		for (size_t i = 0; sets[s] && i < words; i++)
			sets[s][i] = a.got[s][i];
	kfree(got);
	return r;
}

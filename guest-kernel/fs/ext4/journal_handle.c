// SPDX-License-Identifier: GPL-2.0-or-later
/* Handles, and the blocks that they change: everything here happens in memory and under the big lock; only waiting for room sleeps. */
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "fs/ext4/journal_internal.h"
#include "host/host_clock.h"
#include "host/host_memory.h"

uint64_t journal_log_blocks(const struct journal *j, uint64_t blocks, uint64_t revokes)
{
	const struct journal_format *f = &j->format;

	return blocks + (blocks + f->tags_per_block - 1) / f->tags_per_block +
	       (revokes + f->revokes_per_block - 1) / f->revokes_per_block + 1;
}

/* --- room --------------------------------------------------------------------------------------- */

static uint64_t room_blocks(const struct journal *j, uint64_t credits, uint64_t revokes)
{
	return credits + (revokes + j->format.revokes_per_block - 1) / j->format.revokes_per_block;
}

static bool transaction_has_room(const struct journal *j, const struct transaction *t,
				 unsigned int credits, unsigned int revokes)
{
	uint64_t blocks = (uint64_t)t->n_dirty + t->credits + credits;
	uint64_t n_revokes = (uint64_t)t->revokes.count + t->revoke_credits + revokes;

	return room_blocks(j, blocks, n_revokes) <= j->max_blocks;
}

static void request_commit(struct journal *j, uint32_t tid)
{
	if (tid_before(j->requested_tid, tid))
		j->requested_tid = tid;
	wait_queue_wake_all(&j->thread_queue);
}

static struct transaction *transaction_new(struct journal *j)
{
	struct transaction *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->tid = j->next_tid++;
	list_init(&t->blocks);
	t->set = j->early;
	j->early = (struct flush_set){ 0 };
	j->running = t;
	return t;
}

/* Become part of the running transaction; sleeps until there is one with room. */
static int handle_join(struct handle *h, unsigned int credits, unsigned int revokes)
{
	struct journal *j = h->journal;
	struct transaction *t;

	if (room_blocks(j, credits, revokes) > j->max_blocks)
		return -ENOSPC;
	for (;;) {
		if (j->aborted || j->closing)
			return -EROFS;
		t = j->running;
		if (!t)
			t = transaction_new(j);
		if (!t)
			return -ENOMEM;
		if (!t->locked && transaction_has_room(j, t, credits, revokes))
			break;
		request_commit(j, t->tid);
		(void)!wait_queue_sleep(&j->room_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	}
	t->handles++;
	t->credits += credits;
	t->revoke_credits += revokes;
	h->txn = t;
	h->credits = credits;
	h->revokes = revokes;
	return 0;
}

static void handle_leave(struct handle *h)
{
	struct journal *j = h->journal;
	struct transaction *t = h->txn;

	t->credits -= h->credits;
	t->revoke_credits -= h->revokes;
	t->handles--;
	h->txn = NULL;
	if (t->handles == 0 && (t->locked || j->aborted))
		wait_queue_wake_all(&j->thread_queue);
}

/* --- handles ------------------------------------------------------------------------------------ */

static struct handle *handle_of_current(const struct journal *j)
{
	const struct task *me = current_task();
	struct handle *h;

	list_for_each_entry(h, &j->handles, link)
		if (h->task == me)
			return h;
	return NULL;
}

int journal_start(struct journal *j, unsigned int credits, unsigned int revokes,
		  struct handle **ret)
{
	struct handle *h;
	int r;

	ASSERT_LOCKED();
	*ret = NULL;
	if (j->aborted || !j->running_state)
		return -EROFS;
	h = handle_of_current(j);
	if (h) {
		/* What the outer one has reserved should do for both; a little more is had if there is room. */
		if (h->credits < credits || h->revokes < revokes)
			(void)journal_extend(h, credits > h->credits ? credits - h->credits : 0,
					     revokes > h->revokes ? revokes - h->revokes : 0);
		h->depth++;
		*ret = h;
		return 0;
	}
	h = kzalloc(sizeof(*h));
	if (!h)
		return -ENOMEM;
	h->journal = j;
	h->task = current_task();
	h->depth = 1;
	r = handle_join(h, credits, revokes);
	if (r < 0) {
		kfree(h);
		return r;
	}
	list_add(&h->link, &j->handles);
	*ret = h;
	return 0;
}

bool journal_extend(struct handle *h, unsigned int credits, unsigned int revokes)
{
	struct journal *j = h->journal;
	struct transaction *t = h->txn;

	ASSERT_LOCKED();
	/* Whoever waits for this transaction to be complete must not wait for long. */
	if (j->aborted || !t || t->locked || !transaction_has_room(j, t, credits, revokes))
		return false;
	t->credits += credits;
	t->revoke_credits += revokes;
	h->credits += credits;
	h->revokes += revokes;
	return true;
}

int journal_restart(struct handle *h, unsigned int credits, unsigned int revokes)
{
	struct journal *j = h->journal;
	int r;

	ASSERT_LOCKED();
	if (h->depth > 1)
		return journal_extend(h, credits, revokes) ? 0 : -EAGAIN;
	handle_leave(h);
	list_del(&h->link);
	r = handle_join(h, credits, revokes);
	list_add(&h->link, &j->handles);
	return r;
}

void journal_set_sync(struct handle *h)
{
	h->sync = true;
}

int journal_stop(struct handle *h)
{
	struct journal *j = h->journal;
	uint32_t tid;
	bool sync;

	ASSERT_LOCKED();
	if (--h->depth > 0)
		return j->aborted ? -EROFS : 0;
	list_del(&h->link);
	/* A restart that failed has left the handle without a transaction. */
	if (!h->txn) {
		kfree(h);
		return -EROFS;
	}
	tid = h->txn->tid;
	sync = h->sync;
	handle_leave(h);
	kfree(h);
	if (j->aborted)
		return -EROFS;
	return sync ? journal_commit(j, tid) : 0;
}

/* --- blocks ------------------------------------------------------------------------------------- */

static struct journal_block *block_attach(struct journal *j, struct buffer *b)
{
	struct journal_block *jb = b->journal;

	if (!jb) {
		jb = kzalloc(sizeof(*jb));
		if (!jb)
			return NULL;
		jb->buf = b;
		jb->block = b->block;
		list_init(&jb->link);
		list_init(&jb->home_link);
	}
	if (!jb->spare) {
		jb->spare = kmalloc(j->config.block_size);
		if (!jb->spare) {
			if (!b->journal)
				kfree(jb);
			return NULL;
		}
	}
	b->journal = jb;
	return jb;
}

int journal_get_write(struct handle *h, struct buffer *b)
{
	struct journal *j = h->journal;
	struct journal_block *jb;

	ASSERT_LOCKED();
	if (j->aborted || !h->txn)
		return -EROFS;
	if (b->size != j->config.block_size || b->block >= j->config.total_blocks)
		return -EINVAL;
	jb = block_attach(j, b);
	if (!jb)
		return -ENOMEM;
	if (!jb->txn) {
		jb->txn = h->txn;
		list_add_tail(&jb->link, &h->txn->blocks);
	}
	return 0;
}

int journal_get_create(struct handle *h, struct buffer *b)
{
	return journal_get_write(h, b);
}

int journal_dirty(struct handle *h, struct buffer *b)
{
	struct journal *j = h->journal;
	struct transaction *t = h->txn;
	struct journal_block *jb = b->journal;

	ASSERT_LOCKED();
	if (j->aborted || !t)
		return -EROFS;
	if (!jb || jb->txn != t) {
		pr_err("%s: journal: block %llu was changed without being asked for", j->dev->name,
		       (unsigned long long)b->block);
		journal_abort(j, -EIO);
		return -EROFS;
	}
	/* It is in use again: a record of its being freed would undo this change. */
	revoke_remove(&t->revokes, b->block);
	if (jb->dirty)
		return 0;
	jb->dirty = true;
	t->n_dirty++;
	if (h->credits > 0) {
		h->credits--;
		t->credits--;
	} else if (t->n_dirty > j->max_blocks + j->max_blocks / 2) {
		pr_err("%s: journal: a handle changes far more blocks than it has said",
		       j->dev->name);
		journal_abort(j, -ENOSPC);
		return -EROFS;
	}
	journal_arm_timer(j);
	return 0;
}

static void transaction_remove(struct handle *h, struct journal_block *jb)
{
	if (jb->txn != h->txn)
		return;
	if (jb->dirty) {
		h->txn->n_dirty--;
		h->txn->credits++;
		h->credits++;
	}
	jb->dirty = false;
	jb->txn = NULL;
	list_del(&jb->link);
}

int journal_forget(struct handle *h, struct buffer *b, uint64_t block)
{
	struct journal *j = h->journal;
	int r;

	ASSERT_LOCKED();
	if (!b)
		b = buffer_find(j->dev, block);
	r = j->aborted || !h->txn ? -EROFS : 0;
	if (r == 0)
		r = revoke_add(&h->txn->revokes, block, h->txn->tid);
	if (r == 0) {
		if (h->revokes > 0) {
			h->revokes--;
			h->txn->revoke_credits--;
		}
		if (b && b->journal) {
			struct journal_block *jb = b->journal;

			transaction_remove(h, jb);
			journal_block_drop(jb);
		}
		journal_arm_timer(j);
	}
	buffer_put(b);
	return r;
}

void journal_data_written(struct handle *h, uint64_t offset, uint64_t len)
{
	if (!h->txn)
		return;
	h->txn->data = true;
	flush_set_add(&h->txn->set, offset, len);
	if (len == 0)
		h->txn->set.all = true;
}

void journal_data_before(struct journal *j, uint64_t offset, uint64_t len)
{
	flush_set_add(j->running ? &j->running->set : &j->early, offset, len);
}

void journal_flush_too(struct journal *j, uint32_t tid, const struct flush_set *set)
{
	if (journal_will_flush(j, tid))
		flush_set_merge(&j->running->set, set);
}

/* --- commits ------------------------------------------------------------------------------------ */

uint32_t journal_tid(const struct handle *h)
{
	return h->txn ? h->txn->tid : h->journal->committed_tid;
}

uint32_t journal_running_tid(const struct journal *j)
{
	if (j->running)
		return j->running->tid;
	return j->committing ? j->committing->tid : j->committed_tid;
}

bool journal_will_flush(const struct journal *j, uint32_t tid)
{
	return j->running && j->running->tid == tid && tid_before(j->committed_tid, tid);
}

int journal_commit(struct journal *j, uint32_t tid)
{
	ASSERT_LOCKED();
	/* A number that nobody has had yet. */
	if (!tid_before(tid, j->next_tid))
		return j->aborted ? -EIO : 0;
	while (tid_before(j->committed_tid, tid)) {
		if (j->aborted)
			return -EIO;
		request_commit(j, tid);
		(void)!wait_queue_sleep(&j->room_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	}
	return 0;
}

void journal_abort(struct journal *j, int error)
{
	ASSERT_LOCKED();
	if (j->aborted)
		return;
	j->aborted = error < 0 ? error : -EIO;
	pr_err("%s: journal aborted, error %d", j->dev->name, j->aborted);
	if (j->config.aborted)
		j->config.aborted(j->config.owner, j->aborted);
	wait_queue_wake_all(&j->room_queue);
	wait_queue_wake_all(&j->thread_queue);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The commit thread: the only one that writes to the log and writes changed blocks home. It sleeps in host calls without the big lock, while handles go on in the next
 * transaction.
 *
 * One commit costs two flushes: the first makes file data, descriptors, copies and (with the first commit after start) the super block durable, the second the
 * commit block. Homes are not written by a commit; a checkpoint writes all of them at once, in the order of their places, when the log is half full, when their
 * copies take much memory, when the disk has been quiet for some seconds, and at the end. Afterwards the super block names the head as the start of the
 * log; the room behind it may be written again once that super block is durable.
 */
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "fs/ext4/journal_internal.h"
#include "host/host_clock.h"
#include "host/host_memory.h"

#define COMMIT_SECONDS_DEFAULT 5u
#define HOME_BYTES_MAX	       (16ull << 20)

void journal_block_drop(struct journal_block *jb)
{
	if (jb->txn || jb->copy || jb->home)
		return;
	jb->buf->journal = NULL;
	kfree(jb->spare);
	kfree(jb);
}

static void home_remove(struct journal *j, struct journal_block *jb)
{
	if (!jb->home)
		return;
	kfree(jb->home);
	jb->home = NULL;
	list_del(&jb->home_link);
	j->n_homes--;
}

void journal_timer(struct ktimer *t)
{
	struct journal *j = container_of(t, struct journal, timer);

	j->timer_fired = true;
	wait_queue_wake_all(&j->thread_queue);
}

void journal_arm_timer(struct journal *j)
{
	unsigned int s = j->config.commit_seconds ? j->config.commit_seconds
						  : COMMIT_SECONDS_DEFAULT;

	/* Without memory for it the change waits for the next fsync or for the transaction to be full. */
	if (!ktimer_armed(&j->timer))
		(void)ktimer_arm(&j->timer, host_monotonic_ns() + s * NSEC_PER_SEC);
}

void journal_set_interval(struct journal *j, unsigned int seconds)
{
	j->config.commit_seconds = seconds;
}

/* --- writing in long pieces --------------------------------------------------------------------- */

struct writer {
	struct journal *j;
	uint64_t physical; /* of the first block in the bounce buffer */
	uint32_t n;
	int error;
	struct flush_set *set; /* gets what is written; NULL: nobody asks */
};

static void writer_flush(struct writer *w)
{
	struct journal *j = w->j;
	uint32_t size = j->config.block_size;

	if (w->n > 0 && w->set)
		flush_set_add(w->set, w->physical * size, (uint64_t)w->n * size);
	if (w->n > 0 && w->error == 0)
		w->error = block_write(j->dev, w->physical * size, j->bounce, (size_t)w->n * size,
				       NULL);
	w->n = 0;
}

static void writer_put(struct writer *w, uint64_t physical, const uint8_t *data)
{
	uint32_t size = w->j->config.block_size;

	if (w->n == BOUNCE_BLOCKS || (w->n > 0 && physical != w->physical + w->n))
		writer_flush(w);
	if (w->n == 0)
		w->physical = physical;
	memcpy(w->j->bounce + (size_t)w->n++ * size, data, size);
}

/* The next block of the log. */
static void log_put(struct writer *w, const uint8_t *data)
{
	struct journal *j = w->j;
	uint64_t physical = 0;
	uint32_t len;

	if (!journal_map(j, j->head, &physical, &len)) {
		w->error = -EIO;
		return;
	}
	writer_put(w, physical, data);
	if (++j->head == j->maxlen)
		j->head = j->first;
}

static int thread_flush(struct journal *j)
{
	int r = journal_flush(j);

	if (r == 0) {
		j->used -= j->released;
		j->released = 0;
	}
	return r;
}

/* --- checkpoint --------------------------------------------------------------------------------- */

static void sift_down(struct journal_block **a, unsigned int i, unsigned int n)
{
	for (;;) {
		unsigned int c = 2 * i + 1;
		struct journal_block *t;

		if (c >= n)
			return;
		if (c + 1 < n && a[c + 1]->block > a[c]->block)
			c++;
		if (a[c]->block <= a[i]->block)
			return;
		t = a[c];
		a[c] = a[i];
		a[i] = t;
		i = c;
	}
}

static void sort_blocks(struct journal_block **a, unsigned int n)
{
	for (unsigned int i = n / 2; i-- > 0;)
		sift_down(a, i, n);
	for (unsigned int i = n; i-- > 1;) {
		struct journal_block *t = a[0];

		a[0] = a[i];
		a[i] = t;
		sift_down(a, 0, i);
	}
}

/* Write home what is in the log; all of it is free when the super block that is written here is durable. */
static int checkpoint(struct journal *j)
{
	struct writer w = { .j = j };
	struct journal_block **a, *jb, *tmp;
	unsigned int n = 0;
	int r;

	if (j->n_homes > 0) {
		a = kmalloc(j->n_homes * sizeof(struct journal_block *));
		if (!a)
			return -ENOMEM;
		list_for_each_entry(jb, &j->homes, home_link)
			a[n++] = jb;
		sort_blocks(a, n);
		for (unsigned int i = 0; i < n; i++)
			writer_put(&w, a[i]->block, a[i]->home);
		writer_flush(&w);
		kfree(a);
		if (w.error < 0)
			return w.error;
	}
	r = thread_flush(j);
	if (r < 0)
		return r;
	list_for_each_entry_safe(jb, tmp, &j->homes, home_link) {
		home_remove(j, jb);
		journal_block_drop(jb);
	}
	if (j->used == 0)
		return 0;
	r = journal_write_super(j, j->head, j->committed_tid + 1);
	j->released = j->used;
	return r;
}

/* --- commit ------------------------------------------------------------------------------------- */

/* What a commit writes: the changed blocks as they are at this moment. */
struct commit {
	struct journal *j;
	struct transaction *t;
	struct journal_block **blocks;
	unsigned int n;
	uint8_t *block; /* a block being composed */
	struct writer w;
};

static void wait_for_handles(struct journal *j, struct transaction *t)
{
	t->locked = true;
	while (t->handles > 0)
		(void)!wait_queue_sleep(&j->thread_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
}

/* Does not sleep: all of the transaction is seen as of one moment. */
static void take_copies(struct commit *c)
{
	struct journal_block *jb, *tmp;

	list_for_each_entry_safe(jb, tmp, &c->t->blocks, link) {
		list_del(&jb->link);
		jb->txn = NULL;
		if (!jb->dirty) {
			journal_block_drop(jb);
			continue;
		}
		jb->dirty = false;
		memcpy(jb->spare, jb->buf->data, c->j->config.block_size);
		jb->copy = jb->spare;
		jb->spare = NULL;
		c->blocks[c->n++] = jb;
	}
}

static void write_revokes(struct commit *c)
{
	const struct journal_format *f = &c->j->format;
	const struct revoke_table *t = &c->t->revokes;
	uint32_t each = f->wide ? 8 : 4, at = 0;

	for (uint32_t i = 0, done = 0; done < t->count; i++) {
		if (t->slots[i].block == REVOKE_FREE)
			continue;
		done++;
		if (at == 0) {
			memset(c->block, 0, f->block_size);
			journal_header_put(c->block, JOURNAL_REVOKE, c->t->tid);
			at = REVOKE_ENTRIES;
		}
		if (f->wide)
			be64_put(c->block + at, t->slots[i].block);
		else
			be32_put(c->block + at, (uint32_t)t->slots[i].block);
		at += each;
		if (done == t->count || at + each > f->block_size - f->tail_bytes) {
			be32_put(c->block + REVOKE_COUNT, at);
			journal_tail_set(f, c->block);
			log_put(&c->w, c->block);
			at = 0;
		}
	}
}

static bool must_escape(const uint8_t *data)
{
	return be32_at(data) == JOURNAL_MAGIC;
}

/* One descriptor and the blocks that it describes. */
static void write_group(struct commit *c, unsigned int first, unsigned int n)
{
	struct journal *j = c->j;
	const struct journal_format *f = &j->format;
	uint8_t *p = c->block + HEADER_BYTES;

	memset(c->block, 0, f->block_size);
	journal_header_put(c->block, JOURNAL_DESCRIPTOR, c->t->tid);
	for (unsigned int i = 0; i < n; i++) {
		struct journal_block *jb = c->blocks[first + i];
		struct journal_tag tag = { .block = jb->block };

		tag.flags = (i > 0 ? TAG_SAME_UUID : 0) | (i + 1 == n ? TAG_LAST : 0);
		if (must_escape(jb->copy)) {
			tag.flags |= TAG_ESCAPED;
			be32_put(jb->copy, 0);
		}
		if (f->checksums)
			tag.checksum = journal_data_checksum(f, c->t->tid, jb->copy);
		journal_tag_put(f, p, &tag);
		p += f->tag_bytes;
		if (i == 0) {
			memcpy(p, j->super + SUPER_UUID, TAG_UUID_BYTES);
			p += TAG_UUID_BYTES;
		}
		if (tag.flags & TAG_ESCAPED)
			jb->escaped = true;
	}
	journal_tail_set(f, c->block);
	log_put(&c->w, c->block);
	for (unsigned int i = 0; i < n; i++) {
		struct journal_block *jb = c->blocks[first + i];

		log_put(&c->w, jb->copy);
		/* The copy goes home later, as it was. */
		if (jb->escaped)
			be32_put(jb->copy, JOURNAL_MAGIC);
		jb->escaped = false;
	}
}

static void write_commit_block(struct commit *c)
{
	const struct journal_format *f = &c->j->format;
	uint64_t now = host_realtime_ns();

	memset(c->block, 0, f->block_size);
	journal_header_put(c->block, JOURNAL_COMMIT, c->t->tid);
	be64_put(c->block + COMMIT_SECONDS, now / NSEC_PER_SEC);
	be32_put(c->block + COMMIT_NANOSECONDS, (uint32_t)(now % NSEC_PER_SEC));
	journal_commit_set(f, c->block);
	log_put(&c->w, c->block);
	writer_flush(&c->w);
}

/* Enough room in the log for this transaction, by a checkpoint if need be. */
static int make_room(struct journal *j, uint64_t need)
{
	uint64_t size = j->maxlen - j->first;
	int r = 0;

	if (need >= size)
		return -ENOSPC;
	if (j->used + need >= size && j->released == 0)
		r = checkpoint(j);
	if (r == 0 && j->used + need >= size)
		r = thread_flush(j);
	if (r == 0 && j->used + need >= size)
		r = -ENOSPC;
	return r;
}

static int write_transaction(struct commit *c)
{
	struct journal *j = c->j;
	uint64_t need = journal_log_blocks(j, c->n, c->t->revokes.count);
	uint32_t per = j->format.tags_per_block;
	int r = make_room(j, need);

	if (r == 0 && !j->super_live) {
		r = journal_write_super(j, j->head, c->t->tid);
		flush_set_add(c->w.set, j->places[0].physical * j->config.block_size,
			      j->config.block_size);
		j->super_live = true;
	}
	if (r < 0)
		return r;
	write_revokes(c);
	for (unsigned int i = 0; i < c->n; i += per)
		write_group(c, i, MIN(per, c->n - i));
	writer_flush(&c->w);
	/* What is in the set alone: much else may be dirty on the disk, and nobody who waits for this commit waits for that. */
	r = c->w.error < 0 ? c->w.error : block_flush_set(j->dev, c->w.set);
	if (r < 0)
		return r;
	*c->w.set = (struct flush_set){ 0 };
	write_commit_block(c);
	r = c->w.error < 0 ? c->w.error : block_flush_set(j->dev, c->w.set);
	if (r == 0)
		j->used += (uint32_t)need;
	return r;
}

/* Blocks that it has freed: what older transactions have of them must not be written home over what comes there now. */
static void drop_revoked(struct commit *c)
{
	const struct revoke_table *t = &c->t->revokes;

	for (uint32_t i = 0; i < t->n_slots; i++) {
		struct buffer *b;

		if (t->slots[i].block == REVOKE_FREE)
			continue;
		b = buffer_find(c->j->dev, t->slots[i].block);
		if (!b)
			continue;
		if (b->journal) {
			struct journal_block *jb = b->journal;

			home_remove(c->j, jb);
			journal_block_drop(jb);
		}
		buffer_put(b);
		if (!b->journal)
			buffer_forget(c->j->dev, t->slots[i].block);
	}
}

static void copies_become_homes(struct commit *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct journal_block *jb = c->blocks[i];

		home_remove(c->j, jb);
		jb->home = jb->copy;
		jb->copy = NULL;
		list_add_tail(&jb->home_link, &c->j->homes);
		c->j->n_homes++;
	}
}

static void copies_drop(struct commit *c)
{
	for (unsigned int i = 0; i < c->n; i++) {
		struct journal_block *jb = c->blocks[i];

		kfree(jb->copy);
		jb->copy = NULL;
		/* Its buffer has what the disk will never get; journal_drop_all looks for it here. */
		if (!jb->txn && !jb->home)
			list_add_tail(&jb->link, &c->j->lost);
	}
}

static int commit_allocated(struct commit *c)
{
	struct journal *j = c->j;
	struct transaction *t = c->t;
	int r = 0;

	wait_for_handles(j, t);
	if (j->aborted)
		return -EROFS;
	c->blocks = kmalloc((t->n_dirty + 1) * sizeof(struct journal_block *));
	c->block = kmalloc(j->config.block_size);
	if (!c->blocks || !c->block)
		return -ENOMEM;
	take_copies(c);
	j->running = NULL;
	j->committing = t;
	wait_queue_wake_all(&j->room_queue);
	/* An empty one has to be in the log too once others are: replay counts without gaps. */
	if (c->n > 0 || t->revokes.count > 0 || j->super_live)
		r = write_transaction(c);
	else
		r = block_flush_set(j->dev, &t->set); /* journal_will_flush has said so */
	if (r == 0 && j->aborted)
		r = -EROFS;
	if (r < 0) {
		copies_drop(c);
		return r;
	}
	drop_revoked(c);
	copies_become_homes(c);
	j->committed_tid = t->tid;
	return 0;
}

static void commit_running(struct journal *j)
{
	struct commit c = { .j = j, .t = j->running, .w = { .j = j, .set = &c.t->set } };
	uint32_t tid = c.t->tid;
	int r = commit_allocated(&c);

	kfree(c.blocks);
	kfree(c.block);
	if (r < 0) {
		journal_abort(j, r);
	} else {
		/* Those who wait need not wait for discards. */
		wait_queue_wake_all(&j->room_queue);
		if (j->config.committed)
			j->config.committed(j->config.owner, tid);
	}
	/* One that could not be begun stays the running one, locked, until the end. */
	if (j->committing) {
		j->committing = NULL;
		revoke_clear(&c.t->revokes);
		kfree(c.t);
	}
	wait_queue_wake_all(&j->room_queue);
}

/* --- the thread --------------------------------------------------------------------------------- */

static bool transaction_empty(const struct transaction *t)
{
	return t->n_dirty == 0 && t->revokes.count == 0 && !t->data;
}

static bool homes_are_many(const struct journal *j)
{
	return j->used - j->released > (j->maxlen - j->first) / 2 ||
	       (uint64_t)j->n_homes * j->config.block_size > HOME_BYTES_MAX;
}

/* One step; false: nothing to do. */
static bool thread_step(struct journal *j)
{
	bool fired = j->timer_fired;

	j->timer_fired = false;
	if (j->aborted)
		return false;
	if (j->running && (!tid_before(j->requested_tid, j->running->tid) ||
			   ((fired || j->closing) && !transaction_empty(j->running)))) {
		commit_running(j);
		if (j->n_homes > 0)
			journal_arm_timer(j);
		return true;
	}
	if (homes_are_many(j) || ((fired || j->closing) && j->n_homes > 0)) {
		int r = checkpoint(j);

		if (r < 0)
			journal_abort(j, r);
		return true;
	}
	return false;
}

static int mark_empty(struct journal *j)
{
	int r = checkpoint(j);

	if (r == 0)
		r = journal_write_super(j, 0, j->next_tid);
	return r < 0 ? r : thread_flush(j);
}

/* The next mount, and e2fsck, learn of it: the one thing that is still written. The log stays as it is. */
static void note_abort(struct journal *j)
{
	int error = j->aborted == -EUCLEAN ? -EIO : j->aborted; /* as Linux */

	j->abort_noted = true;
	be32_put(j->super + SUPER_ERRNO, (uint32_t)error);
	if (journal_write_super(j, be32_at(j->super + SUPER_START),
				be32_at(j->super + SUPER_SEQUENCE)) == 0)
		(void)journal_flush(j);
}

void journal_thread(void *arg)
{
	struct journal *j = arg;

	for (;;) {
		if (thread_step(j))
			continue;
		if (j->aborted && !j->abort_noted)
			note_abort(j);
		else if (j->closing)
			break;
		else
			(void)!wait_queue_sleep(&j->thread_queue, NO_DEADLINE,
						WAIT_UNINTERRUPTIBLE);
	}
	if (!j->aborted) {
		int r = mark_empty(j);

		if (r < 0) {
			journal_abort(j, r);
			note_abort(j);
		}
	}
	j->thread_gone = true;
	wait_queue_wake_all(&j->room_queue);
}

/* --- the end ------------------------------------------------------------------------------------ */

/* Let go of a block whose content in memory the disk has not got: nobody may find it after the next mount. */
static void lose(struct journal *j, struct journal_block *jb)
{
	uint64_t block = jb->block;

	home_remove(j, jb);
	list_del(&jb->link);
	jb->txn = NULL;
	journal_block_drop(jb);
	buffer_forget(j->dev, block);
}

void journal_drop_all(struct journal *j)
{
	struct journal_block *jb, *tmp;

	if (j->running) {
		list_for_each_entry_safe(jb, tmp, &j->running->blocks, link)
			lose(j, jb);
		for (uint32_t i = 0; i < j->running->revokes.n_slots; i++)
			if (j->running->revokes.slots[i].block != REVOKE_FREE)
				buffer_forget(j->dev, j->running->revokes.slots[i].block);
		revoke_clear(&j->running->revokes);
		kfree(j->running);
		j->running = NULL;
	}
	list_for_each_entry_safe(jb, tmp, &j->lost, link)
		lose(j, jb);
	while (!list_empty(&j->homes))
		lose(j, list_first_entry(&j->homes, struct journal_block, home_link));
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The journal's super block and its place on the disk: open, begin to use, close. */
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "fs/ext4/journal_internal.h"
#include "host/host_memory.h"

#define BLOCKS_MIN 64u		 /* a log below that holds no useful transaction */
#define TXN_BYTES  (16ull << 20) /* a transaction's copies are kernel memory */
#define KNOWN_INCOMPAT                                                                      \
	(JOURNAL_INCOMPAT_REVOKE | JOURNAL_INCOMPAT_64BIT | JOURNAL_INCOMPAT_ASYNC_COMMIT | \
	 JOURNAL_INCOMPAT_CSUM_V2 | JOURNAL_INCOMPAT_CSUM_V3)

/* --- where the blocks are ----------------------------------------------------------------------- */

bool journal_map(const struct journal *j, uint32_t logical, uint64_t *ret_block, uint32_t *ret_len)
{
	unsigned int lo = 0, hi = j->config.n_places;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		const struct journal_place *p = &j->places[mid];

		if (logical < p->logical) {
			hi = mid;
		} else if (logical >= p->logical + p->len) {
			lo = mid + 1;
		} else {
			*ret_block = p->physical + (logical - p->logical);
			*ret_len = (uint32_t)(p->logical + p->len - logical);
			return true;
		}
	}
	return false;
}

bool journal_owns(const struct journal *j, uint64_t block)
{
	unsigned int lo = 0, hi = j->config.n_places;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;
		const struct journal_place *p = &j->physical[mid];

		if (block < p->physical)
			hi = mid;
		else if (block >= p->physical + p->len)
			lo = mid + 1;
		else
			return true;
	}
	return false;
}

/* Heap sort: the order of a hostile journal inode is its author's choice, and there is no recursion on a kernel stack. */
static void sift_down(struct journal_place *p, unsigned int i, unsigned int n)
{
	for (;;) {
		unsigned int c = 2 * i + 1;
		struct journal_place t;

		if (c >= n)
			return;
		if (c + 1 < n && p[c + 1].physical > p[c].physical)
			c++;
		if (p[c].physical <= p[i].physical)
			return;
		t = p[c];
		p[c] = p[i];
		p[i] = t;
		i = c;
	}
}

static void sort_physical(struct journal_place *p, unsigned int n)
{
	for (unsigned int i = n / 2; i-- > 0;)
		sift_down(p, i, n);
	for (unsigned int i = n; i-- > 1;) {
		struct journal_place t = p[0];

		p[0] = p[i];
		p[i] = t;
		sift_down(p, 0, i);
	}
}

/* Without gaps from block 0 on, inside the file system, each block once. */
static int places_copy(struct journal *j, const struct journal_config *config)
{
	size_t bytes = config->n_places * sizeof(*j->places);
	uint64_t next = 0;

	if (config->n_places == 0)
		return -EUCLEAN;
	j->places = kmalloc(bytes);
	j->physical = kmalloc(bytes);
	if (!j->places || !j->physical)
		return -ENOMEM;
	memcpy(j->places, config->places, bytes);
	for (unsigned int i = 0; i < config->n_places; i++) {
		const struct journal_place *p = &j->places[i];

		if (p->logical != next || p->len == 0 || p->physical >= config->total_blocks ||
		    p->len > config->total_blocks - p->physical)
			return -EUCLEAN;
		next += p->len;
		if (next > UINT32_MAX)
			return -EUCLEAN;
	}
	memcpy(j->physical, j->places, bytes);
	sort_physical(j->physical, config->n_places);
	for (unsigned int i = 1; i < config->n_places; i++)
		if (j->physical[i].physical < j->physical[i - 1].physical + j->physical[i - 1].len)
			return -EUCLEAN;
	j->config.places = j->places;
	return 0;
}

/* --- the super block ---------------------------------------------------------------------------- */

static int super_check_features(const struct journal *j, char *why, size_t len)
{
	const struct journal_format *f = &j->format;

	if ((f->incompat & JOURNAL_INCOMPAT_FAST_COMMIT) && j->start != 0) {
		(void)format_str(why, len,
				 "the journal may hold fast commits, which are not replayed here: "
				 "run e2fsck -fy on the host");
		return -EOPNOTSUPP;
	}
	if (f->incompat & ~(KNOWN_INCOMPAT | JOURNAL_INCOMPAT_FAST_COMMIT)) {
		(void)format_str(
			why, len,
			"the journal has unknown features (%#x): run e2fsck -fy on the host",
			f->incompat & ~(uint32_t)KNOWN_INCOMPAT);
		return -EOPNOTSUPP;
	}
	return 0;
}

static int super_damaged(char *why, size_t len, const char *what)
{
	(void)format_str(why, len, "the journal's super block is damaged (%s): run e2fsck -fy",
			 what);
	return -EUCLEAN;
}

static int super_check(struct journal *j, char *why, size_t len)
{
	const struct journal_place *last = &j->places[j->config.n_places - 1];
	const uint8_t *s = j->super;
	uint32_t type = be32_at(s + HEADER_TYPE);
	uint32_t incompat;
	int r;

	if (be32_at(s) != JOURNAL_MAGIC || (type != JOURNAL_SUPER_V1 && type != JOURNAL_SUPER_V2))
		return super_damaged(why, len, "no magic number");
	if (be32_at(s + SUPER_BLOCKSIZE) != j->config.block_size)
		return super_damaged(why, len, "another block size");
	journal_format_set(&j->format, s, j->config.block_size);
	incompat = j->format.incompat;
	if ((incompat & JOURNAL_INCOMPAT_CSUM_V2) && (incompat & JOURNAL_INCOMPAT_CSUM_V3))
		return super_damaged(why, len, "two kinds of checksums");
	if (j->format.checksums && (s[SUPER_CHECKSUM_TYPE] != JOURNAL_CRC32C ||
				    be32_at(s + SUPER_CHECKSUM) != journal_super_checksum(s)))
		return super_damaged(why, len, "wrong checksum");
	j->maxlen = be32_at(s + SUPER_MAXLEN);
	j->first = be32_at(s + SUPER_FIRST);
	j->start = be32_at(s + SUPER_START);
	if (j->maxlen > last->logical + last->len || j->first == 0 || j->first >= j->maxlen ||
	    j->maxlen - j->first < BLOCKS_MIN)
		return super_damaged(why, len, "bad size");
	if (j->start != 0 && (j->start < j->first || j->start >= j->maxlen))
		return super_damaged(why, len, "the log begins outside");
	r = super_check_features(j, why, len);
	/* An empty log's last transaction may have left blocks behind under the next number: that one is skipped, as on Linux. */
	j->next_tid = be32_at(s + SUPER_SEQUENCE) + 1;
	return r;
}

int journal_write_super(struct journal *j, uint32_t start, uint32_t tid)
{
	be32_put(j->super + SUPER_START, start);
	be32_put(j->super + SUPER_SEQUENCE, tid);
	if (j->format.checksums)
		be32_put(j->super + SUPER_CHECKSUM, journal_super_checksum(j->super));
	return block_write(j->dev, j->places[0].physical * j->config.block_size, j->super,
			   j->config.block_size, NULL);
}

int journal_flush(struct journal *j)
{
	return block_flush(j->dev);
}

static void journal_free(struct journal *j)
{
	kfree(j->places);
	kfree(j->physical);
	kfree(j->super);
	kfree(j->bounce);
	kfree(j);
}

int journal_open(const struct journal_config *config, struct journal **ret, char *why, size_t len)
{
	struct journal *j = kzalloc(sizeof(*j));
	int r;

	ASSERT_LOCKED();
	*ret = NULL;
	if (len > 0)
		why[0] = '\0';
	if (!j)
		return -ENOMEM;
	j->config = *config;
	j->dev = config->dev;
	memcpy(j->uuid, config->uuid, sizeof(j->uuid));
	j->config.uuid = j->uuid;
	list_init(&j->handles);
	list_init(&j->homes);
	list_init(&j->lost);
	wait_queue_init(&j->thread_queue);
	wait_queue_init(&j->room_queue);
	ktimer_init(&j->timer, journal_timer);
	r = places_copy(j, config);
	if (r == -EUCLEAN)
		(void)format_str(why, len, "the journal's inode is damaged: run e2fsck -fy");
	if (r == 0) {
		j->super = kmalloc(config->block_size);
		j->bounce = kmalloc((size_t)BOUNCE_BLOCKS * config->block_size);
		r = j->super && j->bounce ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = block_read(j->dev, j->places[0].physical * config->block_size, j->super,
			       config->block_size);
	if (r == 0)
		r = super_check(j, why, len);
	if (r < 0) {
		journal_free(j);
		return r;
	}
	*ret = j;
	return 0;
}

bool journal_needs_recovery(const struct journal *j)
{
	return j->start != 0;
}

int journal_old_error(const struct journal *j)
{
	int e = (int)be32_at(j->super + SUPER_ERRNO);

	/* Linux writes it negated. */
	return e < 0 && e != INT_MIN ? -e : e;
}

int journal_clear_error(struct journal *j)
{
	int r;

	if (be32_at(j->super + SUPER_ERRNO) == 0)
		return 0;
	be32_put(j->super + SUPER_ERRNO, 0);
	r = journal_write_super(j, be32_at(j->super + SUPER_START),
				be32_at(j->super + SUPER_SEQUENCE));
	return r < 0 ? r : journal_flush(j);
}

/* --- begin and end of use ----------------------------------------------------------------------- */

/* The features that our transactions have. The log is empty, so nothing in it has others. */
static void features_choose(struct journal *j)
{
	uint8_t *s = j->super;
	uint32_t incompat = j->format.incompat | JOURNAL_INCOMPAT_REVOKE;

	if (be32_at(s + HEADER_TYPE) == JOURNAL_SUPER_V1) {
		/* Its fields behind the first are anything. */
		be32_put(s + HEADER_TYPE, JOURNAL_SUPER_V2);
		memset(s + SUPER_COMPAT, 0, SUPER_BYTES - SUPER_COMPAT);
		memcpy(s + SUPER_UUID, j->uuid, sizeof(j->uuid));
	}
	incompat &= ~(uint32_t)(JOURNAL_INCOMPAT_ASYNC_COMMIT | JOURNAL_INCOMPAT_FAST_COMMIT);
	if (j->config.total_blocks > UINT32_MAX)
		incompat |= JOURNAL_INCOMPAT_64BIT;
	if (j->config.checksums && !(incompat & JOURNAL_INCOMPAT_CSUM_V2))
		incompat |= JOURNAL_INCOMPAT_CSUM_V3;
	be32_put(s + SUPER_COMPAT, be32_at(s + SUPER_COMPAT) & ~(uint32_t)JOURNAL_COMPAT_CHECKSUM);
	be32_put(s + SUPER_INCOMPAT, incompat);
	journal_format_set(&j->format, s, j->config.block_size);
	if (j->format.checksums)
		s[SUPER_CHECKSUM_TYPE] = JOURNAL_CRC32C;
}

int journal_run(struct journal *j)
{
	uint32_t size = j->maxlen - j->first;

	ASSERT_LOCKED();
	if (j->start != 0)
		return -EUCLEAN;
	features_choose(j);
	j->head = j->first;
	j->used = j->released = 0;
	j->committed_tid = j->requested_tid = j->next_tid - 1;
	j->max_blocks = (unsigned int)MIN((uint64_t)size / 4, TXN_BYTES / j->config.block_size);
	if (!kthread_start("jbd2", journal_thread, j))
		return -ENOMEM;
	j->running_state = true;
	return 0;
}

int journal_close(struct journal *j)
{
	int r;

	ASSERT_LOCKED();
	if (j->running_state) {
		j->closing = true;
		wait_queue_wake_all(&j->thread_queue);
		while (!j->thread_gone)
			(void)!wait_queue_sleep(&j->room_queue, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	}
	(void)ktimer_cancel(&j->timer);
	r = j->aborted;
	journal_drop_all(j);
	wait_queue_release(&j->room_queue);
	journal_free(j);
	return r;
}

unsigned int journal_max_credits(const struct journal *j)
{
	return j->max_blocks;
}

bool journal_is_aborted(const struct journal *j)
{
	return j->aborted != 0;
}

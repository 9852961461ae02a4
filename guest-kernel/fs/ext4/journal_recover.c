// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replay, in three passes over the log: the first finds the end and checks everything that can be checked, before anything is written; the second collects
 * revoked blocks; the third copies blocks home. A pass takes every block of the log once at most, so no log, however made, keeps us busy for ever.
 *
 * What ends a log: a block that is not the next of it (magic, number), or a commit that never happened. A transaction whose commit block is good and whose other blocks
 * are not is damage, except where the commit was not waited for (asynchronous commits) or its time shows that it is left from a former round.
 */
#include "core/big_lock.h"
#include "core/klog.h"
#include "fs/ext4/journal_internal.h"
#include "host/host_memory.h"

enum pass { PASS_SCAN, PASS_REVOKE, PASS_REPLAY };

struct replay {
	struct journal *j;
	enum pass pass;
	uint32_t pos, tid;  /* the next block, and whose it should be */
	uint32_t left;	    /* blocks of the log not yet seen in this pass */
	uint32_t end_tid;   /* the first that did not commit */
	bool broken;	    /* in this transaction: a checksum is wrong */
	uint32_t old_crc;   /* v1 */
	uint64_t last_time; /* of a commit */
	struct revoke_table revokes;
	uint8_t *block;			   /* descriptor, revoke or commit */
	uint32_t window_start, window_len; /* in j->bounce */
	unsigned int n_replayed, n_revoked;
	char *why;
	size_t why_len;
};

/* What the pass does next. */
enum { GO_ON = 0, LOG_ENDS = 1 };

static int damaged(struct replay *r, const char *what)
{
	(void)format_str(r->why, r->why_len,
			 "the journal is damaged (%s in transaction %u): run e2fsck -fy", what,
			 r->tid);
	return -EUCLEAN;
}

/* The next block of the log, through a window of many. The pointer lasts until the next call. */
static int next_block(struct replay *r, const uint8_t **ret)
{
	struct journal *j = r->j;
	uint32_t size = j->config.block_size;

	if (r->left == 0)
		return LOG_ENDS;
	if (r->pos < r->window_start || r->pos - r->window_start >= r->window_len) {
		uint64_t physical;
		uint32_t n;
		int err;

		if (!journal_map(j, r->pos, &physical, &n))
			return damaged(r, "a block outside");
		n = MIN(n, BOUNCE_BLOCKS);
		n = MIN(n, j->maxlen - r->pos);
		err = block_read(j->dev, physical * size, j->bounce, (size_t)n * size);
		if (err < 0)
			return err;
		r->window_start = r->pos;
		r->window_len = n;
	}
	*ret = j->bounce + (size_t)(r->pos - r->window_start) * size;
	r->left--;
	if (++r->pos == j->maxlen)
		r->pos = j->first;
	return GO_ON;
}

static int skip_block(struct replay *r)
{
	if (r->left == 0)
		return LOG_ENDS;
	r->left--;
	if (++r->pos == r->j->maxlen)
		r->pos = r->j->first;
	return GO_ON;
}

static int replay_block(struct replay *r, const struct journal_tag *tag, const uint8_t *data)
{
	uint32_t size = r->j->config.block_size, revoked;
	uint8_t *copy = r->j->super + size; /* see journal_recover */
	int err;

	if (revoke_find(&r->revokes, tag->block, &revoked) && !tid_before(revoked, r->tid)) {
		r->n_revoked++;
		return GO_ON;
	}
	memcpy(copy, data, size);
	if (tag->flags & TAG_ESCAPED)
		be32_put(copy, JOURNAL_MAGIC);
	err = buffer_write_range(r->j->dev, tag->block * size, copy, size);
	r->n_replayed += err == 0;
	return err;
}

/* The block that a tag describes. */
static int take_tagged(struct replay *r, const struct journal_tag *tag)
{
	const struct journal *j = r->j;
	const struct journal_format *f = &j->format;
	bool v1 = (f->compat & JOURNAL_COMPAT_CHECKSUM) && !f->checksums;
	const uint8_t *data;
	int err;

	if (r->pass == PASS_REVOKE || (r->pass == PASS_SCAN && !f->checksums && !v1))
		return skip_block(r);
	err = next_block(r, &data);
	if (err != GO_ON)
		return err;
	if (r->pass == PASS_REPLAY)
		return replay_block(r, tag, data);
	if (!journal_data_ok(f, r->tid, data, tag))
		r->broken = true;
	if (v1)
		r->old_crc = journal_crc32_be(r->old_crc, data, f->block_size);
	return GO_ON;
}

static int take_descriptor(struct replay *r)
{
	const struct journal *j = r->j;
	const struct journal_format *f = &j->format;
	uint32_t end = f->block_size - f->tail_bytes, at = HEADER_BYTES;

	if (r->pass == PASS_SCAN) {
		/* Its tags mean nothing then: the log goes on nowhere. */
		if (!journal_tail_ok(f, r->block))
			return LOG_ENDS;
		if (f->compat & JOURNAL_COMPAT_CHECKSUM)
			r->old_crc = journal_crc32_be(r->old_crc, r->block, f->block_size);
	}
	while (at + f->tag_bytes <= end) {
		struct journal_tag tag;
		int err;

		journal_tag_get(f, r->block + at, &tag);
		if (r->pass == PASS_SCAN &&
		    (tag.block >= j->config.total_blocks || journal_owns(j, tag.block)))
			r->broken = true;
		err = take_tagged(r, &tag);
		if (err != GO_ON)
			return err;
		at += f->tag_bytes;
		if (!(tag.flags & TAG_SAME_UUID))
			at += TAG_UUID_BYTES;
		if (tag.flags & TAG_LAST)
			break;
	}
	return GO_ON;
}

static int take_revoke(struct replay *r)
{
	const struct journal_format *f = &r->j->format;
	uint32_t used = be32_at(r->block + REVOKE_COUNT), each = f->wide ? 8 : 4;

	if (!journal_tail_ok(f, r->block) || used < REVOKE_ENTRIES ||
	    used > f->block_size - f->tail_bytes) {
		r->broken = true;
		return GO_ON;
	}
	for (uint32_t at = REVOKE_ENTRIES; r->pass == PASS_REVOKE && at + each <= used;
	     at += each) {
		uint64_t block = f->wide ? be64_at(r->block + at) : be32_at(r->block + at);
		int err;

		if (block >= r->j->config.total_blocks)
			continue;
		err = revoke_add(&r->revokes, block, r->tid);
		if (err == -EFBIG)
			return damaged(r, "too many revoked blocks");
		if (err < 0)
			return err;
	}
	return GO_ON;
}

/* v1: a commit block without a checksum is one that Linux wrote before the feature was there. */
static bool old_checksum_ok(const struct replay *r)
{
	uint32_t found = be32_at(r->block + COMMIT_CHECKSUM);
	uint8_t type = r->block[COMMIT_CHECKSUM_TYPE], size = r->block[COMMIT_CHECKSUM_SIZE];

	if (type == 0 && size == 0 && found == 0)
		return true;
	return type == JOURNAL_CRC32 && size == 4 && found == r->old_crc;
}

static int take_commit(struct replay *r)
{
	const struct journal_format *f = &r->j->format;
	uint64_t time = be64_at(r->block + COMMIT_SECONDS);

	if (r->pass == PASS_SCAN) {
		bool async = (f->incompat & JOURNAL_INCOMPAT_ASYNC_COMMIT) != 0;

		if (!journal_commit_ok(f, r->block))
			return LOG_ENDS;
		if (!f->checksums && (f->compat & JOURNAL_COMPAT_CHECKSUM)) {
			if (!old_checksum_ok(r))
				return LOG_ENDS;
		}
		if (r->broken) {
			if (async || time < r->last_time)
				return LOG_ENDS;
			return damaged(r, "bad blocks");
		}
		r->last_time = time;
		r->old_crc = ~0u;
	}
	r->tid++;
	return GO_ON;
}

static int take_next(struct replay *r)
{
	const uint8_t *b;
	uint32_t type;
	int err;

	if (r->pass != PASS_SCAN && r->tid == r->end_tid)
		return LOG_ENDS;
	err = next_block(r, &b);
	if (err != GO_ON)
		return err;
	if (be32_at(b) != JOURNAL_MAGIC || be32_at(b + HEADER_SEQUENCE) != r->tid)
		return LOG_ENDS;
	memcpy(r->block, b, r->j->config.block_size);
	type = be32_at(b + HEADER_TYPE);
	if (type == JOURNAL_DESCRIPTOR)
		return take_descriptor(r);
	if (type == JOURNAL_REVOKE)
		return take_revoke(r);
	if (type == JOURNAL_COMMIT)
		return take_commit(r);
	return LOG_ENDS;
}

static int run_pass(struct replay *r, enum pass pass)
{
	struct journal *j = r->j;
	int err;

	r->pass = pass;
	r->pos = j->start;
	r->tid = be32_at(j->super + SUPER_SEQUENCE);
	r->left = j->maxlen - j->first;
	r->broken = false;
	r->old_crc = ~0u;
	r->window_len = 0;
	do {
		err = take_next(r);
	} while (err == GO_ON);
	if (err < 0)
		return err;
	if (pass == PASS_SCAN)
		r->end_tid = r->tid;
	else if (r->tid != r->end_tid)
		return damaged(r, "it changed while it was read");
	return 0;
}

int journal_recover(struct journal *j, char *why, size_t len)
{
	struct replay r = { .j = j, .why = why, .why_len = len };
	uint32_t size = j->config.block_size;
	uint8_t *super;
	int err = 0;

	ASSERT_LOCKED();
	if (len > 0)
		why[0] = '\0';
	if (j->start == 0)
		return 0;
	/* Behind the super block there is room for the block that is being replayed. */
	super = krealloc(j->super, 2 * (size_t)size);
	if (!super)
		return -ENOMEM;
	j->super = super;
	r.block = kmalloc(size);
	if (!r.block)
		return -ENOMEM;
	for (enum pass pass = PASS_SCAN; err == 0 && pass <= PASS_REPLAY; pass++)
		err = run_pass(&r, pass);
	revoke_clear(&r.revokes);
	kfree(r.block);
	if (err == 0)
		err = journal_flush(j);
	if (err == 0)
		/* The number that did not commit is skipped: blocks of it may lie in the log. */
		err = journal_write_super(j, 0, r.end_tid + 1);
	if (err == 0)
		err = journal_flush(j);
	if (err < 0)
		return err;
	j->start = 0;
	j->next_tid = r.end_tid + 2;
	pr_info("%s: journal replayed: %u blocks, %u revoked", j->dev->name, r.n_replayed,
		r.n_revoked);
	return 0;
}

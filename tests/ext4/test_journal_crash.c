// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A disk that stops at any moment: does replay bring back a whole number of handles, all that was promised, and never old metadata over
 * new file data? Several tasks change blocks through handles, free some of them, write file data there and commit; then every prefix of the recorded stream is replayed. Random,
 * from a seed: test_journal_crash [SEED [ROUNDS]].
 */
#include <stdio.h>
#include <stdlib.h>

#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/ext4/journal.h"
#include "fs/ext4/journal_format.h"
#include "tests/ext4/fake_disk.h"

#define BLOCK	      1024u
#define DISK_BLOCKS   400u
#define JOURNAL_FIRST 64u /* in two pieces, the second before the first */
#define FIELD_FIRST   300u
#define FIELD	      24u /* blocks that the tasks change */
#define TASKS	      3
#define HANDLES	      60 /* of each task */
#define EVENTS_MAX    512

#define CHECK(x)                                                                                 \
	do {                                                                                     \
		if (!(x)) {                                                                      \
			(void)fprintf(stderr, "%s:%d: %s (seed %llu)\n", __FILE__, __LINE__, #x, \
				      (unsigned long long)first_seed);                           \
			(void)fflush(stdout);                                                    \
			_Exit(1);                                                                \
		}                                                                                \
	} while (0)

enum use { META, FREED, DATA };

/* A handle, or one write of file data, in the order in which they happened. */
struct event {
	bool data;
	uint32_t tid;
	unsigned int record; /* how many records there were when it was done (data only) */
	unsigned int n;
	struct {
		unsigned int block;
		uint32_t value; /* 0: freed */
	} change[4];
};

static uint64_t first_seed;
static unsigned int rounds = 6;
static struct event events[EVENTS_MAX];
static unsigned int n_events;
static enum use uses[FIELD];
static uint32_t freed_in[FIELD];
static bool busy[FIELD];
static uint32_t next_value, committed;
static unsigned int tasks_left;
static struct wait_queue done = WAIT_QUEUE_INIT(done);
static struct {
	uint32_t tid;
	unsigned int record;
} promises[EVENTS_MAX];
static unsigned int n_promises;
static struct fake_disk *disk;
static struct journal *journal;

static uint32_t features;

static void make_journal(struct fake_disk *d)
{
	uint8_t *s = d->bytes + (uint64_t)JOURNAL_FIRST * BLOCK;

	memset(s, 0, BLOCK);
	journal_header_put(s, JOURNAL_SUPER_V2, 0);
	be32_put(s + SUPER_BLOCKSIZE, BLOCK);
	be32_put(s + SUPER_MAXLEN, 81);
	be32_put(s + SUPER_FIRST, 1);
	be32_put(s + SUPER_SEQUENCE, pick(2) ? 1 : 0xffffffe0u);
	be32_put(s + SUPER_INCOMPAT, features);
	if (features & (JOURNAL_INCOMPAT_CSUM_V2 | JOURNAL_INCOMPAT_CSUM_V3)) {
		s[SUPER_CHECKSUM_TYPE] = JOURNAL_CRC32C;
		be32_put(s + SUPER_CHECKSUM, journal_super_checksum(s));
	}
}

static void on_committed(void *owner, uint32_t tid)
{
	(void)owner;
	committed = tid;
	for (unsigned int i = 0; i < FIELD; i++)
		if (uses[i] == FREED && (int32_t)(tid - freed_in[i]) >= 0)
			uses[i] = DATA;
}

static struct journal *open_journal(struct fake_disk *d)
{
	static const struct journal_place places[] = {
		{ .logical = 0, .physical = JOURNAL_FIRST, .len = 41 },
		{ .logical = 41, .physical = 10, .len = 40 },
	};
	static const uint8_t uuid[16] = { 1, 2, 3 };
	struct journal_config config = {
		.dev = &d->dev,
		.block_size = BLOCK,
		.places = places,
		.n_places = 2,
		.total_blocks = DISK_BLOCKS,
		.uuid = uuid,
		.committed = on_committed,
	};
	struct journal *j = NULL;
	char why[128];
	int r;

	CHECK(buffer_set_size(&d->dev, BLOCK) == 0);
	r = journal_open(&config, &j, why, sizeof(why));
	if (r < 0)
		(void)fprintf(stderr, "open: %d %s\n", r, why);
	CHECK(r == 0);
	r = journal_recover(j, why, sizeof(why));
	if (r < 0)
		(void)fprintf(stderr, "recover: %d %s\n", r, why);
	CHECK(r == 0);
	CHECK(!journal_needs_recovery(j));
	return j;
}

/* A block full of one number; some begin like a block of the journal. */
static void fill(uint8_t *p, uint32_t value)
{
	for (uint32_t i = 0; i < BLOCK; i += 4)
		memcpy(p + i, &value, 4);
	if (value % 5 == 0)
		be32_put(p, JOURNAL_MAGIC);
}

static uint32_t value_of(const uint8_t *p)
{
	uint32_t v, w;

	memcpy(&v, p + 8, 4);
	for (uint32_t i = 4; i < BLOCK; i += 4) {
		memcpy(&w, p + i, 4);
		CHECK(v == w);
	}
	CHECK(v % 5 != 0 || v == 0 || be32_at(p) == JOURNAL_MAGIC);
	return v;
}

static struct event *new_event(bool data, uint32_t tid)
{
	struct event *e = &events[n_events++];

	CHECK(n_events <= EVENTS_MAX);
	*e = (struct event){ .data = data, .tid = tid };
	return e;
}

static void write_data(unsigned int i)
{
	uint8_t data[BLOCK];
	struct event *e;
	uint32_t v = ++next_value;

	busy[i] = true;
	fill(data, v);
	CHECK(block_write(&disk->dev, (uint64_t)(FIELD_FIRST + i) * BLOCK, data, BLOCK, NULL) == 0);
	e = new_event(true, 0);
	e->record = disk->n_records;
	e->n = 1;
	e->change[0].block = i;
	e->change[0].value = v;
	busy[i] = false;
}

static void change_block(struct handle *h, unsigned int i, struct event *plan)
{
	struct buffer *b;
	bool create = uses[i] != META;

	if (create)
		CHECK(buffer_new(&disk->dev, FIELD_FIRST + i, &b) == 0);
	else
		CHECK(buffer_read(&disk->dev, FIELD_FIRST + i, &b) == 0);
	if (!create && pick(6) == 0) {
		CHECK(journal_forget(h, b, FIELD_FIRST + i) == 0);
		uses[i] = FREED;
		freed_in[i] = journal_tid(h);
		plan->change[plan->n].block = i;
		plan->change[plan->n++].value = 0;
		return;
	}
	CHECK((create ? journal_get_create(h, b) : journal_get_write(h, b)) == 0);
	fill(b->data, ++next_value);
	CHECK(journal_dirty(h, b) == 0);
	uses[i] = META;
	plan->change[plan->n].block = i;
	plan->change[plan->n++].value = next_value;
	buffer_put(b);
}

static void one_handle(void)
{
	struct event plan = { .n = 0 };
	struct handle *h, *inner;
	unsigned int n = 1 + pick(4), mine[4];
	uint32_t tid;

	CHECK(journal_start(journal, n, n, &h) == 0);
	CHECK(journal_start(journal, 1, 0, &inner) == 0 && inner == h);
	for (unsigned int k = 0; k < n; k++) {
		mine[k] = pick(FIELD);
		/* Freed in this transaction: also taken again in it sometimes, which cancels the revoke. */
		if (busy[mine[k]] ||
		    (uses[mine[k]] == FREED && (freed_in[mine[k]] != journal_tid(h) || pick(3)))) {
			mine[k] = FIELD;
			continue;
		}
		busy[mine[k]] = true;
		change_block(h, mine[k], &plan);
		if (pick(4) == 0)
			sched_give_way();
	}
	tid = journal_tid(h);
	plan.tid = tid;
	CHECK(journal_stop(inner) == 0);
	/* All of a handle at once in our history, too: it counts from its end. */
	events[n_events++] = plan;
	CHECK(n_events < EVENTS_MAX);
	for (unsigned int k = 0; k < n; k++)
		if (mine[k] < FIELD)
			busy[mine[k]] = false;
	CHECK(journal_stop(h) == 0);
	if (pick(5) == 0) {
		CHECK(journal_commit(journal, tid) == 0);
		promises[n_promises].tid = tid;
		promises[n_promises++].record = disk->n_records;
	}
}

static void worker(void *arg)
{
	(void)arg;
	for (unsigned int k = 0; k < HANDLES; k++) {
		unsigned int i = pick(FIELD);

		if (uses[i] == DATA && !busy[i])
			write_data(i);
		else
			one_handle();
		if (pick(3) == 0)
			sched_give_way();
	}
	tasks_left--;
	wait_queue_wake_all(&done);
}

static void tell_block(unsigned int block)
{
	for (unsigned int i = 0; i < n_events; i++)
		for (unsigned int k = 0; k < events[i].n; k++)
			if (events[i].change[k].block == block)
				(void)fprintf(stderr, "  event %u: %s value %u tid %u record %u\n",
					      i, events[i].data ? "data" : "handle",
					      events[i].change[k].value, events[i].tid,
					      events[i].record);
	for (unsigned int i = 0; i < n_promises; i++)
		(void)fprintf(stderr, "  promise: tid %u record %u\n", promises[i].tid,
			      promises[i].record);
}

/* What the blocks hold when all handles of transactions up to tid have happened; file data as far as it is certain. */
static void check_state(const uint8_t *bytes, uint32_t tid, unsigned int record, bool all_there)
{
	uint32_t want[FIELD] = { 0 };
	bool is_data[FIELD] = { false }, unsure[FIELD] = { false };

	for (unsigned int i = 0; i < n_events; i++) {
		const struct event *e = &events[i];

		if (e->data) {
			/* A write that may not have been: old or new data, but never looked at by replay. */
			if (e->record > record || !all_there)
				unsure[e->change[0].block] = true;
			else
				want[e->change[0].block] = e->change[0].value;
			is_data[e->change[0].block] = true;
			continue;
		}
		if ((int32_t)(e->tid - tid) > 0)
			continue;
		for (unsigned int k = 0; k < e->n; k++) {
			unsigned int b = e->change[k].block;

			is_data[b] = false;
			unsure[b] = e->change[k].value == 0;
			want[b] = e->change[k].value;
		}
	}
	for (unsigned int i = 0; i < FIELD; i++) {
		uint32_t v;

		if (unsure[i])
			continue;
		v = value_of(bytes + (uint64_t)(FIELD_FIRST + i) * BLOCK);
		if (v != want[i])
			(void)fprintf(stderr, "block %u: %u, not %u; tid %u record %u data %d\n", i,
				      v, want[i], tid, record, is_data[i]);
		if (v != want[i])
			tell_block(i);
		CHECK(v == want[i]);
	}
}

static const uint8_t *super_of(const uint8_t *bytes)
{
	return bytes + (uint64_t)JOURNAL_FIRST * BLOCK;
}

static void check_crash(struct fake_disk *replay, const uint8_t *before, unsigned int n, int mode,
			uint32_t first_tid)
{
	uint32_t promised = first_tid, tid, start, sequence;
	struct journal *j;

	fake_disk_crash(disk, before, n, mode, replay->bytes);
	start = be32_at(super_of(replay->bytes) + SUPER_START);
	sequence = be32_at(super_of(replay->bytes) + SUPER_SEQUENCE);
	fake_disk_forget_buffers(replay);
	j = open_journal(replay);
	CHECK(journal_close(j) == 0);
	for (unsigned int i = 0; i < n_promises; i++)
		if (promises[i].record <= n && (int32_t)(promises[i].tid - promised) > 0)
			promised = promises[i].tid;
	/* The last transaction that replay has found, or that a clean journal has seen. */
	if (start != 0)
		tid = be32_at(super_of(replay->bytes) + SUPER_SEQUENCE) - 2;
	else if (sequence == be32_at(super_of(before) + SUPER_SEQUENCE))
		tid = first_tid;
	else
		tid = sequence - 1;
	CHECK((int32_t)(tid - promised) >= 0);
	check_state(replay->bytes, tid, n, mode == 0);
	/* Once more: nothing is left to do. */
	fake_disk_forget_buffers(replay);
	j = open_journal(replay);
	CHECK(journal_close(j) == 0);
	check_state(replay->bytes, tid, n, mode == 0);
}

static void one_round(void)
{
	struct fake_disk *replay = fake_disk_new((uint64_t)DISK_BLOCKS * BLOCK);
	uint8_t *before = malloc((size_t)DISK_BLOCKS * BLOCK);
	uint32_t first_tid;

	CHECK(before != NULL);
	n_events = n_promises = 0;
	memset(uses, 0, sizeof(uses));
	disk = fake_disk_new((uint64_t)DISK_BLOCKS * BLOCK);
	make_journal(disk);
	journal = open_journal(disk);
	memcpy(before, disk->bytes, (size_t)DISK_BLOCKS * BLOCK);
	CHECK(journal_run(journal) == 0);
	first_tid = journal_running_tid(journal);
	disk->yield = true;
	fake_disk_start_recording(disk);
	for (tasks_left = 0; tasks_left < TASKS; tasks_left++)
		CHECK(kthread_start("worker", worker, NULL) != NULL);
	while (tasks_left > 0)
		(void)!wait_queue_sleep(&done, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	CHECK(journal_close(journal) == 0);
	disk->yield = false;
	for (unsigned int n = 0; n <= disk->n_records; n++)
		for (int mode = 0; mode < 3; mode++)
			check_crash(replay, before, n, mode, first_tid);
	(void)printf("%u events, %u records, %u promises: every prefix is whole\n", n_events,
		     disk->n_records, n_promises);
	fake_disk_free(disk);
	fake_disk_free(replay);
	free(before);
}

/* The disk fails at some moment: nobody hangs, nobody is told that all is well, and what was promised before is there. */
static void failing_round(void)
{
	struct handle *h;
	struct buffer *b;
	uint32_t promised = 0, value = 0;
	struct journal *j;

	disk = fake_disk_new((uint64_t)DISK_BLOCKS * BLOCK);
	make_journal(disk);
	journal = open_journal(disk);
	CHECK(journal_run(journal) == 0);
	disk->fail_after = 1 + pick(60);
	for (unsigned int i = 0; i < 200; i++) {
		if (journal_start(journal, 1, 0, &h) < 0)
			break;
		CHECK(buffer_read(&disk->dev, FIELD_FIRST + i % 3, &b) == 0);
		CHECK(journal_get_write(h, b) == 0);
		fill(b->data, ++value);
		CHECK(journal_dirty(h, b) == 0);
		buffer_put(b);
		journal_set_sync(h);
		if (journal_stop(h) == 0)
			promised = value;
	}
	CHECK(promised < 200);
	CHECK(journal_is_aborted(journal));
	CHECK(journal_start(journal, 1, 0, &h) == -EROFS);
	CHECK(journal_close(journal) < 0);
	disk->fail_after = 0;
	j = open_journal(disk);
	CHECK(journal_close(j) == 0);
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t v = value_of(disk->bytes + (uint64_t)(FIELD_FIRST + i) * BLOCK);

		if (v > value - 3)
			value = v > value ? v : value;
		if (promised > 3)
			CHECK(v + 3 > promised);
	}
	fake_disk_free(disk);
}

static int all_rounds(void)
{
	static const uint32_t kinds[] = {
		0,
		JOURNAL_INCOMPAT_CSUM_V3,
		JOURNAL_INCOMPAT_CSUM_V2,
		JOURNAL_INCOMPAT_64BIT,
		JOURNAL_INCOMPAT_CSUM_V3 | JOURNAL_INCOMPAT_64BIT,
		JOURNAL_INCOMPAT_CSUM_V2 | JOURNAL_INCOMPAT_64BIT,
	};

	for (unsigned int i = 0; i < rounds; i++) {
		features = kinds[i % ARRAY_SIZE(kinds)];
		one_round();
		for (unsigned int k = 0; k < 10; k++)
			failing_round();
	}
	return 0;
}

int main(int argc, char **argv)
{
	first_seed = test_seed = argc > 1 ? strtoull(argv[1], NULL, 0) : 1;
	if (argc > 2)
		rounds = (unsigned int)strtoul(argv[2], NULL, 0);
	run_as_kernel(all_rounds);
}

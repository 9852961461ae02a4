// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Replay of a hostile journal. A good one with three transactions, in one of six formats (first byte), is changed at the places that the input names (block,
 * place in it, one byte to xor); checksums are made right again unless the first byte's top bit says no, so that what lies behind them is reached.
 */
#include "fuzz_target.h"

#include "core/big_lock.h"
#include "drivers/buffer.h"
#include "fs/ext4/journal.h"
#include "fs/ext4/journal_format.h"

#define BLOCK	      4096u /* what a buffer cache begins with */
#define DISK_BLOCKS   112u
#define JOURNAL_FIRST 32u
#define JOURNAL_LEN   72u
#define LOG_FIRST     3u

static uint8_t disk[DISK_BLOCKS * BLOCK];
static unsigned int reads, writes;
static struct block_device dev;

static uint8_t *log_block(unsigned int n)
{
	return disk + (JOURNAL_FIRST + n) * BLOCK;
}

static int disk_read(struct block_device *d, uint64_t offset, void *buf, size_t len)
{
	MUST(offset <= d->bytes && len <= d->bytes - offset);
	MUST(++reads < 3 * JOURNAL_LEN + 4);
	memcpy(buf, disk + offset, len);
	return 0;
}

/* The promise: whole blocks inside the disk, and of the journal its super block at most. */
static int disk_write(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		      unsigned int *flags)
{
	uint64_t block = offset / BLOCK;

	if (flags)
		*flags = 0;
	MUST(offset <= d->bytes && len <= d->bytes - offset);
	MUST(offset % BLOCK == 0 && len == BLOCK);
	MUST(block <= JOURNAL_FIRST || block >= JOURNAL_FIRST + JOURNAL_LEN);
	MUST(++writes < JOURNAL_LEN + 2);
	memcpy(disk + offset, buf, len);
	return 0;
}

static int disk_flush(struct block_device *d)
{
	(void)d;
	return 0;
}

static const struct block_ops ops = {
	.read = disk_read,
	.write = disk_write,
	.flush = disk_flush,
};

static unsigned int put_transaction(const struct journal_format *f, unsigned int at, uint32_t tid)
{
	uint8_t *b = log_block(at++), *p = b + HEADER_BYTES;

	journal_header_put(b, JOURNAL_DESCRIPTOR, tid);
	for (unsigned int i = 0; i < 3; i++) {
		struct journal_tag tag = { .block = 10 + tid * 2 + i };
		uint8_t *data = log_block(at + i);

		memset(data, (int)(tid + i), BLOCK);
		tag.flags = (i ? TAG_SAME_UUID : 0) | (i == 2 ? TAG_LAST : 0);
		tag.checksum = journal_data_checksum(f, tid, data);
		journal_tag_put(f, p, &tag);
		p += f->tag_bytes + (i ? 0 : TAG_UUID_BYTES);
	}
	at += 3;
	b = log_block(at++);
	journal_header_put(b, JOURNAL_REVOKE, tid);
	be32_put(b + REVOKE_COUNT, REVOKE_ENTRIES + 2 * (f->wide ? 8 : 4));
	for (unsigned int i = 0; i < 2; i++)
		be32_put(b + REVOKE_ENTRIES + (f->wide ? 8 * i + 4 : 4 * i), 9 + tid * 2 + i);
	journal_header_put(log_block(at++), JOURNAL_COMMIT, tid);
	return at;
}

static void make_good(uint8_t kind)
{
	static const uint32_t kinds[] = { 0, 2, 8, 16, 10, 18, 4, 20 };
	struct journal_format f;
	uint8_t *s = log_block(0);
	unsigned int at = 60; /* around the end */

	memset(disk, 0, sizeof(disk));
	journal_header_put(s, JOURNAL_SUPER_V2, 0);
	be32_put(s + SUPER_BLOCKSIZE, BLOCK);
	be32_put(s + SUPER_MAXLEN, JOURNAL_LEN);
	be32_put(s + SUPER_FIRST, LOG_FIRST);
	be32_put(s + SUPER_SEQUENCE, 5);
	be32_put(s + SUPER_START, at);
	be32_put(s + SUPER_COMPAT, kind & 0x40 ? JOURNAL_COMPAT_CHECKSUM : 0);
	be32_put(s + SUPER_INCOMPAT, JOURNAL_INCOMPAT_REVOKE | kinds[kind % 8]);
	s[SUPER_CHECKSUM_TYPE] = JOURNAL_CRC32C;
	journal_format_set(&f, s, BLOCK);
	at = put_transaction(&f, at, 5);
	at = put_transaction(&f, at, 6);
	(void)put_transaction(&f, LOG_FIRST, 7);
}

static void mend_checksums(void)
{
	struct journal_format f;
	uint8_t *s = log_block(0);

	journal_format_set(&f, s, BLOCK);
	if (f.checksums)
		be32_put(s + SUPER_CHECKSUM, journal_super_checksum(s));
	for (unsigned int i = 1; i < JOURNAL_LEN; i++) {
		uint8_t *b = log_block(i);

		if (be32_at(b) != JOURNAL_MAGIC)
			continue;
		if (be32_at(b + HEADER_TYPE) == JOURNAL_COMMIT)
			journal_commit_set(&f, b);
		else
			journal_tail_set(&f, b);
	}
}

/* Most of what counts is at the beginning of a block, and a little at its end. */
static unsigned int place(uint8_t n)
{
	return n < 248 ? n : BLOCK - 256u + n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const struct journal_place places[] = {
		{ .logical = 0, .physical = JOURNAL_FIRST, .len = 30 },
		{ .logical = 30, .physical = JOURNAL_FIRST + 30, .len = JOURNAL_LEN - 30 },
	};
	static const uint8_t uuid[16];
	static bool begun;
	struct journal_config config = { .dev = &dev,
					 .block_size = BLOCK,
					 .places = places,
					 .n_places = 2,
					 .total_blocks = DISK_BLOCKS,
					 .uuid = uuid };
	struct journal *j;
	char why[200];
	bool changed;

	if (!begun) {
		begun = true;
		big_lock_take();
		dev.ops = &ops;
		dev.bytes = sizeof(disk);
		MUST(buffer_cache_create(&dev, &dev.cache) == 0);
	}
	if (len < 1)
		return 0;
	make_good(data[0]);
	for (size_t i = 1; i + 3 <= len; i += 3)
		log_block(data[i] % JOURNAL_LEN)[place(data[i + 1])] ^= data[i + 2];
	if (!(data[0] & 0x80))
		mend_checksums();
	/* Without its checksums a journal of the newer kinds is not good either. */
	changed = len > 1 || data[0] & 0x80;
	/* Unchanged: all but two of the nine blocks are revoked; and the super block. */
	reads = writes = 0;
	if (journal_open(&config, &j, why, sizeof(why)) < 0) {
		MUST(changed); /* else it is good */
		return 0;
	}
	if (journal_recover(j, why, sizeof(why)) == 0)
		MUST(!journal_needs_recovery(j) && (changed || writes == 3));
	else
		MUST(changed && why[0] && memchr(why, 0, sizeof(why)));
	(void)journal_close(j);
	return 0;
}

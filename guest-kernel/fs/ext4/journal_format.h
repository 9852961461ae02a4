/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jbd2 as it lies on the disk (kernel documentation, filesystems/ext4/journal). Everything is big endian. Blocks are read through these functions only, since nothing
 * in a block is aligned or to be trusted.
 */
#ifndef FS_EXT4_JOURNAL_FORMAT_H
#define FS_EXT4_JOURNAL_FORMAT_H

#include "lib/string.h"

#define JOURNAL_MAGIC 0xc03b3998u

enum {
	JOURNAL_DESCRIPTOR = 1,
	JOURNAL_COMMIT = 2,
	JOURNAL_SUPER_V1 = 3,
	JOURNAL_SUPER_V2 = 4,
	JOURNAL_REVOKE = 5,
};

/* Every block of the log that is not a copy of another begins with magic, type and transaction. */
#define HEADER_TYPE	0x4u
#define HEADER_SEQUENCE 0x8u
#define HEADER_BYTES	12u

/* The super block. */
#define SUPER_BYTES	    1024u
#define SUPER_BLOCKSIZE	    0xcu
#define SUPER_MAXLEN	    0x10u
#define SUPER_FIRST	    0x14u
#define SUPER_SEQUENCE	    0x18u
#define SUPER_START	    0x1cu
#define SUPER_ERRNO	    0x20u
#define SUPER_COMPAT	    0x24u
#define SUPER_INCOMPAT	    0x28u
#define SUPER_RO_COMPAT	    0x2cu
#define SUPER_UUID	    0x30u
#define SUPER_CHECKSUM_TYPE 0x50u
#define SUPER_FAST_BLOCKS   0x54u
#define SUPER_CHECKSUM	    0xfcu

enum { JOURNAL_COMPAT_CHECKSUM = 1 };
enum {
	JOURNAL_INCOMPAT_REVOKE = 0x1,
	JOURNAL_INCOMPAT_64BIT = 0x2,
	JOURNAL_INCOMPAT_ASYNC_COMMIT = 0x4,
	JOURNAL_INCOMPAT_CSUM_V2 = 0x8,
	JOURNAL_INCOMPAT_CSUM_V3 = 0x10,
	JOURNAL_INCOMPAT_FAST_COMMIT = 0x20,
};

enum { JOURNAL_CRC32 = 1, JOURNAL_CRC32C = 4 };

/* Flags of a tag. */
enum { TAG_ESCAPED = 1, TAG_SAME_UUID = 2, TAG_DELETED = 4, TAG_LAST = 8 };
#define TAG_UUID_BYTES 16u

/* A commit block. */
#define COMMIT_CHECKSUM_TYPE 0xcu
#define COMMIT_CHECKSUM_SIZE 0xdu
#define COMMIT_CHECKSUM	     0x10u
#define COMMIT_SECONDS	     0x30u
#define COMMIT_NANOSECONDS   0x38u

/* A revoke block: how many bytes of it are used, then block numbers. */
#define REVOKE_COUNT   0xcu
#define REVOKE_ENTRIES 0x10u

#define BLOCK_TAIL_BYTES 4u /* checksum at the end of descriptor and revoke blocks */

static inline uint16_t be16_at(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t be32_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return __builtin_bswap32(v);
}

static inline uint64_t be64_at(const uint8_t *p)
{
	return (uint64_t)be32_at(p) << 32 | be32_at(p + 4);
}

static inline void be16_put(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void be32_put(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void be64_put(uint8_t *p, uint64_t v)
{
	be32_put(p, (uint32_t)(v >> 32));
	be32_put(p + 4, (uint32_t)v);
}

/* What the features of a journal make of its blocks. */
struct journal_format {
	uint32_t block_size;
	uint32_t compat, incompat;
	bool checksums;	    /* v2 or v3: each block of the log has its own */
	bool v3;	    /* tags hold 32 bits of it */
	bool wide;	    /* block numbers of 64 bits */
	uint32_t seed;	    /* of all checksums: the journal's UUID */
	uint32_t tag_bytes; /* without the UUID */
	uint32_t tail_bytes;
	uint32_t tags_per_block, revokes_per_block; /* that we write into one block */
};

struct journal_tag {
	uint64_t block;
	uint32_t flags;
	uint32_t checksum;
};

/* From the super block's feature words and UUID. */
void journal_format_set(struct journal_format *f, const uint8_t *super, uint32_t block_size);

uint32_t journal_super_checksum(const uint8_t *super);

void journal_header_put(uint8_t *block, uint32_t type, uint32_t tid);

/* Descriptor and revoke blocks: the checksum in the tail. True if there is none to be had. */
bool journal_tail_ok(const struct journal_format *f, const uint8_t *block);
void journal_tail_set(const struct journal_format *f, uint8_t *block);

/* Commit blocks of v2 and v3. */
bool journal_commit_ok(const struct journal_format *f, const uint8_t *block);
void journal_commit_set(const struct journal_format *f, uint8_t *block);

/* A block as it lies in the log (escaped). */
uint32_t journal_data_checksum(const struct journal_format *f, uint32_t tid, const uint8_t *data);
bool journal_data_ok(const struct journal_format *f, uint32_t tid, const uint8_t *data,
		     const struct journal_tag *tag);

void journal_tag_get(const struct journal_format *f, const uint8_t *p, struct journal_tag *ret);
void journal_tag_put(const struct journal_format *f, uint8_t *p, const struct journal_tag *tag);

/* The checksum of v1 goes over descriptors and copies of a transaction; begins with ~0. */
uint32_t journal_crc32_be(uint32_t crc, const uint8_t *data, size_t len);

#endif

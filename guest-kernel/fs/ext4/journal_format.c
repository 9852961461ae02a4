// SPDX-License-Identifier: GPL-2.0-or-later
/* Blocks of the journal taken apart and put together: tags, checksums. No state, no device. */
#include "fs/ext4/journal_format.h"
#include "lib/crc32c.h"

#define POLY_BE 0x04c11db7u

void journal_format_set(struct journal_format *f, const uint8_t *super, uint32_t block_size)
{
	bool v2 = be32_at(super + HEADER_TYPE) == JOURNAL_SUPER_V2;

	*f = (struct journal_format){ .block_size = block_size };
	f->compat = v2 ? be32_at(super + SUPER_COMPAT) : 0;
	f->incompat = v2 ? be32_at(super + SUPER_INCOMPAT) : 0;
	f->v3 = (f->incompat & JOURNAL_INCOMPAT_CSUM_V3) != 0;
	f->checksums = f->v3 || (f->incompat & JOURNAL_INCOMPAT_CSUM_V2) != 0;
	f->wide = (f->incompat & JOURNAL_INCOMPAT_64BIT) != 0;
	f->seed = crc32c(~0u, super + SUPER_UUID, 16);
	if (f->v3)
		f->tag_bytes = 16;
	else
		f->tag_bytes = (f->wide ? 12 : 8) + (f->checksums ? 2 : 0);
	f->tail_bytes = f->checksums ? BLOCK_TAIL_BYTES : 0;
	f->tags_per_block =
		(block_size - HEADER_BYTES - f->tail_bytes - TAG_UUID_BYTES) / f->tag_bytes;
	f->revokes_per_block = (block_size - REVOKE_ENTRIES - f->tail_bytes) / (f->wide ? 8 : 4);
}

static uint32_t crc_with_hole(uint32_t crc, const uint8_t *p, size_t len, size_t hole)
{
	static const uint8_t zero[4];

	crc = crc32c(crc, p, hole);
	crc = crc32c(crc, zero, sizeof(zero));
	return crc32c(crc, p + hole + sizeof(zero), len - hole - sizeof(zero));
}

uint32_t journal_super_checksum(const uint8_t *super)
{
	return crc_with_hole(~0u, super, SUPER_BYTES, SUPER_CHECKSUM);
}

void journal_header_put(uint8_t *block, uint32_t type, uint32_t tid)
{
	be32_put(block, JOURNAL_MAGIC);
	be32_put(block + HEADER_TYPE, type);
	be32_put(block + HEADER_SEQUENCE, tid);
}

static uint32_t tail_checksum(const struct journal_format *f, const uint8_t *block)
{
	return crc_with_hole(f->seed, block, f->block_size, f->block_size - BLOCK_TAIL_BYTES);
}

bool journal_tail_ok(const struct journal_format *f, const uint8_t *block)
{
	return !f->checksums ||
	       be32_at(block + f->block_size - BLOCK_TAIL_BYTES) == tail_checksum(f, block);
}

void journal_tail_set(const struct journal_format *f, uint8_t *block)
{
	if (f->checksums)
		be32_put(block + f->block_size - BLOCK_TAIL_BYTES, tail_checksum(f, block));
}

static uint32_t commit_checksum(const struct journal_format *f, const uint8_t *block)
{
	return crc_with_hole(f->seed, block, f->block_size, COMMIT_CHECKSUM);
}

bool journal_commit_ok(const struct journal_format *f, const uint8_t *block)
{
	return !f->checksums || be32_at(block + COMMIT_CHECKSUM) == commit_checksum(f, block);
}

void journal_commit_set(const struct journal_format *f, uint8_t *block)
{
	if (f->checksums)
		be32_put(block + COMMIT_CHECKSUM, commit_checksum(f, block));
}

uint32_t journal_data_checksum(const struct journal_format *f, uint32_t tid, const uint8_t *data)
{
	uint8_t seq[4];

	be32_put(seq, tid);
	return crc32c(crc32c(f->seed, seq, sizeof(seq)), data, f->block_size);
}

bool journal_data_ok(const struct journal_format *f, uint32_t tid, const uint8_t *data,
		     const struct journal_tag *tag)
{
	uint32_t crc;

	if (!f->checksums)
		return true;
	crc = journal_data_checksum(f, tid, data);
	return f->v3 ? crc == tag->checksum : (crc & 0xffff) == tag->checksum;
}

void journal_tag_get(const struct journal_format *f, const uint8_t *p, struct journal_tag *ret)
{
	ret->block = be32_at(p);
	if (f->v3) {
		ret->flags = be32_at(p + 4);
		ret->checksum = be32_at(p + 12);
	} else {
		ret->checksum = be16_at(p + 4);
		ret->flags = be16_at(p + 6);
	}
	if (f->wide)
		ret->block |= (uint64_t)be32_at(p + 8) << 32;
}

void journal_tag_put(const struct journal_format *f, uint8_t *p, const struct journal_tag *tag)
{
	memset(p, 0, f->tag_bytes);
	be32_put(p, (uint32_t)tag->block);
	if (f->v3) {
		be32_put(p + 4, tag->flags);
		be32_put(p + 12, tag->checksum);
	} else {
		be16_put(p + 4, f->checksums ? (uint16_t)tag->checksum : 0);
		be16_put(p + 6, (uint16_t)tag->flags);
	}
	if (f->wide)
		be32_put(p + 8, (uint32_t)(tag->block >> 32));
}

uint32_t journal_crc32_be(uint32_t crc, const uint8_t *data, size_t len)
{
	static uint32_t table[256];

	if (table[1] == 0) {
		for (uint32_t i = 0; i < 256; i++) {
			uint32_t a = i << 24;

			for (unsigned int k = 0; k < 8; k++)
				a = (a << 1) ^ (a & 0x80000000u ? POLY_BE : 0);
			table[i] = a;
		}
	}
	while (len-- > 0)
		crc = (crc << 8) ^ table[(crc >> 24) ^ *data++];
	return crc;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* CRC-32C by the processor's own instruction where it has one, and by a table; CRC-16 bit by bit in a table of its own. */
#include "lib/crc32c.h"
#include "lib/string.h"

#define POLY32 0x82f63b78u
#define POLY16 0xa001u

static uint32_t table32[256];
static uint16_t table16[256];
static bool ready, has_instruction;

/*
 * The instruction can begin every cycle and takes three to end, so three streams go side by side: a part of the data each. A checksum goes over zeros by table
 * (it is linear), which puts them together.
 */
struct streams {
	size_t len;	       /* of one; a multiple of 8 */
	uint32_t over[4][256]; /* what a byte of a checksum becomes behind so many zeros */
};

static struct streams wide = { .len = 1024 }, narrow = { .len = 128 };

static void streams_prepare(struct streams *s)
{
	for (unsigned int bit = 0; bit < 32; bit++) {
		uint32_t crc = 1u << bit;

		for (size_t i = 0; i < s->len; i++)
			crc = (crc >> 8) ^ table32[crc & 0xff];
		s->over[bit / 8][1u << bit % 8] = crc;
	}
	for (unsigned int byte = 0; byte < 4; byte++)
		for (unsigned int v = 1; v < 256; v++)
			s->over[byte][v] = s->over[byte][v & (v - 1)] ^ s->over[byte][v & -v];
}

static uint32_t over_zeros(const struct streams *s, uint32_t crc)
{
	return s->over[0][crc & 0xff] ^ s->over[1][crc >> 8 & 0xff] ^ s->over[2][crc >> 16 & 0xff] ^
	       s->over[3][crc >> 24];
}

static uint64_t eight_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
	return v;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_streams(const struct streams *s,
								 uint32_t crc, const uint8_t *p)
{
	uint64_t a = crc, b = 0, c = 0;

	for (size_t i = 0; i < s->len; i += 8) {
		a = __builtin_ia32_crc32di(a, eight_at(p + i));
		b = __builtin_ia32_crc32di(b, eight_at(p + s->len + i));
		c = __builtin_ia32_crc32di(c, eight_at(p + 2 * s->len + i));
	}
	return over_zeros(s, over_zeros(s, (uint32_t)a) ^ (uint32_t)b) ^ (uint32_t)c;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(uint32_t crc, const uint8_t *p,
								     size_t len)
{
	uint64_t c;

	for (; len >= 3 * wide.len; len -= 3 * wide.len, p += 3 * wide.len)
		crc = crc32c_streams(&wide, crc, p);
	for (; len >= 3 * narrow.len; len -= 3 * narrow.len, p += 3 * narrow.len)
		crc = crc32c_streams(&narrow, crc, p);
	for (c = crc; len >= 8; len -= 8, p += 8)
		c = __builtin_ia32_crc32di(c, eight_at(p));
	for (; len > 0; len--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
}

/* Two threads that come first at once write the same values. */
static void prepare(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t a = i, b = i;

		for (unsigned int k = 0; k < 8; k++) {
			a = (a >> 1) ^ (a & 1 ? POLY32 : 0);
			b = (b >> 1) ^ (b & 1 ? POLY16 : 0);
		}
		table32[i] = a;
		table16[i] = (uint16_t)b;
	}
	streams_prepare(&wide);
	streams_prepare(&narrow);
	__builtin_cpu_init();
	has_instruction = __builtin_cpu_supports("sse4.2");
	__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
}

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		prepare();
	if (has_instruction)
		return crc32c_instruction(crc, p, len);
	while (len-- > 0)
		crc = (crc >> 8) ^ table32[(crc ^ *p++) & 0xff];
	return crc;
}

uint16_t crc16(uint16_t crc, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (!__atomic_load_n(&ready, __ATOMIC_ACQUIRE))
		prepare();
	while (len-- > 0)
		crc = (uint16_t)((crc >> 8) ^ table16[(crc ^ *p++) & 0xff]);
	return crc;
}

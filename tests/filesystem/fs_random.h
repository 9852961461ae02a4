/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A small generator of numbers that are the same everywhere (xorshift64*), and contents made from a number. */
#ifndef FS_RANDOM_H
#define FS_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct fs_random {
	uint64_t state;
};

static inline uint64_t fs_random_next(struct fs_random *r)
{
	r->state ^= r->state >> 12;
	r->state ^= r->state << 25;
	r->state ^= r->state >> 27;
	return r->state * 0x2545f4914f6cdd1dull;
}

static inline void fs_random_seed(struct fs_random *r, uint64_t seed)
{
	r->state = seed * 0x9e3779b97f4a7c15ull + 0x1234567;
	if (r->state == 0)
		r->state = 1;
	fs_random_next(r);
}

/* 0 … n - 1 */
static inline unsigned int fs_random_below(struct fs_random *r, unsigned int n)
{
	return (unsigned int)((fs_random_next(r) >> 33) % n);
}

/* Contents that tell from where they are: never zero, so that a hole is told from data. */
static inline void fs_fill(unsigned char *buf, size_t len, uint64_t key, uint64_t offset)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t x = (key ^ ((offset + i) >> 3)) * 0x9e3779b97f4a7c15ull;

		buf[i] = (unsigned char)((x >> (8 * ((offset + i) & 7))) | 1);
	}
}

static inline uint64_t fs_hash(uint64_t h, const void *data, size_t len)
{
	const unsigned char *p = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 0x100000001b3ull;
	return h;
}

#endif

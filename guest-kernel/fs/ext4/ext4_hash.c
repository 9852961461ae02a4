// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The hashes of names in indexed directories: the historical one, half of MD4 (RFC 1320: two rounds' worth of its functions on eight words), and TEA.
 * Each reads chars as signed or unsigned, as the super block says.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"

/* A hash that is the mark for the end would make a reader stop. */
#define HASH_EOF 0x7fffffffu

static uint32_t rotate(uint32_t v, unsigned int n)
{
	return (v << n) | (v >> (32 - n));
}

static void tea(uint32_t *buf, const uint32_t *in)
{
	uint32_t sum = 0, a = buf[0], b = buf[1];

	for (unsigned int n = 0; n < 16; n++) {
		sum += 0x9e3779b9u;
		a += ((b << 4) + in[0]) ^ (b + sum) ^ ((b >> 5) + in[1]);
		b += ((a << 4) + in[2]) ^ (a + sum) ^ ((a >> 5) + in[3]);
	}
	buf[0] += a;
	buf[1] += b;
}

static uint32_t f1(uint32_t x, uint32_t y, uint32_t z)
{
	return z ^ (x & (y ^ z));
}

static uint32_t f2(uint32_t x, uint32_t y, uint32_t z)
{
	return (x & y) + ((x ^ y) & z);
}

static uint32_t f3(uint32_t x, uint32_t y, uint32_t z)
{
	return x ^ y ^ z;
}

static void half_md4(uint32_t *buf, const uint32_t *in)
{
	static const uint8_t order[3][8] = {
		{ 0, 1, 2, 3, 4, 5, 6, 7 },
		{ 1, 3, 5, 7, 0, 2, 4, 6 },
		{ 3, 7, 2, 6, 1, 5, 0, 4 },
	};
	static const uint8_t shift[3][4] = { { 3, 7, 11, 19 }, { 3, 5, 9, 13 }, { 3, 9, 11, 15 } };
	static const uint32_t add[3] = { 0, 0x5a827999u, 0x6ed9eba1u };
	uint32_t v[4] = { buf[0], buf[1], buf[2], buf[3] };

	for (unsigned int round = 0; round < 3; round++) {
		for (unsigned int i = 0; i < 8; i++) {
			/* The four words take turns: a, d, c, b. */
			uint32_t *a = &v[(4 - i % 4) % 4], b = v[(5 - i % 4) % 4];
			uint32_t c = v[(6 - i % 4) % 4], d = v[(7 - i % 4) % 4];
			uint32_t f = round == 0	  ? f1(b, c, d)
				     : round == 1 ? f2(b, c, d)
						  : f3(b, c, d);

			*a = rotate(*a + f + in[order[round][i]] + add[round], shift[round][i % 4]);
		}
	}
	for (unsigned int i = 0; i < 4; i++)
		buf[i] += v[i];
}

static uint32_t legacy(const char *name, size_t len, bool is_unsigned)
{
	uint32_t hash, h0 = 0x12a3fe2du, h1 = 0x37abe8f9u;

	while (len-- > 0) {
		int c = is_unsigned ? (int)(unsigned char)*name : (int)(signed char)*name;

		name++;
		hash = h1 + (h0 ^ (uint32_t)(c * 7152373));
		if (hash & 0x80000000u)
			hash -= 0x7fffffffu;
		h1 = h0;
		h0 = hash;
	}
	return h0 << 1;
}

/* The name as words, four chars each with the first on top, filled up with its length. */
static void to_words(const char *name, size_t len, uint32_t *buf, unsigned int n, bool is_unsigned)
{
	uint32_t pad = (uint32_t)len | (uint32_t)len << 8, v;
	size_t i;

	pad |= pad << 16;
	v = pad;
	len = MIN(len, 4 * (size_t)n);
	for (i = 0; i < len; i++) {
		int c = is_unsigned ? (int)(unsigned char)name[i] : (int)(signed char)name[i];

		v = (uint32_t)c + (v << 8);
		if (i % 4 == 3) {
			*buf++ = v;
			v = pad;
			n--;
		}
	}
	if (n-- > 0)
		*buf++ = v;
	for (; n != UINT_MAX && n > 0; n--)
		*buf++ = pad;
}

int ext4_dir_hash(const struct ext4_sb *s, unsigned int version, const char *name, size_t len,
		  struct ext4_hash *ret)
{
	uint32_t buf[4] = { 0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u }, in[8];
	bool is_unsigned = version >= EXT4_HASH_LEGACY_UNSIGNED;
	size_t step;

	if (version > EXT4_HASH_TEA_UNSIGNED)
		return -EINVAL;
	for (unsigned int i = 0; i < 4; i++) {
		if (s->hash_seed[i]) {
			memcpy(buf, s->hash_seed, sizeof(buf));
			break;
		}
	}
	ret->minor = 0;
	switch (version % 3) {
	case EXT4_HASH_LEGACY:
		ret->major = legacy(name, len, is_unsigned);
		break;
	case EXT4_HASH_HALF_MD4:
	default:
		step = version % 3 == EXT4_HASH_HALF_MD4 ? 32 : 16;
		for (size_t at = 0; at < len; at += step) {
			to_words(name + at, len - at, in, (unsigned int)step / 4, is_unsigned);
			if (step == 32)
				half_md4(buf, in);
			else
				tea(buf, in);
		}
		ret->major = step == 32 ? buf[1] : buf[0];
		ret->minor = step == 32 ? buf[2] : buf[1];
	}
	ret->major &= ~1u;
	if (ret->major == HASH_EOF << 1)
		ret->major = (HASH_EOF - 1) << 1;
	return 0;
}

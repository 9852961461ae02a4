// SPDX-License-Identifier: GPL-2.0-or-later
/* CRC-32C by the processor's own instruction where it has one, and by a table; CRC-16 bit by bit in a table of its own. */
#include "lib/crc32c.h"
#include "lib/string.h"

#define POLY32 0x82f63b78u
#define POLY16 0xa001u

static uint32_t table32[256];
static uint16_t table16[256];
static bool ready, has_instruction;

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
	__builtin_cpu_init();
	has_instruction = __builtin_cpu_supports("sse4.2");
	__atomic_store_n(&ready, true, __ATOMIC_RELEASE);
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(uint32_t crc, const uint8_t *p,
								     size_t len)
{
	uint64_t c = crc;

	for (; len >= 8; len -= 8, p += 8) {
		uint64_t v;

		memcpy(&v, p, 8);
		c = __builtin_ia32_crc32di(c, v);
	}
	for (; len > 0; len--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *p++);
	return (uint32_t)c;
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

// SPDX-License-Identifier: GPL-2.0-or-later
/* The checksum of metadata against one that goes bit by bit, at every length where the fast one changes its way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/crc32c.h"

#define BYTES 9000u

static uint32_t by_bits(uint32_t crc, const uint8_t *p, size_t len)
{
	while (len-- > 0) {
		crc ^= *p++;
		for (unsigned int i = 0; i < 8; i++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
	}
	return crc;
}

static void known_value(void **state)
{
	(void)state;
	assert_int_equal(~crc32c(~0u, "123456789", 9), 0xe3069283u);
}

static void every_length(void **state)
{
	static uint8_t data[BYTES + 8];
	uint32_t n = 12345;

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++) {
		n = n * 1664525u + 1013904223u;
		data[i] = (uint8_t)(n >> 24);
	}
	for (size_t len = 0; len < BYTES; len += len < 1300 ? 1 : 97)
		assert_int_equal(crc32c(n + (uint32_t)len, data + len % 8, len),
				 by_bits(n + (uint32_t)len, data + len % 8, len));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_value),
		cmocka_unit_test(every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the ring keep the last bytes, whatever the pieces, and tell a slow reader what it missed? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/monitor/scrollback.h"

static void test_reader_follows(void **state)
{
	struct scrollback s;
	uint64_t pos = 0, lost = 1;
	char buf[8];

	assert_int_equal(scrollback_init(&s, 8), 0);
	assert_int_equal(scrollback_read(&s, &pos, buf, sizeof(buf), &lost), 0);
	assert_int_equal(lost, 0);
	scrollback_append(&s, "abcde", 5);
	assert_int_equal(scrollback_read(&s, &pos, buf, 3, &lost), 3);
	assert_memory_equal(buf, "abc", 3);
	scrollback_append(&s, "fghij", 5);
	assert_int_equal(scrollback_read(&s, &pos, buf, sizeof(buf), &lost), 7);
	assert_memory_equal(buf, "defghij", 7);
	assert_int_equal(lost, 0);
	scrollback_done(&s);
}

static void test_slow_reader_is_told(void **state)
{
	struct scrollback s;
	uint64_t pos = 0, lost = 0;
	char buf[8];

	assert_int_equal(scrollback_init(&s, 8), 0);
	scrollback_append(&s, "0123456789abcdefghij", 20); /* more than it holds */
	assert_int_equal(s.head, 20);
	assert_int_equal(scrollback_oldest(&s), 12);
	assert_int_equal(scrollback_read(&s, &pos, buf, 4, &lost), 4);
	assert_int_equal(lost, 12);
	assert_memory_equal(buf, "cdef", 4);
	pos = 99; /* beyond the head */
	assert_int_equal(scrollback_read(&s, &pos, buf, 4, &lost), 0);
	assert_int_equal(pos, 99);
	scrollback_done(&s);
}

/* Against a plain long array, with random pieces. */
static void test_against_an_array(void **state)
{
	enum { TOTAL = 100000, RING = 257 };
	unsigned char *all = malloc(TOTAL), buf[RING + 10];
	struct scrollback s;
	uint64_t pos = 0, lost;
	size_t head = 0;
	unsigned int seed = 1;

	assert_non_null(all);
	for (size_t i = 0; i < TOTAL; i++)
		all[i] = (unsigned char)(i * 7 + i / 256);
	assert_int_equal(scrollback_init(&s, RING), 0);
	while (head < TOTAL) {
		size_t n = (size_t)rand_r(&seed) % 600, got;
		uint64_t before = pos;

		if (n > TOTAL - head)
			n = TOTAL - head;
		scrollback_append(&s, all + head, n);
		head += n;
		got = scrollback_read(&s, &pos, buf, (size_t)rand_r(&seed) % sizeof(buf), &lost);
		assert_int_equal(pos, before + lost + got);
		assert_memory_equal(buf, all + before + lost, got);
	}
	scrollback_done(&s);
	free(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reader_follows),
		cmocka_unit_test(test_slow_reader_is_told),
		cmocka_unit_test(test_against_an_array),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

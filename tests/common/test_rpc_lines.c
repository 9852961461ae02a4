// SPDX-License-Identifier: GPL-2.0-or-later
/* Do lines come out whole however they are cut, within bounds, and without quadratic work? */
#include "scratch.h"

#include <errno.h>

#include "common/rpc.h"

static void assert_next(struct rpc_lines *l, const char *text)
{
	size_t len = 0;
	const char *line = rpc_lines_next(l, &len);

	if (!text) {
		assert_null(line);
		return;
	}
	assert_non_null(line);
	assert_string_equal(line, text);
	assert_int_equal(len, strlen(text));
}

static void test_lines(void **state)
{
	struct rpc_lines l = { 0 };

	(void)state;
	assert_next(&l, NULL);
	assert_int_equal(rpc_lines_feed(&l, "one\ntwo\r\n\n\r\npar", 15), 0);
	assert_next(&l, "one");
	assert_next(&l, "two");
	assert_next(&l, "");
	assert_next(&l, "");
	assert_next(&l, NULL);
	assert_int_equal(rpc_lines_feed(&l, "t\r", 2), 0);
	assert_next(&l, NULL);
	assert_int_equal(rpc_lines_feed(&l, "\nx", 2), 0);
	assert_next(&l, "part");
	assert_next(&l, NULL);
	assert_int_equal(rpc_lines_feed(&l, "", 0), 0);
	assert_int_equal(rpc_lines_feed(&l, "\n", 1), 0);
	assert_next(&l, "x");
	assert_next(&l, NULL);
	assert_null(l.buf); /* an idle connection holds nothing */
	rpc_lines_done(&l);
	rpc_lines_done(NULL);
}

static void test_nul_inside_is_seen(void **state)
{
	struct rpc_lines l = { 0 };
	size_t len = 0;

	(void)state;
	assert_int_equal(rpc_lines_feed(&l, "a\0b\n", 4), 0);
	assert_non_null(rpc_lines_next(&l, &len));
	assert_int_equal(len, 3);
	rpc_lines_done(&l);
}

static void test_longest_line(void **state)
{
	static char text[RPC_LINE_MAX + 2];
	struct rpc_lines l = { 0 };
	size_t len = 0;

	(void)state;
	memset(text, 'x', RPC_LINE_MAX + 1);
	assert_int_equal(rpc_lines_feed(&l, text, RPC_LINE_MAX), 0);
	assert_int_equal(rpc_lines_feed(&l, "\n", 1), 0);
	assert_non_null(rpc_lines_next(&l, &len));
	assert_int_equal(len, RPC_LINE_MAX);
	assert_next(&l, NULL);
	/* One more is too much: with and without its end, at once and in pieces. */
	assert_int_equal(rpc_lines_feed(&l, text, RPC_LINE_MAX + 1), -EMSGSIZE);
	text[RPC_LINE_MAX + 1] = '\n';
	assert_int_equal(rpc_lines_feed(&l, text, RPC_LINE_MAX + 2), -EMSGSIZE);
	assert_int_equal(rpc_lines_feed(&l, text, RPC_LINE_MAX), 0);
	assert_int_equal(rpc_lines_feed(&l, "x\n", 2), -EMSGSIZE);
	rpc_lines_done(&l);
}

static void test_longest_answer(void **state)
{
	struct rpc_lines l = { .max = RPC_ANSWER_MAX };
	char *text = malloc(RPC_ANSWER_MAX + 1);
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', RPC_ANSWER_MAX + 1);
	assert_int_equal(rpc_lines_feed(&l, text, RPC_ANSWER_MAX), 0);
	assert_int_equal(rpc_lines_feed(&l, "\n", 1), 0);
	assert_non_null(rpc_lines_next(&l, &len));
	assert_int_equal(len, RPC_ANSWER_MAX);
	/* The bound outlives the buffer, which is given back now. */
	assert_next(&l, NULL);
	assert_null(l.buf);
	assert_int_equal(rpc_lines_feed(&l, text, RPC_ANSWER_MAX + 1), -EMSGSIZE);
	assert_int_equal(rpc_lines_feed(&l, text, RPC_LINE_MAX + 1), 0);
	rpc_lines_done(&l);
	free(text);
}

static void test_lines_that_nobody_takes(void **state)
{
	struct rpc_lines l = { 0 };
	char block[1024];
	size_t fed = 0;
	int r = 0;

	(void)state;
	memset(block, '\n', sizeof(block));
	while (r == 0 && fed < 4 * RPC_LINE_MAX) {
		r = rpc_lines_feed(&l, block, sizeof(block));
		fed += sizeof(block);
	}
	assert_int_equal(r, -ENOBUFS);
	assert_true(l.size <= 4 * RPC_LINE_MAX);
	rpc_lines_done(&l);
}

/*
 * 64 MiB in lines of 250 kB, one byte at a time: the test's time limit ends it if work is
 * quadratic.
 */
static void test_one_byte_feeds(void **state)
{
	struct rpc_lines l = { 0 };
	unsigned int lines = 0;
	size_t len;

	(void)state;
	for (unsigned int i = 0; i < 64u << 20; i++) {
		char c = i % 250000 == 249999 ? '\n' : 'x';

		assert_int_equal(rpc_lines_feed(&l, &c, 1), 0);
		while (rpc_lines_next(&l, &len)) {
			assert_int_equal(len, 249999);
			lines++;
		}
	}
	assert_int_equal(lines, (64u << 20) / 250000);
	rpc_lines_done(&l);
}

/* Many short lines in one buffer: taking one must not move all others. */
static void test_many_short_lines(void **state)
{
	enum { BYTES = 256 * 1024, ROUNDS = 100 };
	static char block[BYTES];
	struct rpc_lines l = { 0 };
	unsigned int lines = 0;
	size_t len;

	(void)state;
	for (unsigned int i = 0; i < BYTES; i++)
		block[i] = i % 2 ? '\n' : 'x';
	for (unsigned int round = 0; round < ROUNDS; round++) {
		assert_int_equal(rpc_lines_feed(&l, block, BYTES), 0);
		while (rpc_lines_next(&l, &len))
			lines++;
	}
	assert_int_equal(lines, ROUNDS * BYTES / 2);
	rpc_lines_done(&l);
}

/* A long line gone by, a short part left: is the large buffer given back? */
static void test_buffer_shrinks(void **state)
{
	static char text[RPC_LINE_MAX + 6];
	struct rpc_lines l = { 0 };
	size_t len;

	(void)state;
	memset(text, 'x', RPC_LINE_MAX);
	memcpy(text + RPC_LINE_MAX, "\npart", 6);
	assert_int_equal(rpc_lines_feed(&l, text, RPC_LINE_MAX + 5), 0);
	assert_non_null(rpc_lines_next(&l, &len));
	assert_next(&l, NULL);
	assert_true(l.size <= 4096);
	assert_int_equal(rpc_lines_feed(&l, "\n", 1), 0);
	assert_next(&l, "part");
	rpc_lines_done(&l);
}

/* Lines are taken one at a time while more keep coming. */
static void test_interleaved(void **state)
{
	struct rpc_lines l = { 0 };
	unsigned int taken = 0;
	char text[32];
	size_t len;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		int n = snprintf(text, sizeof(text), "line %u\n", i);

		assert_int_equal(rpc_lines_feed(&l, text, (size_t)n), 0);
		if (i % 3 == 0)
			continue;
		(void)snprintf(text, sizeof(text), "line %u", taken++);
		assert_string_equal(rpc_lines_next(&l, &len), text);
		if (i % 1000 == 1) {
			const char *line;

			while ((line = rpc_lines_next(&l, &len))) {
				(void)snprintf(text, sizeof(text), "line %u", taken++);
				assert_string_equal(line, text);
			}
		}
	}
	rpc_lines_done(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_nul_inside_is_seen),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_longest_answer),
		cmocka_unit_test(test_lines_that_nobody_takes),
		cmocka_unit_test(test_one_byte_feeds),
		cmocka_unit_test(test_many_short_lines),
		cmocka_unit_test(test_buffer_shrinks),
		cmocka_unit_test(test_interleaved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Does the decoder give the same frames however the bytes are cut, and refuse what is no frame? */
#include "scratch.h"

#include <errno.h>

#include "common/console_proto.h"

struct seen {
	unsigned int frames;
	size_t bytes;
	enum console_frame_type last;
	unsigned int sum;
	unsigned int stop_at;
};

static int count_frame(void *ctx, enum console_frame_type type, const uint8_t *payload, size_t len)
{
	struct seen *s = ctx;

	s->frames++;
	s->bytes += len;
	s->last = type;
	for (size_t i = 0; i < len; i++)
		s->sum = s->sum * 31 + payload[i];
	return s->frames == s->stop_at ? 99 : 0;
}

/* HELLO of 3 bytes, DATA of the maximum, LIVE of none. Returns the length. */
static size_t make_stream(uint8_t *out)
{
	size_t at = 0;

	console_frame_header(out, CONSOLE_HELLO, 3);
	memset(out + 4, 'a', 3);
	at = 7;
	console_frame_header(out + at, CONSOLE_DATA, CONSOLE_PAYLOAD_MAX);
	at += 4;
	for (unsigned int i = 0; i < CONSOLE_PAYLOAD_MAX; i++)
		out[at++] = (uint8_t)(i * 7);
	console_frame_header(out + at, CONSOLE_LIVE, 0);
	return at + 4;
}

static void test_any_cut(void **state)
{
	static uint8_t stream[3 * CONSOLE_PAYLOAD_MAX];
	size_t len = make_stream(stream);
	unsigned int sum = 0;

	(void)state;
	for (size_t step = 1; step <= len; step = step * 3 - 1 + (step == 1)) {
		struct console_decoder d = { 0 };
		struct seen s = { 0 };

		for (size_t at = 0; at < len; at += step) {
			size_t n = len - at < step ? len - at : step;

			assert_int_equal(console_decoder_feed(&d, stream + at, n, count_frame, &s),
					 0);
		}
		assert_int_equal(s.frames, 3);
		assert_int_equal(s.bytes, 3 + CONSOLE_PAYLOAD_MAX);
		assert_int_equal(s.last, CONSOLE_LIVE);
		if (sum != 0)
			assert_int_equal(s.sum, sum);
		sum = s.sum;
	}
}

static void test_bad_headers(void **state)
{
	static const uint8_t bad[][4] = {
		{ 'Z', 0, 0, 0 },	{ 'D', 1, 0, 0 }, { 'D', 0, 0x10, 1 },
		{ 'D', 0, 0xff, 0xff }, { 0, 0, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct console_decoder d = { 0 };
		struct seen s = { 0 };

		assert_int_equal(console_decoder_feed(&d, bad[i], 3, count_frame, &s), 0);
		assert_int_equal(console_decoder_feed(&d, bad[i] + 3, 1, count_frame, &s),
				 -EBADMSG);
		/* There is no way back. */
		assert_int_equal(console_decoder_feed(&d, "D\0\0\0", 4, count_frame, &s), -EBADMSG);
		assert_int_equal(s.frames, 0);
	}
}

static void test_stop(void **state)
{
	struct console_decoder d = { 0 };
	struct seen s = { .stop_at = 1 };

	(void)state;
	assert_int_equal(console_decoder_feed(&d, "L\0\0\0L\0\0\0", 8, count_frame, &s), 99);
	assert_int_equal(s.frames, 1);
	assert_int_equal(console_decoder_feed(&d, "B\0\0\1x", 5, count_frame, &s), 0);
	assert_int_equal(s.frames, 2);
	assert_int_equal(s.last, CONSOLE_BYE);
}

static void test_header_bytes(void **state)
{
	uint8_t out[4];

	(void)state;
	console_frame_header(out, CONSOLE_LOST, 0x1000);
	assert_memory_equal(out, "X\0\x10\0", 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_cut),
		cmocka_unit_test(test_bad_headers),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_header_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

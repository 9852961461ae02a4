// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The console stream's decoder: the same frames however the bytes are cut, none larger than
 * allowed.
 */
#include "fuzz_target.h"

#include "common/console_proto.h"

static int add_frame(void *ctx, enum console_frame_type type, const uint8_t *payload, size_t len)
{
	uint64_t *sum = ctx;

	MUST(len <= CONSOLE_PAYLOAD_MAX);
	*sum = (*sum ^ (uint64_t)type ^ len << 8) * 1099511628211u;
	for (size_t i = 0; i < len; i++)
		*sum = (*sum ^ payload[i]) * 1099511628211u;
	return 0;
}

static uint64_t feed_in_steps(const uint8_t *data, size_t len, size_t step)
{
	struct console_decoder *d = calloc(1, sizeof(*d));
	uint64_t sum = 14695981039346656037u;
	int r = 0;

	MUST(d);
	for (size_t at = 0; at < len && r == 0; at += step)
		r = console_decoder_feed(d, data + at, len - at < step ? len - at : step, add_frame,
					 &sum);
	free(d);
	return sum ^ (uint64_t)(r != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *copy;

	if (len == 0)
		return 0;
	copy = exact_copy(data + 1, len - 1);
	MUST(feed_in_steps(copy, len - 1, len) ==
	     feed_in_steps(copy, len - 1, (size_t)data[0] + 1));
	free(copy);
	return 0;
}

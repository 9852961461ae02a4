// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Frames of the console stream, see console_proto.h. A bad header stays in the decoder, so that a
 * stream that has once been wrong is refused for good.
 */
#include "common/console_proto.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

void console_frame_header(uint8_t out[CONSOLE_HEADER_BYTES], enum console_frame_type type,
			  size_t len)
{
	out[0] = (uint8_t)type;
	out[1] = 0;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
}

static bool is_frame_type(uint8_t type)
{
	switch ((enum console_frame_type)type) {
	case CONSOLE_HELLO:
	case CONSOLE_DATA:
	case CONSOLE_LIVE:
	case CONSOLE_LOST:
	case CONSOLE_STATE:
	case CONSOLE_BYE:
	case CONSOLE_WINSIZE:
		return true;
	}
	return false;
}

/* Move bytes into d until it has want of them. Says whether it has. */
static bool fill(struct console_decoder *d, const uint8_t **p, size_t *left, size_t want)
{
	size_t n = want - d->have;

	if (n > *left)
		n = *left;
	if (n > 0)
		memcpy(d->buf + d->have, *p, n);
	d->have += n;
	*p += n;
	*left -= n;
	return d->have == want;
}

int console_decoder_feed(struct console_decoder *d, const void *data, size_t len,
			 console_frame_fn fn, void *ctx)
{
	const uint8_t *p = data;

	for (;;) {
		size_t payload;
		int r;

		if (d->have < CONSOLE_HEADER_BYTES && !fill(d, &p, &len, CONSOLE_HEADER_BYTES))
			return 0;
		payload = (size_t)d->buf[2] << 8 | d->buf[3];
		if (!is_frame_type(d->buf[0]) || d->buf[1] != 0 || payload > CONSOLE_PAYLOAD_MAX)
			return -EBADMSG;
		if (!fill(d, &p, &len, CONSOLE_HEADER_BYTES + payload))
			return 0;
		d->have = 0;
		r = fn(ctx, (enum console_frame_type)d->buf[0], d->buf + CONSOLE_HEADER_BYTES,
		       payload);
		if (r != 0)
			return r;
	}
}

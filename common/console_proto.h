/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What travels on the stream that console.attach returns, between a viewer and the guest's monitor: frames of a
 * four-byte header (type, zero, payload length big-endian) and at most CONSOLE_PAYLOAD_MAX bytes. It
 * outlives umld: nothing of umld's is in the path. Documented for clients in umld-rpc(7).
 *
 *	monitor to viewer:  HELLO  json {"guest","console","offset"}   first frame
 *			    DATA   console output; the scrollback first, then live
 *			    LIVE   empty: what follows was not yet there when the viewer came
 *			    LOST   u64 big-endian: so many bytes were skipped, the viewer was too slow
 *			    STATE  json {"state","reason"}: the guest's state changed (restart, end)
 *			    BYE    text: why the stream ends; the last frame
 *	viewer to monitor:  DATA   keyboard input (dropped from a read-only viewer)
 *			    WINSIZE u16 columns, u16 rows, big-endian
 */
#ifndef COMMON_CONSOLE_PROTO_H
#define COMMON_CONSOLE_PROTO_H

#include <stddef.h>
#include <stdint.h>

#define CONSOLE_HEADER_BYTES 4u
#define CONSOLE_PAYLOAD_MAX  4096u
#define CONSOLE_RING_BYTES   (256u * 1024)

enum console_frame_type {
	CONSOLE_HELLO = 'H',
	CONSOLE_DATA = 'D',
	CONSOLE_LIVE = 'L',
	CONSOLE_LOST = 'X',
	CONSOLE_STATE = 'S',
	CONSOLE_BYE = 'B',
	CONSOLE_WINSIZE = 'W',
};

/* Write a header for a payload of len bytes (<= CONSOLE_PAYLOAD_MAX). */
void console_frame_header(uint8_t out[CONSOLE_HEADER_BYTES], enum console_frame_type type,
			  size_t len);

/* An incremental decoder; one for each direction of a stream. Zero-initialise. */
struct console_decoder {
	uint8_t buf[CONSOLE_HEADER_BYTES + CONSOLE_PAYLOAD_MAX];
	size_t have;
};

typedef int (*console_frame_fn)(void *ctx, enum console_frame_type type, const uint8_t *payload,
				size_t len);

/*
 * Feed bytes; fn is called for each whole frame and may return non-zero to stop (that value is returned).
 * -EBADMSG on an unknown type, a non-zero second byte or a length over the maximum.
 */
int console_decoder_feed(struct console_decoder *d, const void *data, size_t len,
			 console_frame_fn fn, void *ctx);

#endif

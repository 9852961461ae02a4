// SPDX-License-Identifier: GPL-2.0-or-later
/* See scrollback.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/monitor/scrollback.h"

int scrollback_init(struct scrollback *s, size_t size_bytes)
{
	uint8_t *buf = malloc(size_bytes);

	if (!buf)
		return -ENOMEM;
	*s = (struct scrollback){ .buf = buf, .size_bytes = size_bytes };
	return 0;
}

void scrollback_done(struct scrollback *s)
{
	free(s->buf);
	*s = (struct scrollback){ 0 };
}

void scrollback_append(struct scrollback *s, const void *data, size_t len)
{
	const uint8_t *p = data;

	if (len > s->size_bytes) {
		p += len - s->size_bytes;
		s->head += len - s->size_bytes;
		len = s->size_bytes;
	}
	while (len > 0) {
		size_t at = (size_t)(s->head % s->size_bytes);
		size_t n = s->size_bytes - at < len ? s->size_bytes - at : len;

		memcpy(s->buf + at, p, n);
		p += n;
		len -= n;
		s->head += n;
	}
}

uint64_t scrollback_oldest(const struct scrollback *s)
{
	return s->head > s->size_bytes ? s->head - s->size_bytes : 0;
}

size_t scrollback_read(const struct scrollback *s, uint64_t *pos, void *buf, size_t len,
		       uint64_t *ret_lost)
{
	uint64_t oldest = scrollback_oldest(s);
	uint8_t *out = buf;
	size_t done = 0;

	*ret_lost = 0;
	if (*pos < oldest) {
		*ret_lost = oldest - *pos;
		*pos = oldest;
	}
	while (done < len && *pos < s->head) {
		size_t at = (size_t)(*pos % s->size_bytes);
		size_t n = s->size_bytes - at;

		if (n > len - done)
			n = len - done;
		if (n > s->head - *pos)
			n = (size_t)(s->head - *pos);
		memcpy(out + done, s->buf + at, n);
		done += n;
		*pos += n;
	}
	return done;
}

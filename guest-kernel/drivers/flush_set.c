// SPDX-License-Identifier: GPL-2.0-or-later
/* See flush_set.h. */
#include "drivers/flush_set.h"

void flush_set_add(struct flush_set *s, uint64_t offset, uint64_t len)
{
	uint64_t from = offset, to = offset + len;
	unsigned int i = 0;

	if (s->all || len == 0)
		return;
	/* What it touches becomes part of it; that may touch others. */
	while (i < s->n) {
		struct flush_range *r = &s->ranges[i];

		if (from > r->to || r->from > to) {
			i++;
			continue;
		}
		from = MIN(from, r->from);
		to = MAX(to, r->to);
		*r = s->ranges[--s->n];
		i = 0;
	}
	if (s->n == FLUSH_RANGES) {
		s->all = true;
		s->n = 0;
		return;
	}
	s->ranges[s->n++] = (struct flush_range){ from, to };
}

void flush_set_merge(struct flush_set *s, const struct flush_set *other)
{
	if (other->all) {
		s->all = true;
		s->n = 0;
	}
	for (unsigned int i = 0; i < other->n; i++)
		flush_set_add(s, other->ranges[i].from,
			      other->ranges[i].to - other->ranges[i].from);
}

uint64_t flush_set_bytes(const struct flush_set *s)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < s->n; i++)
		bytes += s->ranges[i].to - s->ranges[i].from;
	return s->all ? UINT64_MAX : bytes;
}

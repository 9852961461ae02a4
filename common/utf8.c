// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * UTF-8 validation, see utf8.h. The second byte's range depends on the first and is what rules out
 * overlong forms, surrogates and values beyond Unicode; all later bytes are 80..BF.
 */
#include "common/utf8.h"

#include "common/cleanup.h"

static const struct lead_row {
	unsigned char first, last; /* lead bytes */
	unsigned char low, high;   /* range of the second byte */
	unsigned char length;
} lead_rows[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

size_t utf8_sequence(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;

	if (len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(lead_rows); i++) {
		const struct lead_row *row = &lead_rows[i];

		if (p[0] < row->first || p[0] > row->last)
			continue;
		if (len < row->length || p[1] < row->low || p[1] > row->high)
			return 0;
		for (size_t j = 2; j < row->length; j++) {
			if ((p[j] & 0xc0) != 0x80)
				return 0;
		}
		return row->length;
	}
	return 0;
}

bool utf8_valid(const char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_sequence(s + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

void utf8_sanitize(char *s, size_t len)
{
	size_t i = 0;

	while (i < len) {
		size_t n = utf8_sequence(s + i, len - i);

		if (n == 0) {
			s[i] = '?';
			n = 1;
		}
		i += n;
	}
}

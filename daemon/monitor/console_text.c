// SPDX-License-Identifier: GPL-2.0-or-later
/* See console_text.h. */
#include "common/utf8.h"
#include "daemon/monitor/console_text.h"

/* Bytes of the escape sequence at s (s[0] is ESC); a sequence that is cut off ends where the text ends. */
static size_t escape_length(const char *s, size_t len)
{
	size_t i = 1;

	if (len < 2)
		return len;
	if (s[1] == '[') { /* CSI: parameters, then one final byte @ to ~ */
		for (i = 2; i < len && (s[i] < '@' || s[i] > '~'); i++)
			if ((unsigned char)s[i] < ' ' || (unsigned char)s[i] >= 0x7f)
				return i;
		return i < len ? i + 1 : len;
	}
	if (s[1] == ']') { /* OSC: up to BEL or ESC; a line's end at the latest */
		for (i = 2; i < len && s[i] != '\a' && s[i] != '\n' && s[i] != 27; i++)
			;
		return i < len && s[i] == '\a' ? i + 1 : i;
	}
	while (i < len && s[i] >= ' ' && s[i] <= '/') /* intermediates, then one final byte */
		i++;
	return i < len && s[i] >= '0' && s[i] <= '~' ? i + 1 : i;
}

/* U+0080 to U+009F are control characters too, in two bytes of UTF-8. */
static int is_c1(const char *s, size_t seq)
{
	return seq == 2 && (unsigned char)s[0] == 0xc2 && (unsigned char)s[1] < 0xa0;
}

size_t console_text_clean(char *buf, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len;) {
		size_t seq = utf8_sequence(buf + i, len - i);

		if (buf[i] == 27) {
			i += escape_length(buf + i, len - i);
		} else if (seq == 0) {
			buf[out++] = '?';
			i++;
		} else if (is_c1(buf + i, seq) || buf[i] == 0x7f ||
			   ((unsigned char)buf[i] < ' ' && buf[i] != '\n' && buf[i] != '\t')) {
			i += seq;
		} else {
			for (size_t k = 0; k < seq; k++)
				buf[out++] = buf[i++];
		}
	}
	buf[out] = '\0';
	return out;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The filter between what others wrote and the user's terminal; see cli_text.h for the rule it keeps. It works
 * on code points, not bytes: C1 controls hide in valid UTF-8 (0xc2 0x80..0x9f).
 */
#include "cli/cli_text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { ESCAPE_NONE, ESCAPE_START, ESCAPE_CSI, ESCAPE_STRING, ESCAPE_STRING_END, ESCAPE_MORE };

/* Characters that reorder or hide text: U+200E/F, U+202A..E, U+2066..9, and the byte order mark. */
static bool is_invisible(uint32_t c)
{
	return c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0x2028 || c == 0x2029 || c == 0xfeff;
}

static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || is_invisible(c);
}

static void put_replacement(const struct text_filter *f, FILE *out)
{
	if (f->mode != TEXT_LOG)
		(void)fputc('?', out);
}

/* One control character outside an escape sequence. */
static void put_control(struct text_filter *f, uint32_t c, FILE *out)
{
	if ((c == '\n' || c == '\t') && f->mode != TEXT_WORD)
		(void)fputc((int)c, out);
	else
		put_replacement(f, out);
}

static int escape_next(int state, uint32_t c)
{
	if (c == 0x1b && state != ESCAPE_STRING)
		return ESCAPE_START; /* an escape inside a sequence begins a new one */
	switch (state) {
	case ESCAPE_START:
		if (c == '[')
			return ESCAPE_CSI;
		if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
			return ESCAPE_STRING;
		return c >= 0x20 && c <= 0x2f ? ESCAPE_MORE : ESCAPE_NONE;
	case ESCAPE_MORE:
		return c >= 0x20 && c <= 0x2f ? ESCAPE_MORE : ESCAPE_NONE;
	case ESCAPE_CSI:
		return c >= 0x20 && c <= 0x3f ? ESCAPE_CSI : ESCAPE_NONE;
	case ESCAPE_STRING:
		if (c == 0x1b)
			return ESCAPE_STRING_END;
		/* A guest that never ends its string must not swallow the rest of the log. */
		return c == 7 || c == 0x9c || c == '\n' ? ESCAPE_NONE : ESCAPE_STRING;
	default: /* ESCAPE_STRING_END: the backslash of ESC \ or the start of another one */
		return c == '\\' ? ESCAPE_NONE : escape_next(ESCAPE_START, c);
	}
}

static void put_char(struct text_filter *f, uint32_t c, const uint8_t *bytes, size_t len, FILE *out)
{
	if (f->mode == TEXT_LOG) {
		if (f->escape != ESCAPE_NONE) {
			f->escape = escape_next(f->escape, c);
			if (c == '\n')
				(void)fputc('\n', out);
			return;
		}
		if (c == 0x1b || c == 0x9b) {
			f->escape = c == 0x1b ? ESCAPE_START : ESCAPE_CSI;
			return;
		}
	}
	if (is_control(c))
		put_control(f, c, out);
	else
		(void)fwrite(bytes, 1, len, out);
}

/* How many bytes a character has by its first one; 0 for a byte that starts none. */
static unsigned int lead_length(uint8_t b)
{
	if (b < 0x80)
		return 1;
	if (b >= 0xc2 && b <= 0xdf)
		return 2;
	if (b >= 0xe0 && b <= 0xef)
		return 3;
	return b >= 0xf0 && b <= 0xf4 ? 4 : 0;
}

/* The code point of a whole sequence, or UINT32_MAX if it is overlong, a surrogate or too large. */
static uint32_t decode(const uint8_t *s, unsigned int len)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	uint32_t c = len == 1 ? s[0] : s[0] & (0x7fu >> len);

	for (unsigned int i = 1; i < len; i++)
		c = c << 6 | (s[i] & 0x3f);
	if (c < smallest[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return UINT32_MAX;
	return c;
}

static void feed_byte(struct text_filter *f, uint8_t b, FILE *out)
{
	if (f->need && (b & 0xc0) != 0x80) { /* cut short: what was held is no character */
		f->need = 0;
		put_replacement(f, out);
	}
	if (!f->need) {
		f->need = (uint8_t)lead_length(b);
		f->have = 0;
		if (!f->need) {
			put_replacement(f, out);
			return;
		}
	}
	f->seq[f->have++] = b;
	if (f->have < f->need)
		return;

	uint32_t c = decode(f->seq, f->need);

	if (c == UINT32_MAX)
		put_replacement(f, out);
	else
		put_char(f, c, f->seq, f->need, out);
	f->need = 0;
}

void text_filter_feed(struct text_filter *f, const void *data, size_t len, FILE *out)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		feed_byte(f, p[i], out);
}

void text_filter_end(struct text_filter *f, FILE *out)
{
	if (f->need)
		put_replacement(f, out);
	f->need = 0;
	f->escape = ESCAPE_NONE;
}

char *text_clean(const char *s, enum text_mode mode)
{
	struct text_filter f = { .mode = mode };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (s)
		text_filter_feed(&f, s, strlen(s), out);
	text_filter_end(&f, out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

/* The next character of a string that text_clean made; advances *s. Returns its columns. */
static size_t char_width(const char **s)
{
	const uint8_t *p = (const uint8_t *)*s;
	unsigned int len = lead_length(*p);
	int w = 1;

	if (len > 1)
		w = wcwidth((wchar_t)decode(p, len));
	*s += len ? len : 1;
	return w < 0 ? 1 : (size_t)w;
}

size_t text_width(const char *s)
{
	size_t n = 0;

	while (*s)
		n += char_width(&s);
	return n;
}

void text_cut(char *s, size_t width)
{
	const char *p = s, *last = s;
	size_t n = 0;

	if (text_width(s) <= width)
		return;
	while (*p) {
		n += char_width(&p);
		if (n > width - (width > 0))
			break;
		last = p;
	}
	if (width > 0)
		s[last++ - s] = '~';
	s[last - s] = '\0';
}

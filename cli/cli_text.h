/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that was written by others (guests, umld's sentences, file names) on its way to a terminal. Nothing but an
 * attached console may send a terminal control bytes that a guest chose, so tables, messages
 * and logs pass through here: control bytes (C0, DEL, C1), invalid UTF-8 and the characters that turn
 * the writing direction are replaced or dropped.
 */
#ifndef CLI_TEXT_H
#define CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum text_mode {
	TEXT_WORD,  /* one line: every control character becomes '?' */
	TEXT_LINES, /* newline and tab stay, the rest becomes '?' */
	TEXT_LOG,   /* newline and tab stay, escape sequences and other control characters vanish */
};

/* An incremental filter; zero-initialise and set mode. Sequences may be cut anywhere between feeds. */
struct text_filter {
	enum text_mode mode;
	int escape; /* where in an escape sequence we are */
	uint8_t seq[4];
	uint8_t have, need;
};

void text_filter_feed(struct text_filter *f, const void *data, size_t len, FILE *out);

/* Write what is left of a cut character. */
void text_filter_end(struct text_filter *f, FILE *out);

/* A cleaned copy, owned by the caller; s may be NULL (""). NULL only when memory is short. */
char *text_clean(const char *s, enum text_mode mode);

/* Columns that a cleaned string takes on a terminal. */
size_t text_width(const char *s);

/* Shorten a cleaned string in place to at most width columns; the last one is then "~". */
void text_cut(char *s, size_t width);

#endif

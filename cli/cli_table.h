/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables for people: columns as wide as their widest cell, two blanks apart, no frame. If the terminal is
 * narrower than the table, the columns marked `shrink` give way. All cells are cleaned (cli_text.h). Memory that runs out
 * makes table_print fail, nothing earlier.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#define TABLE_COLUMNS_MAX 16

enum table_colour { COLOUR_NONE, COLOUR_GOOD, COLOUR_WARN, COLOUR_BAD, COLOUR_DIM };

struct table_column {
	const char *title;
	bool right;  /* numbers */
	bool shrink; /* may be cut */
};

struct table;

/* NULL without memory, or with more columns than there can be; the other functions accept that. */
struct table *table_new(const struct table_column *columns, unsigned int n);
void table_free(struct table *t);

/* Add the next cell; rows fill from left to right. text may be NULL (shown as "-"). */
void table_cell(struct table *t, const char *text, enum table_colour colour);

/* width 0: unlimited. Returns 0, -ENOMEM or -EIO. */
int table_print(const struct table *t, FILE *out, unsigned int width, bool colour);

/* The escape that begins and the one that ends a colour; "" for COLOUR_NONE. */
const char *colour_begin(enum table_colour colour);
const char *colour_end(enum table_colour colour);

static inline void table_free_p(struct table **t)
{
	table_free(*t);
}
#define cleanup_table __attribute__((cleanup(table_free_p)))

#endif

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Column layout. A table is built cell by cell, so it knows all widths before the first line is printed.
 */
#include "cli/cli_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli_text.h"

#define GAP_COLUMNS  2
#define SHRINK_LEAST 6 /* a column is never cut below this */

struct cell {
	char *text;
	enum table_colour colour;
};

struct table {
	const struct table_column *columns;
	unsigned int n_columns;
	struct cell *cells;
	size_t n_cells, size;
	bool failed;
};

const char *colour_begin(enum table_colour colour)
{
	static const char *const escapes[] = {
		[COLOUR_NONE] = "",	     [COLOUR_GOOD] = "\033[32m", [COLOUR_WARN] = "\033[33m",
		[COLOUR_BAD] = "\033[1;31m", [COLOUR_DIM] = "\033[2m",
	};

	return escapes[colour];
}

const char *colour_end(enum table_colour colour)
{
	return colour == COLOUR_NONE ? "" : "\033[0m";
}

struct table *table_new(const struct table_column *columns, unsigned int n)
{
	struct table *t = n <= TABLE_COLUMNS_MAX ? calloc(1, sizeof(*t)) : NULL;

	if (t) {
		t->columns = columns;
		t->n_columns = n;
	}
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n_cells; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

void table_cell(struct table *t, const char *text, enum table_colour colour)
{
	if (!t || t->failed)
		return;
	if (t->n_cells == t->size) {
		size_t size = t->size ? t->size * 2 : 64;
		struct cell *cells = reallocarray(t->cells, size, sizeof(*cells));

		if (!cells) {
			t->failed = true;
			return;
		}
		t->cells = cells;
		t->size = size;
	}

	char *clean = text_clean(text && *text ? text : "-", TEXT_WORD);

	if (!clean)
		t->failed = true;
	else
		t->cells[t->n_cells++] = (struct cell){ clean, colour };
}

/* Take columns from the widest one that may shrink until the table fits or nothing can give way. */
static void shrink(const struct table *t, size_t *widths, unsigned int width)
{
	for (;;) {
		size_t total = GAP_COLUMNS * (t->n_columns - 1);
		unsigned int widest = t->n_columns;

		for (unsigned int i = 0; i < t->n_columns; i++) {
			total += widths[i];
			if (t->columns[i].shrink && widths[i] > SHRINK_LEAST &&
			    (widest == t->n_columns || widths[i] > widths[widest]))
				widest = i;
		}
		if (total <= width || widest == t->n_columns)
			return;
		widths[widest]--;
	}
}

static void print_cell(const struct table *t, unsigned int column, const char *text, size_t width,
		       const char *begin, const char *end, FILE *out)
{
	bool last = column + 1 == t->n_columns;
	size_t have = text_width(text);
	int pad = have < width ? (int)(width - have) : 0;
	bool right = t->columns[column].right;

	if (right)
		(void)fprintf(out, "%*s", pad, "");
	(void)fprintf(out, "%s%s%s", begin, text, end);
	if (!right && !last)
		(void)fprintf(out, "%*s", pad, "");
	(void)fputs(last ? "\n" : "  ", out);
}

int table_print(const struct table *t, FILE *out, unsigned int width, bool colour)
{
	if (!t || t->failed || !t->n_columns)
		return -ENOMEM;

	size_t widths[TABLE_COLUMNS_MAX] = { 0 };

	for (unsigned int i = 0; i < t->n_columns; i++)
		widths[i] = strlen(t->columns[i].title);
	for (size_t i = 0; i < t->n_cells; i++) {
		size_t w = text_width(t->cells[i].text);

		if (w > widths[i % t->n_columns])
			widths[i % t->n_columns] = w;
	}
	if (width)
		shrink(t, widths, width);

	for (unsigned int i = 0; i < t->n_columns; i++)
		print_cell(t, i, t->columns[i].title, widths[i], colour ? "\033[1m" : "",
			   colour ? "\033[0m" : "", out);
	for (size_t i = 0; i < t->n_cells; i++) {
		unsigned int column = (unsigned int)(i % t->n_columns);
		enum table_colour c = colour ? t->cells[i].colour : COLOUR_NONE;

		text_cut(t->cells[i].text, widths[column]);
		print_cell(t, column, t->cells[i].text, widths[column], colour_begin(c),
			   colour_end(c), out);
	}
	return fflush(out) == 0 ? 0 : -EIO;
}

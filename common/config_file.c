// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of umld.conf(5), see config_file.h. Heading words and keys have a narrow alphabet, so
 * that a typing error is reported where it is and not as a strange value.
 */
#include "common/config_file.h"

#include <search.h>
#include <stdbool.h>
#include <string.h>

#include "common/utf8.h"

#define CONFIG_BYTES_MAX 65536u
#define CONFIG_LINE_MAX	 1024u

struct reader {
	const char *file;
	unsigned int line;
	config_assign_fn fn;
	void *ctx;
	struct error *err;
	bool in_section;
	char section[CONFIG_LINE_MAX + 1];
	char name[CONFIG_LINE_MAX + 1]; /* the heading's second word, or "" */
	void *seen;			/* tsearch tree of "section\nname\nkey" */
};

static int refuse(struct reader *rd, const char *what)
{
	return error_set(rd->err, ERROR_USAGE, "invalid-config", "%s:%u: %s", rd->file, rd->line,
			 what);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '-' || c == '.';
}

/* Cut blanks off both ends, in place. */
static char *trim(char *s)
{
	size_t len;

	while (is_blank(*s))
		s++;
	len = strlen(s);
	while (len > 0 && is_blank(s[len - 1]))
		s[--len] = '\0';
	return s;
}

static bool is_word(const char *s)
{
	if (*s == '\0')
		return false;
	for (; *s; s++) {
		if (!is_word_char(*s))
			return false;
	}
	return true;
}

static int compare_keys(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Enter the assignment; an error if it is there already. */
static int remember(struct reader *rd, const char *key)
{
	char *full = NULL;
	char **node;

	if (asprintf(&full, "%s\n%s\n%s", rd->section, rd->name, key) < 0)
		return error_set_errno(rd->err, ENOMEM, "%s:%u", rd->file, rd->line);
	node = tsearch(full, &rd->seen, compare_keys);
	if (!node) {
		free(full);
		return error_set_errno(rd->err, ENOMEM, "%s:%u", rd->file, rd->line);
	}
	if (*node != full) {
		free(full);
		return error_set(rd->err, ERROR_USAGE, "invalid-config",
				 "%s:%u: %s is set a second time", rd->file, rd->line, key);
	}
	return 0;
}

/* A heading (key NULL) or an assignment to whom it concerns. */
static int tell(struct reader *rd, const char *key, const char *value)
{
	int r = rd->fn(rd->ctx, rd->section, rd->name[0] ? rd->name : NULL, key, value, rd->err);

	if (r >= 0)
		return 0;
	if (rd->err && !error_is_set(rd->err))
		(void)error_set(rd->err, ERROR_USAGE, "invalid-config", "%s is not accepted",
				key ? key : rd->section);
	error_prefix(rd->err, "%s:%u", rd->file, rd->line);
	return r;
}

static int read_heading(struct reader *rd, char *s)
{
	size_t len = strlen(s);
	char *name;

	if (s[len - 1] != ']')
		return refuse(rd, "a heading must end with ]");
	s[len - 1] = '\0';
	s = trim(s + 1);
	name = s + strcspn(s, " \t");
	if (*name != '\0') {
		*name = '\0';
		name = trim(name + 1);
		if (!is_word(name))
			return refuse(
				rd, "a heading has one or two words of letters, digits, - _ and .");
	}
	if (!is_word(s))
		return refuse(rd, "a heading has one or two words of letters, digits, - _ and .");
	(void)snprintf(rd->section, sizeof(rd->section), "%s", s);
	(void)snprintf(rd->name, sizeof(rd->name), "%s", name);
	rd->in_section = true;
	return tell(rd, NULL, NULL);
}

static int read_assignment(struct reader *rd, char *s)
{
	char *equals = strchr(s, '=');
	char *value;
	int r;

	if (!equals)
		return refuse(rd, "expected \"key = value\" or \"[section]\"");
	*equals = '\0';
	s = trim(s);
	value = trim(equals + 1);
	if (!is_word(s))
		return refuse(rd, "a key consists of letters, digits, - _ and .");
	if (!rd->in_section)
		return refuse(rd, "a setting before the first [section]");
	if (value[0] == '"') {
		size_t len = strlen(value);

		if (len < 2 || strchr(value + 1, '"') != value + len - 1)
			return refuse(rd, "a quoted value must end with its only other quote");
		value[len - 1] = '\0';
		value++;
	}
	r = remember(rd, s);
	if (r < 0)
		return r;
	return tell(rd, s, value);
}

static int read_line(struct reader *rd, const char *text, size_t len)
{
	char line[CONFIG_LINE_MAX + 1];
	char *s;

	if (len > 0 && text[len - 1] == '\r')
		len--;
	if (len > CONFIG_LINE_MAX)
		return refuse(rd, "the line is longer than 1024 bytes");
	if (!utf8_valid(text, len))
		return refuse(rd, "invalid UTF-8");
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return refuse(rd, "a control character");
	}
	memcpy(line, text, len);
	line[len] = '\0';
	s = trim(line);
	if (*s == '\0' || *s == '#' || *s == ';')
		return 0;
	return *s == '[' ? read_heading(rd, s) : read_assignment(rd, s);
}

int config_parse(const char *file, const char *text, size_t len, config_assign_fn fn, void *ctx,
		 struct error *err)
{
	struct reader rd = { .file = file, .fn = fn, .ctx = ctx, .err = err };
	int r = 0;

	if (len > CONFIG_BYTES_MAX)
		return error_set(err, ERROR_USAGE, "invalid-config",
				 "%s: the file is longer than 64 KiB", file);
	while (len > 0 && r == 0) {
		const char *newline = memchr(text, '\n', len);
		size_t n = newline ? (size_t)(newline - text) : len;

		rd.line++;
		r = read_line(&rd, text, n);
		if (newline)
			n++;
		text += n;
		len -= n;
	}
	tdestroy(rd.seen, free);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything umlctl prints: one JSON document on standard output with -o json, text for people otherwise; errors on
 * standard error in the same two forms. Text of others is cleaned on the way (cli_text.h).
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdint.h>

#include "cli/cli_table.h"
#include "cli/cli_verb.h"

/* A message that -q and -o json suppress. */
void say(const struct ctl *ctl, const char *fmt, ...) printf_like(2, 3);

/* A remark on standard error that -q suppresses. */
void note(const struct ctl *ctl, const char *fmt, ...) printf_like(2, 3);

/* Print a document (borrowed) followed by a newline; pretty on a terminal, else one line. */
int print_json(struct json_object *o, struct error *err);

/* The same on one line wherever it goes; 0 or -EIO. */
int print_json_line(struct json_object *o);

/* The error as "umlctl: MESSAGE" with the hint on a second line, or as {"error":{…}}. */
void report_error(const struct ctl *ctl, const struct error *err);

/* The table at the terminal's width. */
int print_table(const struct table *t, struct error *err);

/* "Key:  value" lines; the value is cleaned, lines after the first are indented. NULL value: nothing is printed. */
void print_field(const char *key, const char *value);

/* Lines of somebody else's, cleaned, with a newline at the end; nothing for "". */
void print_block(const char *text, FILE *out);

/* Flush and find out whether standard output took everything. */
int output_check(struct error *err);

bool stdout_has_colour(void);

/* A member as string ("" if absent or null), number, or whether it is there. */
const char *member_string(struct json_object *o, const char *key);
int64_t member_int(struct json_object *o, const char *key);
struct json_object *member(struct json_object *o, const char *key);

/* "128M" from a member in bytes, "-" if it is 0 or absent; buf of 24 bytes. */
const char *member_size(struct json_object *o, const char *key, char *buf, size_t len);

/* "3 min" since an RFC 3339 time, "" if it is none; buf of 24 bytes. */
const char *format_age(const char *rfc3339, char *buf, size_t len);

#endif

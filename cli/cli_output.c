// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Output in two forms. JSON text escapes C0 by itself; DEL and C1, which JSON allows as they are and terminals obey, are
 * escaped here.
 */
#include "cli/cli_output.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "cli/cli_text.h"
#include "common/parse.h"

static void print_clean(FILE *out, const char *s, enum text_mode mode)
{
	cleanup_free char *clean = text_clean(s, mode);

	(void)fputs(clean ? clean : "", out);
}

static void print_formatted(FILE *out, const char *prefix, const char *fmt, va_list ap)
{
	cleanup_free char *text = NULL;

	if (vasprintf(&text, fmt, ap) < 0) {
		text = NULL;
		return;
	}
	(void)fputs(prefix, out);
	print_clean(out, text, TEXT_LINES);
	(void)fputc('\n', out);
}

void say(const struct ctl *ctl, const char *fmt, ...)
{
	va_list ap;

	if (ctl->quiet || ctl->json)
		return;
	va_start(ap, fmt);
	print_formatted(stdout, "", fmt, ap);
	va_end(ap);
	(void)fflush(stdout);
}

void note(const struct ctl *ctl, const char *fmt, ...)
{
	va_list ap;

	if (ctl->quiet)
		return;
	va_start(ap, fmt);
	print_formatted(stderr, "", fmt, ap);
	va_end(ap);
}

/* DEL and C1 can only stand inside JSON strings, so replacing them anywhere keeps the document's meaning. */
static void put_json_text(const char *s, FILE *out)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if (*p == 0x7f) {
			(void)fputs("\\u007f", out);
		} else if (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f) {
			(void)fprintf(out, "\\u00%02x", p[1]);
			p++;
		} else {
			(void)fputc(*p, out);
		}
	}
	(void)fputc('\n', out);
}

int output_check(struct error *err)
{
	if (fflush(stdout) != 0 && errno == EPIPE) {
		/* The reader went away (umlctl log gonzo | head): end as any filter does. */
		(void)signal(SIGPIPE, SIG_DFL);
		(void)raise(SIGPIPE);
	}
	if (ferror(stdout))
		return error_set_errno(err, errno ? errno : EIO, "cannot write the output");
	return 0;
}

int print_json(struct json_object *o, struct error *err)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	flags |= isatty(STDOUT_FILENO) ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED
				       : JSON_C_TO_STRING_PLAIN;
	text = o ? json_object_to_json_string_ext(o, flags) : "{}";
	if (!text)
		return error_set_errno(err, ENOMEM, "cannot write the output");
	put_json_text(text, stdout);
	return output_check(err);
}

int print_json_line(struct json_object *o)
{
	const char *text = json_object_to_json_string_ext(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);

	if (!text)
		return -ENOMEM;
	put_json_text(text, stdout);
	return fflush(stdout) == 0 ? 0 : -EIO;
}

static void add_string(struct json_object *o, const char *key, const char *value)
{
	if (value && *value)
		json_object_object_add(o, key, json_object_new_string(value));
}

static void report_error_json(const struct error *err)
{
	cleanup_json struct json_object *doc = json_object_new_object();
	struct json_object *e = json_object_new_object();

	if (!doc || !e) {
		json_object_put(e);
		return;
	}
	json_object_object_add(doc, "error", e);
	json_object_object_add(e, "code", json_object_new_int((int)err->code));
	add_string(e, "reason", err->reason);
	add_string(e, "message", err->message);
	add_string(e, "guest", err->guest);
	add_string(e, "hint", err->hint);
	put_json_text(json_object_to_json_string_ext(doc, JSON_C_TO_STRING_PLAIN |
								  JSON_C_TO_STRING_NOSLASHESCAPE),
		      stderr);
}

/* A hint may quote several lines of a console; each is indented. */
static void print_hint(const char *hint)
{
	cleanup_free char *clean = text_clean(hint, TEXT_LINES);
	char *save = NULL;

	if (!clean)
		return;
	for (char *line = strtok_r(clean, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		(void)fprintf(stderr, "  %s\n", line);
}

void report_error(const struct ctl *ctl, const struct error *err)
{
	(void)fflush(stdout);
	if (ctl->json) {
		report_error_json(err);
		return;
	}
	(void)fputs("umlctl: ", stderr);
	print_clean(stderr, err->message ? err->message : "failed", TEXT_LINES);
	(void)fputc('\n', stderr);
	if (err->hint)
		print_hint(err->hint);
}

bool stdout_has_colour(void)
{
	const char *term = getenv("TERM");
	const char *no = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 && !(no && *no);
}

int print_table(const struct table *t, struct error *err)
{
	struct winsize ws;
	unsigned int width = 0;
	int r;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0)
		width = ws.ws_col;
	r = table_print(t, stdout, width, stdout_has_colour());
	return r < 0 ? error_set_errno(err, r, "cannot write the table") : 0;
}

void print_field(const char *key, const char *value)
{
	cleanup_free char *clean = text_clean(value, TEXT_LINES);

	if (!value || !clean)
		return;
	(void)printf("%-13s", key);
	for (char *line = clean, *end; line; line = end) {
		end = strchr(line, '\n');
		if (end)
			*end++ = '\0';
		if (end && !*end)
			end = NULL;
		(void)printf("%*s%s\n", line == clean ? 0 : 13, "", line);
	}
}

void print_block(const char *text, FILE *out)
{
	size_t len = strlen(text);

	if (!len)
		return;
	print_clean(out, text, TEXT_LINES);
	if (text[len - 1] != '\n')
		(void)fputc('\n', out);
}

struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
		return NULL;
	return v;
}

const char *member_string(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return json_object_is_type(v, json_type_string) ? json_object_get_string(v) : "";
}

int64_t member_int(struct json_object *o, const char *key)
{
	struct json_object *v = member(o, key);

	return json_object_is_type(v, json_type_int) ? json_object_get_int64(v) : 0;
}

const char *member_size(struct json_object *o, const char *key, char *buf, size_t len)
{
	int64_t bytes = member_int(o, key);

	return bytes > 0 ? format_size((uint64_t)bytes, buf, len) : "-";
}

const char *format_age(const char *rfc3339, char *buf, size_t len)
{
	struct tm tm = { 0 };
	const char *end = strptime(rfc3339, "%Y-%m-%dT%H:%M:%S", &tm);
	long long age;

	*buf = '\0';
	if (!end)
		return buf;
	age = (long long)time(NULL) - (long long)timegm(&tm);
	if (age < 0)
		age = 0;
	if (age < 120)
		(void)snprintf(buf, len, "%lld s", age);
	else if (age < 120 * 60)
		(void)snprintf(buf, len, "%lld min", age / 60);
	else if (age < 48 * 3600)
		(void)snprintf(buf, len, "%lld h", age / 3600);
	else
		(void)snprintf(buf, len, "%lld days", age / 86400);
	return buf;
}

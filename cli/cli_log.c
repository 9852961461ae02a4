// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The log verb. What was written comes from the log files, whose descriptors umld hands out; what is being written (-f) from
 * a read-only viewer, whose scrollback joins without a gap to what follows. Both are filtered unless --raw.
 */
#include <string.h>

#include "cli/cli_console.h"
#include "cli/cli_guest.h"
#include "cli/cli_output.h"
#include "cli/cli_text.h"
#include "common/console_proto.h"
#include "common/file.h"
#include "common/parse.h"

#define LOG_FILE_MAX (64u * 1024 * 1024)

struct log_view {
	struct text_filter filter;
	bool raw;
	bool live;	     /* the scrollback is over */
	uint64_t last_lines; /* UINT64_MAX: all */
	FILE *history;
	char *text; /* of history */
	size_t len;
	struct console_decoder decoder;
	struct console_end end;
};

static void view_put(struct log_view *v, const void *data, size_t len)
{
	if (v->raw)
		(void)fwrite(data, 1, len, stdout);
	else
		text_filter_feed(&v->filter, data, len, stdout);
}

/* Where the last n lines of a text begin. */
static size_t last_lines(const char *text, size_t len, uint64_t n)
{
	size_t at = len;

	if (n == UINT64_MAX)
		return 0;
	if (at && text[at - 1] == '\n')
		at--;
	while (n && at) {
		while (at && text[at - 1] != '\n')
			at--;
		if (--n && at)
			at--;
	}
	return n || !at ? 0 : at;
}

/* Print the end of what was collected. */
static int view_history(struct log_view *v, struct error *err)
{
	size_t from;

	if (fflush(v->history) != 0)
		return error_set_errno(err, ENOMEM, "cannot keep the log");
	from = v->last_lines ? last_lines(v->text, v->len, v->last_lines) : v->len;
	if (v->text)
		view_put(v, v->text + from, v->len - from);
	return output_check(err);
}

static int print_stored(struct ctl *ctl, const char *name, unsigned int console, struct log_view *v,
			struct error *err)
{
	struct json_object *params = guest_params(name);
	int r, fd;

	if (params)
		json_object_object_add(params, "console", json_object_new_int((int)console));
	r = ctl_call(ctl, "console.log", params, NULL, err);
	if (r < 0)
		return r;
	while ((fd = client_take_fd(&ctl->client)) >= 0) {
		cleanup_close int file = fd;
		cleanup_free char *data = NULL;
		size_t len = 0;

		r = fd_read_all(file, LOG_FILE_MAX, &data, &len);
		if (r < 0)
			return error_set_errno(err, r, "cannot read the log of %s", name);
		(void)fwrite(data, 1, len, v->history);
	}
	return view_history(v, err);
}

static int on_frame(void *ctx, enum console_frame_type type, const uint8_t *payload, size_t len)
{
	struct log_view *v = ctx;

	switch (type) {
	case CONSOLE_DATA:
		if (v->live)
			view_put(v, payload, len);
		else
			(void)fwrite(payload, 1, len, v->history);
		return 0;
	case CONSOLE_LIVE:
		v->live = true;
		return view_history(v, NULL);
	case CONSOLE_STATE:
		console_note_state(&v->end, payload, len);
		return 0;
	case CONSOLE_BYE:
		(void)snprintf(v->end.bye, sizeof(v->end.bye), "%.*s", (int)len,
			       (const char *)payload);
		v->end.said_bye = true;
		return 0;
	default:
		return 0;
	}
}

static int follow(struct ctl *ctl, const char *name, unsigned int console, struct log_view *v,
		  struct error *err)
{
	cleanup_close int stream = console_open(ctl, name, console, true, err);
	uint8_t buf[16384];
	ssize_t n;

	if (stream < 0)
		return stream;
	progress_end(&ctl->progress);
	while (!v->end.said_bye && (n = read(stream, buf, sizeof(buf))) != 0) {
		int r = n < 0 ? -errno
			      : console_decoder_feed(&v->decoder, buf, (size_t)n, on_frame, v);

		if (r == -EINTR)
			continue;
		if (r == -ECONNRESET)
			break;
		if (r < 0)
			return error_set_errno(err, r, "cannot follow the console of %s", name);
		r = output_check(err);
		if (r < 0)
			return r;
	}
	console_tell_end(ctl, name, &v->end);
	return 0;
}

/* -f on a guest that does not run shows what there is, and says so. */
static int follow_or_stored(struct ctl *ctl, const char *name, unsigned int console,
			    struct log_view *v, struct error *err)
{
	cleanup_json struct json_object *guest = NULL;
	int r = ctl_call(ctl, "guest.show", guest_params(name), &guest, err);

	if (r < 0)
		return r;
	if (strcmp(member_string(guest, "state"), "stopped") != 0)
		return follow(ctl, name, console, v, err);
	r = print_stored(ctl, name, console, v, err);
	if (r >= 0)
		note(ctl, "%s is stopped: nothing to follow", name);
	return r;
}

int verb_log(struct ctl *ctl, const struct verb_call *call, struct error *err)
{
	struct log_view v = { .filter.mode = TEXT_LOG, .raw = call_given(call, "raw") };
	const char *lines = call_option(call, "lines");
	unsigned int console = 0;
	int r = console_number(call, 1, &console, err);

	if (r < 0)
		return r;
	v.last_lines = UINT64_MAX;
	if (lines && parse_u64(lines, 0, INT64_MAX, &v.last_lines) < 0)
		return error_set(err, ERROR_USAGE, "invalid-option",
				 "--lines is a whole number, not \"%s\"", lines);
	v.history = open_memstream(&v.text, &v.len);
	if (!v.history)
		return error_set_errno(err, ENOMEM, "cannot keep the log");
	if (call_given(call, "follow"))
		r = follow_or_stored(ctl, call->args[0], console, &v, err);
	else
		r = print_stored(ctl, call->args[0], console, &v, err);
	(void)fclose(v.history);
	free(v.text);
	return r;
}

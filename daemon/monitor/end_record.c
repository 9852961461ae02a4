// SPDX-License-Identifier: GPL-2.0-or-later
/* See end_record.h. */
#include <json-c/json.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "common/file.h"
#include "common/log.h"
#include "common/utf8.h"
#include "daemon/monitor/end_record.h"

#define WRITE_TRIES    5u
#define WRITE_RETRY_MS 1000u

void time_format_utc(char buf[32])
{
	struct timespec now;
	struct tm tm;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)gmtime_r(&now.tv_sec, &tm);
	(void)strftime(buf, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void end_record_set(struct end_record *e, enum guest_end end, const char *fmt, ...)
{
	va_list ap;
	size_t len;

	va_start(ap, fmt);
	(void)vsnprintf(e->message, sizeof(e->message), fmt, ap);
	va_end(ap);
	len = strlen(e->message);
	while (len > 0 && !utf8_valid(e->message, len) && len + 4 > sizeof(e->message) - 1)
		e->message[--len] = '\0';
	utf8_sanitize(e->message, len);
	e->end = end;
	time_format_utc(e->time);
}

char *end_record_format(const struct end_record *e)
{
	struct json_object *o = json_object_new_object();
	const char *text;
	char *copy;

	if (!o)
		return NULL;
	(void)json_object_object_add(o, "version", json_object_new_int(1));
	(void)json_object_object_add(o, "run_id", json_object_new_string(e->run_id));
	(void)json_object_object_add(o, "end", json_object_new_string(guest_end_to_string(e->end)));
	(void)json_object_object_add(o, "message", json_object_new_string(e->message));
	(void)json_object_object_add(o, "status", json_object_new_int(e->status));
	(void)json_object_object_add(o, "signal", json_object_new_int(e->signal));
	(void)json_object_object_add(o, "time", json_object_new_string(e->time));
	(void)json_object_object_add(o, "restarts", json_object_new_int64(e->restarts));
	(void)json_object_object_add(
		o, "console_tail", json_object_new_string(e->console_tail ? e->console_tail : ""));
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							 JSON_C_TO_STRING_NOSLASHESCAPE);
	copy = text ? strdup(text) : NULL;
	json_object_put(o);
	return copy;
}

struct end_writer {
	uv_work_t work;
	uv_timer_t timer;
	int dirfd, result;
	unsigned int tries;
	char *text;
	void (*fn)(void *ctx);
	void *ctx;
};

static void writer_work(uv_work_t *work)
{
	struct end_writer *w = work->data;

	w->result = file_write_atomic(w->dirfd, "end.json", w->text, strlen(w->text), 0600);
}

static void writer_written(uv_work_t *work, int status);

static void writer_again(uv_timer_t *timer)
{
	struct end_writer *w = timer->data;

	if (uv_queue_work(timer->loop, &w->work, writer_work, writer_written) < 0)
		writer_written(&w->work, -1);
}

static void writer_closed(uv_handle_t *handle)
{
	struct end_writer *w = handle->data;

	free(w->text);
	free(w);
}

static void writer_written(uv_work_t *work, int status)
{
	struct end_writer *w = work->data;
	void (*fn)(void *ctx) = w->fn;
	void *ctx = w->ctx;

	w->tries++;
	if (status == 0 && w->result < 0)
		log_error("cannot write end.json: %s%s", strerror(-w->result),
			  w->tries < WRITE_TRIES ? ", trying again" : ", going on without");
	if ((status != 0 || w->result < 0) && w->tries < WRITE_TRIES) {
		(void)uv_timer_start(&w->timer, writer_again, WRITE_RETRY_MS, 0);
		return;
	}
	uv_close((uv_handle_t *)&w->timer, writer_closed);
	fn(ctx);
}

int end_record_write(uv_loop_t *loop, int dirfd, const struct end_record *e, void (*fn)(void *ctx),
		     void *ctx)
{
	struct end_writer *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return -ENOMEM;
	w->text = end_record_format(e);
	r = w->text ? uv_timer_init(loop, &w->timer) : -ENOMEM;
	if (r < 0) {
		free(w->text);
		free(w);
		return r;
	}
	w->dirfd = dirfd;
	w->fn = fn;
	w->ctx = ctx;
	w->work.data = w;
	w->timer.data = w;
	(void)uv_timer_start(&w->timer, writer_again, 0, 0);
	return 0;
}

void end_record_done(struct end_record *e)
{
	free(e->console_tail);
	e->console_tail = NULL;
}

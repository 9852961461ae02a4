// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The error object, see error.h. Sentences are formatted before anything old is freed, because
 * callers quote the old sentence in the new one. Without memory the sentence is lost, never the
 * code.
 */
#include "common/error.h"

#include <limits.h>
#include <stdarg.h>
#include <string.h>

static const int code_errno[ERROR_CODE_MAX] = {
	[ERROR_NONE] = EIO,
	[ERROR_FAILED] = EIO,
	[ERROR_USAGE] = EINVAL,
	[ERROR_NOT_FOUND] = ENOENT,
	[ERROR_BUSY] = EBUSY,
	[ERROR_NOT_PERMITTED] = EPERM,
	[ERROR_TIMED_OUT] = ETIMEDOUT,
	[ERROR_UNREACHABLE] = ECONNREFUSED,
};

static const struct errno_row {
	int errnum;
	enum error_code code;
	const char *reason;
} errno_rows[] = {
	{ ENOENT, ERROR_NOT_FOUND, "not-found" },
	{ EEXIST, ERROR_BUSY, "exists" },
	{ EBUSY, ERROR_BUSY, "busy" },
	{ EAGAIN, ERROR_BUSY, "in-use" },
	{ ETXTBSY, ERROR_BUSY, "busy" },
	{ EACCES, ERROR_NOT_PERMITTED, "permission-denied" },
	{ EPERM, ERROR_NOT_PERMITTED, "not-permitted" },
	{ ETIMEDOUT, ERROR_TIMED_OUT, "timed-out" },
	{ EINVAL, ERROR_USAGE, "invalid-argument" },
	{ ENOSPC, ERROR_FAILED, "no-space" },
};

static printf_like(1, 0) char *format_text(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		return NULL;
	return text;
}

/* Takes message over. Cuts what does not fit. */
static void error_fill(struct error *err, enum error_code code, const char *reason, char *message)
{
	char word[sizeof(err->reason)];

	(void)snprintf(word, sizeof(word), "%s", reason ? reason : "");
	error_done(err);
	err->code = code;
	memcpy(err->reason, word, sizeof(word));
	err->message = message;
}

int error_set(struct error *err, enum error_code code, const char *reason, const char *fmt, ...)
{
	if (code <= ERROR_NONE || code >= ERROR_CODE_MAX)
		code = ERROR_FAILED;
	if (err) {
		char *message;
		va_list args;

		va_start(args, fmt);
		message = format_text(fmt, args);
		va_end(args);
		error_fill(err, code, reason, message);
	}
	return -code_errno[code];
}

int error_set_errno(struct error *err, int errnum, const char *fmt, ...)
{
	enum error_code code = ERROR_FAILED;
	const char *reason = "io-error";

	if (errnum == 0 || errnum == INT_MIN)
		errnum = EIO;
	if (errnum < 0)
		errnum = -errnum;
	for (size_t i = 0; i < ARRAY_SIZE(errno_rows); i++) {
		if (errno_rows[i].errnum == errnum) {
			code = errno_rows[i].code;
			reason = errno_rows[i].reason;
		}
	}
	if (err) {
		/* Untranslated and thread-safe, unlike strerror. */
		const char *what = strerrordesc_np(errnum);
		cleanup_free char *prefix = NULL;
		char *message = NULL;
		va_list args;

		va_start(args, fmt);
		prefix = format_text(fmt, args);
		va_end(args);
		if (asprintf(&message, "%s: %s", prefix ? prefix : "", what ? what : "error") < 0)
			message = NULL;
		error_fill(err, code, reason, message);
	}
	return -errnum;
}

void error_prefix(struct error *err, const char *fmt, ...)
{
	cleanup_free char *prefix = NULL;
	char *message = NULL;
	va_list args;

	if (!err || !error_is_set(err))
		return;
	va_start(args, fmt);
	prefix = format_text(fmt, args);
	va_end(args);
	if (!prefix)
		return;
	if (asprintf(&message, "%s: %s", prefix, err->message ? err->message : "failed") < 0)
		return;
	free(err->message);
	err->message = message;
}

void error_hint(struct error *err, const char *fmt, ...)
{
	va_list args;
	char *hint;

	if (!err)
		return;
	va_start(args, fmt);
	hint = format_text(fmt, args);
	va_end(args);
	if (!hint)
		return;
	free(err->hint);
	err->hint = hint;
}

void error_guest(struct error *err, const char *name)
{
	char copy[sizeof(err->guest)];

	if (!err)
		return;
	(void)snprintf(copy, sizeof(copy), "%s", name ? name : "");
	memcpy(err->guest, copy, sizeof(copy));
}

void error_done(struct error *err)
{
	if (!err)
		return;
	free(err->message);
	free(err->hint);
	*err = (struct error)ERROR_INIT;
}

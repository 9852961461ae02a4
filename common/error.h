/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error object that crosses a request boundary: a stable code, a stable reason word, a sentence
 * for people, and where it helps the guest's name and a hint that says what to do.
 *
 * Inside a module functions return -errno. A function that can say more than errno takes a
 * `struct error *err` as its last argument, fills it once at the place where the failure is
 * understood, and returns a negative errno that fits. err may be NULL everywhere. Callers further up
 * may wrap the sentence (error_prefix), never replace the reason.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include "common/cleanup.h"

/* The command line's exit statuses and the `code` of JSON-RPC application errors. Stable. */
enum error_code {
	ERROR_NONE = 0,
	ERROR_FAILED = 1,
	ERROR_USAGE = 2,
	ERROR_NOT_FOUND = 3,
	ERROR_BUSY = 4, /* exists already, or is in use */
	ERROR_NOT_PERMITTED = 5,
	ERROR_TIMED_OUT = 6,
	ERROR_UNREACHABLE = 7, /* umld does not answer; made by the command line only */
	ERROR_CODE_MAX,
};

struct error {
	enum error_code code;
	char reason[40]; /* kebab-case word, e.g. "guest-not-found"; scripts match on it */
	char guest[64];	 /* name of the guest concerned, or "" */
	char *message;	 /* one sentence without a final full stop; owned */
	char *hint;	 /* what to do about it, or NULL; owned */
};

#define ERROR_INIT \
	{          \
		0  \
	}

/*
 * Fill err and return the negative errno that fits the code (FAILED -EIO, USAGE -EINVAL, NOT_FOUND
 * -ENOENT, BUSY -EBUSY, NOT_PERMITTED -EPERM, TIMED_OUT -ETIMEDOUT, UNREACHABLE -ECONNREFUSED).
 * A err that is set already is replaced. err may be NULL.
 */
int error_set(struct error *err, enum error_code code, const char *reason, const char *fmt, ...)
	printf_like(4, 5);

/*
 * The same for a failed host call: the sentence is "<fmt>: <strerror>", the code follows errnum
 * (ENOENT not found; EEXIST, EBUSY, EAGAIN, ETXTBSY busy; EACCES, EPERM not permitted; ETIMEDOUT timed out;
 * EINVAL usage; all else failed), the reason is the symbolic word for it ("no-space" for ENOSPC,
 * "io-error" otherwise for FAILED). errnum may be positive or negative. Returns -|errnum|.
 */
int error_set_errno(struct error *err, int errnum, const char *fmt, ...) printf_like(3, 4);

/* Put "<fmt>: " before the sentence. */
void error_prefix(struct error *err, const char *fmt, ...) printf_like(2, 3);

/* Set hint, guest; both copy, accept NULL err, and return nothing. A guest name that is too long is cut. */
void error_hint(struct error *err, const char *fmt, ...) printf_like(2, 3);
void error_guest(struct error *err, const char *name);

/* Free what is inside and reset to ERROR_INIT. Accepts NULL. */
void error_done(struct error *err);

static inline int error_is_set(const struct error *err)
{
	return err && err->code != ERROR_NONE;
}

#define cleanup_error __attribute__((cleanup(error_done)))

#endif

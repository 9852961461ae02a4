// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a client may ask for. These strings become arguments of apt and mmdebstrap, which give meaning to leading dashes, slashes,
 * blanks and commas: only what cannot have any is let through.
 */
#include "daemon/image/image_store.h"

#include <string.h>

#define SIZE_MIN_BYTES	 ((uint64_t)256 * 1024 * 1024)
#define SIZE_LIMIT_BYTES ((uint64_t)16 * 1024 * 1024 * 1024 * 1024)
#define PACKAGES_MAX	 1024u

static bool lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* 1 to max characters that are lower case, digits or in more, the first of them lower case or a digit. */
static bool word_valid(const char *s, size_t max, const char *more)
{
	size_t len = 0;

	if (!lower_or_digit(s[0]))
		return false;
	for (; s[len]; len++) {
		if (len >= max || (!lower_or_digit(s[len]) && !strchr(more, s[len])))
			return false;
	}
	return true;
}

bool suite_name_valid(const char *s)
{
	return word_valid(s, 32, "-");
}

bool package_name_valid(const char *s)
{
	/* Debian policy 5.6.7: at least two characters. A final '-' or '+' means "remove"/"install" to apt. */
	size_t len = strlen(s);

	return len >= 2 && word_valid(s, 96, "+-.") && s[len - 1] != '-';
}

bool mirror_url_valid(const char *s)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "-._~:/%[]";
	size_t scheme;

	if (strncmp(s, "http://", 7) == 0)
		scheme = 7;
	else if (strncmp(s, "https://", 8) == 0)
		scheme = 8;
	else
		return false;
	return s[scheme] != '\0' && s[scheme] != '/' && strlen(s) <= 256 &&
	       s[strspn(s, chars)] == '\0';
}

int image_build_check(const struct image_build *b, struct error *err)
{
	if (!b->suite || !suite_name_valid(b->suite))
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "suite: '%s' is not the name of a suite",
				 b->suite ? b->suite : "");
	if (b->n_include > PACKAGES_MAX)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "include: more than %u packages", PACKAGES_MAX);
	for (unsigned int i = 0; i < b->n_include; i++) {
		if (!package_name_valid(b->include[i]))
			return error_set(err, ERROR_USAGE, "invalid-parameter",
					 "include: '%s' is not the name of a package",
					 b->include[i]);
	}
	if (b->size_bytes < SIZE_MIN_BYTES || b->size_bytes > SIZE_LIMIT_BYTES)
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "size: must be 256M to 16T");
	if (b->mirror && !mirror_url_valid(b->mirror))
		return error_set(err, ERROR_USAGE, "invalid-parameter",
				 "mirror: '%s' is not an http or https URL", b->mirror);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reader of umld.conf(5): "key = value" lines under "[section]" or "[section name]" headings, '#' and ';'
 * comments at the start of a line, values optionally in double quotes. At most 64 KiB, lines at most 1024 bytes. An unknown
 * section or key, a repeated key, or a value that its parser refuses is an error with the line's number:
 * a daemon must not start on half a configuration.
 */
#ifndef COMMON_CONFIG_FILE_H
#define COMMON_CONFIG_FILE_H

#include "common/error.h"

/*
 * Called in order for every heading, with key and value NULL, so that a section without settings is seen too, and for every
 * assignment. name is the heading's second word or NULL. Returns 0, or negative with err set; the reader then adds "FILE:LINE: " in
 * front.
 */
typedef int (*config_assign_fn)(void *ctx, const char *section, const char *name, const char *key,
				const char *value, struct error *err);

/* Parse text; file is used in messages only. Checks form and repetition, not meaning. */
int config_parse(const char *file, const char *text, size_t len, config_assign_fn fn, void *ctx,
		 struct error *err);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a worker's output says: how far it is, and the last lines for the error's hint. Nothing in it is trusted: lines are cut,
 * made printable, and a number can only be a position on the bar.
 */
#ifndef DAEMON_IMAGE_IMAGE_PROGRESS_H
#define DAEMON_IMAGE_IMAGE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#define PROGRESS_LINE_MAX   200
#define PROGRESS_TAIL_LINES 6

struct image_progress {
	unsigned int per_mille;
	char phase[64];

	/* The stage that apt and dpkg lines are counted in: [from, to) per mille, done of total steps. */
	unsigned int from, to, done, total;

	char line[PROGRESS_LINE_MAX];
	size_t line_len;
	char tail[PROGRESS_TAIL_LINES][PROGRESS_LINE_MAX];
	unsigned int n_tail; /* lines ever; the last ones are kept */
};

/* Returns whether per_mille or phase have changed. */
bool image_progress_feed(struct image_progress *p, const char *data, size_t len);

/* The last lines, oldest first, with newlines between; "" if there are none. */
void image_progress_tail(const struct image_progress *p, char *buf, size_t len);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Console channels: what a con or ssl line is connected to on the host. A channel is one or two host descriptors (in, out), both non-blocking;
 * console.c does the rest, the same for all kinds.
 */
#ifndef DRIVERS_CHANNEL_H
#define DRIVERS_CHANNEL_H

#include "lib/types.h"

struct channel {
	const struct channel_kind *kind;
	int in_fd, out_fd; /* -1: nothing comes, what goes is dropped */
	int keep_fd;	   /* held only so that the other side stays open */
	bool has_window;   /* in_fd is a terminal whose size the guest follows */
};

struct channel_kind {
	const char *
		name; /* "fd", "pts", "null"; ':' and an argument may follow in the specification */
	bool wants_argument;
	/*
	 * Open the side or sides of c (input, output or both) by the argument. line: what to call it in messages. 0, or -errno with one
	 * sentence in why.
	 */
	int (*open)(struct channel *c, bool in, bool out, const char *arg, const char *line,
		    char *why, size_t len);
};

extern const struct channel_kind channel_fd, channel_tty, channel_pts, channel_null;

/* "SPEC" or "IN,OUT". "none" is the caller's. 0, or -errno with one sentence in why. */
int channel_open(struct channel *c, const char *spec, const char *line, char *why, size_t len);
void channel_close(struct channel *c);

#endif

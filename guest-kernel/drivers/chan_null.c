// SPDX-License-Identifier: GPL-2.0-or-later
/* Channel null: nothing comes, and what goes is dropped. */
#include "drivers/channel.h"

static int chan_null_open(struct channel *c, bool in, bool out, const char *arg, const char *line,
			  char *why, size_t len)
{
	(void)c;
	(void)in;
	(void)out;
	(void)arg;
	(void)line;
	(void)why;
	(void)len;
	return 0;
}

const struct channel_kind channel_null = { .name = "null", .open = chan_null_open };

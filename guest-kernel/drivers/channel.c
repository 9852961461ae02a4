// SPDX-License-Identifier: GPL-2.0-or-later
/* Reading channel specifications. */
#include "drivers/channel.h"
#include "abi/abi_errno.h"
#include "host/host_epoll.h"
#include "lib/string.h"

#define SPEC_MAX 128

static const struct channel_kind *const kinds[] = { &channel_fd, &channel_tty, &channel_pts,
						    &channel_null };

static int open_side(struct channel *c, bool in, bool out, const char *spec, const char *line,
		     char *why, size_t len)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i]->name);

		if (strncmp(spec, kinds[i]->name, n) != 0 ||
		    spec[n] != (kinds[i]->wants_argument ? ':' : '\0'))
			continue;
		c->kind = kinds[i];
		return kinds[i]->open(c, in, out, spec + n + kinds[i]->wants_argument, line, why,
				      len);
	}
	(void)format_str(why, len, "%s=%s: known channels are fd:N, tty:DEVICE, pts, null and none",
			 line, spec);
	return -EINVAL;
}

int channel_open(struct channel *c, const char *spec, const char *line, char *why, size_t len)
{
	char in[SPEC_MAX];
	const char *comma = strchr(spec, ',');
	int r;

	*c = (struct channel){ .in_fd = -1, .out_fd = -1, .keep_fd = -1 };
	if (strlen(spec) >= SPEC_MAX) {
		(void)format_str(why, len, "%s: the channel's name is too long", line);
		return -EINVAL;
	}
	(void)str_copy(in, spec, sizeof(in));
	if (!comma) {
		r = open_side(c, true, true, in, line, why, len);
	} else {
		in[comma - spec] = '\0';
		r = open_side(c, true, false, in, line, why, len);
		if (r == 0)
			r = open_side(c, false, true, comma + 1, line, why, len);
	}
	if (r < 0)
		channel_close(c);
	return r;
}

void channel_close(struct channel *c)
{
	const int fds[] = { c->in_fd, c->out_fd, c->keep_fd };

	for (unsigned int i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			(void)host_close(fds[i]);
	c->in_fd = c->out_fd = c->keep_fd = -1;
}

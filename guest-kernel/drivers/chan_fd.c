// SPDX-License-Identifier: GPL-2.0-or-later
/* Channels fd:N (a descriptor that umlk was started with) and tty:DEVICE (a terminal opened by name). Terminals are put into raw mode. */
#include "abi/abi_errno.h"
#include "drivers/channel.h"
#include "host/host_epoll.h"
#include "host/host_tty.h"
#include "lib/string.h"

static int take_fd(struct channel *c, bool for_writing, int fd, const char *line, char *why,
		   size_t len)
{
	int copy = host_console_dup(fd, for_writing);

	if (copy < 0) {
		(void)format_str(why, len, "%s: descriptor %d is not open for %s", line, fd,
				 for_writing ? "writing" : "reading");
		return copy;
	}
	host_tty_raw(copy);
	if (for_writing) {
		c->out_fd = copy;
	} else {
		c->in_fd = copy;
		c->has_window = host_is_tty(copy);
	}
	return 0;
}

static int chan_fd_open(struct channel *c, bool in, bool out, const char *arg, const char *line,
			char *why, size_t len)
{
	uint64_t fd;
	int r = 0;

	if (!str_to_u64(arg, 10, &fd) || fd > 65535) {
		(void)format_str(why, len, "%s=fd:%s: a descriptor number is wanted", line, arg);
		return -EINVAL;
	}
	if (in)
		r = take_fd(c, false, (int)fd, line, why, len);
	if (r == 0 && out)
		r = take_fd(c, true, (int)fd, line, why, len);
	return r;
}

static int chan_tty_open(struct channel *c, bool in, bool out, const char *arg, const char *line,
			 char *why, size_t len)
{
	int fd = host_console_open(arg), r = 0;

	if (fd < 0) {
		(void)format_str(why, len, "%s=tty:%s: cannot be opened (error %d)", line, arg,
				 -fd);
		return fd;
	}
	if (in)
		r = take_fd(c, false, fd, line, why, len);
	if (r == 0 && out)
		r = take_fd(c, true, fd, line, why, len);
	(void)host_close(fd);
	return r;
}

const struct channel_kind channel_fd = { .name = "fd",
					 .wants_argument = true,
					 .open = chan_fd_open };
const struct channel_kind channel_tty = { .name = "tty",
					  .wants_argument = true,
					  .open = chan_tty_open };

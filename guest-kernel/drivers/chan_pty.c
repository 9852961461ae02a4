// SPDX-License-Identifier: GPL-2.0-or-later
/* Channel pts: a pseudo-terminal of the host whose name is announced in the kernel log, for screen, minicom and the like. */
#include "core/klog.h"
#include "drivers/channel.h"
#include "host/host_epoll.h"
#include "host/host_tty.h"
#include "lib/string.h"

static int chan_pts_open(struct channel *c, bool in, bool out, const char *arg, const char *line,
			 char *why, size_t len)
{
	char name[64];
	int master, slave, copy, r = host_console_pty(&master, &slave, name, sizeof(name));

	(void)arg;
	if (r < 0) {
		(void)format_str(why, len, "%s=pts: no pseudo-terminal to be had (error %d)", line,
				 -r);
		return r;
	}
	host_tty_raw(slave);
	c->keep_fd = slave;
	if (in) {
		/* Reading and writing are watched apart, which takes two descriptors. */
		copy = out ? host_console_dup(master, false) : master;
		if (copy < 0) {
			(void)host_close(master);
			return copy;
		}
		c->in_fd = copy;
	}
	if (out)
		c->out_fd = master;
	pr_info("Virtual console %s assigned device '%s'", line, name);
	return 0;
}

const struct channel_kind channel_pts = { .name = "pts", .open = chan_pts_open };

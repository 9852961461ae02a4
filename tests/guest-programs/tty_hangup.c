// SPDX-License-Identifier: GPL-2.0-or-later
/* What does one end of a pty see when the other is closed, and opened again? */
#include "tty_test.h"

static void show_poll(const char *label, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT };

	CHECK(poll(&p, 1, 0) >= 0);
	printf("%s: %s%s%s%s\n", label, p.revents & POLLIN ? "IN " : "",
	       p.revents & POLLOUT ? "OUT " : "", p.revents & POLLHUP ? "HUP " : "",
	       p.revents & POLLERR ? "ERR" : "");
}

int main(void)
{
	struct pair p;
	struct termios t;
	char b[10];

	pair_open(&p);
	type(p.slave, "last\n");
	settle();
	show_poll("master", p.master);
	close(p.slave);
	show_poll("slave closed", p.master);
	show_read("what is left", p.master, 100);
	show_read("then", p.master, 100);
	show_poll("then", p.master);
	report("write", write(p.master, "x\n", 2));
	p.slave = open(p.name, O_RDWR | O_NOCTTY);
	CHECK(p.slave >= 0);
	settle(); /* Linux echoes a moment later */
	show_poll("slave open again", p.master);
	show_read("what was written meanwhile", p.slave, 100);
	close(p.master);
	settle();
	show_poll("master closed", p.slave);
	report("read", read(p.slave, b, sizeof(b)));
	report("write", write(p.slave, b, 1));
	report("tcgetattr", tcgetattr(p.slave, &t));
	report("isatty", isatty(p.slave) - 1);
	report("open by name", open(p.name, O_RDWR | O_NOCTTY) >= 0 ? 0 : -1);
	return 0;
}

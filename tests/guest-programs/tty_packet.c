// SPDX-License-Identifier: GPL-2.0-or-later
/* Packet mode: which events does the master read before the data? */
#include "tty_test.h"

int main(void)
{
	struct pair p;
	struct termios t;
	int on = 1, n = -1;

	pair_open(&p);
	report("TIOCPKT", ioctl(p.master, TIOCPKT, &on));
	CHECK_EQ(ioctl(p.master, TIOCGPKT, &n), 0);
	printf("packet mode %d\n", n);
	type(p.slave, "data");
	settle();
	show_read("data", p.master, 100);
	report("flush input", tcflush(p.slave, TCIFLUSH));
	show_read("event", p.master, 100);
	report("flush output", tcflush(p.slave, TCOFLUSH));
	show_read("event", p.master, 100);
	report("stop", tcflow(p.slave, TCOOFF));
	show_read("event", p.master, 100);
	report("start", tcflow(p.slave, TCOON));
	show_read("event", p.master, 100);
	tcgetattr(p.slave, &t);
	t.c_iflag &= ~(tcflag_t)IXON;
	tcsetattr(p.slave, TCSANOW, &t);
	show_read("no flow control", p.master, 100);
	t.c_iflag |= IXON;
	tcsetattr(p.slave, TCSANOW, &t);
	show_read("flow control", p.master, 100);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Canonical mode: are lines edited, echoed and ended as they should, and what does an end of file do? */
#include "tty_test.h"

int main(void)
{
	struct pair p;
	struct termios t;
	int n;

	pair_open(&p);
	type(p.master, "helo\177lo\n");
	show_all("echo", p.master);
	show_read("line", p.slave, 100);
	type(p.master, "one two\027three\n");
	show_all("word erased", p.master);
	show_read("line", p.slave, 100);
	type(p.master, "gone\025kept\026\003x\n");
	show_all("line killed", p.master);
	show_read("line", p.slave, 100);
	type(p.master, "a\tb\t\177\177c\n");
	show_all("tabs", p.master);
	show_read("line", p.slave, 100);
	type(p.master, "abc\004");
	settle();
	CHECK_EQ(ioctl(p.slave, FIONREAD, &n), 0);
	printf("FIONREAD %d\n", n);
	show_read("end of file behind text", p.slave, 3);
	type(p.master, "\004");
	settle();
	show_read("end of file alone", p.slave, 100);
	type(p.master, "first\nsecond\n");
	settle();
	show_read("part", p.slave, 3);
	show_read("rest", p.slave, 100);
	show_read("second", p.slave, 100);
	tcgetattr(p.slave, &t);
	t.c_cc[VEOL] = ';';
	t.c_iflag |= IUTF8;
	tcsetattr(p.slave, TCSAFLUSH, &t);
	type(p.master, "x;");
	settle();
	show_read("EOL", p.slave, 100);
	show_all("so far", p.master);
	type(p.master, "\xc3\xa9\177z\n");
	show_all("UTF-8 erased", p.master);
	show_read("line", p.slave, 100);
	type(p.master, "pend");
	settle();
	t.c_lflag &= ~(tcflag_t)ICANON;
	tcsetattr(p.slave, TCSANOW, &t);
	show_read("leaving canonical mode", p.slave, 100);
	return 0;
}

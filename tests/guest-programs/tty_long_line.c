// SPDX-License-Identifier: GPL-2.0-or-later
/* How long may a line be, and what becomes of the rest? */
#include "tty_test.h"

int main(void)
{
	struct pair p;
	struct termios t;
	char line[6000], back[8192];
	ssize_t n;

	pair_open(&p);
	tcgetattr(p.slave, &t);
	t.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK);
	tcsetattr(p.slave, TCSANOW, &t);
	memset(line, 'a', sizeof(line));
	for (size_t i = 0; i < sizeof(line); i += 1000) {
		CHECK_EQ(write(p.master, line, 1000), 1000);
		settle();
	}
	type(p.master, "Z\n");
	settle();
	n = read(p.slave, back, sizeof(back));
	printf("%zd bytes, the last two '%c' %d\n", n, back[n - 2], back[n - 1]);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to terminals: answers, and errors for bad ones. */
#include <sys/stat.h>

#include "tty_test.h"

int main(void)
{
	struct pair p;
	struct termios t;
	struct stat st;
	int n = -1, null;
	unsigned int number;

	pair_open(&p);
	CHECK_EQ(ioctl(p.master, TIOCGPTN, &number), 0);
	CHECK_EQ(fstat(p.slave, &st), 0);
	printf("device 136:%s, mode %o\n",
	       st.st_rdev == ((136ul << 8) | (number & 0xff)) ? "N" : "?", st.st_mode & 0600);
	report("TIOCGPTN on a slave", ioctl(p.slave, TIOCGPTN, &number));
	CHECK_EQ(ioctl(p.slave, TIOCGETD, &n), 0);
	printf("line discipline %d\n", n);
	n = 99;
	report("TIOCSETD 99", ioctl(p.slave, TIOCSETD, &n));
	report("TCXONC 9", ioctl(p.slave, TCXONC, 9));
	report("TCFLSH 9", ioctl(p.slave, TCFLSH, 9));
	report("tcdrain", tcdrain(p.slave));
	report("tcsendbreak", tcsendbreak(p.slave, 0));
	CHECK_EQ(ioctl(p.slave, TIOCOUTQ, &n), 0);
	printf("TIOCOUTQ %d\n", n);
	report("TCGETS NULL", ioctl(p.slave, TCGETS, NULL));
	report("TCSETS NULL", ioctl(p.slave, TCSETS, NULL));
	report("unknown", ioctl(p.slave, 0x5499, 0));
	report("tcgetpgrp, no controlling terminal", tcgetpgrp(p.slave));
	report("TIOCGSID", ioctl(p.slave, TIOCGSID, &n));
	CHECK_EQ(ioctl(p.slave, TIOCEXCL), 0);
	CHECK_EQ(ioctl(p.slave, TIOCGEXCL, &n), 0);
	printf("exclusive %d\n", n);
	report("TIOCNXCL", ioctl(p.slave, TIOCNXCL));
	null = open("/dev/null", O_RDWR);
	report("TCGETS of /dev/null", tcgetattr(null, &t));
	CHECK_EQ(tcgetattr(p.slave, &t), 0);
	printf("iflag %o oflag %o cflag %o lflag %o speed %d\n", t.c_iflag, t.c_oflag, t.c_cflag,
	       t.c_lflag, cfgetospeed(&t) == B38400);
	cfsetspeed(&t, B115200);
	CHECK_EQ(tcsetattr(p.slave, TCSANOW, &t), 0);
	CHECK_EQ(tcgetattr(p.slave, &t), 0);
	printf("speed %d\n", cfgetospeed(&t) == B115200);
	report("lseek", lseek(p.slave, 0, SEEK_SET));
	report("pread", pread(p.slave, &n, 1, 0));
	n = ioctl(p.master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	printf("peer %d, a tty %d\n", n >= 0, isatty(n));
	return 0;
}

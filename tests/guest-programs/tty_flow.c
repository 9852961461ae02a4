// SPDX-License-Identifier: GPL-2.0-or-later
/* ^S and ^Q, IXANY, TCXONC, flushing of both queues, and what FIONREAD and TIOCOUTQ say. */
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "guest_helpers.h"

static int master, slave;

static void master_reads(const char *label, int expected)
{
	char b[64];
	struct pollfd p = { master, POLLIN, 0 };
	ssize_t n;

	(void)poll(&p, 1, expected ? 5000 : 20);
	n = read(master, b, sizeof(b));
	if (n < 0)
		printf("%s: %s\n", label, strerrorname_np(errno));
	else
		printf("%s: %zd \"%.*s\"\n", label, n, (int)n, b);
}

/* What FIONREAD says once it says what is wanted, or the last answer after 5 seconds. */
static int waiting(int fd, int wanted)
{
	int n = -1;

	for (int i = 0; i < 5000 && n != wanted; i++) {
		usleep(1000);
		CHECK_EQ(ioctl(fd, FIONREAD, &n), 0);
	}
	return n;
}

/* The host looks at what the master writes in a worker: until output is stopped, or goes on. */
static void until_output(int on)
{
	struct pollfd p = { slave, POLLOUT, 0 };

	for (int i = 0; i < 5000 && poll(&p, 1, 0) != on; i++)
		usleep(1000);
}

int main(void)
{
	struct termios t;

	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	CHECK_EQ(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK);
	CHECK_EQ(tcgetattr(slave, &t), 0);
	t.c_lflag &= ~(tcflag_t)(ECHO | ICANON);
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(write(master, "\023", 1), 1);
	until_output(0);
	result("write while stopped", write(slave, "abc", 3));
	master_reads("stopped", 0);
	CHECK_EQ(write(master, "\021", 1), 1);
	until_output(1);
	report("write after ^Q", write(slave, "abc", 3));
	master_reads("started", 1);
	printf("input: %d\n", waiting(slave, 0));
	t.c_iflag |= IXANY;
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	CHECK_EQ(write(master, "\023", 1), 1);
	until_output(0);
	CHECK_EQ(write(master, "z", 1), 1);
	until_output(1);
	report("write after any key", write(slave, "def", 3));
	master_reads("any", 1);
	printf("input: %d\n", waiting(slave, 1));
	result("tcflow off", tcflow(slave, TCOOFF));
	result("write", write(slave, "ghi", 3));
	result("tcflow on", tcflow(slave, TCOON));
	report("write", write(slave, "ghi", 3));
	master_reads("tcflow", 1);
	CHECK_EQ(write(master, "12345", 5), 5);
	printf("before the flush: %d\n", waiting(slave, 6));
	result("flush input", tcflush(slave, TCIFLUSH));
	printf("after: %d\n", waiting(slave, 0));
	CHECK_EQ(write(slave, "out", 3), 3);
	printf("master has: %d\n", waiting(master, 3));
	result("bad queue", tcflush(slave, 9));
	result("bad action", tcflow(slave, 9));
	result("drain", tcdrain(slave));
	result("break", tcsendbreak(slave, 0));
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* The window size belongs to the pair; a change sends SIGWINCH to the foreground group, no change does not. */
#include <sys/ioctl.h>

#include "guest_helpers.h"

static int master, slave;
static volatile sig_atomic_t winches;

static void winch(int s)
{
	winches++;
}

static void show(const char *label, int fd)
{
	struct winsize w;

	CHECK_EQ(ioctl(fd, TIOCGWINSZ, &w), 0);
	printf("%s: %u rows %u columns %u %u\n", label, w.ws_row, w.ws_col, w.ws_xpixel,
	       w.ws_ypixel);
}

static void session(void)
{
	struct winsize w = { 24, 80, 640, 480 };

	CHECK(setsid() > 0);
	CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
	catch_signal(SIGWINCH, winch, 0);
	show("at first", slave);
	CHECK_EQ(ioctl(master, TIOCSWINSZ, &w), 0);
	printf("signals %d\n", (int)winches);
	show("slave", slave);
	CHECK_EQ(ioctl(slave, TIOCSWINSZ, &w), 0);
	printf("same again %d\n", (int)winches);
	w.ws_row = 50;
	CHECK_EQ(ioctl(slave, TIOCSWINSZ, &w), 0);
	printf("from the slave %d\n", (int)winches);
	show("master", master);
	w.ws_ypixel = 7;
	CHECK_EQ(ioctl(master, TIOCSWINSZ, &w), 0);
	printf("pixels only %d\n", (int)winches);
	result("bad pointer", ioctl(master, TIOCSWINSZ, (void *)16));
}

int main(void)
{
	int p[2];

	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK_EQ(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	run_child("session", session);
	CHECK_EQ(pipe(p), 0);
	result("of a pipe", ioctl(p[0], TIOCGWINSZ, p));
	return 0;
}

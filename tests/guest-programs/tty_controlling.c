// SPDX-License-Identifier: GPL-2.0-or-later
/* How a terminal becomes the controlling one, who may take it, /dev/tty, TIOCNOTTY, and what the end of the session leader does. */
#include <sys/ioctl.h>
#include <termios.h>

#include "guest_helpers.h"

static int master, slave;
static char name[64];

static void dev_tty(const char *label)
{
	int fd = open("/dev/tty", O_RDWR);

	result(label, fd);
	if (fd >= 0)
		close(fd);
}

static void by_open(void)
{
	int fd;

	CHECK(setsid() > 0);
	dev_tty("/dev/tty without one");
	fd = open(name, O_RDWR | O_NOCTTY);
	dev_tty("after O_NOCTTY");
	close(fd);
	fd = open(name, O_RDWR);
	dev_tty("after open");
	printf("session %d group %d\n", tcgetsid(fd) == getpid(), tcgetpgrp(fd) == getpgrp());
	if (fork() == 0) {
		printf("child of the session: ");
		fflush(stdout);
		dev_tty("/dev/tty");
		result("child gives it up", ioctl(fd, TIOCNOTTY));
		dev_tty("child afterwards");
		result("child takes it", ioctl(fd, TIOCSCTTY, 0));
		_exit(0);
	}
	wait(NULL);
	dev_tty("leader still has it");
	result("take it again", ioctl(fd, TIOCSCTTY, 0));
	if (fork() == 0) {
		CHECK(setsid() > 0);
		result("another session takes it", ioctl(fd, TIOCSCTTY, 0));
		result("asks its group", tcgetpgrp(fd));
		result("asks its session", tcgetsid(fd));
		result("sets its group", tcsetpgrp(fd, getpgrp()));
		result("steals it", ioctl(fd, TIOCSCTTY, 1));
		dev_tty("thief");
		_exit(0);
	}
	wait(NULL);
	dev_tty("leader after the theft");
}

static void gives_up(void)
{
	CHECK(setsid() > 0);
	CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
	signal(SIGHUP, SIG_IGN);
	result("TIOCNOTTY", ioctl(slave, TIOCNOTTY));
	dev_tty("after");
	result("TIOCNOTTY again", ioctl(slave, TIOCNOTTY));
	result("tcsetpgrp", tcsetpgrp(slave, getpgrp()));
}

static void hung_up(int s)
{
	printf("foreground got SIGHUP\n");
	_exit(2);
}

static void leader_ends(void)
{
	int p[2];
	char b;

	CHECK(setsid() > 0);
	CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
	CHECK_EQ(pipe(p), 0);
	if (fork() == 0) {
		catch_signal(SIGHUP, hung_up, 0);
		(void)!write(p[1], "x", 1);
		for (;;)
			pause();
	}
	(void)!read(p[0], &b, 1);
}

int main(void)
{
	int status, q[2];
	char b;

	master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK_EQ(unlockpt(master), 0);
	CHECK_EQ(ptsname_r(master, name, sizeof(name)), 0);
	slave = open(name, O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	result("not a leader", ioctl(slave, TIOCGSID, &status));
	run_child("by open", by_open);
	run_child("gives up", gives_up);
	CHECK_EQ(pipe(q), 0);
	spawn(leader_ends);
	close(q[1]);
	wait(&status);
	(void)!read(q[0], &b, 1); /* until the orphan has printed and gone */
	show_status("leader", status);
	return 0;
}

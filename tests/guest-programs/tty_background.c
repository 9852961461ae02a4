// SPDX-License-Identifier: GPL-2.0-or-later
/* A background group at its terminal: SIGTTIN on reads, SIGTTOU on writes with TOSTOP and on changes; EIO if ignored, blocked or orphaned. */
#include <sys/ioctl.h>
#include <termios.h>

#include "guest_helpers.h"

static int slave, p[2];

static void reads(void)
{
	char b;

	setpgid(0, 0);
	result("read", read(slave, &b, 1));
}

static void reads_ignoring(void)
{
	signal(SIGTTIN, SIG_IGN);
	reads();
}

static void reads_blocking(void)
{
	block_signal(SIG_BLOCK, SIGTTIN);
	reads();
}

static void writes(void)
{
	setpgid(0, 0);
	result("write", write(slave, "x", 1));
}

static void writes_ignoring(void)
{
	signal(SIGTTOU, SIG_IGN);
	writes();
}

static void changes(void)
{
	struct termios t;

	setpgid(0, 0);
	result("tcgetattr", tcgetattr(slave, &t));
	result("tcsetattr", tcsetattr(slave, TCSANOW, &t));
}

static void changes_blocking(void)
{
	block_signal(SIG_BLOCK, SIGTTOU);
	changes();
}

static void takes_foreground(void)
{
	setpgid(0, 0);
	result("tcsetpgrp", tcsetpgrp(slave, getpgrp()));
}

static void stops(const char *label, void (*fn)(void))
{
	pid_t pid = spawn(fn);
	int status;

	CHECK_EQ(waitpid(pid, &status, WUNTRACED), pid);
	show_status(label, status);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
}

static void session(void)
{
	struct termios t;
	pid_t pid;
	char b;

	CHECK(setsid() > 0);
	CHECK_EQ(ioctl(slave, TIOCSCTTY, 0), 0);
	stops("read", reads);
	stops("read, SIGTTIN ignored", reads_ignoring);
	stops("read, SIGTTIN blocked", reads_blocking);
	stops("write", writes);
	CHECK_EQ(tcgetattr(slave, &t), 0);
	t.c_lflag |= TOSTOP;
	CHECK_EQ(tcsetattr(slave, TCSANOW, &t), 0);
	stops("write with TOSTOP", writes);
	stops("write with TOSTOP, SIGTTOU ignored", writes_ignoring);
	stops("change", changes);
	stops("change, SIGTTOU blocked", changes_blocking);
	stops("take the foreground", takes_foreground);
	/* An orphaned group: its leader's parent is in another session. */
	pid = fork();
	if (pid == 0) {
		pid_t was = getpid();

		setpgid(0, 0);
		if (fork() == 0) {
			char b;

			while (getppid() == was)
				usleep(500);
			result("orphaned read", read(slave, &b, 1));
			result("orphaned write with TOSTOP", write(slave, "x", 1));
			(void)!write(p[1], "x", 1);
			_exit(0);
		}
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	(void)!read(p[0], &b, 1); /* the end of this leader would hang the terminal up */
}

int main(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY);

	CHECK(master >= 0);
	CHECK_EQ(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY);
	CHECK(slave >= 0);
	CHECK_EQ(pipe(p), 0);
	slave = dup2(slave, 20);
	CHECK_EQ(dup2(master, 21), 21);
	run_child("session", session);
	return 0;
}

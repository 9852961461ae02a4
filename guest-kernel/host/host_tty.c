// SPDX-License-Identifier: GPL-2.0-or-later
/* Terminals of the host. What was changed is remembered in one table, so that one call puts all back. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "host/host_tty.h"

#define SAVED_MAX 80

static struct {
	int fd;
	struct termios settings;
} saved[SAVED_MAX];
static unsigned int n_saved;

void (*host_tty_at_end)(void);

int host_console_dup(int fd, bool for_writing)
{
	int mode = fcntl(fd, F_GETFL), want = for_writing ? O_WRONLY : O_RDONLY, copy, r;
	unsigned int number;
	struct stat st;
	char path[40];

	if (mode < 0 || fstat(fd, &st) < 0)
		return -errno;
	if ((mode & O_ACCMODE) != O_RDWR && (mode & O_ACCMODE) != want)
		return -EBADF;
	/* Opening a pty master anew would make another pty. */
	if (ioctl(fd, TIOCGPTN, &number) == 0)
		goto duplicate;
	/* A regular file keeps its open file, whose position and O_APPEND matter. */
	if (S_ISREG(st.st_mode)) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		return copy < 0 ? -errno : copy;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	copy = open(path, want | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (copy >= 0)
		return copy;
duplicate:
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	if (fcntl(copy, F_SETFL, mode | O_NONBLOCK) < 0) {
		r = -errno;
		(void)close(copy);
		return r;
	}
	return copy;
}

int host_console_open(const char *path)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int host_console_pty(int *ret_master, int *ret_slave, char *name, size_t len)
{
	int m = posix_openpt(O_RDWR | O_NOCTTY), s = -1, r;

	if (m < 0)
		return -errno;
	if (grantpt(m) < 0 || unlockpt(m) < 0)
		goto fail;
	r = ptsname_r(m, name, len);
	if (r != 0) {
		errno = r;
		goto fail;
	}
	s = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s < 0 || fcntl(m, F_SETFL, O_RDWR | O_NONBLOCK) < 0 ||
	    fcntl(m, F_SETFD, FD_CLOEXEC) < 0)
		goto fail;
	*ret_master = m;
	*ret_slave = s;
	return 0;
fail:
	r = -errno;
	if (s >= 0)
		(void)close(s);
	(void)close(m);
	return r;
}

bool host_is_tty(int fd)
{
	return isatty(fd) == 1;
}

/* Set settings even if we are in the background: the terminal is the guest's. */
static void set_quietly(int fd, const struct termios *t)
{
	sigset_t ttou, old;

	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU);
	(void)pthread_sigmask(SIG_BLOCK, &ttou, &old);
	(void)tcsetattr(fd, TCSANOW, t);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
}

void host_tty_raw(int fd)
{
	struct termios t;

	if (n_saved == SAVED_MAX || tcgetattr(fd, &t) < 0)
		return;
	/* The second descriptor of a terminal that is raw already: its first settings are the ones to go back to. */
	saved[n_saved].fd = fd;
	saved[n_saved].settings = t;
	n_saved++;
	cfmakeraw(&t);
	set_quietly(fd, &t);
}

void host_tty_restore(void)
{
	static uint32_t done;

	if (__atomic_exchange_n(&done, 1, __ATOMIC_SEQ_CST))
		return;
	if (host_tty_at_end)
		host_tty_at_end();
	/* In reverse: what was saved first is what is left at the end. */
	while (n_saved > 0) {
		n_saved--;
		set_quietly(saved[n_saved].fd, &saved[n_saved].settings);
	}
}

int host_tty_size(int fd, struct host_window *ret)
{
	struct winsize w;

	if (ioctl(fd, TIOCGWINSZ, &w) < 0)
		return -errno;
	*ret = (struct host_window){ w.ws_row, w.ws_col, w.ws_xpixel, w.ws_ypixel };
	return 0;
}

int host_tty_winch_fd(int tty_fd)
{
	static int fd = -1;
	sigset_t set;

	if (tcgetsid(tty_fd) < 0) {
		/* Nobody's terminal, as far as we can see (a pty whose other end is a monitor): make it ours. Fails harmlessly if it is somebody's. */
		(void)signal(SIGHUP, SIG_IGN);
		if (setsid() >= 0 || getsid(0) == getpid())
			(void)ioctl(tty_fd, TIOCSCTTY, 0);
	}
	if (fd >= 0)
		return fd;
	sigemptyset(&set);
	sigaddset(&set, SIGWINCH);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

bool host_wait_writable(int fd, int ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };

	return poll(&p, 1, ms) == 1 && (p.revents & POLLOUT);
}

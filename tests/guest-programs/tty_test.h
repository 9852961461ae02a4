/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the tty_ programs share: a pair of ends, and text with its control characters shown. */
#ifndef TTY_TEST_H
#define TTY_TEST_H

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>

#include "guest_test.h"

struct pair {
	int master, slave;
	char name[64];
};

/* The slave of the newest pair. */
static int newest_slave = -1;

static inline void pair_open(struct pair *p)
{
	p->master = posix_openpt(O_RDWR | O_NOCTTY);
	CHECK(p->master >= 0);
	CHECK_EQ(grantpt(p->master), 0);
	CHECK_EQ(unlockpt(p->master), 0);
	CHECK_EQ(ptsname_r(p->master, p->name, sizeof(p->name)), 0);
	p->slave = open(p->name, O_RDWR | O_NOCTTY);
	CHECK(p->slave >= 0);
	newest_slave = p->slave;
}

/* Print n bytes (or the error) so that every one can be seen. */
static inline void show(const char *label, const char *b, long n)
{
	if (n < 0) {
		report(label, n);
		return;
	}
	printf("%s: %ld \"", label, n);
	for (long i = 0; i < n; i++) {
		unsigned char c = (unsigned char)b[i];

		if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
	printf("\"\n");
}

static inline void show_read(const char *label, int fd, size_t len)
{
	char b[8192];
	ssize_t n = read(fd, b, len < sizeof(b) ? len : sizeof(b));

	show(label, b, n);
}

/* All that is there within a short while. */
static inline void show_all(const char *label, int fd)
{
	char b[8192];
	ssize_t n = 0;

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t r;

		if (poll(&p, 1, 200) <= 0 || !(p.revents & POLLIN))
			break;
		r = read(fd, b + n, sizeof(b) - (size_t)n);
		if (r <= 0)
			break;
		n += r;
	}
	show(label, b, n);
}

static inline void type(int fd, const char *text)
{
	struct pollfd p = { .fd = newest_slave, .events = POLLIN };

	CHECK_EQ(write(fd, text, strlen(text)), strlen(text));
	/* Linux passes it on in a worker, however late that is on a busy host; a poll of the side that reads waits for it. */
	(void)poll(&p, 1, 0);
}

/* Let the other side's line discipline see what was written. */
static inline void settle(void)
{
	usleep(30000);
}

#endif

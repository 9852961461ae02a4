// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Does the line discipline do what the host's does? The same settings, input, output and reads go to a pty of the host and to a struct tty
 * whose driver is a buffer; echoes, what is read, and the counts of FIONREAD must be the same. Random, from a seed: test_tty_oracle [SEED [CASES]].
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi/abi_tty.h"
#include "core/big_lock.h"
#include "drivers/tty.h"
#include "vfs/vfs.h"

/* Their headers have the names of abi_tty.h and abi_stat.h. */
int ioctl(int fd, unsigned long request, ...);
int open(const char *path, int flags, ...);

#define O_RDWR	   2
#define O_NOCTTY   0400
#define O_NONBLOCK 04000

static uint8_t sent[1 << 20];
static size_t n_sent;
static char story[1 << 16];
static size_t story_len;

static size_t sink_write(struct tty *tty, const uint8_t *buf, size_t n)
{
	(void)tty;
	memcpy(sent + n_sent, buf, n);
	n_sent += n;
	return n;
}

static size_t sink_room(struct tty *tty)
{
	(void)tty;
	return 8192;
}

static const struct tty_driver sink = { .write = sink_write, .room = sink_room };

#define TELL(...)                       \
	(story_len += (size_t)snprintf( \
		 story + story_len, sizeof(story) - story_len - 1 > 200 ? 200 : 1, __VA_ARGS__))

static unsigned int pick(unsigned int n)
{
	return (unsigned int)random() % n;
}

static void tell_bytes(const char *what, const uint8_t *b, size_t n)
{
	TELL("%s:", what);
	for (size_t i = 0; i < n && i < 60; i++)
		TELL(" %02x", b[i]);
	TELL("\n");
}

static void random_settings(struct abi_termios *t)
{
	static const uint32_t in[] = { ISTRIP, INLCR, IGNCR, ICRNL, IUCLC, IXANY, IUTF8, PARMRK };
	static const uint32_t out[] = { OLCUC, ONLCR, OCRNL, ONOCR, ONLRET, XTABS };
	static const uint32_t local[] = { ISIG,	  ECHO,	   ECHOE,   ECHOK,  ECHONL,
					  NOFLSH, ECHOCTL, ECHOPRT, ECHOKE, IEXTEN };

	t->iflag = t->oflag = t->lflag = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(in); i++)
		t->iflag |= pick(4) == 0 ? in[i] : 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(out); i++)
		t->oflag |= pick(4) == 0 ? out[i] : 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(local); i++)
		t->lflag |= pick(2) ? local[i] : 0;
	t->lflag |= pick(3) ? ICANON : 0;
	t->oflag |= pick(3) ? OPOST : 0;
	if (pick(4) == 0)
		t->cc[VEOL] = '!';
	if (pick(4) == 0)
		t->cc[VEOL2] = '?';
	t->cc[VMIN] = pick(2) ? 1 : 0;
	t->cc[VTIME] = 0;
}

static size_t random_input(uint8_t *b)
{
	static const uint8_t special[] = { 3,	 034,  0177, 025,  4,	 032,  022,  017,
					   027,	 026,  '\r', '\n', '\t', '\n', 'a',  ' ',
					   0xc3, 0xa9, 0xff, '!',  '?',	 8,    'Q',  '_',
					   4,	 0177, 0,    7,	   'x',	 '\t', 0xe2, 0x82,
					   0xac, 027,  025,  'm',  0x90, 0177, '\n', ' ' };
	size_t n = 1 + pick(40);

	for (size_t i = 0; i < n; i++)
		b[i] = special[pick(sizeof(special))];
	return n;
}

/* All that comes from the host's master; waits until it is quiet. */
static size_t host_output(int master, uint8_t *b, size_t len, size_t expected)
{
	size_t n = 0;

	for (int quiet = 0; quiet < 2;) {
		struct pollfd p = { .fd = master, .events = POLLIN };
		ssize_t r;

		if (poll(&p, 1, n >= expected ? 1 : 250) <= 0) {
			quiet++;
			continue;
		}
		r = read(master, b + n, len - n);
		if (r <= 0)
			break;
		n += (size_t)r;
	}
	return n;
}

/* Poll waits for the host's line discipline where there is nothing to read yet; where there is, only time helps. */
static void host_settle(int slave)
{
	struct pollfd p = { .fd = slave, .events = POLLIN };

	(void)poll(&p, 1, 0);
	usleep(2000);
}

static void differ(const char *what, const uint8_t *ours, ssize_t n_ours, const uint8_t *theirs,
		   ssize_t n_theirs)
{
	printf("%s\n%s differs: ours %zd:", story, what, n_ours);
	for (ssize_t i = 0; i < n_ours; i++)
		printf(" %02x", ours[i]);
	printf("\nthe host's %zd:", n_theirs);
	for (ssize_t i = 0; i < n_theirs; i++)
		printf(" %02x", theirs[i]);
	printf("\n");
	exit(1);
}

static void compare_output(int master)
{
	static uint8_t theirs[1 << 16];
	size_t n = host_output(master, theirs, sizeof(theirs), n_sent);

	if (n != n_sent || memcmp(theirs, sent, n) != 0)
		differ("output", sent, (ssize_t)n_sent, theirs, (ssize_t)n);
	n_sent = 0;
}

static void compare_read(struct tty *tty, struct tty_file *tf, struct file *f, int slave)
{
	uint8_t ours[256], theirs[256];
	size_t want = 1 + pick(pick(2) ? 8 : 200);
	ssize_t a = tty_read_in(tty, tf, f, ours, want), b = read(slave, theirs, want);

	if (b < 0)
		b = -errno;
	TELL("read %zu: %zd\n", want, b);
	if (a != b || (a > 0 && memcmp(ours, theirs, (size_t)a) != 0))
		differ("read", ours, a, theirs, b);
}

static void one_case(unsigned int seed)
{
	struct tty_file tf = { 0 };
	struct file f = { .flags = O_RDWR | O_NONBLOCK };
	struct tty *tty = tty_alloc(&sink, "test", 0);
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), slave;
	unsigned int steps = 3 + pick(12);

	TELL("seed %u\n", seed);
	if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0)
		exit(77);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK);
	tty->termios.cflag = B38400 | CS8 | CREAD;
	tf.tty = tty;
	tf.file = &f;
	n_sent = 0;
	while (steps-- > 0) {
		uint8_t b[64];
		struct abi_termios t = tty->termios;
		int count;
		size_t n;

		switch (pick(5)) {
		case 0:
			random_settings(&t);
			TELL("settings i %o o %o l %o eol %d eol2 %d min %d\n", t.iflag, t.oflag,
			     t.lflag, t.cc[VEOL], t.cc[VEOL2], t.cc[VMIN]);
			tty_set_termios(tty, &t);
			if (ioctl(slave, TCSETS2, &t) < 0)
				exit(77);
			break;
		case 1:
		case 2:
			n = random_input(b);
			tell_bytes("input", b, n);
			(void)tty_insert(tty, b, n);
			if (write(master, b, n) != (ssize_t)n)
				exit(77);
			host_settle(slave);
			break;
		case 3:
			n = random_input(b);
			tell_bytes("output", b, n);
			(void)!tty_write_out(tty, &tf, &f, b, n);
			if (write(slave, b, n) != (ssize_t)n)
				exit(77);
			break;
		default:
			compare_read(tty, &tf, &f, slave);
			break;
		}
		compare_output(master);
		/* The host's line discipline works behind its writers' backs: give it time. */
		for (int i = 0; i < 200; i++) {
			if (ioctl(slave, FIONREAD, &count) < 0 ||
			    (size_t)count == tty_input_bytes(tty))
				break;
			usleep(2000);
		}
		if ((size_t)count != tty_input_bytes(tty)) {
			printf("%sseed %u: FIONREAD: ours %zu, the host's %d\n", story, seed,
			       tty_input_bytes(tty), count);
			exit(1);
		}
	}
	(void)close(slave);
	(void)close(master);
	tty_put(tty);
}

int main(int argc, char **argv)
{
	unsigned int seed = argc > 1 ? (unsigned int)atoi(argv[1]) : 1;
	unsigned int cases = argc > 2 ? (unsigned int)atoi(argv[2]) : 200;

	big_lock_take();
	for (unsigned int i = 0; i < cases; i++) {
		srandom(seed + i);
		story_len = 0;
		one_case(seed + i);
	}
	printf("%u cases alike\n", cases);
	return 0;
}

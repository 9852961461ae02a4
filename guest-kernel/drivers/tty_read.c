// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading from a terminal: one line at most in canonical mode; otherwise as VMIN and VTIME say. A pty master in packet mode gets a status byte
 * in front. Also what poll and FIONREAD answer.
 */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_poll.h"
#include "core/sched.h"
#include "drivers/tty.h"
#include "host/host_clock.h"
#include "lib/string.h"
#include "vfs/vfs.h"

#define EOF_BYTE	0
#define NSEC_PER_TENTH	(100 * NSEC_PER_MSEC)
#define OUTPUT_LOW_MARK 256 /* fewer unsent bytes than this make a terminal writable */

bool tty_input_ready(const struct tty *tty, bool poll)
{
	size_t want = 1;

	if (tty_lflag(tty, ICANON) && !tty_lflag(tty, EXTPROC))
		return tty->canon_head != tty->tail;
	if (poll && tty->termios.cc[VTIME] == 0 && tty->termios.cc[VMIN] > 0)
		want = tty->termios.cc[VMIN];
	return tty_used(tty) >= want;
}

static bool packet_pending(const struct tty *tty)
{
	return tty->packet && tty->link->packet_status != 0;
}

static bool take_eof(struct tty *tty)
{
	if (tty->tail == tty->canon_head || !tty_marked(tty, tty->tail) ||
	    tty_at(tty, tty->tail) != EOF_BYTE)
		return false;
	tty_mark(tty, tty->tail, false);
	tty->tail++;
	return true;
}

/* Up to n bytes of one line. *ret_end: the line has been taken to its end. */
static size_t take_line(struct tty *tty, uint8_t *buf, size_t n, bool *ret_end)
{
	size_t done = 0;

	*ret_end = false;
	while (done < n && tty->tail != tty->canon_head) {
		bool mark = tty_marked(tty, tty->tail);
		uint8_t c = tty_at(tty, tty->tail);

		tty_mark(tty, tty->tail, false);
		tty->tail++;
		if (!mark || c != EOF_BYTE)
			buf[done++] = c;
		if (!mark)
			continue;
		*ret_end = true;
		tty->push = false;
		return done;
	}
	/* The caller's buffer is full and only an end of file is left of this line: it goes too, or it would end the next read. */
	if (done == n && n > 0)
		*ret_end = take_eof(tty);
	return done;
}

static size_t take_bytes(struct tty *tty, uint8_t *buf, size_t n)
{
	n = MIN(n, tty_used(tty));
	for (size_t i = 0; i < n; i++)
		buf[i] = tty_at(tty, tty->tail++);
	if (!tty_lflag(tty, ICANON))
		tty->canon_head = tty->tail;
	return n;
}

/* Room was made: take what waits in the queue, and let the other side send more. */
static void made_room(struct tty *tty)
{
	size_t before = tty_insert_room(tty);

	tty_input_run(tty);
	if (tty->driver->input_room && (before < TTY_QUEUE || tty_insert_room(tty) == TTY_QUEUE))
		tty->driver->input_room(tty);
}

struct read_state {
	size_t done, minimum;
	uint64_t byte_ns; /* VTIME between bytes, 0: none */
	uint64_t deadline;
	bool no_wait;
};

static void read_begin(struct read_state *s, const struct tty *tty)
{
	uint64_t ns = tty->termios.cc[VTIME] * NSEC_PER_TENTH;

	*s = (struct read_state){ .minimum = 1, .deadline = NO_DEADLINE };
	if (tty_lflag(tty, ICANON))
		return;
	if (tty->termios.cc[VMIN] > 0) {
		s->minimum = tty->termios.cc[VMIN];
		s->byte_ns = ns;
	} else if (ns > 0) {
		s->deadline = host_monotonic_ns() + ns;
	} else {
		s->no_wait = true;
	}
}

/* Wait for input. 0: look again, 1: end the read with what there is, or -errno. */
static int read_wait(struct tty *tty, struct tty_file *tf, const struct file *f,
		     struct read_state *s)
{
	int r;

	if (tf->hung_up)
		return 1;
	if (tty->other_closed)
		return -EIO;
	if (s->no_wait)
		return 1;
	if (f->flags & O_NONBLOCK)
		return -EAGAIN;
	r = wait_queue_sleep(&tty->wait, s->deadline, WAIT_INTERRUPTIBLE);
	return r == -ETIMEDOUT ? 1 : r;
}

static ssize_t take_packet_status(struct tty *tty, uint8_t *buf)
{
	buf[0] = tty->link->packet_status;
	tty->link->packet_status = 0;
	return 1;
}

ssize_t tty_read_in(struct tty *tty, struct tty_file *tf, struct file *f, uint8_t *buf, size_t n)
{
	struct read_state s;
	int r = sleep_lock_try(&tty->read_lock) ? 0
		: f->flags & O_NONBLOCK		? -EAGAIN
						: sleep_lock_take_interruptible(&tty->read_lock);

	if (r < 0)
		return r;
	read_begin(&s, tty);
	while (s.done < n) {
		bool end = false;

		if (packet_pending(tty)) {
			if (s.done == 0)
				s.done = (size_t)take_packet_status(tty, buf);
			break;
		}
		if (!tty_input_ready(tty, false)) {
			r = read_wait(tty, tf, f, &s);
			if (r != 0)
				break;
			continue;
		}
		if (tty_lflag(tty, ICANON) && !tty_lflag(tty, EXTPROC)) {
			s.done += take_line(tty, buf + s.done, n - s.done, &end);
			made_room(tty);
			break; /* a line, or as much of it as was asked for */
		}
		if (tty->packet && s.done == 0)
			buf[s.done++] = TIOCPKT_DATA;
		s.done += take_bytes(tty, buf + s.done, n - s.done);
		made_room(tty);
		if (s.done >= s.minimum)
			break;
		if (s.byte_ns)
			s.deadline = host_monotonic_ns() + s.byte_ns;
	}
	sleep_lock_release(&tty->read_lock);
	return s.done > 0 || r >= 0 ? (ssize_t)s.done : r;
}

size_t tty_input_bytes(const struct tty *tty)
{
	size_t n = 0;

	if (!tty_lflag(tty, ICANON) || tty_lflag(tty, EXTPROC))
		return tty_used(tty);
	for (size_t i = tty->tail; i != tty->canon_head; i++)
		if (!tty_marked(tty, i) || tty_at(tty, i) != EOF_BYTE)
			n++;
	return n;
}

uint32_t tty_poll_now(struct tty *tty)
{
	uint32_t m = 0;

	if (tty_input_ready(tty, true))
		m |= POLLIN | POLLRDNORM;
	if (packet_pending(tty))
		m |= POLLPRI | POLLIN | POLLRDNORM;
	if (tty->other_closed)
		m |= POLLHUP;
	if (!tty->write_lock.owner && tty_queued(tty) < OUTPUT_LOW_MARK && !tty->stopped &&
	    tty->driver->room(tty) > 0)
		m |= POLLOUT | POLLWRNORM;
	return m;
}

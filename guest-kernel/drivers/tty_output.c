// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What leaves a terminal: output processing (OPOST and its flags), flow control, and the queue of echoes. Echoes wait there as operations, since
 * the column they begin in is known only when they are let out: at the end of a batch of input, or before the next write.
 */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "core/sched.h"
#include "drivers/tty.h"
#include "lib/string.h"
#include "vfs/vfs.h"

#define OPOST_MAX 8 /* bytes that one character may become: a tab */

static size_t driver_room(struct tty *tty)
{
	return tty->stopped ? 0 : tty->driver->room(tty);
}

static size_t emit_tab(struct tty *tty, uint8_t *out)
{
	unsigned int n = 8 - (tty->column & 7);

	tty->column += n;
	if ((tty->termios.oflag & TABDLY) != XTABS) {
		out[0] = '\t';
		return 1;
	}
	memset(out, ' ', n);
	return n;
}

/* What a character becomes; the columns follow. */
static size_t output_process(struct tty *tty, uint8_t c, uint8_t *out)
{
	switch (c) {
	case '\n':
		if (tty_oflag(tty, ONLRET))
			tty->column = 0;
		if (tty_oflag(tty, ONLCR)) {
			tty->canon_column = tty->column = 0;
			out[0] = '\r';
			out[1] = '\n';
			return 2;
		}
		tty->canon_column = tty->column;
		break;
	case '\r':
		if (tty_oflag(tty, ONOCR) && tty->column == 0)
			return 0;
		if (tty_oflag(tty, OCRNL)) {
			c = '\n';
			if (tty_oflag(tty, ONLRET))
				tty->canon_column = tty->column = 0;
			break;
		}
		tty->canon_column = tty->column = 0;
		break;
	case '\t':
		return emit_tab(tty, out);
	case '\b':
		if (tty->column > 0)
			tty->column--;
		break;
	default:
		if (tty_is_control(c))
			break;
		if (tty_oflag(tty, OLCUC) && tty_is_lower(c))
			c = (uint8_t)(c - 0x20);
		if (!tty_is_continuation(tty, c))
			tty->column++;
		break;
	}
	out[0] = c;
	return 1;
}

/* Write as much as the driver takes; returns how many bytes of buf that were. */
static size_t write_some(struct tty *tty, const uint8_t *buf, size_t n)
{
	uint8_t out[512];
	size_t room = MIN(driver_room(tty), sizeof(out)), used = 0, i = 0;

	if (!tty_oflag(tty, OPOST))
		return tty->stopped ? 0 : tty->driver->write(tty, buf, n);
	while (i < n && used + OPOST_MAX <= room)
		used += output_process(tty, buf[i++], out + used);
	/* Near the end of the room only characters that surely fit. */
	while (i < n && used + 2 <= room && buf[i] != '\t')
		used += output_process(tty, buf[i++], out + used);
	if (used > 0)
		(void)!tty->driver->write(tty, out, used);
	return i;
}

/* --- echo --------------------------------------------------------------------------------------- */

/* What waits in the queue: an operation in the high byte, its operand in the low one. */
enum echo_op {
	ECHO_OP_RAW,   /* a character through output processing */
	ECHO_OP_CARET, /* a control character as ^X */
	ECHO_OP_BACK,  /* the last character takes no column */
	ECHO_OP_CANON, /* a line's own text begins here */
	ECHO_OP_TAB, /* go back over a tab; operand: columns since the tab before it, bit 3: there is one */
};

static void echo_put(struct tty *tty, enum echo_op op, uint8_t operand)
{
	if (tty->echo_head - tty->echo_tail < TTY_ECHO)
		tty->echo[tty->echo_head++ % TTY_ECHO] = (uint16_t)(op << 8 | operand);
}

void tty_echo_raw(struct tty *tty, uint8_t c)
{
	echo_put(tty, ECHO_OP_RAW, c);
}

void tty_echo(struct tty *tty, uint8_t c)
{
	if (tty_lflag(tty, ECHOCTL) && tty_is_control(c) && c != '\t')
		echo_put(tty, ECHO_OP_CARET, c);
	else
		echo_put(tty, ECHO_OP_RAW, c);
}

void tty_echo_back_column(struct tty *tty)
{
	echo_put(tty, ECHO_OP_BACK, 0);
}

void tty_echo_line_start(struct tty *tty)
{
	echo_put(tty, ECHO_OP_CANON, 0);
}

void tty_echo_erase_tab(struct tty *tty, unsigned int chars, bool after_tab)
{
	echo_put(tty, ECHO_OP_TAB, (uint8_t)((chars & 7) | (after_tab ? 8 : 0)));
}

static size_t process_raw(struct tty *tty, uint8_t c, uint8_t *out)
{
	/* 0xff is an escape in Linux' queue of echoes and is never processed. */
	if (c == 0xff)
		tty->column++;
	else if (tty_oflag(tty, OPOST))
		return output_process(tty, c, out);
	out[0] = c;
	return 1;
}

static size_t process_tab(struct tty *tty, uint8_t operand, uint8_t *out)
{
	unsigned int chars = operand & 7, n;

	if (!(operand & 8))
		chars += tty->canon_column;
	n = 8 - (chars & 7);
	for (unsigned int i = 0; i < n && tty->column > 0; i++)
		tty->column--;
	memset(out, '\b', n);
	return n;
}

static size_t echo_process(struct tty *tty, uint16_t entry, uint8_t *out)
{
	uint8_t c = (uint8_t)entry;

	switch ((enum echo_op)(entry >> 8)) {
	case ECHO_OP_RAW:
		return process_raw(tty, c, out);
	case ECHO_OP_CARET:
		out[0] = '^';
		out[1] = c ^ 0100;
		tty->column += 2;
		return 2;
	case ECHO_OP_BACK:
		if (tty->column > 0)
			tty->column--;
		return 0;
	case ECHO_OP_CANON:
		tty->canon_column = tty->column;
		return 0;
	case ECHO_OP_TAB:
		return process_tab(tty, c, out);
	}
	return 0;
}

void tty_echo_flush(struct tty *tty)
{
	while (tty->echo_tail != tty->echo_head && driver_room(tty) >= OPOST_MAX) {
		uint8_t out[OPOST_MAX];
		size_t n = echo_process(tty, tty->echo[tty->echo_tail++ % TTY_ECHO], out);

		if (n > 0)
			(void)!tty->driver->write(tty, out, n);
	}
}

/* --- flow --------------------------------------------------------------------------------------- */

void tty_stop(struct tty *tty)
{
	if (tty->stopped)
		return;
	tty->stopped = true;
	if (tty->driver->flow)
		tty->driver->flow(tty);
}

void tty_start(struct tty *tty)
{
	if (!tty->stopped || tty->tco_stopped)
		return;
	tty->stopped = false;
	if (tty->driver->flow)
		tty->driver->flow(tty);
	tty_output_room(tty);
}

void tty_output_room(struct tty *tty)
{
	tty_echo_flush(tty);
	if (driver_room(tty) > 0)
		wait_queue_wake_events(&tty->wait, POLLOUT | POLLWRNORM);
}

/* A flow control character goes out even while output is stopped. */
void tty_send_char(struct tty *tty, uint8_t c)
{
	if (c)
		(void)!tty->driver->write(tty, &c, 1);
}

void tty_flush_output(struct tty *tty)
{
	tty->echo_tail = tty->echo_head;
	if (tty->driver->flush_output)
		tty->driver->flush_output(tty);
	wait_queue_wake_events(&tty->wait, POLLOUT | POLLWRNORM);
}

size_t tty_queued(struct tty *tty)
{
	return tty->driver->queued ? tty->driver->queued(tty) : 0;
}

int tty_drain(struct tty *tty)
{
	while (tty_queued(tty) > 0) {
		int r = wait_queue_sleep(&tty->wait, NO_DEADLINE, WAIT_INTERRUPTIBLE);

		if (r < 0)
			return r;
	}
	return 0;
}

/* --- write -------------------------------------------------------------------------------------- */

/* The other end of a pty is gone. A master may write to a slave that nobody has open yet. */
static bool write_refused(const struct tty *tty, const struct tty_file *tf)
{
	return tf->hung_up || (tty->other_closed && !tty->driver->is_master);
}

ssize_t tty_write_out(struct tty *tty, struct tty_file *tf, struct file *f, const uint8_t *buf,
		      size_t n)
{
	size_t done = 0;
	int r = 0;

	tty_echo_flush(tty);
	while (done < n) {
		size_t k;

		if (write_refused(tty, tf)) {
			r = -EIO;
			break;
		}
		k = write_some(tty, buf + done, n - done);
		done += k;
		if (k > 0)
			continue;
		if (f->flags & O_NONBLOCK) {
			r = -EAGAIN;
			break;
		}
		r = wait_queue_sleep(&tty->wait, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			break;
	}
	return done > 0 ? (ssize_t)done : r;
}

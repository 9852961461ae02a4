// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What arrives at a terminal: the line discipline's input half. Bytes wait in tty->queue until the buffer has room; then each is
 * mapped, perhaps acted upon (signals, flow control, editing), echoed, and stored. A line is complete where a mark is set.
 */
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "drivers/tty.h"
#include "lib/string.h"

/* What stands in the buffer for the end-of-file character; the reader takes it away. */
#define EOF_BYTE 0

static void store(struct tty *tty, uint8_t c)
{
	tty->buf[tty->head % TTY_BUF] = c;
	tty_mark(tty, tty->head, false);
	tty->head++;
}

/*
 * Room for plain bytes; one slot stays free for the end of a line. A line that fills all of it loses what comes, but never its end:
 * each further byte takes the place of the last one.
 */
static size_t buffer_room(struct tty *tty)
{
	size_t room = TTY_BUF - tty_used(tty);

	if (tty_iflag(tty, PARMRK))
		room = (room + 2) / 3;
	room = room > 0 ? room - 1 : 0;
	if (room == 0 && tty_lflag(tty, ICANON) && tty->canon_head == tty->tail) {
		if (tty_used(tty) == TTY_BUF)
			tty->head--;
		return 1;
	}
	return room;
}

static void wake_reader(struct tty *tty)
{
	wait_queue_wake_events(&tty->wait, POLLIN | POLLRDNORM);
}

/* --- erasing ------------------------------------------------------------------------------------ */

static void finish_erasing(struct tty *tty)
{
	if (tty->erasing) {
		tty_echo_raw(tty, '/');
		tty->erasing = false;
	}
}

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || tty_is_lower(c) || tty_is_upper(c) || c == '_';
}

static void erase_tab(struct tty *tty)
{
	unsigned int chars = 0;
	bool after_tab = false;

	for (size_t i = tty->head; i != tty->canon_head;) {
		uint8_t c = tty_at(tty, --i);

		if (c == '\t') {
			after_tab = true;
			break;
		}
		if (tty_is_control(c))
			chars += tty_lflag(tty, ECHOCTL) ? 2 : 0;
		else if (!tty_is_continuation(tty, c))
			chars++;
	}
	tty_echo_erase_tab(tty, chars, after_tab);
}

static void rub_out(struct tty *tty)
{
	tty_echo_raw(tty, '\b');
	tty_echo_raw(tty, ' ');
	tty_echo_raw(tty, '\b');
}

/* Show that the character at tty->head (n bytes) has gone. */
static void echo_erased(struct tty *tty, uint8_t c, size_t n, uint8_t by)
{
	if (tty_lflag(tty, ECHOPRT)) {
		if (!tty->erasing) {
			tty_echo_raw(tty, '\\');
			tty->erasing = true;
		}
		tty_echo(tty, c);
		for (size_t i = 1; i < n; i++) {
			tty_echo_raw(tty, tty_at(tty, tty->head + i));
			tty_echo_back_column(tty);
		}
	} else if (tty_is_cc(tty, VERASE, by) && !tty_lflag(tty, ECHOE)) {
		tty_echo(tty, by);
	} else if (c == '\t') {
		erase_tab(tty);
	} else {
		if (tty_is_control(c) && tty_lflag(tty, ECHOCTL))
			rub_out(tty);
		if (!tty_is_control(c) || tty_lflag(tty, ECHOCTL))
			rub_out(tty);
	}
}

static void erase_line_plain(struct tty *tty)
{
	tty->head = tty->canon_head;
	if (!tty_lflag(tty, ECHO))
		return;
	finish_erasing(tty);
	tty_echo(tty, tty->termios.cc[VKILL]);
	/* A newline if ECHOK; the line has been forgotten either way. */
	if (tty_lflag(tty, ECHOK))
		tty_echo_raw(tty, '\n');
}

/* Remove one character, a word, or the line that is being typed. */
static void erase(struct tty *tty, uint8_t by)
{
	bool one = tty_is_cc(tty, VERASE, by);
	bool word = !one && tty_is_cc(tty, VWERASE, by);
	bool seen_word = false;

	if (tty->head == tty->canon_head)
		return;
	if (!one && !word &&
	    (!tty_lflag(tty, ECHO) || !tty_lflag(tty, ECHOK) || !tty_lflag(tty, ECHOKE) ||
	     !tty_lflag(tty, ECHOE))) {
		erase_line_plain(tty);
		return;
	}
	while (tty->head != tty->canon_head) {
		size_t at = tty->head, n;
		uint8_t c;

		do {
			c = tty_at(tty, --at);
		} while (tty_is_continuation(tty, c) && at != tty->canon_head);
		if (tty_is_continuation(tty, c))
			break; /* only the end of a character is there: it belongs to nothing we could erase */
		if (word) {
			if (is_word(c))
				seen_word = true;
			else if (seen_word)
				break;
		}
		n = tty->head - at;
		tty->head = at;
		if (tty_lflag(tty, ECHO))
			echo_erased(tty, c, n, by);
		if (one)
			break;
	}
	if (tty->head == tty->canon_head && tty_lflag(tty, ECHO))
		finish_erasing(tty);
}

/* --- characters --------------------------------------------------------------------------------- */

/* is_return: it was a carriage return, whose newline is shown as one. */
static void echo_input(struct tty *tty, uint8_t c, bool is_return)
{
	if (!tty_lflag(tty, ECHO))
		return;
	finish_erasing(tty);
	if (c == '\n' && is_return) {
		tty_echo_raw(tty, c);
		return;
	}
	/* Where the line's own text begins on the screen, for erasing tabs. */
	if (tty->canon_head == tty->head)
		tty_echo_line_start(tty);
	tty_echo(tty, c);
}

static void take_plain(struct tty *tty, uint8_t c, bool is_return)
{
	echo_input(tty, c, is_return);
	if (c == 0xff && tty_iflag(tty, PARMRK))
		store(tty, c);
	store(tty, c);
}

static void line_end(struct tty *tty, uint8_t c)
{
	store(tty, c);
	tty_mark(tty, tty->head - 1, true);
	tty->canon_head = tty->head;
	wake_reader(tty);
}

static void packet_event(struct tty *tty, uint8_t status)
{
	struct tty *master = tty->link;

	if (!master || !master->packet)
		return;
	tty->packet_status |= status;
	wait_queue_wake_events(&master->wait, POLLIN | POLLRDNORM | POLLPRI);
}

static void forget_buffer(struct tty *tty)
{
	tty->head = tty->tail = tty->canon_head = 0;
	memset(tty->marks, 0, sizeof(tty->marks));
	tty->erasing = tty->lnext = tty->push = false;
	packet_event(tty, TIOCPKT_FLUSHREAD);
}

static void take_signal(struct tty *tty, int signo, uint8_t c)
{
	if (!tty_lflag(tty, NOFLSH)) {
		tty_flush_output(tty);
		forget_buffer(tty);
	}
	tty_signal(tty, signo);
	if (tty_iflag(tty, IXON))
		tty_start(tty);
	if (tty_lflag(tty, ECHO))
		tty_echo(tty, c);
}

static bool try_flow(struct tty *tty, uint8_t c)
{
	if (!tty_iflag(tty, IXON))
		return false;
	if (tty_is_cc(tty, VSTART, c)) {
		tty_start(tty);
		return true;
	}
	if (tty_is_cc(tty, VSTOP, c)) {
		tty_stop(tty);
		return true;
	}
	return false;
}

static bool try_signal(struct tty *tty, uint8_t c)
{
	int signo = 0;

	if (!tty_lflag(tty, ISIG))
		return false;
	if (tty_is_cc(tty, VINTR, c))
		signo = SIGINT;
	else if (tty_is_cc(tty, VQUIT, c))
		signo = SIGQUIT;
	else if (tty_is_cc(tty, VSUSP, c))
		signo = SIGTSTP;
	if (signo)
		take_signal(tty, signo, c);
	return signo != 0;
}

static void reprint(struct tty *tty, uint8_t c)
{
	finish_erasing(tty);
	tty_echo(tty, c);
	tty_echo_raw(tty, '\n');
	for (size_t i = tty->canon_head; i != tty->head; i++)
		tty_echo(tty, tty_at(tty, i));
}

static void literal_next(struct tty *tty)
{
	tty->lnext = true;
	if (!tty_lflag(tty, ECHO))
		return;
	finish_erasing(tty);
	if (tty_lflag(tty, ECHOCTL)) {
		tty_echo_raw(tty, '^');
		tty_echo_raw(tty, '\b');
	}
}

/* Editing and line ends in canonical mode. False: an ordinary character. */
static bool try_canonical(struct tty *tty, uint8_t c)
{
	bool extended = tty_lflag(tty, IEXTEN);

	if (tty_is_cc(tty, VERASE, c) || tty_is_cc(tty, VKILL, c) ||
	    (extended && tty_is_cc(tty, VWERASE, c))) {
		erase(tty, c);
	} else if (extended && tty_is_cc(tty, VLNEXT, c)) {
		literal_next(tty);
	} else if (extended && tty_lflag(tty, ECHO) && tty_is_cc(tty, VREPRINT, c)) {
		reprint(tty, c);
	} else if (c == '\n') {
		if (tty_lflag(tty, ECHO | ECHONL))
			tty_echo_raw(tty, '\n');
		line_end(tty, c);
	} else if (tty_is_cc(tty, VEOF, c)) {
		line_end(tty, EOF_BYTE);
	} else if (tty_is_cc(tty, VEOL, c) || (extended && tty_is_cc(tty, VEOL2, c))) {
		if (tty_lflag(tty, ECHO)) {
			if (tty->canon_head == tty->head)
				tty_echo_line_start(tty);
			tty_echo(tty, c);
		}
		if (c == 0xff && tty_iflag(tty, PARMRK))
			store(tty, c);
		line_end(tty, c);
	} else {
		return false;
	}
	return true;
}

static void restart_any(struct tty *tty)
{
	if (tty->stopped && tty_iflag(tty, IXON) && tty_iflag(tty, IXANY))
		tty_start(tty);
}

static void take(struct tty *tty, uint8_t c)
{
	bool is_return;

	if (tty_iflag(tty, ISTRIP))
		c &= 0x7f;
	if (tty_iflag(tty, IUCLC) && tty_lflag(tty, IEXTEN) && tty_is_upper(c))
		c = (uint8_t)(c + 0x20);
	if (tty->lnext) {
		tty->lnext = false;
		restart_any(tty);
		take_plain(tty, c, false);
		return;
	}
	if (tty_lflag(tty, EXTPROC)) {
		store(tty, c);
		return;
	}
	if (try_flow(tty, c) || try_signal(tty, c))
		return;
	restart_any(tty);
	is_return = c == '\r';
	if (is_return) {
		if (tty_iflag(tty, IGNCR))
			return;
		if (tty_iflag(tty, ICRNL))
			c = '\n';
	} else if (c == '\n' && tty_iflag(tty, INLCR)) {
		c = '\r';
	}
	if (!tty_lflag(tty, ICANON) || !try_canonical(tty, c))
		take_plain(tty, c, is_return);
}

/* Settings under which bytes go through untouched: a pty master, raw mode. */
static bool is_transparent(const struct tty *tty)
{
	return !(tty->termios.iflag & (ISTRIP | IUCLC | IXON | INLCR | IGNCR | ICRNL | PARMRK)) &&
	       !(tty->termios.lflag & (ISIG | ICANON | ECHO)) && !tty->lnext;
}

static size_t take_block(struct tty *tty, size_t room)
{
	size_t n = MIN(room, tty->queue_head - tty->queue_tail);

	for (size_t i = 0; i < n; i++)
		store(tty, tty->queue[tty->queue_tail++ % TTY_QUEUE]);
	return n;
}

void tty_input_run(struct tty *tty)
{
	size_t room;

	if (tty->in_input)
		return; /* an echo that came back */
	tty->in_input = true;
	while (tty->queue_tail != tty->queue_head && (room = buffer_room(tty)) > 0) {
		if (is_transparent(tty))
			(void)take_block(tty, room);
		else
			take(tty, tty->queue[tty->queue_tail++ % TTY_QUEUE]);
	}
	tty->in_input = false;
	tty_echo_flush(tty);
	if (!tty_lflag(tty, ICANON) && tty_used(tty) > 0)
		wake_reader(tty);
}

size_t tty_insert_room(const struct tty *tty)
{
	return TTY_QUEUE - (tty->queue_head - tty->queue_tail);
}

size_t tty_insert(struct tty *tty, const uint8_t *buf, size_t n)
{
	n = MIN(n, tty_insert_room(tty));
	for (size_t i = 0; i < n; i++)
		tty->queue[tty->queue_head++ % TTY_QUEUE] = buf[i];
	tty_input_run(tty);
	return n;
}

void tty_break(struct tty *tty)
{
	if (tty_iflag(tty, IGNBRK))
		return;
	if (tty_iflag(tty, BRKINT)) {
		take_signal(tty, SIGINT, 0);
		return;
	}
	if (tty_iflag(tty, PARMRK)) {
		store(tty, 0xff);
		store(tty, 0);
	}
	store(tty, 0);
	wake_reader(tty);
}

void tty_input_flush(struct tty *tty)
{
	tty->queue_tail = tty->queue_head;
	forget_buffer(tty);
	if (tty->driver->input_room)
		tty->driver->input_room(tty);
}

void tty_input_settings(struct tty *tty, const struct abi_termios *old)
{
	if (!old || ((old->lflag ^ tty->termios.lflag) & (ICANON | EXTPROC))) {
		memset(tty->marks, 0, sizeof(tty->marks));
		if (!tty_lflag(tty, ICANON) || tty_used(tty) == 0) {
			tty->canon_head = tty->tail;
			tty->push = false;
		} else {
			/* What was typed so far can be read at once, as if a line ended here. */
			tty_mark(tty, tty->head - 1, true);
			tty->canon_head = tty->head;
			tty->push = true;
		}
		tty->erasing = tty->lnext = false;
	}
	if (old && (old->iflag & IXON) && !tty_iflag(tty, IXON))
		tty_start(tty);
	/* Bytes that had no room, or whose fate has changed. */
	tty_input_run(tty);
	wait_queue_wake_all(&tty->wait);
}

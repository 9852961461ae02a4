// SPDX-License-Identifier: GPL-2.0-or-later
/* Terminal settings in their three shapes: struct termio, struct termios, and termios2 with numeric speeds. See termios(3), ioctl_tty(2). */
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "drivers/tty.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/task_signal.h"

static const uint32_t speeds[] = { 0,	50,   75,   110,  134,	150,  200,   300,
				   600, 1200, 1800, 2400, 4800, 9600, 19200, 38400 };
static const uint32_t fast_speeds[] = { 0,	 57600,	  115200,  230400,  460800,  500000,
					576000,	 921600,  1000000, 1152000, 1500000, 2000000,
					2500000, 3000000, 3500000, 4000000 };

static uint32_t speed_of(uint32_t code, uint32_t other)
{
	if ((code & CBAUD) == BOTHER)
		return other;
	return code & BOTHER ? fast_speeds[code & 15] : speeds[code & 15];
}

/* The numeric speeds follow the codes; an input code of 0 means the output's. */
static void settle_speeds(struct abi_termios *t)
{
	uint32_t in = (t->cflag & CIBAUD) >> IBSHIFT;

	t->ospeed = speed_of(t->cflag, t->ospeed);
	t->ispeed = in ? speed_of(in, t->ispeed) : t->ospeed;
}

void tty_set_termios(struct tty *tty, const struct abi_termios *new)
{
	struct abi_termios old = tty->termios;

	tty->termios = *new;
	tty->termios.line = N_TTY;
	settle_speeds(&tty->termios);
	if (tty->driver->set_termios)
		tty->driver->set_termios(tty, &old);
	tty_input_settings(tty, &old);
}

enum termios_shape { SHAPE_TERMIO, SHAPE_TERMIOS, SHAPE_TERMIOS2 };

static int get_settings(struct tty *tty, uint64_t arg, enum termios_shape shape)
{
	const struct abi_termios *t = &tty->termios;
	struct abi_termio o = { .iflag = (uint16_t)t->iflag,
				.oflag = (uint16_t)t->oflag,
				.cflag = (uint16_t)t->cflag,
				.lflag = (uint16_t)t->lflag,
				.line = t->line };
	struct abi_termios copy = *t;

	if (shape == SHAPE_TERMIO) {
		memcpy(o.cc, t->cc, NCC);
		return copy_to_user(UADDR(arg), &o, sizeof(o) - 1);
	}
	return copy_to_user(UADDR(arg), &copy,
			    shape == SHAPE_TERMIOS ? TERMIOS_OLD_BYTES : sizeof(copy));
}

static uint32_t low_half(uint32_t old, uint16_t new)
{
	return (old & 0xffff0000u) | new;
}

static int read_settings(struct abi_termios *t, uint64_t arg, enum termios_shape shape)
{
	struct abi_termio o;

	if (shape == SHAPE_TERMIOS2)
		return copy_from_user(t, UADDR(arg), sizeof(*t));
	if (shape == SHAPE_TERMIOS)
		return copy_from_user(t, UADDR(arg), TERMIOS_OLD_BYTES);
	if (copy_from_user(&o, UADDR(arg), sizeof(o) - 1) < 0)
		return -EFAULT;
	t->iflag = low_half(t->iflag, o.iflag);
	t->oflag = low_half(t->oflag, o.oflag);
	t->cflag = low_half(t->cflag, o.cflag);
	t->lflag = low_half(t->lflag, o.lflag);
	memcpy(t->cc, o.cc, NCC);
	return 0;
}

/* Set settings: at once, after the output has gone, and with unread input dropped. */
static int set_settings(struct tty *tty, uint64_t arg, enum termios_shape shape, bool drain,
			bool flush)
{
	struct abi_termios t;
	int r = tty_check_change(tty, SIGTTOU);

	if (r < 0)
		return r;
	t = tty->termios;
	r = read_settings(&t, arg, shape);
	if (r < 0)
		return r;
	if (flush)
		tty_input_flush(tty);
	if (drain) {
		r = tty_drain(tty);
		if (r < 0)
			return r;
	}
	tty_set_termios(tty, &t);
	return 0;
}

int64_t tty_termios_ioctl(struct tty *tty, struct tty *real, unsigned int cmd, uint64_t arg)
{
	uint32_t on;

	switch (cmd) {
	case TCGETS:
		return get_settings(real, arg, SHAPE_TERMIOS);
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_settings(real, arg, SHAPE_TERMIOS, cmd != TCSETS, cmd == TCSETSF);
	case TCGETS2:
		return get_settings(real, arg, SHAPE_TERMIOS2);
	case TCSETS2:
	case TCSETSW2:
	case TCSETSF2:
		return set_settings(real, arg, SHAPE_TERMIOS2, cmd != TCSETS2, cmd == TCSETSF2);
	case TCGETA:
		return get_settings(real, arg, SHAPE_TERMIO);
	case TCSETA:
	case TCSETAW:
	case TCSETAF:
		return set_settings(real, arg, SHAPE_TERMIO, cmd != TCSETA, cmd == TCSETAF);
	case TIOCGSOFTCAR:
		return put_user((uint32_t)((real->termios.cflag & CLOCAL) != 0), UADDR(arg));
	case TIOCSSOFTCAR:
		if (get_user(on, UADDR(arg)) < 0)
			return -EFAULT;
		real->termios.cflag = (real->termios.cflag & ~CLOCAL) | (on ? CLOCAL : 0);
		return 0;
	default:
		(void)tty;
		return -ENOIOCTL;
	}
}

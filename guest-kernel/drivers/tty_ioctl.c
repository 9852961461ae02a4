// SPDX-License-Identifier: GPL-2.0-or-later
/* Requests to terminals other than settings and job control, and the one entry that asks all parts in turn. See ioctl_tty(2). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "drivers/tty.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/task_signal.h"
#include "vfs/vfs.h"

static int64_t put_int(uint64_t arg, uint64_t v)
{
	return put_user((uint32_t)v, UADDR(arg));
}

/* The device number as the guest's C library packs it. */
static uint32_t encode_device(uint64_t rdev)
{
	uint32_t major = DEV_MAJOR(rdev), minor = DEV_MINOR(rdev);

	return (minor & 0xff) | (major << 8) | ((minor & ~0xffu) << 12);
}

int tty_resize(struct tty *tty, const struct abi_winsize *size)
{
	if (memcmp(&tty->winsize, size, sizeof(*size)) == 0)
		return 0;
	tty->winsize = *size;
	tty_signal(tty, SIGWINCH);
	return 0;
}

static int64_t ioctl_winsize(struct tty *tty, unsigned int cmd, uint64_t arg)
{
	struct abi_winsize size = tty->winsize;

	if (cmd == TIOCGWINSZ)
		return copy_to_user(UADDR(arg), &size, sizeof(size));
	if (copy_from_user(&size, UADDR(arg), sizeof(size)) < 0)
		return -EFAULT;
	return tty->driver->resize ? tty->driver->resize(tty, &size) : tty_resize(tty, &size);
}

static int64_t ioctl_flush(struct tty *tty, uint64_t arg)
{
	int r = tty_check_change(tty, SIGTTOU);

	if (r < 0)
		return r;
	if (arg > TCIOFLUSH)
		return -EINVAL;
	if (arg != TCOFLUSH)
		tty_input_flush(tty);
	if (arg != TCIFLUSH)
		tty_flush_output(tty);
	return 0;
}

static int64_t ioctl_flow(struct tty *tty, uint64_t arg)
{
	int r = tty_check_change(tty, SIGTTOU);

	if (r < 0)
		return r;
	switch (arg) {
	case TCOOFF:
		tty->tco_stopped = true;
		tty_stop(tty);
		return 0;
	case TCOON:
		if (tty->tco_stopped) {
			tty->tco_stopped = false;
			tty_start(tty);
		}
		return 0;
	case TCIOFF:
		tty_send_char(tty, tty->termios.cc[VSTOP]);
		return 0;
	case TCION:
		tty_send_char(tty, tty->termios.cc[VSTART]);
		return 0;
	default:
		return -EINVAL;
	}
}

/* tcsendbreak and tcdrain: no line here has a break condition, so what is left is waiting for the output. */
static int64_t ioctl_break(struct tty *tty, unsigned int cmd)
{
	int r = tty_check_change(tty, SIGTTOU);

	if (r < 0)
		return r;
	if (cmd == TIOCCBRK)
		return 0;
	r = tty_drain(tty);
	return r < 0 ? -EINTR : 0;
}

static int64_t ioctl_sti(struct tty *tty, uint64_t arg)
{
	uint8_t c;

	if (!capable(CAP_SYS_ADMIN))
		return -EIO; /* as with dev.tty.legacy_tiocsti = 0 */
	if (get_user(c, UADDR(arg)) < 0)
		return -EFAULT;
	(void)!tty_insert(tty, &c, 1);
	return 0;
}

static int64_t ioctl_setd(struct tty *tty, uint64_t arg)
{
	int32_t ldisc;
	int r = tty_check_change(tty, SIGTTOU);

	if (r < 0)
		return r;
	if (get_user(ldisc, UADDR(arg)) < 0)
		return -EFAULT;
	return ldisc == N_TTY ? 0 : -EINVAL;
}

static int64_t ioctl_common(struct tty *tty, struct tty *real, unsigned int cmd, uint64_t arg)
{
	switch (cmd) {
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return ioctl_winsize(cmd == TIOCSWINSZ ? tty : real, cmd, arg);
	case FIONREAD:
		return put_int(arg, tty_input_bytes(tty));
	case TIOCOUTQ:
		return put_int(arg, tty_queued(tty));
	case TCFLSH:
		return ioctl_flush(tty, arg);
	case TCXONC:
		return ioctl_flow(tty, arg);
	case TCSBRK:
	case TCSBRKP:
	case TIOCSBRK:
	case TIOCCBRK:
		return ioctl_break(tty, cmd);
	case TIOCSTI:
		return ioctl_sti(tty, arg);
	case TIOCEXCL:
		tty->exclusive = true;
		return 0;
	case TIOCNXCL:
		tty->exclusive = false;
		return 0;
	case TIOCGEXCL:
		return put_int(arg, tty->exclusive);
	case TIOCGETD:
		return put_int(arg, N_TTY);
	case TIOCSETD:
		return ioctl_setd(tty, arg);
	case TIOCGDEV:
		return put_int(arg, encode_device(real->rdev));
	case TIOCCONS:
		/* Console output has one place here. */
		return capable(CAP_SYS_ADMIN) ? -ENOTTY : -EPERM;
	default:
		return -ENOIOCTL;
	}
}

int64_t tty_ioctl(struct file *f, unsigned int cmd, uint64_t arg)
{
	struct tty_file *tf = f->private;
	struct tty *tty = tf->tty;
	struct tty *real = tty->driver->is_master ? tty->link : tty;
	int64_t r;

	if (tf->hung_up)
		return cmd == TIOCSPGRP ? -ENOTTY : -EIO;
	r = tty_jobctl_ioctl(tty, f, cmd, arg);
	if (r == -ENOIOCTL)
		r = tty_termios_ioctl(tty, real, cmd, arg);
	if (r == -ENOIOCTL && tty->driver->ioctl)
		r = tty->driver->ioctl(tty, f, cmd, arg);
	if (r == -ENOIOCTL)
		r = ioctl_common(tty, real, cmd, arg);
	return r == -ENOIOCTL ? -ENOTTY : r;
}

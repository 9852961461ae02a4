// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Terminal objects and their open files. A hung-up file stays with its descriptor and answers 0 to reads and -EIO to everything else; the terminal
 * itself goes on for those that open it anew.
 */
#include "drivers/tty.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs.h"

#define WRITE_CHUNK 2048

const struct abi_termios tty_std_termios = {
	.iflag = ICRNL | IXON,
	.oflag = OPOST | ONLCR,
	.cflag = B38400 | CS8 | CREAD | HUPCL,
	.lflag = ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
	.cc = { [VINTR] = 3,
		[VQUIT] = 034,
		[VERASE] = 0177,
		[VKILL] = 025,
		[VEOF] = 4,
		[VMIN] = 1,
		[VSTART] = 021,
		[VSTOP] = 023,
		[VSUSP] = 032,
		[VREPRINT] = 022,
		[VDISCARD] = 017,
		[VWERASE] = 027,
		[VLNEXT] = 026 },
	.ispeed = 38400,
	.ospeed = 38400,
};

struct tty *tty_alloc(const struct tty_driver *driver, const char *name, uint64_t rdev)
{
	struct tty *tty = kzalloc(sizeof(*tty));

	if (!tty)
		return NULL;
	tty->refs = 1;
	tty->driver = driver;
	(void)str_copy(tty->name, name, sizeof(tty->name));
	tty->rdev = rdev;
	if (!driver->is_master)
		tty->termios = tty_std_termios;
	else
		tty->termios = (struct abi_termios){ .cflag = B38400 | CS8 | CREAD,
						     .cc = { [VMIN] = 1 },
						     .ispeed = 38400,
						     .ospeed = 38400 };
	list_init(&tty->files);
	wait_queue_init(&tty->wait);
	sleep_lock_init(&tty->read_lock);
	sleep_lock_init(&tty->write_lock);
	return tty;
}

void tty_get(struct tty *tty)
{
	ASSERT_LOCKED();
	tty->refs++;
}

void tty_put(struct tty *tty)
{
	ASSERT_LOCKED();
	if (!tty || --tty->refs > 0)
		return;
	ASSERT(list_empty(&tty->files) && !tty->session);
	if (tty->driver->destroy)
		tty->driver->destroy(tty);
	kfree(tty);
}

/* --- open and close ----------------------------------------------------------------------------- */

int tty_attach(struct tty *tty, struct file *f, bool is_console)
{
	struct tty_file *tf;
	int r;

	if (tty->exclusive && tty->count > 0 && !capable(CAP_SYS_ADMIN))
		return -EBUSY;
	tf = kzalloc(sizeof(*tf));
	if (!tf)
		return -ENOMEM;
	tf->tty = tty;
	tf->file = f;
	tf->is_console = is_console;
	tty->count++;
	r = tty->driver->open ? tty->driver->open(tty) : 0;
	if (r < 0) {
		tty->count--;
		kfree(tf);
		return r;
	}
	tty_get(tty);
	list_add_tail(&tf->link, &tty->files);
	f->private = tf;
	f->ops = &tty_fops;
	f->poll_queue = &tty->wait;
	return 0;
}

static void tty_release(struct file *f)
{
	struct tty_file *tf = f->private;
	struct tty *tty;

	if (!tf)
		return;
	tty = tf->tty;
	f->private = NULL;
	f->poll_queue = NULL;
	list_del(&tf->link);
	kfree(tf);
	if (--tty->count == 0) {
		/* Nobody can use it as a controlling terminal any more. */
		tty_session_clear(tty);
		tty->exclusive = false;
		if (tty->driver->close)
			tty->driver->close(tty);
	}
	tty_put(tty);
}

struct tty *file_tty(struct file *f)
{
	struct tty_file *tf = f->ops == &tty_fops ? f->private : NULL;

	return tf ? tf->tty : NULL;
}

/* --- read and write ----------------------------------------------------------------------------- */

static ssize_t tty_fop_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct tty_file *tf = f->private;
	struct tty *tty = tf->tty;
	size_t want = MIN(to->left, (uint64_t)TTY_BUF);
	uint8_t *buf;
	ssize_t n;
	int r;

	(void)pos;
	if (tf->hung_up || want == 0)
		return 0;
	r = tty_job_control_read(tty, tf);
	if (r < 0)
		return r;
	buf = kmalloc(want);
	if (!buf)
		return -ENOMEM;
	n = tty_read_in(tty, tf, f, buf, want);
	if (n > 0)
		n = iter_copy_to(to, buf, (size_t)n);
	kfree(buf);
	return n;
}

static int write_begin(struct tty *tty, const struct tty_file *tf, const struct file *f)
{
	if (tf->hung_up)
		return -EIO;
	if (sleep_lock_try(&tty->write_lock))
		return 0;
	return f->flags & O_NONBLOCK ? -EAGAIN : sleep_lock_take_interruptible(&tty->write_lock);
}

static ssize_t tty_fop_write(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct tty_file *tf = f->private;
	struct tty *tty = tf->tty;
	uint8_t *chunk;
	ssize_t done = 0, r;

	(void)pos;
	/* One writer at a time, so that the lines of two do not mix. */
	r = write_begin(tty, tf, f);
	if (r < 0)
		return r;
	if (tty_lflag(tty, TOSTOP) && !tf->is_console)
		r = tty_check_change(tty, SIGTTOU);
	chunk = r < 0 ? NULL : kmalloc(WRITE_CHUNK);
	if (r == 0 && !chunk)
		r = -ENOMEM;
	while (r >= 0 && from->left > 0) {
		ssize_t n = iter_copy_from(from, chunk, WRITE_CHUNK);

		r = n < 0 ? n : tty_write_out(tty, tf, f, chunk, (size_t)n);
		if (r > 0)
			done += r;
		if (r < n)
			break;
	}
	kfree(chunk);
	sleep_lock_release(&tty->write_lock);
	wait_queue_wake_events(&tty->wait, POLLOUT | POLLWRNORM);
	return done > 0 ? done : r;
}

static uint32_t tty_fop_poll(struct file *f, struct poll_table *table)
{
	struct tty_file *tf = f->private;

	poll_wait(table, &tf->tty->wait);
	if (tf->hung_up)
		return POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM;
	return tty_poll_now(tf->tty);
}

const struct file_ops tty_fops = {
	.release = tty_release,
	.read = tty_fop_read,
	.write = tty_fop_write,
	.poll = tty_fop_poll,
	.ioctl = tty_ioctl,
	.no_seek = true,
	.no_pos = true,
};

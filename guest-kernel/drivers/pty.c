// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pseudo-terminals: two struct tty whose drivers hand each other what is written. The pair lives until both ends are closed; closing the
 * master hangs the slave up and takes its name away, closing the slave lets the master read -EIO until it is opened again. See pty(7), pts(4),
 * tty_ioctl(4) for packet mode.
 */
#include "drivers/pty.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "drivers/tty.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/task_signal.h"
#include "vfs/vfs.h"

const struct pty_names_ops *pty_names;

struct pty {
	struct tty *master, *slave;
	void *instance;
	int number;
	bool locked; /* until unlockpt */
	bool named;
};

/* --- between the two ends ----------------------------------------------------------------------- */

static size_t pty_write(struct tty *tty, const uint8_t *buf, size_t n)
{
	return tty_insert(tty->link, buf, n);
}

static size_t pty_room(struct tty *tty)
{
	return tty_insert_room(tty->link);
}

static void pty_input_room(struct tty *tty)
{
	tty_output_room(tty->link);
}

/* Tell a master in packet mode. */
static void packet_status(struct tty *slave, uint8_t set, uint8_t clear)
{
	struct tty *master = slave->link;

	if (!master->packet)
		return;
	slave->packet_status = (uint8_t)((slave->packet_status & ~clear) | set);
	wait_queue_wake_events(&master->wait, POLLIN | POLLRDNORM | POLLPRI);
}

/* Output that the other end has not looked at yet. */
static void pty_flush_output(struct tty *tty)
{
	tty->link->queue_tail = tty->link->queue_head;
	if (!tty->driver->is_master)
		packet_status(tty, TIOCPKT_FLUSHWRITE, 0);
}

static void slave_flow(struct tty *tty)
{
	if (tty->stopped)
		packet_status(tty, TIOCPKT_STOP, TIOCPKT_START);
	else
		packet_status(tty, TIOCPKT_START, TIOCPKT_STOP);
}

static bool usual_flow(const struct abi_termios *t)
{
	return (t->iflag & IXON) && t->cc[VSTOP] == 023 && t->cc[VSTART] == 021;
}

static void slave_set_termios(struct tty *tty, const struct abi_termios *old)
{
	bool was = usual_flow(old), is = usual_flow(&tty->termios);

	/* There is no line whose parity or size could be set. */
	tty->termios.cflag = (tty->termios.cflag & ~(CSIZE | PARENB)) | CS8 | CREAD;
	if ((old->lflag ^ tty->termios.lflag) & EXTPROC || ((old->lflag & EXTPROC) && was != is))
		packet_status(tty, TIOCPKT_IOCTL, 0);
	if (was != is)
		packet_status(tty, is ? TIOCPKT_DOSTOP : TIOCPKT_NOSTOP,
			      TIOCPKT_DOSTOP | TIOCPKT_NOSTOP);
}

static int pty_resize(struct tty *tty, const struct abi_winsize *size)
{
	if (memcmp(&tty->winsize, size, sizeof(*size)) == 0)
		return 0;
	tty->winsize = tty->link->winsize = *size;
	tty_signal(tty, SIGWINCH);
	tty_signal(tty->link, SIGWINCH);
	return 0;
}

/* --- open and close ----------------------------------------------------------------------------- */

static int slave_open(struct tty *tty)
{
	struct pty *p = tty->private;

	if (tty->other_closed || p->locked || p->master->count != 1)
		return -EIO;
	tty->link->other_closed = false;
	return 0;
}

static void slave_close(struct tty *tty)
{
	/* The master reads what is left, and then that nobody is there. */
	tty->link->other_closed = true;
	tty->packet_status = 0;
	tty->link->packet = false;
	wait_queue_wake_all(&tty->link->wait);
	tty->stopped = tty->tco_stopped = false;
}

static void drop_name(struct pty *p)
{
	if (!p->named)
		return;
	p->named = false;
	pty_names->remove(p->instance, p->number);
}

static void master_close(struct tty *tty)
{
	struct tty *slave = tty->link;

	slave->other_closed = true;
	wait_queue_wake_all(&slave->wait);
	drop_name(tty->private);
	tty_hangup(slave, false);
	tty_put(slave); /* p->slave */
}

static void master_destroy(struct tty *tty)
{
	struct pty *p = tty->private;

	pty_names->instance_put(p->instance);
	kfree(p);
}

static int64_t master_ioctl(struct tty *tty, struct file *f, unsigned int cmd, uint64_t arg);

static const struct tty_driver master_driver = {
	.is_pty = true,
	.is_master = true,
	.write = pty_write,
	.room = pty_room,
	.flush_output = pty_flush_output,
	.input_room = pty_input_room,
	.resize = pty_resize,
	.ioctl = master_ioctl,
	.close = master_close,
	.destroy = master_destroy,
};

static void slave_destroy(struct tty *tty)
{
	tty_put(tty->link);
}

static const struct tty_driver slave_driver = {
	.is_pty = true,
	.write = pty_write,
	.room = pty_room,
	.flush_output = pty_flush_output,
	.input_room = pty_input_room,
	.flow = slave_flow,
	.set_termios = slave_set_termios,
	.resize = pty_resize,
	.open = slave_open,
	.close = slave_close,
	.destroy = slave_destroy,
};

/*
 * References: the slave holds the master object (it writes into it); open files hold their end, and the master's open file holds the slave too, by
 * p->slave, until master_close. Whichever end is closed last frees both.
 */
static int pair_create(void *instance, struct pty **ret)
{
	struct pty *p = kzalloc(sizeof(*p));
	struct tty *m = p ? tty_alloc(&master_driver, "ptm", 0) : NULL;
	struct tty *s = m ? tty_alloc(&slave_driver, "pts", 0) : NULL;

	if (!s) {
		if (m) {
			m->private = p; /* destroyed with it */
			p->instance = instance;
			tty_put(m);
			return -ENOMEM;
		}
		kfree(p);
		pty_names->instance_put(instance);
		return -ENOMEM;
	}
	p->master = m;
	p->slave = s;
	p->instance = instance;
	p->locked = true;
	m->private = s->private = p;
	m->link = s;
	s->link = m; /* takes over the first reference */
	s->termios.cflag = B38400 | CS8 | CREAD;
	*ret = p;
	return 0;
}

static int ptmx_open(struct inode *inode, struct file *f)
{
	struct pty *p;
	void *instance;
	int r;

	(void)inode;
	if (!pty_names)
		return -ENODEV;
	r = pty_names->instance_of(f, &instance);
	if (r < 0)
		return r;
	r = pair_create(instance, &p);
	if (r < 0)
		return r;
	r = pty_names->add(instance, p->slave);
	if (r < 0)
		goto out_pair;
	p->named = true;
	p->number = r;
	p->master->rdev = MKDEV(TTYAUX_MAJOR, 2);
	p->slave->rdev = MKDEV(UNIX98_PTS_MAJOR, (uint32_t)r);
	(void)format_str(p->slave->name, sizeof(p->slave->name), "pts/%d", r);
	(void)format_str(p->master->name, sizeof(p->master->name), "ptm%d", r);
	r = tty_attach(p->master, f, false);
	if (r < 0)
		goto out_name;
	return 0;
out_name:
	drop_name(p);
out_pair:
	tty_put(p->slave);
	return r;
}

int pty_open_slave(struct tty *slave, struct file *f)
{
	int r = tty_attach(slave, f, false);

	if (r == 0)
		tty_open_controlling(slave, f);
	return r;
}

/* --- the master's requests ---------------------------------------------------------------------- */

static int64_t ioctl_lock(struct pty *p, uint64_t arg)
{
	int32_t on;

	if (get_user(on, UADDR(arg)) < 0)
		return -EFAULT;
	p->locked = on != 0;
	return 0;
}

static int64_t ioctl_packet(struct tty *tty, uint64_t arg)
{
	int32_t on;

	if (get_user(on, UADDR(arg)) < 0)
		return -EFAULT;
	if (on && !tty->packet)
		tty->link->packet_status = 0;
	tty->packet = on != 0;
	return 0;
}

/* A signal to the slave's foreground group, as if its character had been typed. */
static int64_t ioctl_signal(struct tty *tty, uint64_t signo)
{
	if (signo != SIGINT && signo != SIGQUIT && signo != SIGTSTP)
		return -EINVAL;
	if (!tty_lflag(tty->link, NOFLSH)) {
		tty_flush_output(tty->link);
		tty_input_flush(tty->link);
	}
	tty_signal(tty->link, (int)signo);
	return 0;
}

/* A descriptor of the slave, found through the mount and not through a name that others may have changed. */
static int64_t ioctl_peer(struct pty *p, struct file *master, uint64_t flags)
{
	struct path path;
	struct file *f;
	int r = pty_names->find(master, p->instance, p->number, &path);

	if (r < 0)
		return r;
	r = file_open_path(&path, (uint32_t)flags & ~O_CLOEXEC, &f);
	path_put(&path);
	if (r < 0)
		return r;
	r = fd_install(f, 0, (flags & O_CLOEXEC) != 0);
	if (r < 0)
		file_put(f);
	return r;
}

static int64_t master_ioctl(struct tty *tty, struct file *f, unsigned int cmd, uint64_t arg)
{
	struct pty *p = tty->private;

	switch (cmd) {
	case TIOCSPTLCK:
		return ioctl_lock(p, arg);
	case TIOCGPTLCK:
		return put_user((int32_t)p->locked, UADDR(arg));
	case TIOCPKT:
		return ioctl_packet(tty, arg);
	case TIOCGPKT:
		return put_user((int32_t)tty->packet, UADDR(arg));
	case TIOCGPTN:
		return put_user((uint32_t)p->number, UADDR(arg));
	case TIOCSIG:
		return ioctl_signal(tty, arg);
	case TIOCGPTPEER:
		return ioctl_peer(p, f, arg);
	default:
		return -ENOIOCTL;
	}
}

/* --- the device --------------------------------------------------------------------------------- */

const struct file_ops ptmx_fops = {
	.open = ptmx_open,
};

int pty_init(void)
{
	static struct device ptmx = {
		.rdev = MKDEV(TTYAUX_MAJOR, 2), .mode = 0666, .name = "ptmx", .fops = &ptmx_fops
	};

	return device_register(&ptmx);
}

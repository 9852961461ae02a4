// SPDX-License-Identifier: GPL-2.0-or-later
/* signalfd(2): signals as something to read. Who reads or polls gets the signals of his own process. */
#include "abi/abi_epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "core/sched.h"
#include "fs/anon/anon.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/task_signal.h"

struct signalfd {
	uint64_t mask; /* the signals wanted */
};

static void signalfd_release(struct file *f)
{
	kfree(f->private);
}

static void fill_siginfo(struct abi_signalfd_siginfo *s, const struct abi_siginfo *i)
{
	*s = (struct abi_signalfd_siginfo){
		.signo = (uint32_t)i->signo,
		.error = i->error,
		.code = i->code,
	};
	if (i->code == SI_TIMER) {
		s->tid = (uint32_t)i->timer.timer_id;
		s->overrun = (uint32_t)i->timer.overrun;
		s->value_ptr = i->timer.value;
		s->value_int = (int32_t)i->timer.value;
	} else if (i->code < 0 && i->code != SI_TKILL && i->code != SI_SIGIO) {
		s->pid = (uint32_t)i->rt.pid;
		s->uid = i->rt.uid;
		s->value_ptr = i->rt.value;
		s->value_int = (int32_t)i->rt.value;
	} else if (i->code > 0 && i->code != SI_KERNEL && i->signo == SIGCHLD) {
		s->pid = (uint32_t)i->child.pid;
		s->uid = i->child.uid;
		s->status = i->child.status;
		s->utime = (uint64_t)i->child.utime;
		s->stime = (uint64_t)i->child.stime;
	} else if (i->code > 0 && i->code != SI_KERNEL &&
		   (i->signo == SIGSEGV || i->signo == SIGBUS || i->signo == SIGILL ||
		    i->signo == SIGFPE || i->signo == SIGTRAP)) {
		s->addr = i->fault.addr;
		s->addr_lsb = (uint16_t)i->fault.addr_lsb;
	} else if (i->code == SI_SIGIO || i->signo == SIGIO) {
		s->band = (uint32_t)i->poll.band;
		s->fd = i->poll.fd;
	} else {
		s->pid = (uint32_t)i->kill.pid;
		s->uid = i->kill.uid;
	}
}

/* Take one signal, waiting for it if that may be. The number, or -errno. */
static int signalfd_take(struct file *f, bool nonblock, struct abi_siginfo *info)
{
	struct signalfd *s = f->private;
	struct task *t = current_task();

	for (;;) {
		struct wait_queue *q = signal_wait_queue(t);
		int signo = signal_take(t, s->mask, info), r;

		if (signo != 0)
			return signo;
		if (nonblock || !q)
			return -EAGAIN;
		r = wait_queue_sleep(q, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
}

static ssize_t signalfd_read(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	bool nonblock = (f->flags & O_NONBLOCK) != 0;
	ssize_t done = 0;

	(void)pos;
	if (to->left < sizeof(struct abi_signalfd_siginfo))
		return -EINVAL;
	while (to->left >= sizeof(struct abi_signalfd_siginfo)) {
		struct abi_signalfd_siginfo s;
		struct abi_siginfo info;
		int r = signalfd_take(f, nonblock, &info);

		if (r < 0)
			return done > 0 ? done : r;
		fill_siginfo(&s, &info);
		if (iter_copy_to(to, &s, sizeof(s)) != (ssize_t)sizeof(s))
			return done > 0 ? done : -EFAULT;
		done += (ssize_t)sizeof(s);
		nonblock = true; /* only the first may wait */
	}
	return done;
}

static uint32_t signalfd_poll(struct file *f, struct poll_table *table)
{
	struct signalfd *s = f->private;
	struct task *t = current_task();
	struct wait_queue *q;

	if (!t)
		return 0;
	q = signal_wait_queue(t);
	if (q)
		poll_wait(table, q);
	return signal_pending_set(t) & s->mask ? POLLIN | POLLRDNORM : 0;
}

static void signalfd_show(struct file *f, char *buf, size_t len)
{
	const struct signalfd *s = f->private;

	(void)format_str(buf, len, "sigmask:\t%016llx\n", (unsigned long long)s->mask);
}

static const struct file_ops signalfd_ops = {
	.release = signalfd_release,
	.read = signalfd_read,
	.poll = signalfd_poll,
	.show_fdinfo = signalfd_show,
	.llseek = anon_llseek,
	.no_pos = true,
};

static int signalfd_change(int fd, uint64_t mask)
{
	struct wait_queue *q;
	struct file *f;
	int r = anon_file_of(fd, &signalfd_ops, -EINVAL, &f);

	if (r < 0)
		return r;
	((struct signalfd *)f->private)->mask = mask;
	q = signal_wait_queue(current_task());
	if (q)
		(void)wait_queue_wake_all(q);
	file_put(f);
	return fd;
}

int signalfd_set(int fd, uint64_t mask, uint32_t flags)
{
	struct signalfd *s;
	int r;

	if (flags & ~(SFD_NONBLOCK | SFD_CLOEXEC))
		return -EINVAL;
	mask &= ~(SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP));
	if (fd != -1)
		return signalfd_change(fd, mask);
	s = kzalloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->mask = mask;
	r = anon_fd("[signalfd]", &signalfd_ops, s, O_RDWR | (flags & (O_NONBLOCK | O_CLOEXEC)));
	if (r < 0)
		kfree(s);
	return r;
}

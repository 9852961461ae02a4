// SPDX-License-Identifier: GPL-2.0-or-later
/* pidfds: a descriptor that names a process for good, readable once it has ended. Holds the thread group object, not the process. */
#include "fs/anon/pidfd.h"
#include "abi/abi_epoll.h"
#include "abi/abi_errno.h"
#include "abi/abi_poll.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/anon/anon.h"
#include "lib/string.h"
#include "task/signal_state.h"
#include "task/process.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

static void pidfd_release(struct file *f)
{
	group_put(f->private); /* NULL is fine */
}

/* The process has been waited for: nothing of it is left but this object. */
static bool group_gone(const struct thread_group *g)
{
	return !g->leader;
}

static uint32_t pidfd_poll(struct file *f, struct poll_table *table)
{
	struct thread_group *g = f->private;

	poll_wait(table, &g->pidfd_wait);
	return g->zombie || group_gone(g) ? POLLIN | POLLRDNORM : 0;
}

static void pidfd_show(struct file *f, char *buf, size_t len)
{
	const struct thread_group *g = f->private;
	int pid = group_gone(g) ? -1 : g->tgid;

	(void)format_str(buf, len, "Pid:\t%d\nNSpid:\t%d\n", pid, pid);
}

static const struct file_ops pidfd_file_ops = {
	.release = pidfd_release,
	.poll = pidfd_poll,
	.show_fdinfo = pidfd_show,
	.no_seek = true,
	.no_pos = true,
};

static int pidfd_create(struct thread_group *g, uint32_t flags)
{
	int r;

	group_get(g);
	r = anon_fd("[pidfd]", &pidfd_file_ops, g, O_RDWR | O_CLOEXEC | (flags & O_NONBLOCK));
	if (r < 0)
		group_put(g);
	return r;
}

static int pidfd_tgid(const struct file *f)
{
	return f->ops == &pidfd_file_ops ? ((const struct thread_group *)f->private)->tgid : 0;
}

static void pidfd_undo(int fd)
{
	(void)fd_close(fd);
}

static const struct pidfd_ops ops = {
	.tgid = pidfd_tgid,
	.create = pidfd_create,
	.undo = pidfd_undo,
};

int kpidfd_open(int pid, uint32_t flags)
{
	struct thread_group *g;

	if ((flags & ~PIDFD_NONBLOCK) || pid <= 0)
		return -EINVAL;
	g = group_find(pid);
	if (g)
		return pidfd_create(g, flags);
	/* A thread that leads no process is refused, as before Linux 6.9. */
	return task_find(pid) ? -EINVAL : -ESRCH;
}

/* The process of a descriptor: a reference. */
static int group_of_fd(int fd, struct thread_group **ret)
{
	struct file *f;
	int r = anon_file_of(fd, &pidfd_file_ops, -EBADF, &f);

	if (r < 0)
		return r;
	*ret = f->private;
	group_get(*ret);
	file_put(f);
	return 0;
}

int kpidfd_getfd(int pidfd, int fd)
{
	struct thread_group *g;
	struct file *f;
	int r = group_of_fd(pidfd, &g);

	if (r < 0)
		return r;
	r = -ESRCH;
	if (group_gone(g) || g->zombie)
		goto out;
	r = -EPERM;
	if (!task_may_ptrace(g->leader))
		goto out;
	r = -EBADF;
	f = fd_get_of(g->leader, fd);
	if (!f)
		goto out;
	r = fd_install(f, 0, true);
	if (r < 0)
		file_put(f);
out:
	group_put(g);
	return r;
}

int kpidfd_send_signal(int pidfd, int signo, const struct abi_siginfo *info)
{
	struct abi_siginfo own;
	struct thread_group *g;
	int r = group_of_fd(pidfd, &g);

	if (r < 0)
		return r;
	if (signo != 0 && !signal_valid(signo)) {
		r = -EINVAL;
	} else if (info) {
		own = *info;
		own.signo = signo; /* the caller has compared them */
		r = 0;
		/* Nobody may pretend to be the kernel or kill(2) towards others. */
		if ((own.code >= 0 || own.code == SI_TKILL) && g != current_task()->group)
			r = -EPERM;
	} else {
		signal_info_from_current(&own, signo, SI_USER);
	}
	if (r == 0)
		r = group_gone(g) ? -ESRCH : signal_kill_group(g, &own);
	group_put(g);
	return r;
}

int pidfd_init(void)
{
	pidfd_ops = &ops;
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Terminals and sessions: the controlling terminal, the foreground group, who is stopped for using the terminal from the background, and
 * hangup, which takes the terminal away from all that have it open. See credentials(7), setsid(2), tty_ioctl(4), vhangup(2).
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_poll.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/trace.h"
#include "drivers/tty.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_signal.h"
#include "vfs/vfs.h"

static bool is_session_leader(const struct thread_group *g)
{
	return g->pgrp && g->pgrp->session->sid == g->tgid;
}

struct tty *group_tty(struct thread_group *g)
{
	return g && g->pgrp && !g->tty_detached ? g->pgrp->session->tty : NULL;
}

struct tty *current_tty(void)
{
	struct task *t = current_task();

	return t && t->group ? group_tty(t->group) : NULL;
}

static struct process_group *foreground(const struct tty *tty)
{
	struct process_group *p = tty->fg_pgid ? pgrp_find(tty->fg_pgid) : NULL;

	return p && p->session == tty->session ? p : NULL;
}

void tty_signal(struct tty *tty, int signo)
{
	struct process_group *p = foreground(tty);

	trace(TRACE_TTY, "%s: signal %d to group %d", tty->name, signo, p ? p->pgid : 0);
	if (p)
		signal_simple_pgrp(p, signo);
}

/* A background process changes the terminal or reads from it: stop its group, unless that would make no sense. */
int tty_check_change(struct tty *tty, int signo)
{
	struct thread_group *g = current_task()->group;

	if (current_tty() != tty || !tty->fg_pgid || g->pgrp->pgid == tty->fg_pgid)
		return 0;
	if (signal_blocked_or_ignored(signo))
		return signo == SIGTTIN ? -EIO : 0;
	if (pgrp_is_orphaned_now(g))
		return -EIO;
	signal_simple_pgrp(g->pgrp, signo);
	return -ERESTARTSYS;
}

int tty_job_control_read(struct tty *tty, const struct tty_file *tf)
{
	return tf->is_console ? 0 : tty_check_change(tty, SIGTTIN);
}

/* --- the controlling terminal ------------------------------------------------------------------- */

void tty_session_clear(struct tty *tty)
{
	if (tty->session)
		tty->session->tty = NULL;
	tty->session = NULL;
	tty->fg_pgid = 0;
}

static void set_controlling(struct tty *tty, struct thread_group *g)
{
	struct session *s = g->pgrp->session;
	struct thread_group *other;

	tty_session_clear(tty);
	if (s->tty)
		tty_session_clear(s->tty);
	/* As before, members that were there without a terminal do not get one. */
	list_for_each_entry(other, &thread_group_list, all_link) {
		if (other != g && other->pgrp && other->pgrp->session == s)
			other->tty_detached = true;
	}
	g->tty_detached = false;
	tty->session = s;
	tty->fg_pgid = g->pgrp->pgid;
	s->tty = tty;
}

void tty_open_controlling(struct tty *tty, struct file *f)
{
	struct thread_group *g = current_task()->group;

	if ((f->flags & O_NOCTTY) || tty->driver->is_master || !f->can_read || !g)
		return;
	if (is_session_leader(g) && !group_tty(g) && !tty->session)
		set_controlling(tty, g);
}

/* The session's leader ends, or gives the terminal up. */
static void disassociate(struct thread_group *g, bool exits)
{
	struct tty *tty = group_tty(g);
	struct session *s = g->pgrp->session;

	if (!tty) {
		struct process_group *p = exits && s->old_fg_pgid ? pgrp_find(s->old_fg_pgid)
								  : NULL;

		if (p && p->session == s) {
			signal_simple_pgrp(p, SIGHUP);
			signal_simple_pgrp(p, SIGCONT);
		}
		return;
	}
	tty_get(tty);
	if (exits && !tty->driver->is_pty) {
		tty_hangup(tty, true);
	} else {
		struct process_group *p = foreground(tty);

		if (p)
			signal_simple_pgrp(p, SIGHUP);
		p = foreground(tty);
		if (p && !exits)
			signal_simple_pgrp(p, SIGCONT);
	}
	if (tty->session == s)
		tty_session_clear(tty);
	s->old_fg_pgid = 0;
	tty_put(tty);
}

static int64_t ioctl_sctty(struct tty *tty, struct file *f, uint64_t arg)
{
	struct thread_group *g = current_task()->group;

	if (is_session_leader(g) && tty->session == g->pgrp->session && !g->tty_detached)
		return 0;
	if (!is_session_leader(g) || group_tty(g))
		return -EPERM;
	/* Taking it from another session is the administrator's privilege, and must be asked for. */
	if (tty->session && (arg != 1 || !capable(CAP_SYS_ADMIN)))
		return -EPERM;
	if (!f->can_read && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	set_controlling(tty, g);
	return 0;
}

static int64_t ioctl_notty(struct tty *tty)
{
	struct thread_group *g = current_task()->group;

	if (current_tty() != tty)
		return -ENOTTY;
	if (is_session_leader(g))
		disassociate(g, false);
	else
		g->tty_detached = true;
	return 0;
}

static int64_t ioctl_gpgrp(struct tty *tty, struct tty *real, uint64_t arg)
{
	if (tty == real && current_tty() != real)
		return -ENOTTY;
	return put_user((int32_t)real->fg_pgid, UADDR(arg));
}

static int64_t ioctl_spgrp(struct tty *real, uint64_t arg)
{
	struct process_group *p;
	int32_t pgid;
	int r = tty_check_change(real, SIGTTOU);

	if (r < 0)
		return r == -EIO ? -ENOTTY : r;
	if (get_user(pgid, UADDR(arg)) < 0)
		return -EFAULT;
	if (pgid < 0)
		return -EINVAL;
	if (!current_tty() || current_tty() != real ||
	    real->session != current_task()->group->pgrp->session)
		return -ENOTTY;
	p = pgrp_find(pgid);
	if (!p) {
		/* The number of a task that leads no group counts by the task's session. */
		struct task *other = task_find(pgid);

		p = other && other->group ? other->group->pgrp : NULL;
	}
	if (!p)
		return -ESRCH;
	if (p->session != current_task()->group->pgrp->session)
		return -EPERM;
	real->fg_pgid = pgid;
	return 0;
}

static int64_t ioctl_gsid(struct tty *tty, struct tty *real, uint64_t arg)
{
	if (tty == real && current_tty() != real)
		return -ENOTTY;
	if (!real->session)
		return -ENOTTY;
	return put_user((int32_t)real->session->sid, UADDR(arg));
}

int64_t tty_jobctl_ioctl(struct tty *tty, struct file *f, unsigned int cmd, uint64_t arg)
{
	/* A master speaks for its slave. */
	struct tty *real = tty->driver->is_master ? tty->link : tty;

	switch (cmd) {
	case TIOCSCTTY:
		return ioctl_sctty(real, f, arg);
	case TIOCNOTTY:
		return ioctl_notty(tty);
	case TIOCGPGRP:
		return ioctl_gpgrp(tty, real, arg);
	case TIOCSPGRP:
		return ioctl_spgrp(real, arg);
	case TIOCGSID:
		return ioctl_gsid(tty, real, arg);
	case TIOCVHANGUP:
		if (!capable(CAP_SYS_ADMIN))
			return -EPERM;
		tty_hangup(tty, false);
		return 0;
	default:
		return -ENOIOCTL;
	}
}

/* --- hangup ------------------------------------------------------------------------------------- */

static void hangup_session(struct tty *tty, bool session_exits)
{
	struct session *s = tty->session;
	struct thread_group *leader = s ? group_find(s->sid) : NULL;
	struct process_group *fg = foreground(tty);

	if (leader && leader->pgrp && leader->pgrp->session == s) {
		/* When the leader exits in turn, its foreground group is told too. */
		s->old_fg_pgid = tty->fg_pgid;
		if (!session_exits) {
			signal_simple(leader, SIGHUP);
			signal_simple(leader, SIGCONT);
		}
	}
	if (session_exits && fg)
		signal_simple_pgrp(fg, SIGHUP);
}

void tty_hangup(struct tty *tty, bool session_exits)
{
	struct tty_file *tf;

	trace(TRACE_TTY, "%s hangs up", tty->name);
	list_for_each_entry(tf, &tty->files, link) {
		/* The console's descriptors outlive a hangup, as in Linux: init and the kernel's own messages need them. */
		if (!tf->is_console)
			tf->hung_up = true;
	}
	hangup_session(tty, session_exits);
	tty_session_clear(tty);
	tty->stopped = tty->tco_stopped = false;
	tty_flush_output(tty);
	tty_input_flush(tty);
	wait_queue_wake_events(&tty->wait,
			       POLLIN | POLLOUT | POLLERR | POLLHUP | POLLRDNORM | POLLWRNORM);
}

void tty_vhangup_self(void)
{
	struct tty *tty = current_tty();

	if (!tty)
		return;
	tty_get(tty);
	tty_hangup(tty, false);
	tty_put(tty);
}

/* --- task part ---------------------------------------------------------------------------------- */

static int jobctl_clone(struct task *parent, struct task *child, const struct clone_args_k *args)
{
	(void)args;
	if (parent && parent->group && child->group != parent->group)
		child->group->tty_detached = parent->group->tty_detached;
	return 0;
}

static void jobctl_exit(struct task *t)
{
	struct thread_group *g = t->group;

	/* The last thread of a session's leader; a clone that failed half way has no process group yet. */
	if (g && g->pgrp && g->n_threads == 1 && is_session_leader(g))
		disassociate(g, true);
}

void tty_jobctl_init(void)
{
	static struct task_part part = { .name = "tty",
					 .clone = jobctl_clone,
					 .exit = jobctl_exit };

	task_part_register(&part);
}

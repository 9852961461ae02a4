// SPDX-License-Identifier: GPL-2.0-or-later
/* Waiting for children: wait4 and waitid. A child is asked for its end, its stop, its continuation, in that order. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "task/process.h"
#include "task/task_internal.h"

struct wait_request {
	int which, id;
	uint32_t options;
	struct abi_siginfo *info; /* may be NULL */
	struct abi_rusage *rusage;
	int status, pid;
};

static bool wait_matches(const struct wait_request *w, const struct thread_group *me,
			 const struct thread_group *c)
{
	bool is_clone = c->exit_signal != SIGCHLD;

	switch (w->which) {
	case P_PID:
	case P_PIDFD:
		if (c->tgid != w->id)
			return false;
		break;
	case P_PGID:
		if (!c->pgrp || c->pgrp->pgid != (w->id ? w->id : me->pgrp->pgid))
			return false;
		break;
	default:
		break;
	}
	return (w->options & __WALL) || is_clone == ((w->options & __WCLONE) != 0);
}

static void timeval_from_ns(struct abi_timeval *tv, uint64_t ns)
{
	tv->sec = (int64_t)(ns / NSEC_PER_SEC);
	tv->usec = (int64_t)(ns % NSEC_PER_SEC / 1000);
}

static void wait_rusage(struct abi_rusage *r, const struct thread_group *c)
{
	*r = (struct abi_rusage){
		.minflt = (int64_t)(c->min_flt + c->children_min_flt),
		.majflt = (int64_t)(c->maj_flt + c->children_maj_flt),
		.nvcsw = (int64_t)c->nvcsw,
		.nivcsw = (int64_t)c->nivcsw,
	};
	timeval_from_ns(&r->utime, c->user_ns + c->children_user_ns);
	timeval_from_ns(&r->stime, c->system_ns + c->children_system_ns);
}

static void wait_fill(struct wait_request *w, const struct thread_group *c, int code, int si_status,
		      int status)
{
	w->pid = c->tgid;
	w->status = status;
	if (w->rusage)
		wait_rusage(w->rusage, c);
	if (w->info) {
		*w->info = (struct abi_siginfo){ .signo = SIGCHLD, .code = code };
		w->info->child.pid = c->tgid;
		w->info->child.uid = c->leader->cred->uid;
		w->info->child.status = si_status;
	}
}

/* True if this child has something to report; takes it unless WNOWAIT. */
static bool wait_child(struct wait_request *w, struct thread_group *c)
{
	bool take = !(w->options & WNOWAIT);

	if (c->zombie) {
		int s = c->exit_code;

		if (!(w->options & WEXITED) || c->n_threads > 0)
			return false;
		if ((s & 0x7f) == 0)
			wait_fill(w, c, CLD_EXITED, (s >> 8) & 0xff, s);
		else
			wait_fill(w, c, s & 0x80 ? CLD_DUMPED : CLD_KILLED, s & 0x7f, s);
		if (take)
			group_reap(c);
		return true;
	}
	if ((w->options & WSTOPPED) && c->stopped && !c->stop_reported) {
		wait_fill(w, c, CLD_STOPPED, c->stop_signo, (c->stop_signo << 8) | 0x7f);
		if (take)
			c->stop_reported = true;
		return true;
	}
	if ((w->options & WCONTINUED) && c->continued_pending) {
		wait_fill(w, c, CLD_CONTINUED, SIGCONT, 0xffff);
		if (take)
			c->continued_pending = false;
		return true;
	}
	return false;
}

int64_t task_wait(int which, int id, uint32_t options, int *ret_status, void *ret_siginfo,
		  void *ret_rusage, int *ret_pid)
{
	struct thread_group *me = current_task()->group, *c;
	struct wait_request w = { .which = which,
				  .id = id,
				  .options = options,
				  .info = ret_siginfo,
				  .rusage = ret_rusage };

	for (;;) {
		bool any = false;
		int r;

		list_for_each_entry(c, &me->children, sibling) {
			if (!wait_matches(&w, me, c))
				continue;
			any = true;
			if (wait_child(&w, c)) {
				*ret_status = w.status;
				*ret_pid = w.pid;
				return 0;
			}
		}
		if (!any)
			return -ECHILD;
		if (options & WNOHANG) {
			*ret_pid = 0;
			return 0;
		}
		r = wait_queue_sleep(&me->child_wait, NO_DEADLINE, WAIT_INTERRUPTIBLE);
		if (r < 0)
			return r;
	}
}

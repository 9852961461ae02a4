// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waiting for children and tracees: wait4 and waitid. A child is asked for its end, its stop, its continuation, in that order; a tracee for its end and
 * its stops for the tracer. While another process traces a child, its end is the tracer's to wait for first.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "task/process.h"
#include "task/ptrace.h"
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

static bool has_ended(const struct thread_group *c)
{
	return c->zombie && c->n_threads == 0 && c->ended_tracees == 0;
}

static void wait_fill_end(struct wait_request *w, const struct thread_group *c, int status)
{
	if ((status & 0x7f) == 0)
		wait_fill(w, c, CLD_EXITED, (status >> 8) & 0xff, status);
	else
		wait_fill(w, c, status & 0x80 ? CLD_DUMPED : CLD_KILLED, status & 0x7f, status);
}

/* True if this child has something to report; takes it unless WNOWAIT. */
static bool wait_child(struct wait_request *w, struct thread_group *c)
{
	bool take = !(w->options & WNOWAIT);
	bool traced = c->leader->ptrace != NULL;

	if (c->zombie) {
		if (!(w->options & WEXITED) || !has_ended(c) || ptrace_by_stranger(c))
			return false;
		wait_fill_end(w, c, c->exit_code);
		if (take)
			group_reap(c);
		return true;
	}
	/* Of a child that we trace ourselves the tracee's stop is told, not the process'. */
	if ((w->options & WSTOPPED) && c->stopped && !c->stop_reported &&
	    (!traced || ptrace_by_stranger(c))) {
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

/* --- tracees ------------------------------------------------------------------------------------ */

static bool tracee_matches(const struct wait_request *w, const struct thread_group *me,
			   const struct tracee *tr)
{
	const struct thread_group *g = tr->task ? tr->task->group : tr->group;

	if ((w->options & __WNOTHREAD) && tr->tracer != current_task())
		return false;
	switch (w->which) {
	case P_PID:
	case P_PIDFD:
		return w->id == (tr->task ? tr->task->tid : tr->tid);
	case P_PGID:
		return g->pgrp && g->pgrp->pgid == (w->id ? w->id : me->pgrp->pgid);
	default:
		return true;
	}
}

/* A thread that has ended, or a process of somebody else's that has. */
static bool wait_tracee_end(struct wait_request *w, struct tracee *tr)
{
	struct thread_group *g = tr->task ? tr->task->group : tr->group;
	bool take = !(w->options & WNOWAIT);

	if (!(w->options & WEXITED))
		return false;
	if (tr->task) {
		if (tr->task != g->leader || !has_ended(g) || !ptrace_by_stranger(g))
			return false;
		wait_fill_end(w, g, g->exit_code);
		if (take) {
			ptrace_unlink(tr);
			group_notify_parent(g, CLD_EXITED, g->exit_code);
		}
		return true;
	}
	wait_fill_end(w, g, tr->exit_status);
	w->pid = tr->tid;
	if (w->info)
		w->info->child.pid = tr->tid;
	if (w->rusage) {
		*w->rusage = (struct abi_rusage){ 0 };
		timeval_from_ns(&w->rusage->utime, tr->user_ns);
		timeval_from_ns(&w->rusage->stime, tr->system_ns);
	}
	if (take)
		ptrace_thread_reap(tr);
	return true;
}

static bool wait_tracee(struct wait_request *w, struct tracee *tr)
{
	int code = tr->wait_code;

	if (!tr->task || (tr->task->group->zombie && tr->task == tr->task->group->leader))
		return wait_tracee_end(w, tr);
	if (!tr->stopped || tr->listening || code == 0)
		return false;
	wait_fill(w, tr->task->group, CLD_TRAPPED, code, code << 8 | 0x7f);
	w->pid = tr->task->tid;
	if (w->info) {
		w->info->child.pid = tr->task->tid;
		w->info->child.uid = tr->task->cred->uid;
	}
	if (!(w->options & WNOWAIT))
		tr->wait_code = 0;
	return true;
}

/* One round over all that may be waited for; any: there is something to wait for. */
static bool wait_look(struct wait_request *w, struct thread_group *me, bool *any)
{
	struct thread_group *c;
	struct tracee *tr;

	list_for_each_entry(c, &me->children, sibling) {
		if (!wait_matches(w, me, c))
			continue;
		*any = true;
		if (wait_child(w, c))
			return true;
	}
	list_for_each_entry(tr, &me->tracees, link) {
		if (!tracee_matches(w, me, tr))
			continue;
		*any = true;
		if (wait_tracee(w, tr))
			return true;
	}
	return false;
}

int64_t task_wait(int which, int id, uint32_t options, int *ret_status, void *ret_siginfo,
		  void *ret_rusage, int *ret_pid)
{
	struct thread_group *me = current_task()->group;
	struct wait_request w = { .which = which,
				  .id = id,
				  .options = options,
				  .info = ret_siginfo,
				  .rusage = ret_rusage };

	for (;;) {
		bool any = false;
		int r;

		if (wait_look(&w, me, &any)) {
			*ret_status = w.status;
			*ret_pid = w.pid;
			return 0;
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

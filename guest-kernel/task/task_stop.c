// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Job control: a stop signal that one thread takes stops all of the process. Each thread counts itself down on its way back to user
 * space; the last tells the parent. SIGCONT undoes it from any state, when it is sent and not when it is taken.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "core/trace.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

bool pgrp_is_orphaned_now(const struct thread_group *g)
{
	return !g->pgrp || pgrp_is_orphaned(g->pgrp, NULL);
}

void signal_stop_begin(struct task *t, int signo)
{
	struct thread_group *g = t->group;
	struct task *other;

	g->shared->stop_signo = signo;
	g->shared->stop_left = 0;
	list_for_each_entry(other, &g->threads, group_link) {
		if (!other->signals || other->signals->stopped)
			continue;
		other->signals->stop_pending = true;
		g->shared->stop_left++;
		if (other != t)
			signal_wake(other, false);
	}
}

/* One thread less to wait for; the last makes the process stopped. */
static void count_down(struct thread_group *g)
{
	if (g->shared->stop_left == 0 || --g->shared->stop_left > 0)
		return;
	if (g->stopped)
		return; /* a thread that its tracer had let go has joined the others again */
	g->stopped = true;
	g->stop_signo = g->shared->stop_signo;
	g->stop_reported = false;
	g->continued_pending = false;
	trace(TRACE_SIGNAL, "%d stopped by %d", g->tgid, g->stop_signo);
	group_notify_parent(g, CLD_STOPPED, g->stop_signo);
}

void signal_stop_leave(struct task *t)
{
	if (!t->signals->stop_pending)
		return;
	t->signals->stop_pending = false;
	count_down(t->group);
}

void signal_stop_wait(struct task *t)
{
	struct task_signals *s = t->signals;

	s->stop_pending = false;
	if (t->ptrace) {
		count_down(t->group);
		ptrace_trap(t);
		return;
	}
	s->stopped = true;
	count_down(t->group);
	while (s->stopped && !signal_fatal_pending(t)) {
		if (ptrace_trap_pending(t))
			break; /* a tracer has come: the caller's loop stops for it */
		if (task_sleep(NO_DEADLINE, WAIT_KILLABLE | WAIT_STOPPED) < 0)
			break;
	}
	s->stopped = false;
}

void signal_continue(struct thread_group *g)
{
	bool was_stopped = g->stopped, was_stopping = g->shared->stop_left > 0;
	struct task *t;

	g->stopped = false;
	g->stop_reported = false;
	g->shared->stop_left = 0;
	list_for_each_entry(t, &g->threads, group_link) {
		if (!t->signals)
			continue;
		t->signals->stop_pending = false;
		t->signals->stop_dequeued = false;
		ptrace_continued(t);
		if (!t->signals->stopped)
			continue;
		t->signals->stopped = false;
		task_wake(t);
	}
	if (was_stopped) {
		g->continued_pending = true;
		group_notify_parent(g, CLD_CONTINUED, SIGCONT);
	} else if (was_stopping) {
		/* Not all had stopped yet; to the parent it looks as if they had (Linux does the same). */
		group_notify_parent(g, CLD_STOPPED, g->shared->stop_signo);
	}
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sending signals, masks, and what sleeping wants to know of signals. Who may send to whom is the caller's business. A signal
 * that would only end the process ends it here, at once (group_kill), so that its threads stop on their way back and no queue is asked; what needs a
 * handler, a stop or a core file is queued and waits for signal_deliver.
 */
#include "abi/abi_errno.h"
#include "abi/abi_seccomp.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

/* --- what a signal would do --------------------------------------------------------------------- */

static uint64_t handler_of(const struct thread_group *g, int signo)
{
	return g->shared->hand->actions[signo - 1].handler;
}

bool signal_ignored(struct thread_group *g, int signo)
{
	uint64_t h;

	if (!g->shared)
		return true;
	h = handler_of(g, signo);
	return h == SIG_IGN || (h == SIG_DFL && (SIGNALS_IGNORED_BY_DEFAULT & SIG_BIT(signo)));
}

bool signal_ignored_by(const struct task *t, int signo, bool from_kernel)
{
	struct thread_group *g = t->group;

	/* A blocked signal stays: what becomes of it is decided when it is unblocked. */
	if ((t->signals->blocked | t->signals->real_blocked) & SIG_BIT(signo))
		return false;
	if (t->ptrace && signo != SIGKILL)
		return false;
	if (g->shared->unkillable && handler_of(g, signo) == SIG_DFL &&
	    !(from_kernel && (SIGNALS_ABSOLUTE & SIG_BIT(signo))))
		return true;
	return signal_ignored(g, signo);
}

/* Ends the process without a core file, whatever thread takes it. */
static bool plainly_fatal(const struct thread_group *g, int signo)
{
	return handler_of(g, signo) == SIG_DFL &&
	       !((SIGNALS_IGNORED_BY_DEFAULT | SIGNALS_STOP | SIGNALS_CORE) & SIG_BIT(signo));
}

/* --- pending ------------------------------------------------------------------------------------ */

static uint64_t deliverable(const struct task *t)
{
	uint64_t set = t->signals->pending.set;

	if (t->group->shared)
		set |= t->group->shared->pending.set;
	return set & ~t->signals->blocked;
}

bool signal_fatal_pending(struct task *t)
{
	return t->exit_wanted || (t->group && t->group->exiting) ||
	       (t->signals && (t->signals->pending.set & SIG_BIT(SIGKILL)));
}

bool signal_pending(struct task *t)
{
	if (t->is_kthread || !t->signals || !t->group)
		return false;
	return signal_fatal_pending(t) || t->signals->has_forced || t->signals->stop_pending ||
	       ptrace_trap_pending(t) || deliverable(t) != 0;
}

static bool sleep_ends(struct task *t, unsigned int sleep_flags)
{
	if (t->is_kthread || !t->signals || !t->group)
		return false;
	if (sleep_flags & WAIT_INTERRUPTIBLE)
		return signal_pending(t);
	return (sleep_flags & WAIT_KILLABLE) && signal_fatal_pending(t);
}

static const struct signal_ops task_signal_ops = { .pending = sleep_ends };

void task_signal_register(void)
{
	signal_ops = &task_signal_ops;
}

int signal_dequeue(struct task *t, uint64_t blocked, struct abi_siginfo *ret)
{
	int signo = signal_queue_take(&t->signals->pending, blocked, ret);

	if (signo == 0)
		signo = signal_queue_take(&t->group->shared->pending, blocked, ret);
	return signo;
}

int signal_take(struct task *t, uint64_t set, struct abi_siginfo *ret)
{
	return signal_dequeue(t, ~(set & ~SIGNALS_ABSOLUTE), ret);
}

uint64_t signal_pending_set(struct task *t)
{
	uint64_t set = t->signals->pending.set;

	return set | (t->group->shared ? t->group->shared->pending.set : 0);
}

struct wait_queue *signal_wait_queue(struct task *t)
{
	return t->group && t->group->shared ? &t->group->shared->signalfd_queue : NULL;
}

/* --- waking ------------------------------------------------------------------------------------- */

void signal_wake(struct task *t, bool fatal)
{
	if (t->state == TASK_STOPPED) {
		if (fatal)
			task_wake(t);
	} else if (t->state == TASK_SLEEPING) {
		if ((t->sleep_flags & WAIT_INTERRUPTIBLE) ||
		    (fatal && (t->sleep_flags & WAIT_KILLABLE)))
			task_wake(t);
	} else {
		sched_interrupt(t);
	}
}

static bool wants_signal(const struct task *t, int signo)
{
	if (!t->signals || (t->signals->blocked & SIG_BIT(signo)) || t->exit_wanted)
		return false;
	return t->state != TASK_STOPPED && !t->signals->stopped;
}

/* The thread that is to take a signal of the process: the first, or else any that has nothing to take yet. */
static struct task *choose_thread(struct thread_group *g, int signo)
{
	struct task *t, *second = NULL;

	if (g->leader && !list_empty(&g->leader->group_link) && wants_signal(g->leader, signo))
		return g->leader;
	list_for_each_entry(t, &g->threads, group_link) {
		if (!wants_signal(t, signo))
			continue;
		if (!signal_pending(t))
			return t;
		if (!second)
			second = t;
	}
	return second;
}

void signal_retarget(struct task *t, uint64_t signals)
{
	struct thread_group *g = t->group;
	uint64_t left = g->shared ? g->shared->pending.set & signals : 0;
	struct task *other;

	if (!left)
		return;
	list_for_each_entry(other, &g->threads, group_link) {
		if (other == t || !other->signals || other->exit_wanted ||
		    !(left & ~other->signals->blocked))
			continue;
		left &= other->signals->blocked;
		signal_wake(other, false);
		if (!left)
			return;
	}
}

/* --- sending ------------------------------------------------------------------------------------ */

/* Side effects that a signal has even if it is ignored or blocked. */
static void prepare(struct thread_group *g, int signo)
{
	uint64_t gone = 0;
	struct task *t;

	if (SIGNALS_STOP & SIG_BIT(signo))
		gone = SIG_BIT(SIGCONT);
	else if (signo == SIGCONT)
		gone = SIGNALS_STOP;
	if (!gone)
		return;
	signal_queue_remove(&g->shared->pending, gone);
	list_for_each_entry(t, &g->threads, group_link)
		if (t->signals)
			signal_queue_remove(&t->signals->pending, gone);
	if (signo == SIGCONT)
		signal_continue(g);
}

/* By whose masks a signal is judged: the thread it is for, else the first thread; one that is ending judges nothing. NULL: nobody is left. */
static struct task *judge_of(struct thread_group *g, struct task *t)
{
	struct task *judge = t ? t : g->leader;

	if (judge && judge->signals)
		return judge;
	list_for_each_entry(judge, &g->threads, group_link)
		if (judge->signals)
			return judge;
	return NULL;
}

/* t: the thread it is for, NULL: any of the group. */
static int send(struct thread_group *g, struct task *t, const struct abi_siginfo *info,
		bool from_kernel)
{
	struct task *judge, *taker;
	struct signal_queue *q;
	int signo = info->signo, r;

	ASSERT_LOCKED();
	ASSERT(signal_valid(signo));
	if (!g || !g->shared || g->exiting || g->zombie)
		return 0;
	judge = judge_of(g, t);
	if (!judge)
		return 0;
	prepare(g, signo);
	if (signal_ignored_by(judge, signo, from_kernel))
		return 0;
	taker = t ? (wants_signal(t, signo) ? t : NULL) : choose_thread(g, signo);
	trace(TRACE_SIGNAL, "signal %d code %d to %d%s", signo, info->code, t ? t->tid : g->tgid,
	      taker ? "" : ", nobody takes it now");
	if (signo == SIGKILL ||
	    (taker && plainly_fatal(g, signo) && !(taker->signals->real_blocked & SIG_BIT(signo)) &&
	     !taker->ptrace && !g->shared->unkillable)) {
		group_kill(g, signo);
		return 0;
	}
	q = t ? &t->signals->pending : &g->shared->pending;
	r = signal_queue_add(q, judge, info);
	if (r < 0)
		return r;
	wait_queue_wake_all(&g->shared->signalfd_queue);
	if (taker)
		signal_wake(taker, false);
	return 0;
}

static bool from_kernel(const struct abi_siginfo *info)
{
	return info->code > 0;
}

int signal_send_task(struct task *t, const struct abi_siginfo *info)
{
	if (!t->group || !t->signals)
		return 0;
	return send(t->group, t, info, from_kernel(info));
}

int signal_send_group(struct thread_group *g, const struct abi_siginfo *info)
{
	return send(g, NULL, info, from_kernel(info));
}

int signal_send_pgrp(struct process_group *p, const struct abi_siginfo *info)
{
	struct thread_group *g, *tmp;
	int r = -ESRCH;

	list_for_each_entry_safe(g, tmp, &p->members, pgrp_link) {
		int one = signal_send_group(g, info);

		if (r != 0)
			r = one;
	}
	return r;
}

void signal_simple(struct thread_group *g, int signo)
{
	const struct abi_siginfo info = { .signo = signo, .code = SI_KERNEL };

	if (signo)
		(void)signal_send_group(g, &info);
}

void signal_simple_pgrp(struct process_group *p, int signo)
{
	const struct abi_siginfo info = { .signo = signo, .code = SI_KERNEL };

	if (signo)
		(void)signal_send_pgrp(p, &info);
}

int signal_send_entry(struct task *t, struct thread_group *g, struct signal_entry *e)
{
	struct task *judge, *taker;
	struct signal_queue *q;
	int signo = e->info.signo;

	ASSERT_LOCKED();
	if (!g->shared || g->exiting || !list_empty(&e->link))
		return 0;
	judge = judge_of(g, t);
	prepare(g, signo);
	if (!judge || signal_ignored_by(judge, signo, false))
		return 1;
	taker = t ? (wants_signal(t, signo) ? t : NULL) : choose_thread(g, signo);
	if (taker && plainly_fatal(g, signo) && !taker->ptrace && !g->shared->unkillable &&
	    !(taker->signals->real_blocked & SIG_BIT(signo))) {
		group_kill(g, signo);
		return 0;
	}
	q = t ? &t->signals->pending : &g->shared->pending;
	list_add_tail(&e->link, &q->entries);
	q->set |= SIG_BIT(signo);
	wait_queue_wake_all(&g->shared->signalfd_queue);
	if (taker)
		signal_wake(taker, false);
	return 0;
}

void signal_force(struct task *t, const struct abi_siginfo *info)
{
	struct abi_sigaction *act = &t->group->shared->hand->actions[info->signo - 1];
	uint64_t bit = SIG_BIT(info->signo);

	ASSERT_LOCKED();
	if ((t->signals->blocked & bit) || act->handler == SIG_IGN) {
		act->handler = SIG_DFL;
		t->signals->blocked &= ~bit;
	}
	/* Nobody outlives a fault of its own that it has not foreseen, pid 1 neither. */
	if (act->handler == SIG_DFL && !t->ptrace)
		t->group->shared->unkillable = false;
	t->signals->forced = *info;
	t->signals->has_forced = true;
}

/* --- masks -------------------------------------------------------------------------------------- */

uint64_t signal_blocked(struct task *t)
{
	return t->signals ? t->signals->blocked : 0; /* /proc asks for those that have ended, too */
}

void signal_set_blocked(struct task *t, uint64_t mask)
{
	uint64_t newly = mask & ~SIGNALS_ABSOLUTE & ~t->signals->blocked;

	t->signals->blocked = mask & ~SIGNALS_ABSOLUTE;
	if (newly && t->group->n_threads > 1)
		signal_retarget(t, newly);
}

void signal_set_temporary_mask(struct task *t, uint64_t mask)
{
	t->signals->saved_mask = t->signals->blocked;
	t->signals->restore_mask = true;
	signal_set_blocked(t, mask);
}

bool signal_blocked_or_ignored(int signo)
{
	struct task *t = current_task();

	if (!t || !t->signals)
		return false;
	return (t->signals->blocked & SIG_BIT(signo)) || signal_ignored(t->group, signo);
}

bool signal_autoreap(struct thread_group *parent)
{
	const struct abi_sigaction *a;

	if (!parent->shared)
		return false;
	a = &parent->shared->hand->actions[SIGCHLD - 1];
	return a->handler == SIG_IGN || (a->flags & SA_NOCLDWAIT);
}

bool signal_nocldstop(struct thread_group *parent)
{
	const struct abi_sigaction *a;

	if (!parent->shared)
		return true;
	a = &parent->shared->hand->actions[SIGCHLD - 1];
	return a->handler == SIG_IGN || (a->flags & SA_NOCLDSTOP);
}

/* --- actions ------------------------------------------------------------------------------------ */

void signal_action(struct task *t, int signo, const struct abi_sigaction *set,
		   struct abi_sigaction *ret_old)
{
	struct abi_sigaction *a = &t->group->shared->hand->actions[signo - 1];
	struct task *other;

	if (ret_old)
		*ret_old = *a;
	if (!set)
		return;
	*a = *set;
	a->mask &= ~SIGNALS_ABSOLUTE;
	/* What is ignored from now on is dropped even if it is pending and blocked (POSIX 3.3.1.3). */
	if (!signal_ignored(t->group, signo))
		return;
	signal_queue_remove(&t->group->shared->pending, SIG_BIT(signo));
	list_for_each_entry(other, &t->group->threads, group_link)
		if (other->signals)
			signal_queue_remove(&other->signals->pending, SIG_BIT(signo));
}

void signal_lend(struct task *t)
{
	const struct signal_hand *h = t->group->shared->hand;
	bool lend = t->vfork && h->refs == 1 && t->group->n_threads == 1 && !t->ptrace &&
		    t->seccomp_mode == SECCOMP_MODE_OFF && !trace_on(TRACE_STRACE);

	if (!engine->signals_lend || (!lend && !t->signals_lent))
		return;
	engine->signals_lend(t->thread, lend ? h->actions : NULL);
	t->signals_lent = lend;
}

void signal_take_back(struct task *t)
{
	struct abi_sigaction set[NSIG];
	uint64_t changed;

	if (!t->signals_lent)
		return;
	changed = engine->signals_take(t->thread, set) & ~SIGNALS_ABSOLUTE;
	for (int signo = 1; signo <= NSIG; signo++)
		if (changed & SIG_BIT(signo))
			signal_action(t, signo, &set[signo - 1], NULL);
}

/* --- sigtimedwait ------------------------------------------------------------------------------- */

int signal_wait(struct task *t, uint64_t set, uint64_t deadline_ns, struct abi_siginfo *ret)
{
	struct task_signals *s = t->signals;
	uint64_t blocked;
	int signo, r;

	set &= ~SIGNALS_ABSOLUTE;
	for (;;) {
		signo = signal_dequeue(t, ~set, ret);
		if (signo || deadline_ns == 0)
			return signo ? signo : -EAGAIN;
		/* Open the set for the sleep, so that a signal of it wakes this thread; it is not delivered. */
		blocked = s->blocked;
		s->real_blocked = blocked;
		s->blocked &= ~set;
		r = task_sleep(deadline_ns, WAIT_INTERRUPTIBLE);
		s->real_blocked = 0;
		signal_set_blocked(t, blocked);
		signo = signal_dequeue(t, ~set, ret);
		if (signo)
			return signo;
		if (r < 0)
			return r == -ETIMEDOUT ? -EAGAIN : -EINTR;
	}
}

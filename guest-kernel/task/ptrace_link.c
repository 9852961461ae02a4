// SPDX-License-Identifier: GPL-2.0-or-later
/* Who traces whom: the beginning and the end of tracing, who may, and what becomes of tracees and tracers that die. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "mm/mm.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

void tracee_put(struct tracee *tr)
{
	if (tr && --tr->refs == 0)
		kfree(tr);
}

int ptrace_tracer_tid(const struct task *t)
{
	const struct tracee *tr = t->ptrace;

	return tr && tr->tracer ? tr->tracer->tid : 0;
}

bool ptrace_by_stranger(const struct thread_group *g)
{
	const struct tracee *tr = g->leader ? g->leader->ptrace : NULL;

	return tr && tr->tracer && tr->tracer->group != g->parent;
}

/* --- who may ------------------------------------------------------------------------------------ */

static bool ids_match(uint32_t uid, uint32_t gid, const struct cred *it)
{
	return uid == it->euid && uid == it->suid && uid == it->uid && gid == it->egid &&
	       gid == it->sgid && gid == it->gid;
}

bool ptrace_may_attach(struct task *t)
{
	const struct cred *me = current_task()->cred, *it = t->cred;

	if (current_task()->group == t->group)
		return true;
	if (!it)
		return false;
	if (capable(CAP_SYS_PTRACE))
		return true;
	if (!ids_match(me->uid, me->gid, it) || (t->mm && !t->mm->dumpable))
		return false;
	return (it->cap_permitted & ~me->cap_permitted) == 0;
}

/* --- beginning ---------------------------------------------------------------------------------- */

static int tracee_link(struct task *t, struct task *tracer, bool seized, uint32_t options)
{
	struct tracee *tr = kzalloc(sizeof(*tr));

	if (!tr)
		return -ENOMEM;
	tr->refs = 1;
	tr->task = t;
	tr->tracer = tracer;
	tr->seized = seized;
	tr->options = options;
	list_add_tail(&tr->link, &tracer->group->tracees);
	t->ptrace = tr;
	trace(TRACE_SIGNAL, "%d is traced by %d", t->tid, tracer->tid);
	return 0;
}

/* The thread of the parent that made this process, or any other if that has ended. */
static struct task *parent_thread(const struct thread_group *g)
{
	struct thread_group *p = g->parent;
	struct task *t = task_find(g->creator_tid);

	if (!p || p->exiting || list_empty(&p->threads))
		return NULL;
	if (t && t->group == p && t->signals)
		return t;
	return list_first_entry(&p->threads, struct task, group_link);
}

int ptrace_traceme(void)
{
	struct task *t = current_task(), *parent = parent_thread(t->group);

	if (t->ptrace)
		return -EPERM;
	if (!parent)
		return 0; /* it is ending: nobody would wait for us */
	if ((t->cred->cap_permitted & ~parent->cred->cap_permitted) &&
	    !task_capable(parent, CAP_SYS_PTRACE))
		return -EPERM;
	return tracee_link(t, parent, false, 0);
}

/* Until it stands in the stop that it owes us: a wait right after the attach shall find it. Only a fatal signal ends this early. */
static void await_trap(struct tracee *tr)
{
	struct task *me = current_task();

	tr->refs++;
	while (tr->tracer == me && tr->task && tr->task->signals && tr->trap_wanted) {
		if (wait_queue_sleep(&me->group->child_wait, NO_DEADLINE, WAIT_KILLABLE) < 0)
			break;
	}
	tracee_put(tr);
}

int ptrace_attach(struct task *t, bool seize, uint32_t options)
{
	const struct abi_siginfo stop = { .signo = SIGSTOP, .code = SI_KERNEL };
	struct task *me = current_task();
	int r;

	if (t->is_kthread || t->group == me->group)
		return -EPERM;
	if (!ptrace_may_attach(t) || !t->signals || t->group->zombie || t->ptrace)
		return -EPERM;
	r = tracee_link(t, me, seize, options);
	if (r < 0)
		return r;
	if (!seize)
		(void)signal_send_task(t, &stop);
	/* Stopped already: it leaves that stop for one that its tracer hears of. */
	if (t->signals->stopped) {
		tracee_of(t)->trap_wanted = true;
		task_wake(t);
		await_trap(tracee_of(t));
	}
	return 0;
}

int ptrace_clone_child(const struct task *parent, struct task *child)
{
	const struct tracee *tr = parent->ptrace;
	const struct abi_siginfo stop = { .signo = SIGSTOP };
	int r;

	if (!tr || !tr->tracer)
		return 0;
	r = tracee_link(child, tr->tracer, tr->seized, tr->options);
	if (r < 0)
		return r;
	if (tr->seized)
		tracee_of(child)->trap_wanted = true;
	else
		(void)signal_queue_add(&child->signals->pending, child, &stop);
	return 0;
}

/* --- end ---------------------------------------------------------------------------------------- */

void ptrace_unlink(struct tracee *tr)
{
	struct task *t = tr->task;

	ASSERT_LOCKED();
	list_del(&tr->link);
	tr->tracer = NULL;
	if (t) {
		struct thread_group *g = t->group;

		t->ptrace = NULL;
		if (t->thread)
			t->thread->single_step = false;
		/* Its process is stopped: so is it again, now that nobody holds it apart. */
		if (t->signals && g && g->shared && !g->exiting && !t->signals->stop_pending &&
		    !t->signals->stopped && (g->stopped || g->shared->stop_left > 0)) {
			t->signals->stop_pending = true;
			g->shared->stop_left++;
			signal_wake(t, false);
		}
		if (tr->stopped) {
			tr->stopped = false;
			task_wake(t);
		}
	}
	tracee_put(tr);
}

void ptrace_detach(struct tracee *tr, int signal)
{
	tr->resume_signal = signal;
	ptrace_unlink(tr);
}

void ptrace_thread_reap(struct tracee *tr)
{
	struct thread_group *g = tr->group;

	pid_unreserve(tr->tid);
	tr->group = NULL;
	ptrace_unlink(tr);
	/* A process is not told dead before its last thread has been waited for. */
	if (--g->ended_tracees == 0 && g->zombie)
		group_notify_parent(g, CLD_EXITED, g->exit_code);
	group_put(g);
}

/* Of a process that has ended and was traced by another than its parent, which learns of it only now. */
static void zombie_unlink(struct tracee *tr)
{
	struct thread_group *g = tr->task->group;
	bool stranger = ptrace_by_stranger(g);

	ptrace_unlink(tr);
	if (stranger || signal_autoreap(g->parent))
		group_notify_parent(g, CLD_EXITED, g->exit_code);
}

void ptrace_tracer_exit(struct task *t)
{
	const struct abi_siginfo kill = { .signo = SIGKILL, .code = SI_KERNEL };
	struct tracee *tr;

	/* Each round takes one away; what the others lead to may take away more. */
	for (;;) {
		bool found = false;

		list_for_each_entry(tr, &t->group->tracees, link) {
			if (tr->tracer == t) {
				found = true;
				break;
			}
		}
		if (!found)
			return;
		if (!tr->task) {
			ptrace_thread_reap(tr);
			continue;
		}
		/* A signal that nobody has been told of yet is not lost with its tracer. */
		if (tr->stopped && tr->wait_code <= NSIG)
			tr->resume_signal = tr->wait_code;
		if (tr->options & PTRACE_O_EXITKILL)
			(void)signal_send_task(tr->task, &kill);
		if (tr->task->group->zombie && tr->task == tr->task->group->leader)
			zombie_unlink(tr);
		else
			ptrace_unlink(tr);
	}
}

void ptrace_thread_ended(struct task *t, int status)
{
	struct tracee *tr = t->ptrace;
	struct thread_group *g = t->group, *tracer = tr->tracer->group;
	struct abi_siginfo info = { .signo = SIGCHLD };

	tr->task = NULL;
	tr->tid = t->tid;
	tr->exit_status = status;
	tr->uid = t->cred->uid;
	tr->user_ns = t->user_ns;
	tr->system_ns = t->system_ns;
	tr->stopped = false;
	tr->wait_code = 0;
	tr->group = g;
	group_get(g);
	g->ended_tracees++;
	pid_reserve(t->tid);
	t->ptrace = NULL;
	info.code = (status & 0x7f) == 0 ? CLD_EXITED : status & 0x80 ? CLD_DUMPED : CLD_KILLED;
	info.child.pid = tr->tid;
	info.child.uid = tr->uid;
	info.child.status = info.code == CLD_EXITED ? (status >> 8) & 0xff : status & 0x7f;
	(void)signal_send_group(tracer, &info);
	wait_queue_wake_all(&tracer->child_wait);
}

void ptrace_thread_gone(struct task *t)
{
	if (t->ptrace)
		ptrace_unlink(t->ptrace);
}

void ptrace_killed(struct thread_group *g)
{
	struct task *t;

	/* The last thread's end is the process' own: a signal finds it dying already, as in Linux. */
	if (g->n_threads == 1)
		return;
	list_for_each_entry(t, &g->threads, group_link) {
		struct tracee *tr = t->ptrace;

		if (!tr || !tr->stopped || !tr->in_exit)
			continue;
		tr->stopped = false;
		task_wake(t);
	}
}

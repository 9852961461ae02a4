// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The death of tasks:
 *   - task_exit ends one thread; the last one makes its group a zombie and tells the parent
 *   - task_exit_group and group_kill end all threads of a process: each finds a fatal signal and exits by itself
 *   - children of a dead process go to the nearest subreaper or to init
 *   - group_reap, called by wait or for a parent that does not care, takes the zombie away
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/core_dump.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

void (*exe_file_get)(void *file);
void (*exe_file_put)(void *file);

void task_mm_release(struct task *t)
{
	uaddr_t tid_addr = t->clear_child_tid;
	struct mm *mm = t->mm;

	if (!mm)
		return;
	if (!mm->dead)
		futex_exit(t); /* robust list, then the wake of clear_child_tid below */
	if (tid_addr.a && !mm->dead && mm->refs > 1) {
		uint32_t zero = 0;

		(void)!(mm_write(mm, tid_addr.a, &zero, sizeof(zero), false));
		futex_wake_address(mm, tid_addr.a, 1);
	}
	t->clear_child_tid = UADDR(0);
	vfork_release(t);
	t->mm = NULL;
	if (mm->refs == 1 && exe_file_put && mm->exe_file) {
		exe_file_put(mm->exe_file);
		mm->exe_file = NULL;
	}
	/* The engine frees the threads of a space along with it. */
	if (mm->refs == 1)
		t->thread = NULL;
	mm_put(mm);
}

/* --- children ----------------------------------------------------------------------------------- */

static struct thread_group *find_reaper(struct thread_group *g)
{
	for (g = g->parent; g && g != init_group; g = g->parent)
		if (g->child_subreaper && !g->exiting)
			return g;
	return init_group;
}

static void reparent_children(struct thread_group *g)
{
	struct thread_group *reaper = find_reaper(g), *c, *tmp;

	list_for_each_entry_safe(c, tmp, &g->children, sibling) {
		group_set_parent(c, reaper);
		/* The old parent agreed on another signal; the new one must not be killed by it. */
		c->exit_signal = SIGCHLD;
		if (c->pdeath_signal)
			signal_simple(c, c->pdeath_signal);
		if (c->zombie && !ptrace_by_stranger(c))
			group_notify_parent(c, CLD_EXITED, c->exit_code);
	}
}

/* A process group that has lost its last link to the session's shell and has stopped members gets SIGHUP and SIGCONT. */
bool pgrp_is_orphaned(const struct process_group *p, const struct thread_group *leaving)
{
	struct thread_group *g;

	list_for_each_entry(g, &p->members, pgrp_link) {
		struct thread_group *parent = g->parent;

		if (g == leaving || g->zombie || !parent)
			continue;
		if (parent == leaving)
			parent = find_reaper(parent); /* whose child it is about to be */
		if (parent == init_group)
			continue;
		if (parent->pgrp && parent->pgrp != p && parent->pgrp->session == p->session)
			return false;
	}
	return true;
}

static void hangup_if_orphaned(struct process_group *p, const struct thread_group *leaving)
{
	struct thread_group *g;
	bool stopped = false;

	list_for_each_entry(g, &p->members, pgrp_link)
		stopped |= g->stopped && g != leaving;
	if (!stopped || !pgrp_is_orphaned(p, leaving))
		return;
	signal_simple_pgrp(p, SIGHUP);
	signal_simple_pgrp(p, SIGCONT);
}

static void hangup_orphans(struct thread_group *g)
{
	struct thread_group *c;

	if (!g->pgrp)
		return;
	if (g->parent && g->parent->pgrp != g->pgrp)
		hangup_if_orphaned(g->pgrp, g);
	list_for_each_entry(c, &g->children, sibling) {
		if (c->pgrp && c->pgrp != g->pgrp)
			hangup_if_orphaned(c->pgrp, g);
	}
}

/* --- the parent --------------------------------------------------------------------------------- */

static int wait_code(int status)
{
	if ((status & 0x7f) == 0)
		return CLD_EXITED;
	return status & 0x80 ? CLD_DUMPED : CLD_KILLED;
}

void group_notify_parent(struct thread_group *g, int code, int status)
{
	struct thread_group *parent = g->parent;
	bool stranger = g->zombie && ptrace_by_stranger(g);
	struct abi_siginfo info = { .signo = SIGCHLD, .code = code };

	/* Not before the tracers of its other threads have waited for those. */
	if (g->zombie && g->ended_tracees > 0)
		return;
	/* A process that is traced dies for its tracer first, and for its parent when the tracer has waited. */
	if (stranger)
		parent = ((const struct tracee *)g->leader->ptrace)->tracer->group;
	if (!parent)
		return;
	if (g->zombie)
		info.code = wait_code(status);
	info.child.pid = g->tgid;
	info.child.uid = g->leader ? g->leader->cred->uid : 0;
	info.child.status = info.code == CLD_EXITED ? (status >> 8) & 0xff
			    : g->zombie		    ? status & 0x7f
						    : status;
	info.child.utime = (int64_t)(g->user_ns / 10000000);
	info.child.stime = (int64_t)(g->system_ns / 10000000);
	if (g->zombie && g->exit_signal != SIGCHLD && !stranger) {
		if (g->exit_signal)
			signal_simple(parent, g->exit_signal);
	} else if (g->zombie || !signal_nocldstop(parent)) {
		(void)signal_send_group(parent, &info);
	}
	wait_queue_wake_all(&parent->child_wait);
	wait_queue_wake_all(&g->pidfd_wait);
	if (g->zombie && g->exit_signal == SIGCHLD && !g->leader->ptrace && signal_autoreap(parent))
		group_reap(g);
}

void group_reap(struct thread_group *g)
{
	struct thread_group *parent = g->parent;
	struct task *leader = g->leader;

	ASSERT_LOCKED();
	ASSERT(g->zombie && g->n_threads == 0);
	if (leader->ptrace)
		ptrace_unlink(leader->ptrace);
	if (parent) {
		parent->children_user_ns += g->user_ns + g->children_user_ns;
		parent->children_system_ns += g->system_ns + g->children_system_ns;
		parent->children_min_flt += g->min_flt + g->children_min_flt;
		parent->children_maj_flt += g->maj_flt + g->children_maj_flt;
	}
	group_set_parent(g, NULL);
	pgrp_leave(g);
	pid_free(leader);
	g->leader = NULL;
	leader->group = NULL;
	cred_put(leader->cred);
	leader->cred = NULL;
	task_put(leader);
	group_put(g);
}

/* --- the end ------------------------------------------------------------------------------------ */

static void group_finish(struct task *last, int status)
{
	struct thread_group *g = last->group;

	if (g == init_group)
		panic("Attempted to kill init! exitcode=0x%08x", (unsigned int)status);
	g->exit_code = g->exiting ? g->exit_code : status;
	g->exiting = true;
	hangup_orphans(g);
	reparent_children(g);
	g->zombie = true;
	group_notify_parent(g, CLD_EXITED, g->exit_code);
}

static void group_account(struct thread_group *g, const struct task *t)
{
	g->user_ns += t->user_ns;
	g->system_ns += t->system_ns;
	g->min_flt += t->min_flt;
	g->maj_flt += t->maj_flt;
	g->nvcsw += t->nvcsw;
	g->nivcsw += t->nivcsw;
}

void task_exit(int status)
{
	struct task *t = current_task();
	struct thread_group *g = t->group;
	bool is_leader = t == g->leader;

	ASSERT_LOCKED();
	if (t->signals) {
		core_dump_join(t);
		ptrace_exit_event(t, status);
	}
	if (g->exiting)
		status = g->exit_code;
	t->exit_code = status;
	ptrace_tracer_exit(t);
	/* The thread before the space that it runs in; and before its stack may be freed by who waits for clear_child_tid. */
	if (t->thread)
		engine->thread_destroy(t->thread);
	t->thread = NULL;
	task_mm_release(t);
	task_parts_exit(t);
	task_count_exit();
	group_account(g, t);
	list_del(&t->group_link);
	g->n_threads--;
	if (g->single_waiter)
		task_wake(g->single_waiter);
	core_dump_left(g);
	if (is_leader) {
		/* The leader's number and object stay until the group is reaped. */
		task_get(t);
	} else {
		pid_free(t);
		if (t->ptrace)
			ptrace_thread_ended(t, status);
		t->group = NULL;
		cred_put(t->cred);
		t->cred = NULL;
	}
	if (g->n_threads == 0) {
		if (!is_leader) {
			/* group_finish needs a task of the group only to find it. */
			struct task dead = { .group = g };

			group_finish(&dead, status);
		} else {
			group_finish(t, status);
		}
	}
	if (!is_leader)
		group_put(g);
	sched_exit();
}

void group_kill(struct thread_group *g, int status)
{
	struct task *t;

	ASSERT_LOCKED();
	if (g->zombie)
		return;
	if (!g->exiting) {
		ptrace_killed(g);
		g->exiting = true;
		g->exit_code = status;
	}
	list_for_each_entry(t, &g->threads, group_link) {
		/* exiting counts as a fatal pending signal: whoever sleeps or runs comes to its return path and exits. */
		if (t->state == TASK_SLEEPING || t->state == TASK_STOPPED) {
			if (t->state == TASK_STOPPED)
				t->state = TASK_SLEEPING;
			if (t->sleep_flags & (WAIT_INTERRUPTIBLE | WAIT_KILLABLE))
				task_wake(t);
		} else {
			sched_interrupt(t);
		}
	}
}

void task_exit_group(int status)
{
	struct thread_group *g = current_task()->group;

	group_kill(g, status);
	task_exit(g->exit_code);
}

int group_single_thread(void)
{
	struct task *me = current_task(), *t;
	struct thread_group *g = me->group;

	if (g->exiting || g->single_waiter || g->core)
		return -EAGAIN;
	g->single_waiter = me;
	while (g->n_threads > 1) {
		list_for_each_entry(t, &g->threads, group_link) {
			if (t == me)
				continue;
			t->exit_wanted = true;
			if (t->state == TASK_STOPPED)
				t->state = TASK_SLEEPING;
			if (t->state == TASK_SLEEPING &&
			    (t->sleep_flags & (WAIT_INTERRUPTIBLE | WAIT_KILLABLE)))
				task_wake(t);
			else
				sched_interrupt(t);
		}
		(void)!task_sleep(NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	}
	g->single_waiter = NULL;
	if (me != g->leader) {
		struct task *old = g->leader;

		ptrace_thread_gone(old);
		pid_take_over(me, old);
		g->leader = me;
		pid_free(old);
		old->group = NULL;
		cred_put(old->cred);
		old->cred = NULL;
		task_put(old);
		group_put(g); /* as a thread we held one; the leader lives on the group's own */
	}
	return 0;
}

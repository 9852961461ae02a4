// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What happens between a trap and the return to the guest: interrupted calls are restarted or end with EINTR, pending signals are taken one after
 * another until a handler's frame lies on the stack or none is left, and the mask of ppoll and its kin comes back.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "mm/mm.h"
#include "task/core_dump.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

#define NR_RESTART_SYSCALL  219
#define SYSCALL_INSN_LENGTH 2

/* --- calls that were interrupted ---------------------------------------------------------------- */

int64_t task_restart_with(struct task *t, const struct restart_block *b)
{
	t->signals->restart = *b;
	return -ERESTART_RESTARTBLOCK;
}

int64_t task_restart(struct task *t)
{
	struct restart_block b = t->signals->restart;

	t->signals->restart.fn = NULL;
	return b.fn ? b.fn(t, &b) : -EINTR;
}

static bool was_interrupted(const struct abi_regs *r)
{
	if ((int64_t)r->orig_rax < 0)
		return false; /* rt_sigreturn, exec: these registers are the program's own */
	switch ((int64_t)r->rax) {
	case -ERESTARTSYS:
	case -ERESTARTNOINTR:
	case -ERESTARTNOHAND:
	case -ERESTART_RESTARTBLOCK:
		return true;
	default:
		return false;
	}
}

static void call_again(struct abi_regs *r)
{
	r->rax = (int64_t)r->rax == -ERESTART_RESTARTBLOCK ? NR_RESTART_SYSCALL : r->orig_rax;
	r->rip -= SYSCALL_INSN_LENGTH;
}

/* A handler is about to run. */
static void restart_for_handler(struct abi_regs *r, const struct abi_sigaction *act)
{
	if ((int64_t)r->rax == -ERESTARTNOINTR ||
	    ((int64_t)r->rax == -ERESTARTSYS && (act->flags & SA_RESTART)))
		call_again(r);
	else
		r->rax = (uint64_t)-EINTR;
}

/* --- taking signals ----------------------------------------------------------------------------- */

static int take_next(struct task *t, struct abi_siginfo *info)
{
	struct task_signals *s = t->signals;

	if (s->has_forced) {
		s->has_forced = false;
		*info = s->forced;
		return info->signo;
	}
	return signal_dequeue(t, s->blocked, info);
}

/* The default action. May sleep (stopped) or not return. */
static void default_action(struct task *t, const struct abi_siginfo *info)
{
	uint64_t bit = SIG_BIT(info->signo);

	if (SIGNALS_IGNORED_BY_DEFAULT & bit)
		return;
	if (t->group->shared->unkillable && !(SIGNALS_ABSOLUTE & bit))
		return;
	if (SIGNALS_STOP & bit) {
		/* Nobody could continue a process whose group has lost its shell. */
		if (info->signo != SIGSTOP && pgrp_is_orphaned_now(t->group))
			return;
		/* SIGCONT came while a tracer held it. */
		if (t->ptrace && !t->signals->stop_dequeued)
			return;
		signal_stop_begin(t, info->signo);
		return;
	}
	if (SIGNALS_CORE & bit)
		task_exit_group(info->signo | (core_dump(t, info) ? WAIT_CORE_FLAG : 0));
	task_exit_group(info->signo);
}

/* Push the frame; true if the handler will run. */
static bool run_handler(struct task *t, struct abi_sigaction *slot, const struct abi_siginfo *info,
			bool interrupted)
{
	struct task_signals *s = t->signals;
	struct abi_sigaction act = *slot;
	uint64_t mask = s->restore_mask ? s->saved_mask : s->blocked;
	struct abi_siginfo segv = { .signo = SIGSEGV, .code = SI_KERNEL };

	if (act.flags & SA_RESETHAND)
		slot->handler = SIG_DFL;
	if (interrupted)
		restart_for_handler(&t->thread->regs, &act);
	trace(TRACE_SIGNAL, "signal %d to handler %#llx", info->signo,
	      (unsigned long long)act.handler);
	if (signal_frame_push(t, &act, info, mask) < 0) {
		/* No stack for SIGSEGV's own handler: it cannot run. */
		if (info->signo == SIGSEGV)
			t->group->shared->hand->actions[SIGSEGV - 1].handler = SIG_DFL;
		signal_force(t, &segv);
		return false;
	}
	s->restore_mask = false;
	mask = s->blocked | act.mask;
	if (!(act.flags & SA_NODEFER))
		mask |= SIG_BIT(info->signo);
	signal_set_blocked(t, mask);
	return true;
}

static void restore_mask(struct task *t)
{
	if (!t->signals->restore_mask)
		return;
	t->signals->restore_mask = false;
	signal_set_blocked(t, t->signals->saved_mask);
}

void signal_deliver(struct task *t, bool in_syscall)
{
	struct abi_regs *r = &t->thread->regs;
	bool interrupted = was_interrupted(r);

	ASSERT_LOCKED();
	/* A call that was not interrupted takes its temporary mask along before anything is delivered under it. */
	if (t->signals->restore_mask && in_syscall && !interrupted && (int64_t)r->rax != -EINTR)
		restore_mask(t);
	while (signal_pending(t)) {
		struct abi_sigaction *slot;
		struct abi_siginfo info;
		int signo;

		if (signal_fatal_pending(t))
			return; /* the loop that called us ends this thread */
		if (t->signals->stop_pending) {
			signal_stop_wait(t);
			continue;
		}
		if (ptrace_trap_pending(t)) {
			ptrace_trap(t);
			continue;
		}
		signo = take_next(t, &info);
		if (signo == 0)
			break;
		if (t->ptrace && signo != SIGKILL) {
			signo = ptrace_signal(t, signo, &info);
			/* The tracer may have set other registers. */
			interrupted = interrupted && was_interrupted(r);
			if (signo == 0)
				continue;
		}
		slot = &t->group->shared->hand->actions[signo - 1];
		if (slot->handler == SIG_IGN)
			continue;
		if (slot->handler == SIG_DFL) {
			default_action(t, &info);
			continue;
		}
		if (run_handler(t, slot, &info, interrupted)) {
			interrupted = false;
			if (t->thread->single_step)
				ptrace_step_into_handler(t);
		} else if (interrupted && !was_interrupted(r))
			interrupted = false;
	}
	if (was_interrupted(r))
		call_again(r);
	restore_mask(t);
}

void signal_fault_context(struct task *t, const struct engine_event *ev)
{
	t->signals->fault_trapno = ev->trapno;
	t->signals->fault_error = ev->error;
	if (ev->kind == ENGINE_EVENT_FAULT)
		t->signals->fault_cr2 = ev->addr;
}

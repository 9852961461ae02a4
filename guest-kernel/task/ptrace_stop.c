// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The stops of a tracee, called by its own code on its own kernel stack: at signals, system calls, clone, exec, the end, and on request. Also how
 * the tracer lets it go again. Which stop looks how to wait and to GETSIGINFO is ptrace(2)'s, section "Stopped states".
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

enum { MESSAGE_SYSCALL_ENTRY = 1, MESSAGE_SYSCALL_EXIT = 2 };

#define NR_EXECVE 59

static void tell_tracer(const struct task *t, const struct tracee *tr, int cld)
{
	struct thread_group *g = tr->tracer->group;
	struct abi_siginfo info = { .signo = SIGCHLD, .code = cld };

	info.child.pid = t->tid;
	info.child.uid = t->cred->uid;
	info.child.status = tr->wait_code & 0x7f;
	info.child.utime = (int64_t)(t->user_ns / 10000000);
	info.child.stime = (int64_t)(t->system_ns / 10000000);
	if (!signal_nocldstop(g))
		(void)signal_send_group(g, &info);
	wait_queue_wake_all(&g->child_wait);
}

int ptrace_stop(struct task *t, int code, const struct abi_siginfo *info, int cld, uint64_t message)
{
	struct tracee *tr = t->ptrace;
	int signal;

	ASSERT_LOCKED();
	if (!tr || !tr->tracer || (!tr->in_exit && signal_fatal_pending(t)))
		return 0;
	tr->refs++; /* it may be let go, or its tracer may die, while we sleep */
	tr->stopped = true;
	tr->listening = false;
	tr->wait_code = code;
	tr->has_info = info != NULL;
	if (info)
		tr->info = *info;
	tr->message = message;
	tr->resume_signal = 0;
	tr->trap_wanted = false;
	if (code >> 8 == PTRACE_EVENT_STOP)
		tr->notify_group = false;
	trace(TRACE_SIGNAL, "%d stops for its tracer, %#x", t->tid, (unsigned int)code);
	tell_tracer(t, tr, cld);
	while (tr->stopped) {
		unsigned int flags = tr->in_exit ? WAIT_UNINTERRUPTIBLE : WAIT_KILLABLE;

		if (task_sleep(NO_DEADLINE, flags | WAIT_STOPPED) < 0)
			break;
	}
	tr->stopped = tr->listening = tr->has_info = false;
	tr->wait_code = 0;
	signal = tr->resume_signal;
	tracee_put(tr);
	return signal;
}

/* As Linux' ptrace_notify: the siginfo says SIGTRAP from the tracee itself, its code repeats the status. */
static int notify(struct task *t, int signo, int code, int cld, uint64_t message)
{
	struct abi_siginfo info = { .signo = signo, .code = code };

	info.kill.pid = t->tid;
	info.kill.uid = t->cred->uid;
	return ptrace_stop(t, code, &info, cld, message);
}

void ptrace_event(struct task *t, int event, uint64_t message)
{
	const struct tracee *tr = t->ptrace;

	if (tr && (tr->options & (1u << event)))
		(void)notify(t, SIGTRAP, SIGTRAP | event << 8, CLD_TRAPPED, message);
}

/* --- letting go --------------------------------------------------------------------------------- */

void ptrace_resume(struct tracee *tr, enum tracee_mode mode, bool single_step, int signal)
{
	struct task *t = tr->task;

	tr->mode = mode;
	if (t->thread)
		t->thread->single_step = single_step;
	tr->resume_signal = signal;
	tr->stopped = false;
	task_wake(t);
}

int ptrace_interrupt(struct tracee *tr)
{
	if (!tr->seized)
		return -EIO;
	tr->trap_wanted = true;
	if (!tr->stopped)
		signal_wake(tr->task, false);
	else if (tr->listening)
		ptrace_resume(tr, tr->mode, false, 0); /* into the next stop */
	return 0;
}

int ptrace_listen(struct tracee *tr)
{
	if (!tr->seized || !tr->has_info || tr->info.code >> 8 != PTRACE_EVENT_STOP)
		return -EIO;
	tr->listening = true;
	tr->wait_code = 0;
	/* What came meanwhile is told at once. */
	if (tr->notify_group || tr->trap_wanted)
		ptrace_resume(tr, tr->mode, false, 0);
	return 0;
}

/* --- asked for from outside --------------------------------------------------------------------- */

void ptrace_trap(struct task *t)
{
	const struct tracee *tr = t->ptrace;
	struct thread_group *g = t->group;
	bool group_stop = g->stopped || g->shared->stop_left > 0;
	int signo = g->shared->stop_signo;

	if (!tr->seized) {
		(void)ptrace_stop(t, signo ? signo : SIGSTOP, NULL, CLD_STOPPED, 0);
		return;
	}
	if (!group_stop)
		signo = SIGTRAP;
	(void)notify(t, signo, signo | PTRACE_EVENT_STOP << 8, CLD_STOPPED, 0);
}

void ptrace_continued(struct task *t)
{
	struct tracee *tr = t->ptrace;

	/* Who was attached the old way is not told, and stays where its tracer has it. */
	if (!tr || !tr->seized)
		return;
	tr->notify_group = true;
	if (tr->listening)
		ptrace_resume(tr, tr->mode, false, 0);
	else if (!tr->stopped)
		signal_wake(t, false);
}

/* --- signals ------------------------------------------------------------------------------------ */

int ptrace_signal(struct task *t, int signo, struct abi_siginfo *info)
{
	struct tracee *tr = t->ptrace;
	const struct task *tracer;
	int r;

	t->signals->stop_dequeued = true; /* a SIGCONT from now on makes a stop signal void */
	tr->refs++;
	r = ptrace_stop(t, signo, info, CLD_TRAPPED, 0);
	*info = tr->info; /* PTRACE_SETSIGINFO may have changed it */
	tracee_put(tr);
	if (r == 0)
		return 0;
	if (r != info->signo) {
		*info = (struct abi_siginfo){ .signo = r };
		tracer = t->ptrace ? tracee_of(t)->tracer : NULL;
		info->kill.pid = tracer ? tracer->group->tgid : 0;
		info->kill.uid = tracer ? tracer->cred->uid : 0;
	}
	if (t->signals->blocked & SIG_BIT(r)) {
		(void)signal_send_task(t, info);
		return 0;
	}
	return r;
}

void ptrace_step_into_handler(struct task *t)
{
	if (!t->ptrace)
		return;
	t->thread->single_step = false; /* the tracer says again what it wants */
	(void)notify(t, SIGTRAP, SIGTRAP, CLD_TRAPPED, 0);
}

/* --- system calls ------------------------------------------------------------------------------- */

static void report_syscall(struct task *t, uint64_t message)
{
	const struct tracee *tr = t->ptrace;
	int code = SIGTRAP | (tr->options & PTRACE_O_TRACESYSGOOD ? 0x80 : 0);
	int signo = notify(t, SIGTRAP, code, CLD_TRAPPED, message);
	const struct abi_siginfo info = { .signo = signo, .code = SI_KERNEL };

	/* Not the same as letting it go with a signal, but as near as there is. */
	if (signo)
		(void)signal_send_task(t, &info);
}

bool ptrace_syscall_enter(struct task *t)
{
	const struct tracee *tr = t->ptrace;
	enum tracee_mode mode = tr->mode;

	if (mode == TRACEE_CONT)
		return true;
	report_syscall(t, MESSAGE_SYSCALL_ENTRY);
	return mode != TRACEE_SYSEMU && !signal_fatal_pending(t);
}

void ptrace_syscall_leave(struct task *t)
{
	const struct tracee *tr = t->ptrace;
	struct abi_siginfo info = { .signo = SIGTRAP, .code = TRAP_BRKPT };

	if (tr->mode == TRACEE_SYSEMU)
		return;
	if (t->thread->single_step) {
		/* The call was the step. */
		info.fault.addr = t->thread->regs.rip;
		signal_force(t, &info);
	} else if (tr->mode == TRACEE_SYSCALL) {
		report_syscall(t, MESSAGE_SYSCALL_EXIT);
	}
}

/* --- events ------------------------------------------------------------------------------------- */

int ptrace_clone_event(const struct task *parent, uint64_t flags, int exit_signal)
{
	const struct tracee *tr = parent->ptrace;
	int event = flags & CLONE_VFORK	     ? PTRACE_EVENT_VFORK
		    : exit_signal != SIGCHLD ? PTRACE_EVENT_CLONE
					     : PTRACE_EVENT_FORK;

	if (!tr || (flags & CLONE_UNTRACED) || !(tr->options & (1u << event)))
		return 0;
	return event;
}

void ptrace_exec_event(struct task *t, int old_tid)
{
	const struct tracee *tr = t->ptrace;
	struct abi_siginfo info = { .signo = SIGTRAP };

	if (!tr)
		return;
	/* A debugger sees the call's return in the new program. */
	t->thread->regs.orig_rax = NR_EXECVE;
	t->thread->regs.rax = 0;
	if (tr->options & (1u << PTRACE_EVENT_EXEC)) {
		ptrace_event(t, PTRACE_EVENT_EXEC, (uint64_t)old_tid);
	} else if (!tr->seized) {
		info.kill.pid = t->group->tgid;
		info.kill.uid = t->cred->uid;
		(void)signal_send_task(t, &info);
	}
}

void ptrace_exit_event(struct task *t, int status)
{
	struct tracee *tr = t->ptrace;

	if (!tr || !(tr->options & (1u << PTRACE_EVENT_EXIT)))
		return;
	tr->in_exit = true;
	ptrace_event(t, PTRACE_EVENT_EXIT, (uint64_t)(uint32_t)status);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The loop of a user task: run the guest thread, answer what it trapped for, deliver signals, again. Exec replaces the thread under the loop's feet,
 * so t->thread is read anew each time round.
 */
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "engine/engine.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_internal.h"
#include "task/task_oom.h"
#include "task/task_seccomp.h"
#include "task/task_signal.h"

#define EFLAGS_TF 0x100ull

int64_t (*syscall_dispatch)(struct task *t, uint64_t nr, const uint64_t args[6]);

static void user_fault(struct task *t, const struct engine_event *ev)
{
	struct abi_siginfo info = { .signo = ev->signo, .code = ev->code };
	int signo = ev->signo, code = ev->code, r;

	t->min_flt++;
	r = mm_fault(t->mm, ev->addr, ev->access, &signo, &code);
	if (r == -ENOMEM) {
		if (!oom_ops || !oom_ops->kill_one())
			group_kill(t->group, SIGKILL);
		sched_give_way(); /* the victim has to get to its end */
		return;
	}
	/* A bus error on a page that ought to be there is the host's own: out of memory behind a shared page. */
	if (r == 0 && ev->signo != SIGBUS)
		return;
	info.signo = r == 0 ? SIGBUS : signo;
	info.code = r == 0 ? BUS_ADRERR : code;
	info.fault.addr = ev->addr;
	trace(TRACE_FAULT, "signal %d for %#llx at rip %#llx rsp %#llx", info.signo,
	      (unsigned long long)ev->addr, (unsigned long long)t->thread->regs.rip,
	      (unsigned long long)t->thread->regs.rsp);
	signal_fault_context(t, ev);
	signal_force(t, &info);
}

static void user_trap(struct task *t, const struct engine_event *ev)
{
	struct abi_siginfo info = { .signo = ev->signo, .code = ev->code };

	/* Where the processor says no more than "no" (general protection, int3), Linux tells no address. */
	info.fault.addr = ev->code == SI_KERNEL ? 0 : ev->addr;
	signal_fault_context(t, ev);
	signal_force(t, &info);
}

static void user_syscall(struct task *t, const struct engine_event *ev)
{
	struct abi_regs *r = &t->thread->regs;
	uint64_t args[6] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 };
	uint64_t nr = r->orig_rax;
	int64_t result;

	if (t->seccomp_mode != SECCOMP_MODE_OFF) {
		if (!seccomp_allows(t, ev->compat))
			return;
		/* A tracer may have changed the call. */
		nr = t->thread->regs.orig_rax;
		memcpy(args, (const uint64_t[6]){ r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 },
		       sizeof(args));
	}
	if (ev->compat) {
		r->rax = (uint64_t)-ENOSYS;
		return;
	}
	result = syscall_dispatch(t, nr, args);
	/* exec and rt_sigreturn have set the registers themselves. */
	if (t->keep_regs)
		t->keep_regs = false;
	else
		t->thread->regs.rax = (uint64_t)result;
}

/* The same of a traced thread: its tracer may see and change the call before and its result after it. */
static void user_syscall_traced(struct task *t, const struct engine_event *ev)
{
	struct abi_regs *r = &t->thread->regs;

	/* The processor has saved the flags with the trap flag of the debugger's step. */
	if (t->thread->single_step && !(r->eflags & EFLAGS_TF))
		r->r11 &= ~EFLAGS_TF;
	/* A number of -1 makes no call, and the result is what the tracer has put there. */
	if (!ptrace_syscall_enter(t)) {
		if (signal_fatal_pending(t))
			return;
	} else if ((int32_t)r->orig_rax != -1) {
		user_syscall(t, ev);
	}
	if (t->ptrace && !signal_fatal_pending(t))
		ptrace_syscall_leave(t);
}

static void user_dead(struct task *t, const struct engine_event *ev)
{
	int signo = ev->death_signal ? ev->death_signal : SIGKILL;

	if (!t->mm->dead && signo == SIGKILL)
		task_oom_host_killed(t);
	t->mm->dead = true;
	trace(TRACE_SIGNAL, "stub ended by signal %d", signo);
	/* Whatever ended the stub, to the guest it is a kill: its registers and memory are gone, no handler can run. */
	(void)signo;
	group_kill(t->group, SIGKILL);
}

void task_user_loop(void *arg)
{
	struct task *t = arg;

	t->keep_regs = false; /* set by the exec of the first process, which no system call made */
	for (;;) {
		struct engine_event ev;
		struct mm *mm;
		bool in_syscall = false;
		int r;

		if (t->exit_wanted || t->group->exiting)
			task_exit(t->group->exiting ? t->group->exit_code : 0);
		mm = t->mm;
		signal_lend(t);
		mm_account_enter(mm);
		r = sched_run_guest(t->thread, &ev);
		mm_account_leave(mm);
		signal_take_back(t);
		if (r < 0)
			ev = (struct engine_event){ .kind = r == -EINTR ? ENGINE_EVENT_INTERRUPTED
									: ENGINE_EVENT_DEAD };
		switch (ev.kind) {
		case ENGINE_EVENT_SYSCALL:
			in_syscall = true;
			if (t->ptrace)
				user_syscall_traced(t, &ev);
			else
				user_syscall(t, &ev);
			break;
		case ENGINE_EVENT_FAULT:
			user_fault(t, &ev);
			break;
		case ENGINE_EVENT_TRAP:
			user_trap(t, &ev);
			break;
		case ENGINE_EVENT_INTERRUPTED:
			break;
		case ENGINE_EVENT_DEAD:
			user_dead(t, &ev);
			break;
		}
		signal_deliver(t, in_syscall);
	}
}

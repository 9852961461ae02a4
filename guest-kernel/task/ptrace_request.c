// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a tracer asks of a stopped tracee besides its registers. Whoever copies from the tracer's memory first and changes the tracee afterwards looks
 * the tracee up after the copy: it may have been killed while the copy slept.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_signal.h"

struct tracee *ptrace_find(int tid, bool stopped)
{
	struct task *t = task_find(tid);
	struct tracee *tr = t ? t->ptrace : NULL;

	if (!tr || tr->tracer != current_task() || !t->signals)
		return NULL;
	return !stopped || (tr->stopped && !tr->listening) ? tr : NULL;
}

int ptrace_set_options(struct tracee *tr, uint64_t options)
{
	if (options & ~(uint64_t)PTRACE_O_MASK)
		return -EINVAL;
	tr->options = (uint32_t)options;
	return 0;
}

/* --- signals ------------------------------------------------------------------------------------ */

int ptrace_get_siginfo(struct tracee *tr, uint64_t to)
{
	struct abi_siginfo info = tr->info;

	return tr->has_info ? put_user(info, UADDR(to)) : -EINVAL;
}

int ptrace_set_siginfo(int tid, uint64_t from)
{
	struct abi_siginfo info;
	struct tracee *tr;

	if (get_user(info, UADDR(from)) < 0)
		return -EFAULT;
	tr = ptrace_find(tid, true);
	if (!tr)
		return -ESRCH;
	if (!tr->has_info)
		return -EINVAL;
	tr->info = info;
	return 0;
}

static bool siginfo_nth(const struct signal_queue *q, uint64_t n, struct abi_siginfo *ret)
{
	const struct signal_entry *e;

	list_for_each_entry(e, &q->entries, link) {
		if (n-- > 0)
			continue;
		*ret = e->info;
		return true;
	}
	return false;
}

int64_t ptrace_peek_siginfo(int tid, uint64_t args, uint64_t to)
{
	struct abi_peeksiginfo a;
	int64_t done = 0;

	if (get_user(a, UADDR(args)) < 0)
		return -EFAULT;
	if ((a.flags & ~PTRACE_PEEKSIGINFO_SHARED) || a.nr < 0)
		return -EINVAL;
	while (done < a.nr) {
		struct tracee *tr = ptrace_find(tid, true);
		struct abi_siginfo info;
		const struct signal_queue *q;

		if (!tr)
			return done ? done : -ESRCH;
		q = a.flags & PTRACE_PEEKSIGINFO_SHARED ? &tr->task->group->shared->pending
							: &tr->task->signals->pending;
		if (!siginfo_nth(q, a.off + (uint64_t)done, &info))
			break;
		if (put_user(info, UADDR(to + (uint64_t)done * sizeof(info))) < 0)
			return done ? done : -EFAULT;
		done++;
		if (signal_pending(current_task()))
			break;
	}
	return done;
}

int ptrace_get_sigmask(struct tracee *tr, uint64_t size, uint64_t to)
{
	const struct task_signals *s = tr->task->signals;
	uint64_t mask = s->restore_mask ? s->saved_mask : s->blocked;

	return size == sizeof(mask) ? put_user(mask, UADDR(to)) : -EINVAL;
}

int ptrace_set_sigmask(int tid, uint64_t size, uint64_t from)
{
	struct tracee *tr;
	uint64_t mask;

	if (size != sizeof(mask))
		return -EINVAL;
	if (get_user(mask, UADDR(from)) < 0)
		return -EFAULT;
	tr = ptrace_find(tid, true);
	if (!tr)
		return -ESRCH;
	tr->task->signals->restore_mask = false; /* the tracer's mask is the one that stays */
	signal_set_blocked(tr->task, mask);
	return 0;
}

/* --- system calls ------------------------------------------------------------------------------- */

int64_t ptrace_syscall_info(struct tracee *tr, uint64_t size, uint64_t to)
{
	const struct abi_regs *r = &tr->task->thread->regs;
	size_t len = offsetof(struct abi_syscall_info, entry);
	struct abi_syscall_info info;

	memset(&info, 0, sizeof(info));
	info.arch = AUDIT_ARCH_X86_64;
	info.ip = r->rip;
	info.sp = r->rsp;
	if (tr->has_info && tr->info.code == (SIGTRAP | 0x80)) {
		info.op = (uint8_t)tr->message;
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
			const uint64_t args[6] = { r->rdi, r->rsi, r->rdx, r->r10, r->r8, r->r9 };

			info.entry.nr = r->orig_rax;
			memcpy(info.entry.args, args, sizeof(args));
			len = sizeof(info);
		} else {
			info.exit.rval = (int64_t)r->rax;
			info.exit.is_error = (int64_t)r->rax < 0 && (int64_t)r->rax >= -4095;
			len = offsetof(struct abi_syscall_info, exit.is_error) + 1;
		}
	}
	if (copy_to_user(UADDR(to), &info, MIN(size, len)) < 0)
		return -EFAULT;
	return (int64_t)len;
}

/* --- memory ------------------------------------------------------------------------------------- */

int ptrace_peek(struct tracee *tr, uint64_t addr, uint64_t to)
{
	struct mm *mm = tr->task->mm;
	uint64_t word;
	ssize_t n;

	if (!mm)
		return -EIO;
	mm_get(mm);
	n = mm_read_forced(mm, addr, &word, sizeof(word));
	mm_put(mm);
	return n == sizeof(word) ? put_user(word, UADDR(to)) : -EIO;
}

int ptrace_poke(struct tracee *tr, uint64_t addr, uint64_t value)
{
	struct mm *mm = tr->task->mm;
	ssize_t n;

	if (!mm)
		return -EIO;
	mm_get(mm);
	n = mm_write(mm, addr, &value, sizeof(value), true);
	mm_put(mm);
	return n == sizeof(value) ? 0 : -EIO;
}

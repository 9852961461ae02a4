// SPDX-License-Identifier: GPL-2.0-or-later
/* Signals: actions, masks, sending, waiting. The mechanism is in task/. */
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "abi/abi_time.h"
#include "core/sched.h"
#include "core/wait_queue.h"
#include "host/host_clock.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_restart.h"
#include "task/task_signal.h"

#define MASK_BYTES  8u
#define UNBLOCKABLE (SIG_BIT(SIGKILL) | SIG_BIT(SIGSTOP))

SYSCALL_HANDLER(sys_rt_sigaction)
{
	int signo = (int)a[0];
	struct abi_sigaction set, old;

	if (a[3] != MASK_BYTES || signo < 1 || signo > NSIG)
		return -EINVAL;
	if (a[1]) {
		if (copy_from_user(&set, UADDR(a[1]), sizeof(set)) < 0)
			return -EFAULT;
		if (UNBLOCKABLE & SIG_BIT(signo))
			return -EINVAL;
		set.mask &= ~UNBLOCKABLE;
	}
	signal_action(t, signo, a[1] ? &set : NULL, &old);
	return a[2] ? put_user(old, UADDR(a[2])) : 0;
}

SYSCALL_HANDLER(sys_rt_sigprocmask)
{
	uint64_t old = signal_blocked(t), set, mask;

	if (a[3] != MASK_BYTES)
		return -EINVAL;
	if (a[1]) {
		if (get_user(set, UADDR(a[1])) < 0)
			return -EFAULT;
		old = signal_blocked(t);
		switch ((int)a[0]) {
		case SIG_BLOCK:
			mask = old | set;
			break;
		case SIG_UNBLOCK:
			mask = old & ~set;
			break;
		case SIG_SETMASK:
			mask = set;
			break;
		default:
			return -EINVAL;
		}
		signal_set_blocked(t, mask & ~UNBLOCKABLE);
	}
	return a[2] ? put_user(old, UADDR(a[2])) : 0;
}

SYSCALL_HANDLER(sys_rt_sigpending)
{
	uint64_t set = signal_pending_set(t) & signal_blocked(t);

	if (a[1] > MASK_BYTES)
		return -EINVAL;
	return copy_to_user(UADDR(a[0]), &set, a[1]);
}

SYSCALL_HANDLER(sys_rt_sigsuspend)
{
	uint64_t mask;

	if (a[1] != MASK_BYTES)
		return -EINVAL;
	if (get_user(mask, UADDR(a[0])) < 0)
		return -EFAULT;
	signal_set_temporary_mask(t, mask & ~UNBLOCKABLE);
	while (task_sleep(NO_DEADLINE, WAIT_INTERRUPTIBLE) == 0)
		;
	return -ERESTARTNOHAND;
}

SYSCALL_HANDLER(sys_pause)
{
	while (task_sleep(NO_DEADLINE, WAIT_INTERRUPTIBLE) == 0)
		;
	return -ERESTARTNOHAND;
}

SYSCALL_HANDLER(sys_rt_sigtimedwait)
{
	uint64_t set, deadline = NO_DEADLINE;
	struct abi_timespec ts;
	struct abi_siginfo info;
	int signo;

	if (a[3] != MASK_BYTES)
		return -EINVAL;
	if (get_user(set, UADDR(a[0])) < 0)
		return -EFAULT;
	if (a[2]) {
		if (copy_from_user(&ts, UADDR(a[2]), sizeof(ts)) < 0)
			return -EFAULT;
		if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (int64_t)NSEC_PER_SEC)
			return -EINVAL;
		deadline = 0;
		if (ts.sec > 0 || ts.nsec > 0)
			deadline = host_monotonic_ns() +
				   (uint64_t)MIN(ts.sec, (int64_t)1 << 32) * NSEC_PER_SEC +
				   (uint64_t)ts.nsec;
	}
	signo = signal_wait(t, set & ~UNBLOCKABLE, deadline, &info);
	if (signo > 0 && a[1] && put_user(info, UADDR(a[1])) < 0)
		return -EFAULT;
	return signo;
}

SYSCALL_HANDLER(sys_rt_sigreturn)
{
	return signal_return(t);
}

SYSCALL_HANDLER(sys_sigaltstack)
{
	struct abi_stack set, old;
	int r;

	if (a[0] && copy_from_user(&set, UADDR(a[0]), sizeof(set)) < 0)
		return -EFAULT;
	r = signal_altstack(t, a[0] ? &set : NULL, &old);
	if (r < 0)
		return r;
	return a[1] ? put_user(old, UADDR(a[1])) : 0;
}

/* --- sending ------------------------------------------------------------------------------------ */

SYSCALL_HANDLER(sys_kill)
{
	struct abi_siginfo info;

	if ((int)a[1] < 0 || (int)a[1] > NSIG)
		return -EINVAL;
	signal_info_from_current(&info, (int)a[1], SI_USER);
	return signal_kill((int)a[0], &info);
}

static int64_t thread_kill(int tgid, int tid, int signo)
{
	struct abi_siginfo info;

	if (tid <= 0 || tgid < 0 || signo < 0 || signo > NSIG)
		return -EINVAL;
	signal_info_from_current(&info, signo, SI_TKILL);
	return signal_tgkill(tgid, tid, &info);
}

SYSCALL_HANDLER(sys_tkill)
{
	return thread_kill(0, (int)a[0], (int)a[1]);
}

SYSCALL_HANDLER(sys_tgkill)
{
	return (int)a[0] <= 0 ? -EINVAL : thread_kill((int)a[0], (int)a[1], (int)a[2]);
}

/* A user may not pretend to be the kernel or kill(2) towards others. */
static int queue_info(struct task *t, int pid, int signo, uint64_t addr, struct abi_siginfo *ret)
{
	if (copy_from_user(ret, UADDR(addr), sizeof(*ret)) < 0)
		return -EFAULT;
	ret->signo = signo;
	if ((ret->code >= 0 || ret->code == SI_TKILL) && pid != t->group->tgid)
		return -EPERM;
	return signo < 0 || signo > NSIG ? -EINVAL : 0;
}

SYSCALL_HANDLER(sys_rt_sigqueueinfo)
{
	struct abi_siginfo info;
	int r = queue_info(t, (int)a[0], (int)a[1], a[2], &info);

	if (r < 0)
		return r;
	return (int)a[0] <= 0 ? -ESRCH : signal_kill((int)a[0], &info);
}

SYSCALL_HANDLER(sys_rt_tgsigqueueinfo)
{
	struct abi_siginfo info;
	int r;

	if ((int)a[0] <= 0 || (int)a[1] <= 0)
		return -EINVAL;
	r = queue_info(t, (int)a[0], (int)a[2], a[3], &info);
	return r < 0 ? r : signal_tgkill((int)a[0], (int)a[1], &info);
}

SYSCALL_HANDLER(sys_restart_syscall)
{
	return task_restart(t);
}

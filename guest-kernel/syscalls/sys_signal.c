// SPDX-License-Identifier: GPL-2.0-or-later
/* Signal calls: actions, masks, sending, waiting. */
#include "abi/abi_errno.h"
#include "abi/abi_signal.h"
#include "abi/abi_time.h"
#include "core/sched.h"
#include "core/wait_queue.h"
#include "engine/engine.h"
#include "host/host_clock.h"
#include "mm/user_copy.h"
#include "syscalls/syscall.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"
#include "task/task_restart.h"
#include "task/task_signal.h"

#define SIGSET_BYTES 8

SYSCALL_HANDLER(sys_rt_sigaction)
{
	struct abi_sigaction set, old;
	int signo = (int)a[0];

	if (a[3] != SIGSET_BYTES)
		return -EINVAL;
	if (a[1] && copy_from_user(&set, UADDR(a[1]), sizeof(set)) < 0)
		return -EFAULT;
	if (signo < 1 || signo > NSIG || (a[1] && (signo == SIGKILL || signo == SIGSTOP)))
		return -EINVAL;
	signal_action(t, signo, a[1] ? &set : NULL, &old);
	if (a[2] && copy_to_user(UADDR(a[2]), &old, sizeof(old)) < 0)
		return -EFAULT;
	return 0;
}

SYSCALL_HANDLER(sys_rt_sigprocmask)
{
	uint64_t set, old = signal_blocked(t);

	if (a[3] != SIGSET_BYTES)
		return -EINVAL;
	if (a[1]) {
		if (get_user(set, UADDR(a[1])) < 0)
			return -EFAULT;
		switch ((int)a[0]) {
		case SIG_BLOCK:
			set |= old;
			break;
		case SIG_UNBLOCK:
			set = old & ~set;
			break;
		case SIG_SETMASK:
			break;
		default:
			return -EINVAL;
		}
		signal_set_blocked(t, set);
	}
	return a[2] ? put_user(old, UADDR(a[2])) : 0;
}

SYSCALL_HANDLER(sys_rt_sigreturn)
{
	(void)a;
	return signal_return(t);
}

SYSCALL_HANDLER(sys_rt_sigpending)
{
	uint64_t set = signal_pending_set(t) & signal_blocked(t);

	if (a[1] > SIGSET_BYTES)
		return -EINVAL;
	return copy_to_user(UADDR(a[0]), &set, a[1]);
}

SYSCALL_HANDLER(sys_rt_sigtimedwait)
{
	uint64_t set, deadline = NO_DEADLINE;
	struct abi_timespec ts;
	struct abi_siginfo info;
	int signo;

	if (a[3] != SIGSET_BYTES)
		return -EINVAL;
	if (get_user(set, UADDR(a[0])) < 0)
		return -EFAULT;
	if (a[2]) {
		if (copy_from_user(&ts, UADDR(a[2]), sizeof(ts)) < 0)
			return -EFAULT;
		if (ts.sec < 0 || ts.nsec < 0 || ts.nsec >= (int64_t)NSEC_PER_SEC)
			return -EINVAL;
		if (ts.sec == 0 && ts.nsec == 0)
			deadline = 0;
		else if (ts.sec < INT64_MAX / (int64_t)NSEC_PER_SEC / 2)
			deadline = host_monotonic_ns() + (uint64_t)ts.sec * NSEC_PER_SEC +
				   (uint64_t)ts.nsec;
	}
	signo = signal_wait(t, set, deadline, &info);
	if (signo > 0 && a[1] && copy_to_user(UADDR(a[1]), &info, sizeof(info)) < 0)
		return -EFAULT;
	return signo;
}

SYSCALL_HANDLER(sys_rt_sigsuspend)
{
	uint64_t mask;

	if (a[1] != SIGSET_BYTES)
		return -EINVAL;
	if (get_user(mask, UADDR(a[0])) < 0)
		return -EFAULT;
	signal_set_temporary_mask(t, mask);
	while (!signal_pending(t))
		if (task_sleep(NO_DEADLINE, WAIT_INTERRUPTIBLE) < 0)
			break;
	return -ERESTARTNOHAND;
}

SYSCALL_HANDLER(sys_pause)
{
	(void)a;
	while (!signal_pending(t))
		if (task_sleep(NO_DEADLINE, WAIT_INTERRUPTIBLE) < 0)
			break;
	return -ERESTARTNOHAND;
}

SYSCALL_HANDLER(sys_sigaltstack)
{
	struct abi_stack set, old;
	int r;

	if (a[0] && copy_from_user(&set, UADDR(a[0]), sizeof(set)) < 0)
		return -EFAULT;
	r = signal_altstack(t, a[0] ? &set : NULL, &old);
	if (r == 0 && a[1])
		r = copy_to_user(UADDR(a[1]), &old, sizeof(old));
	return r;
}

SYSCALL_HANDLER(sys_kill)
{
	struct abi_siginfo info;

	(void)t;
	signal_info_from_current(&info, (int)a[1], SI_USER);
	return signal_kill((int)a[0], &info);
}

SYSCALL_HANDLER(sys_tkill)
{
	struct abi_siginfo info;

	(void)t;
	signal_info_from_current(&info, (int)a[1], SI_TKILL);
	return signal_tgkill(0, (int)a[0], &info);
}

SYSCALL_HANDLER(sys_tgkill)
{
	struct abi_siginfo info;

	(void)t;
	if ((int)a[0] <= 0)
		return -EINVAL;
	signal_info_from_current(&info, (int)a[2], SI_TKILL);
	return signal_tgkill((int)a[0], (int)a[1], &info);
}

/* A siginfo of the sender's own making: it may not look like the kernel's or kill's, except to itself. */
static int read_info(struct abi_siginfo *info, uint64_t from, int signo, bool to_self)
{
	if (copy_from_user(info, UADDR(from), sizeof(*info)) < 0)
		return -EFAULT;
	info->signo = signo;
	return (info->code >= 0 || info->code == SI_TKILL) && !to_self ? -EPERM : 0;
}

SYSCALL_HANDLER(sys_rt_sigqueueinfo)
{
	struct abi_siginfo info;
	int pid = (int)a[0];
	int r = read_info(&info, a[2], (int)a[1], pid == t->group->tgid);

	if (r < 0)
		return r;
	return pid > 0 ? signal_kill(pid, &info) : -ESRCH;
}

SYSCALL_HANDLER(sys_rt_tgsigqueueinfo)
{
	struct abi_siginfo info;
	int r;

	if ((int)a[0] <= 0 || (int)a[1] <= 0)
		return -EINVAL;
	r = read_info(&info, a[3], (int)a[2], (int)a[1] == t->tid);
	return r < 0 ? r : signal_tgkill((int)a[0], (int)a[1], &info);
}

SYSCALL_HANDLER(sys_restart_syscall)
{
	(void)a;
	return task_restart(t);
}

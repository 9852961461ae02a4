// SPDX-License-Identifier: GPL-2.0-or-later
/* kill and its kin: whom a number means and who may send to whom, see kill(2) and tgkill(2). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "task/process.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

void signal_info_from_current(struct abi_siginfo *info, int signo, int code)
{
	struct task *t = current_task();

	*info = (struct abi_siginfo){ .signo = signo, .code = code };
	info->kill.pid = t->group->tgid;
	info->kill.uid = t->cred->uid;
}

static int may_send(const struct task *to, const struct thread_group *g, int signo)
{
	const struct task *me = current_task();
	const struct cred *from = me->cred, *it = to->cred;

	if (me->group == g)
		return 0;
	if (from->euid == it->suid || from->euid == it->uid || from->uid == it->suid ||
	    from->uid == it->uid || capable(CAP_KILL))
		return 0;
	if (signo == SIGCONT && g->pgrp && me->group->pgrp->session == g->pgrp->session)
		return 0;
	return -EPERM;
}

int signal_may_send(const struct thread_group *g, int signo)
{
	return g->leader ? may_send(g->leader, g, signo) : -ESRCH;
}

int signal_kill_group(struct thread_group *g, struct abi_siginfo *info)
{
	int r = signal_may_send(g, info->signo);

	if (r < 0 || info->signo == 0)
		return r;
	return signal_send_group(g, info);
}

static int kill_pgrp(struct process_group *p, struct abi_siginfo *info)
{
	struct thread_group *g, *tmp;
	int r = -ESRCH;

	/* One success is success. */
	list_for_each_entry_safe(g, tmp, &p->members, pgrp_link) {
		int one = signal_kill_group(g, info);

		if (r != 0)
			r = one;
	}
	return r;
}

static int kill_everybody(struct abi_siginfo *info)
{
	struct thread_group *me = current_task()->group, *g, *tmp;
	int r = 0;
	bool any = false;

	list_for_each_entry_safe(g, tmp, &thread_group_list, all_link) {
		int one;

		if (g == me || g == init_group || !g->shared)
			continue;
		one = signal_kill_group(g, info);
		any = true;
		if (one != -EPERM)
			r = one;
	}
	return any ? r : -ESRCH; /* Linux: 0 even if all of them refused */
}

int signal_kill(int pid, struct abi_siginfo *info)
{
	struct process_group *p;
	struct task *t;

	ASSERT_LOCKED();
	if (info->signo < 0 || info->signo > NSIG)
		return -EINVAL;
	if (pid == -1)
		return kill_everybody(info);
	if (pid > 0) {
		/* A thread's number means its process, as on Linux. */
		t = task_find(pid);
		return t && t->group ? signal_kill_group(t->group, info) : -ESRCH;
	}
	if (pid == INT32_MIN)
		return -ESRCH;
	p = pid == 0 ? current_task()->group->pgrp : pgrp_find(-pid);
	return p ? kill_pgrp(p, info) : -ESRCH;
}

int signal_tgkill(int tgid, int tid, struct abi_siginfo *info)
{
	struct task *t;
	int r;

	ASSERT_LOCKED();
	if (tid <= 0 || tgid < 0 || info->signo < 0 || info->signo > NSIG)
		return -EINVAL;
	t = task_find(tid);
	if (!t || !t->group || (tgid && t->group->tgid != tgid))
		return -ESRCH;
	r = may_send(t, t->group, info->signo);
	if (r < 0 || info->signo == 0)
		return r;
	return signal_send_task(t, info);
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Scheduling: yield, affinity, policies, priorities, and memory barriers among threads. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "core/wait_queue.h"
#include "host/host_clock.h"
#include "mm/mm.h"
#include "mm/user_copy.h"
#include "syscalls/syscall_handlers.h"
#include "task/process.h"

enum {
	SCHED_OTHER = 0,
	SCHED_FIFO = 1,
	SCHED_RR = 2,
	SCHED_BATCH = 3,
	SCHED_IDLE = 5,
	SCHED_RESET_ON_FORK = 0x40000000
};

SYSCALL_HANDLER(sys_sched_yield)
{
	sched_give_way();
	return 0;
}

static struct task *target_task(struct task *t, int pid)
{
	struct task *other = pid ? task_find(pid) : t;

	return other && other->cred && other->group ? other : NULL;
}

static bool may_change(const struct task *t, const struct task *other)
{
	return t->cred->euid == other->cred->uid || t->cred->euid == other->cred->euid ||
	       capable(CAP_SYS_NICE);
}

SYSCALL_HANDLER(sys_sched_getaffinity)
{
	struct task *other = target_task(t, (int)a[0]);
	uint64_t mask;

	if (a[1] < 8 || (a[1] & 7))
		return -EINVAL;
	if (!other)
		return -ESRCH;
	mask = other->affinity & (BIT(sched_ncpus()) - 1);
	return copy_to_user(UADDR(a[2]), &mask, sizeof(mask)) < 0 ? -EFAULT : (int64_t)sizeof(mask);
}

SYSCALL_HANDLER(sys_sched_setaffinity)
{
	uint64_t mask = 0;
	struct task *other;

	if (copy_from_user(&mask, UADDR(a[2]), MIN(a[1], sizeof(mask))) < 0)
		return -EFAULT;
	other = target_task(t, (int)a[0]);
	if (!other)
		return -ESRCH;
	if (!may_change(t, other))
		return -EPERM;
	mask &= BIT(sched_ncpus()) - 1;
	if (mask == 0)
		return -EINVAL;
	other->affinity = mask;
	if (other == t)
		sched_give_way(); /* away from a vCPU that is not allowed any more */
	else
		sched_interrupt(other);
	return 0;
}

/*
 * Policies: time sharing is all there is. Real-time policies are accepted from those who may ask for them and run as time sharing with the
 * best nice level; they are reported as SCHED_OTHER, so that nobody believes otherwise.
 */
static int64_t set_policy(struct task *t, int pid, int policy, int priority)
{
	struct task *other = pid < 0 ? NULL : target_task(t, pid);

	if (pid < 0)
		return -EINVAL;
	policy &= ~SCHED_RESET_ON_FORK;
	if (!other)
		return -ESRCH;
	switch (policy) {
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		if (priority != 0)
			return -EINVAL;
		return may_change(t, other) ? 0 : -EPERM;
	case SCHED_FIFO:
	case SCHED_RR:
		if (priority < 1 || priority > 99)
			return -EINVAL;
		if (!capable(CAP_SYS_NICE))
			return -EPERM;
		other->nice = -20;
		return 0;
	default:
		return -EINVAL;
	}
}

SYSCALL_HANDLER(sys_sched_setscheduler)
{
	int priority;

	if (get_user(priority, UADDR(a[2])) < 0)
		return a[2] ? -EFAULT : -EINVAL;
	return (int)a[1] < 0 ? -EINVAL : set_policy(t, (int)a[0], (int)a[1], priority);
}

SYSCALL_HANDLER(sys_sched_setparam)
{
	int priority;

	if (get_user(priority, UADDR(a[1])) < 0)
		return a[1] ? -EFAULT : -EINVAL;
	return set_policy(t, (int)a[0], SCHED_OTHER, priority);
}

SYSCALL_HANDLER(sys_sched_getscheduler)
{
	if ((int)a[0] < 0)
		return -EINVAL;
	return target_task(t, (int)a[0]) ? SCHED_OTHER : -ESRCH;
}

SYSCALL_HANDLER(sys_sched_getparam)
{
	int zero = 0;

	if ((int)a[0] < 0 || a[1] == 0)
		return -EINVAL;
	return target_task(t, (int)a[0]) ? put_user(zero, UADDR(a[1])) : -ESRCH;
}

static int64_t priority_bound(int policy, int64_t real_time)
{
	if (policy == SCHED_FIFO || policy == SCHED_RR)
		return real_time;
	return policy == SCHED_OTHER || policy == SCHED_BATCH || policy == SCHED_IDLE ? 0 : -EINVAL;
}

SYSCALL_HANDLER(sys_sched_get_priority_max)
{
	return priority_bound((int)a[0], 99);
}

SYSCALL_HANDLER(sys_sched_get_priority_min)
{
	return priority_bound((int)a[0], 1);
}

SYSCALL_HANDLER(sys_sched_rr_get_interval)
{
	struct {
		int64_t sec, nsec;
	} ts = { 0, 6000000 };

	return target_task(t, (int)a[0]) ? put_user(ts, UADDR(a[1])) : -ESRCH;
}

SYSCALL_HANDLER(sys_getcpu)
{
	uint32_t cpu = (uint32_t)current_vcpu(), node = 0;

	if (a[0] && put_user(cpu, UADDR(a[0])) < 0)
		return -EFAULT;
	return a[1] ? put_user(node, UADDR(a[1])) : 0;
}

/* --- nice levels -------------------------------------------------------------------------------- */

enum { PRIO_PROCESS = 0, PRIO_PGRP = 1, PRIO_USER = 2 };

struct nice_change {
	int nice; /* to set, or INT_MIN: only look */
	int best; /* lowest seen */
	int found;
	int error;
};

static void nice_visit(struct task *t, struct task *other, struct nice_change *n)
{
	n->found++;
	n->best = MIN(n->best, other->nice);
	if (n->nice == INT_MIN)
		return;
	if (!may_change(t, other)) {
		n->error = -EPERM;
	} else if (n->nice < other->nice && !capable(CAP_SYS_NICE) &&
		   20 - n->nice > (int)MIN(rlimit(other, RLIMIT_NICE), 40ull)) {
		n->error = -EACCES;
	} else {
		other->nice = n->nice;
	}
}

static int nice_for_each(struct task *t, int which, int who, struct nice_change *n)
{
	struct thread_group *g;
	struct task *other;

	if (which == PRIO_PROCESS) {
		other = target_task(t, who);
		if (other)
			nice_visit(t, other, n);
		return 0;
	}
	if (which != PRIO_PGRP && which != PRIO_USER)
		return -EINVAL;
	list_for_each_entry(g, &thread_group_list, all_link) {
		if (which == PRIO_PGRP &&
		    (!g->pgrp || g->pgrp->pgid != (who ? who : t->group->pgrp->pgid)))
			continue;
		if (which == PRIO_USER &&
		    (!g->leader || g->leader->cred->uid != (who ? (uint32_t)who : t->cred->uid)))
			continue;
		list_for_each_entry(other, &g->threads, group_link)
			nice_visit(t, other, n);
	}
	return 0;
}

SYSCALL_HANDLER(sys_getpriority)
{
	struct nice_change n = { .nice = INT_MIN, .best = 20 };
	int r = nice_for_each(t, (int)a[0], (int)a[1], &n);

	if (r < 0)
		return r;
	return n.found ? 20 - n.best : -ESRCH; /* the call itself answers 1 to 40 */
}

SYSCALL_HANDLER(sys_setpriority)
{
	int nice = (int)a[2];
	struct nice_change n = { .nice = nice < -20 ? -20 : nice > 19 ? 19 : nice, .best = 20 };
	int r = nice_for_each(t, (int)a[0], (int)a[1], &n);

	if (r < 0)
		return r;
	return n.found ? n.error : -ESRCH;
}

/* --- membarrier --------------------------------------------------------------------------------- */

enum {
	MEMBARRIER_QUERY = 0,
	MEMBARRIER_GLOBAL = 1,
	MEMBARRIER_GLOBAL_EXPEDITED = 2,
	MEMBARRIER_REGISTER_GLOBAL_EXPEDITED = 4,
	MEMBARRIER_PRIVATE_EXPEDITED = 8,
	MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 16,
};
#define BARRIER_LOOK_NS (30 * NSEC_PER_USEC)

/* Asks those who have been in guest code since the stamp to come out; true if there was one. mm NULL: of all processes. */
static bool barrier_missing(const struct task *t, const struct mm *mm, uint64_t stamp, bool ask)
{
	struct thread_group *g;
	struct task *other;
	bool missing = false;

	list_for_each_entry(g, &thread_group_list, all_link) {
		list_for_each_entry(other, &g->threads, group_link) {
			if (other == t || !other->mm || (mm && other->mm != mm) ||
			    !sched_in_guest_since(other, stamp))
				continue;
			missing = true;
			if (ask)
				sched_interrupt(other);
		}
	}
	return missing;
}

SYSCALL_HANDLER(sys_membarrier)
{
	uint64_t stamp;
	bool all = false;

	if (a[1] != 0)
		return -EINVAL;
	switch ((int)a[0]) {
	case MEMBARRIER_QUERY:
		return 31;
	case MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
	case MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
		t->mm->membarrier |= (uint32_t)a[0];
		return 0;
	case MEMBARRIER_PRIVATE_EXPEDITED:
		if (!(t->mm->membarrier & MEMBARRIER_REGISTER_PRIVATE_EXPEDITED))
			return -EPERM;
		break;
	case MEMBARRIER_GLOBAL:
	case MEMBARRIER_GLOBAL_EXPEDITED:
		all = true;
		break;
	default:
		return -EINVAL;
	}
	/* A thread that traps has passed a barrier; those that do not run passed one when they stopped. */
	stamp = sched_guest_stamp();
	if (!barrier_missing(t, all ? NULL : t->mm, stamp, true))
		return 0;
	do {
		int r = task_sleep(host_monotonic_ns() + BARRIER_LOOK_NS, WAIT_UNINTERRUPTIBLE);

		(void)r;
	} while (barrier_missing(t, all ? NULL : t->mm, stamp, false));
	return 0;
}

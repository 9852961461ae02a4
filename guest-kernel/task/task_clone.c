// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The birth of tasks:
 *   - clone, fork, vfork, clone3: check the flags, make the task object and its parts, copy or share the address space, start the thread
 *   - pid 1, which boot makes
 * A failure at any step undoes the steps before it; the child is visible to others only once nothing can fail any more.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "mm/user_copy.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

/* As Linux: an eighth of memory would hold so many kernel stacks of 16 KiB. A bomb must not take the host's processes. */
#define THREADS_MAX	 16384u
#define THREADS_MIN	 128u
#define BYTES_PER_THREAD (8 * 16384u)

static unsigned int n_user_tasks;
const struct pidfd_ops *pidfd_ops;

/* Counting takes long where there are many, and who has reached the limit may ask all the time: the last answer holds until somebody comes or goes. */
static struct {
	uint32_t uid;
	unsigned int n;
	bool valid;
} counted;

void task_count_changed(void)
{
	counted.valid = false;
}

/* What a parent in vfork sleeps on; lives on its kernel stack. */
struct vfork_wait {
	struct wait_queue queue;
	bool done;
};

void vfork_release(struct task *t)
{
	struct vfork_wait *w = t->vfork;

	if (!w)
		return;
	t->vfork = NULL;
	w->done = true;
	wait_queue_wake_all(&w->queue);
}

static int check_flags(const struct clone_args_k *a)
{
	uint64_t f = a->flags;

	if ((f & CLONE_THREAD) && !(f & CLONE_SIGHAND))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && !(f & CLONE_VM))
		return -EINVAL;
	if ((f & CLONE_FS) && (f & CLONE_NEWNS))
		return -EINVAL;
	if ((f & CLONE_SIGHAND) && (f & CLONE_CLEAR_SIGHAND))
		return -EINVAL;
	if (f & (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWCGROUP |
		 CLONE_NEWTIME | CLONE_INTO_CGROUP))
		return -EINVAL; /* as a kernel without these namespaces answers */
	if ((f & (CLONE_NEWNS | CLONE_NEWUTS)) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((f & CLONE_PARENT) && current_task()->group == init_group)
		return -EINVAL;
	return 0;
}

static int clone_group(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	struct thread_group *g;

	if (a->flags & CLONE_THREAD) {
		g = parent->group;
		if (g->exiting)
			return -EAGAIN;
		group_get(g);
	} else {
		g = group_create(child, parent->group);
		if (!g)
			return -ENOMEM;
		g->creator_tid = parent->tid;
		g->exit_signal = a->flags & CLONE_PARENT ? parent->group->exit_signal
							 : a->exit_signal;
	}
	child->group = g;
	list_add_tail(&child->group_link, &g->threads);
	g->n_threads++;
	task_count_changed();
	return 0;
}

static void unclone_group(struct task *child)
{
	struct thread_group *g = child->group;

	list_del(&child->group_link);
	g->n_threads--;
	task_count_changed();
	child->group = NULL;
	group_put(g);
}

static int clone_mm(struct task *parent, struct task *child, uint64_t flags)
{
	int r;

	if (flags & CLONE_VM) {
		mm_get(parent->mm);
		child->mm = parent->mm;
		return 0;
	}
	r = mm_fork(parent->mm, &child->mm);
	if (r < 0)
		return r;
	child->mm->exe_file = parent->mm->exe_file;
	if (exe_file_get)
		exe_file_get(child->mm->exe_file);
	return 0;
}

static int clone_thread(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	struct abi_regs regs = parent->thread->regs;
	int r;

	regs.rax = 0;
	if (a->stack.a)
		regs.rsp = a->stack.a + a->stack_size;
	if (a->flags & CLONE_SETTLS)
		regs.fs_base = a->tls.a;
	r = engine->thread_create(child->mm->space, &regs, parent->thread, &child->thread);
	if (r == 0)
		child->thread->owner = child;
	return r;
}

/* The user words that clone writes; errors are ignored as Linux does, except that CLONE_PIDFD was written before. */
static void clone_put_tids(struct task *child, const struct clone_args_k *a)
{
	uint32_t tid = (uint32_t)child->tid;

	if (a->flags & CLONE_PARENT_SETTID)
		(void)!put_user(tid, a->parent_tid);
	if (a->flags & CLONE_CHILD_SETTID)
		(void)!(mm_write(child->mm, a->child_tid.a, &tid, sizeof(tid), false));
	if (a->flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = a->child_tid;
}

static void clone_publish(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	struct thread_group *g = child->group;

	if (a->flags & CLONE_THREAD)
		return;
	group_set_parent(g, a->flags & CLONE_PARENT ? parent->group->parent : parent->group);
	pgrp_join(g, parent->group->pgrp);
}

static int clone_number(struct task *child, const struct clone_args_k *a)
{
	if (a->n_set_tid == 0)
		return pid_alloc(child);
	if (!capable(CAP_CHECKPOINT_RESTORE) && !capable(CAP_SYS_ADMIN))
		return -EPERM;
	return a->n_set_tid > 1 ? -EINVAL : pid_alloc_exact(child, a->set_tid[0]);
}

static unsigned int threads_max = THREADS_MAX;

unsigned int task_threads_max(void)
{
	return threads_max;
}

static unsigned int count_user_tasks(uint32_t uid)
{
	struct thread_group *g;
	unsigned int n = 0;

	if (counted.valid && counted.uid == uid)
		return counted.n;
	list_for_each_entry(g, &thread_group_list, all_link) {
		if (!g->zombie && g->leader && g->leader->cred && g->leader->cred->uid == uid)
			n += g->n_threads;
	}
	counted.uid = uid;
	counted.n = n;
	counted.valid = true;
	return n;
}

static int clone_limits(const struct task *parent)
{
	if (n_user_tasks >= threads_max)
		return -EAGAIN;
	if (task_capable(parent, CAP_SYS_RESOURCE) || task_capable(parent, CAP_SYS_ADMIN))
		return 0;
	return count_user_tasks(parent->cred->uid) >= rlimit(parent, RLIMIT_NPROC) ? -EAGAIN : 0;
}

static int clone_build(struct task *parent, struct task *child, const struct clone_args_k *a)
{
	int r;

	(void)str_copy(child->comm, parent->comm, sizeof(child->comm));
	child->nice = parent->nice;
	child->personality = parent->personality;
	child->timer_slack_ns = child->timer_slack_default_ns = parent->timer_slack_ns;
	child->affinity = parent->affinity;
	child->vruntime_ns = parent->vruntime_ns;
	child->cred = cred_get(parent->cred);
	r = clone_number(child, a);
	if (r < 0)
		goto out_cred;
	child->tid = r;
	r = clone_group(parent, child, a);
	if (r < 0)
		goto out_pid;
	r = clone_mm(parent, child, a->flags);
	if (r < 0)
		goto out_group;
	r = task_parts_clone(parent, child, a);
	if (r < 0)
		goto out_mm;
	r = clone_thread(parent, child, a);
	if (r < 0)
		goto out_parts;
	return 0;
out_parts:
	task_parts_exit(child);
out_mm:
	mm_put(child->mm);
	child->mm = NULL;
out_group:
	unclone_group(child);
out_pid:
	pid_free(child);
out_cred:
	cred_put(child->cred);
	child->cred = NULL;
	return r;
}

static void clone_unbuild(struct task *child)
{
	engine->thread_destroy(child->thread);
	child->thread = NULL;
	task_parts_exit(child);
	mm_put(child->mm);
	child->mm = NULL;
	unclone_group(child);
	pid_free(child);
	cred_put(child->cred);
	child->cred = NULL;
}

static int clone_pidfd(struct task *child, const struct clone_args_k *a)
{
	int fd, r;

	if (!(a->flags & CLONE_PIDFD))
		return 0;
	if ((a->flags & CLONE_THREAD) || !pidfd_ops)
		return -EINVAL;
	fd = pidfd_ops->create(child->group, 0);
	if (fd < 0)
		return fd;
	r = put_user(fd, a->pidfd);
	if (r < 0)
		pidfd_ops->undo(fd);
	return r;
}

int64_t task_clone(const struct clone_args_k *a)
{
	struct task *parent = current_task(), *child;
	struct vfork_wait w = { .done = false };
	int r, tid, event;

	r = check_flags(a);
	if (r == 0)
		r = clone_limits(parent);
	if (r < 0)
		return r;
	child = task_alloc(task_user_loop, NULL);
	if (!child)
		return -ENOMEM;
	child->entry_arg = child;
	r = clone_build(parent, child, a);
	if (r < 0) {
		task_put(child);
		return r == -ESRCH ? -ENOMEM : r;
	}
	event = ptrace_clone_event(parent, a->flags, a->exit_signal);
	r = clone_pidfd(child, a);
	if (r == 0 && (event || (a->flags & CLONE_PTRACE)))
		r = ptrace_clone_child(parent, child);
	if (r == 0)
		clone_put_tids(child, a);
	/* The steps before have slept. Who was killed meanwhile must not leave a child behind that the killer has not seen. */
	if (r == 0 && signal_fatal_pending(parent))
		r = -EINTR;
	if (r < 0) {
		clone_unbuild(child);
		task_put(child);
		return r;
	}
	n_user_tasks++;
	tid = child->tid;
	clone_publish(parent, child, a);
	if (a->flags & CLONE_VFORK) {
		wait_queue_init(&w.queue);
		child->vfork = &w;
	}
	task_wake(child);
	if (event)
		ptrace_event(parent, event, (uint64_t)tid);
	if (a->flags & CLONE_VFORK) {
		/* Only a fatal signal ends the wait early; the child must then no longer point to our stack. */
		while (!w.done) {
			if (wait_queue_sleep(&w.queue, NO_DEADLINE, WAIT_KILLABLE) < 0) {
				struct task *c = task_find(tid);

				if (c && c->vfork == &w)
					c->vfork = NULL;
				break;
			}
		}
		ptrace_event(parent, PTRACE_EVENT_VFORK_DONE, (uint64_t)tid);
	}
	return tid;
}

void task_count_exit(void)
{
	n_user_tasks--;
	task_count_changed();
}

static const struct rlimit_k default_rlimits[RLIMITS] = {
	[RLIMIT_CPU] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_FSIZE] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_DATA] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_STACK] = { 8 << 20, RLIM_INFINITY },
	[RLIMIT_CORE] = { 0, RLIM_INFINITY },
	[RLIMIT_RSS] = { RLIM_INFINITY, RLIM_INFINITY },
	/* RLIMIT_NPROC and RLIMIT_SIGPENDING follow from the guest's memory */
	[RLIMIT_NOFILE] = { 1024, 4096 },
	[RLIMIT_MEMLOCK] = { 8 << 20, 8 << 20 },
	[RLIMIT_AS] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_LOCKS] = { RLIM_INFINITY, RLIM_INFINITY },
	[RLIMIT_MSGQUEUE] = { 819200, 819200 },
	[RLIMIT_NICE] = { 0, 0 },
	[RLIMIT_RTPRIO] = { 0, 0 },
	[RLIMIT_RTTIME] = { RLIM_INFINITY, RLIM_INFINITY },
};

struct task *task_create_init(void (*fn)(void *arg), void *arg)
{
	static const struct clone_args_k args;
	struct task *t = task_alloc(fn, arg);
	struct cred *c = kzalloc(sizeof(*c));
	struct memory_stats memory;

	if (!t || !c)
		panic("no memory for the first process");
	memory_stats_get(&memory);
	threads_max = (unsigned int)MIN(MAX(memory.total_bytes / BYTES_PER_THREAD, THREADS_MIN),
					THREADS_MAX);
	c->refs = 1;
	c->cap_permitted = c->cap_effective = c->cap_bounding = CAP_FULL;
	t->cred = c;
	t->tid = pid_alloc(t);
	t->group = group_create(t, NULL);
	if (t->tid != 1 || !t->group)
		panic("the first process is not number 1");
	t->group->tgid = 1;
	memcpy(t->group->rlimits, default_rlimits, sizeof(default_rlimits));
	t->group->rlimits[RLIMIT_NPROC] = (struct rlimit_k){ threads_max / 2, threads_max / 2 };
	t->group->rlimits[RLIMIT_SIGPENDING] = t->group->rlimits[RLIMIT_NPROC];
	list_add_tail(&t->group_link, &t->group->threads);
	t->group->n_threads = 1;
	init_group = t->group;
	if (session_start(t->group) < 0 || task_parts_clone(NULL, t, &args) < 0)
		panic("the first process cannot be made");
	n_user_tasks = 1;
	(void)str_copy(t->comm, "init", sizeof(t->comm));
	return t;
}

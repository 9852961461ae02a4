// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether a process leaves a core file, and the order of things: the other threads leave guest code and wait in core_dump_join, the file is
 * written with the last registers of all, then everybody goes on to end. A SIGKILL meanwhile cuts it short.
 */
#include "task/core_dump.h"
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/panic.h"
#include "core/sched.h"
#include "core/trace.h"
#include "mm/mm.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/signal_state.h"
#include "task/task_internal.h"
#include "task/task_signal.h"

const struct core_files_ops *core_files;

/* Lives on the dumper's kernel stack; group->core. */
struct core_dump {
	unsigned int joined; /* threads in core_dump_join */
	bool done;
	struct task *dumper;
	struct wait_queue wait;
};

void core_dump_join(struct task *t)
{
	struct core_dump *d = t->group->core;

	if (!d || d->dumper == t)
		return;
	d->joined++;
	task_wake(d->dumper);
	/* d is on a stack that lives until all have left. */
	while (!d->done)
		(void)!wait_queue_sleep(&d->wait, NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	d->joined--;
	task_wake(d->dumper);
}

void core_dump_left(struct thread_group *g)
{
	if (g->core)
		task_wake(g->core->dumper);
}

/* All other threads out of guest code. False: killed meanwhile. */
static bool gather(struct task *me, const struct core_dump *d)
{
	struct thread_group *g = me->group;
	struct task *t;

	ptrace_killed(g); /* those that stop at their end have joined nothing */
	while (d->joined + 1 < g->n_threads) {
		list_for_each_entry(t, &g->threads, group_link) {
			if (t == me || t->exit_wanted)
				continue;
			t->exit_wanted = true;
			signal_wake(t, true);
		}
		if (task_sleep(NO_DEADLINE, WAIT_KILLABLE) < 0)
			return false;
	}
	return !signal_fatal_pending(me);
}

static bool write_file(struct task *t, const struct abi_siginfo *info, uint64_t limit)
{
	char name[256];
	void *file;
	bool done;
	int r = core_name(t, info->signo, limit, name, sizeof(name));

	if (r < 0)
		return false;
	if (name[0] == '|') {
		pr_warning("core of %d(%s): pipes to programs are not supported", t->tid, t->comm);
		return false;
	}
	r = core_files->open(name, &file);
	if (r < 0) {
		trace(TRACE_SIGNAL, "no core file %s, error %d", name, -r);
		return false;
	}
	done = core_elf_write(t, info, file, limit);
	core_files->put(file);
	return done;
}

bool core_dump(struct task *t, const struct abi_siginfo *info)
{
	struct thread_group *g = t->group;
	uint64_t limit = g->rlimits[RLIMIT_CORE].cur;
	struct core_dump d = { .dumper = t };
	bool done = false;

	ASSERT_LOCKED();
	if (!core_files || !t->mm || t->mm->dead || !t->mm->dumpable || limit < PAGE_SIZE)
		return false;
	/* Somebody else ends this process already, or replaces it. */
	if (g->exiting || g->single_waiter || g->core)
		return false;
	wait_queue_init(&d.wait);
	g->core = &d;
	if (gather(t, &d))
		done = write_file(t, info, limit);
	d.done = true;
	/* Who leaves core_dump_join ends; the status that its last thread tells is the group's. */
	if (!g->exiting) {
		g->exiting = true;
		g->exit_code = info->signo | (done ? WAIT_CORE_FLAG : 0);
	}
	wait_queue_wake_all(&d.wait);
	while (d.joined > 0)
		(void)!task_sleep(NO_DEADLINE, WAIT_UNINTERRUPTIBLE);
	g->core = NULL;
	return done;
}

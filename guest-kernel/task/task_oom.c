// SPDX-License-Identifier: GPL-2.0-or-later
/* When memory is out: the process that has most of it ends, weighed by its oom_score_adj; never the first process. */
#include "task/task_oom.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "mm/arena.h"
#include "mm/mm.h"
#include "task/process.h"

#define ADJ_NEVER (-1000)

static struct mm *group_mm(const struct thread_group *g)
{
	struct task *t;

	list_for_each_entry(t, &g->threads, group_link)
		if (t->mm)
			return t->mm;
	return NULL;
}

int64_t task_oom_score(const struct thread_group *g)
{
	struct memory_stats s;
	const struct mm *mm = group_mm(g);
	int64_t total;

	if (!mm || g == init_group || g->oom_score_adj == ADJ_NEVER)
		return INT64_MIN;
	memory_stats_get(&s);
	total = (int64_t)(s.total_bytes >> PAGE_SHIFT);
	return (int64_t)mm->total_pages + g->oom_score_adj * (total / 1000);
}

static void kill_one(void)
{
	struct thread_group *g, *victim = NULL;
	int64_t worst = INT64_MIN;

	ASSERT_LOCKED();
	list_for_each_entry(g, &thread_group_list, all_link) {
		int64_t score;

		if (g->zombie)
			continue;
		/* One that is dying already gives its memory back soon: no second victim. */
		if (g->exiting && group_mm(g))
			return;
		score = task_oom_score(g);
		if (score > worst) {
			worst = score;
			victim = g;
		}
	}
	if (!victim) {
		pr_err("Out of memory and no killable processes");
		return;
	}
	pr_err("Out of memory: Killed process %d (%s)", victim->tgid,
	       victim->leader ? victim->leader->comm : "?");
	group_kill(victim, SIGKILL);
}

static const struct oom_ops task_oom_ops = { .kill_one = kill_one };

void task_oom_register(void)
{
	oom_ops = &task_oom_ops;
}

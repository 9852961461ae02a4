// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * When memory is out: the process that has most of it ends, weighed by its oom_score_adj; never the first process. Those that share its memory end with
 * it, since otherwise nothing would be given back.
 */
#include "task/task_oom.h"
#include "abi/abi_signal.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "host/host_process.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "task/process.h"

#define ADJ_NEVER     (-1000)
#define VMAS_PER_PAGE 24u /* what the kernel keeps of an area, as Linux counts page tables */

static uint64_t host_kills_seen;

static struct mm *group_mm(const struct thread_group *g)
{
	struct task *t;

	list_for_each_entry(t, &g->threads, group_link)
		if (t->mm)
			return t->mm;
	return NULL;
}

static int64_t total_pages(void)
{
	struct memory_stats s;

	memory_stats_get(&s);
	return (int64_t)(s.total_bytes >> PAGE_SHIFT);
}

int64_t task_oom_badness(const struct thread_group *g)
{
	struct mm *mm = group_mm(g);
	struct mm_usage u;

	if (!mm || g == init_group || g->oom_score_adj == ADJ_NEVER)
		return INT64_MIN;
	mm_usage_get(mm, &u);
	return (int64_t)(u.resident + mm->n_vmas / VMAS_PER_PAGE) +
	       g->oom_score_adj * (total_pages() / 1000);
}

unsigned int task_oom_score(const struct thread_group *g)
{
	int64_t badness = task_oom_badness(g), points;

	if (badness == INT64_MIN)
		return 0;
	points = (1000 + badness * 1000 / total_pages()) * 2 / 3;
	return points > 0 ? (unsigned int)points : 0;
}

static const char *group_name(const struct thread_group *g)
{
	return g->leader ? g->leader->comm : "?";
}

static void log_tasks(void)
{
	struct thread_group *g;

	pr_info("Tasks state (memory values in pages):");
	pr_info("[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name");
	list_for_each_entry(g, &thread_group_list, all_link) {
		const struct mm *mm = group_mm(g);

		if (mm && g->leader && g->leader->cred)
			pr_info("[%7d] %5u %5d %8llu %8llu %8d %8d         %5d %s", g->tgid,
				g->leader->cred->uid, g->tgid, (unsigned long long)mm->total_pages,
				(unsigned long long)mm->resident_pages, 0, 0, g->oom_score_adj,
				group_name(g));
	}
}

static void log_kill(const char *why, const struct thread_group *g, const struct mm *mm)
{
	const struct cred *c = g->leader ? g->leader->cred : NULL;
	unsigned int uid = c ? c->uid : 0;

	pr_info("oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=%s,pid=%d,uid=%u",
		group_name(g), g->tgid, uid);
	pr_err("%s: Killed process %d (%s) total-vm:%llukB, anon-rss:%llukB, file-rss:%llukB, shmem-rss:0kB, UID:%u pgtables:0kB oom_score_adj:%d",
	       why, g->tgid, group_name(g), (unsigned long long)mm->total_pages << 2,
	       (unsigned long long)mm->anon_pages << 2,
	       (unsigned long long)(mm->resident_pages - mm->anon_pages) << 2, uid,
	       g->oom_score_adj);
}

static struct thread_group *choose(bool *ret_wait)
{
	struct thread_group *g, *victim = NULL;
	int64_t worst = INT64_MIN, badness;

	*ret_wait = false;
	list_for_each_entry(g, &thread_group_list, all_link) {
		if (g->zombie)
			continue;
		/* One that is dying already gives its memory back soon: no second victim. */
		if (g->exiting && group_mm(g)) {
			*ret_wait = true;
			return NULL;
		}
		badness = task_oom_badness(g);
		if (badness > worst) {
			worst = badness;
			victim = g;
		}
	}
	return victim;
}

static bool kill_one(void)
{
	struct thread_group *g, *victim;
	struct task *t = current_task();
	struct mm *mm;
	bool wait;

	ASSERT_LOCKED();
	victim = choose(&wait);
	if (wait)
		return true;
	if (!victim) {
		pr_err("Out of memory and no killable processes...");
		return false;
	}
	mm = group_mm(victim);
	pr_warning(
		"%s invoked oom-killer: gfp_mask=0x140cca(GFP_HIGHUSER_MOVABLE|__GFP_COMP), order=0, oom_score_adj=%d",
		t ? t->comm : "umlk", t && t->group ? t->group->oom_score_adj : 0);
	log_tasks();
	log_kill("Out of memory", victim, mm);
	list_for_each_entry(g, &thread_group_list, all_link)
		if (g == victim || (!g->zombie && g != init_group && group_mm(g) == mm))
			group_kill(g, SIGKILL);
	return true;
}

void task_oom_host_killed(struct task *t)
{
	uint64_t kills = host_oom_kills();

	if (kills > host_kills_seen)
		log_kill("Out of memory of the host", t->group, t->mm);
	host_kills_seen = kills;
}

static const struct oom_ops task_oom_ops = { .kill_one = kill_one };

void task_oom_register(void)
{
	oom_ops = &task_oom_ops;
	host_kills_seen = host_oom_kills();
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* /proc/PID/stat, statm and status: what ps and top read. Formats are those of proc(5). */
#include "abi/abi_clone.h"
#include "core/sched.h"
#include "fs/procfs/procfs.h"
#include "fs/procfs/procfs_inode.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "mm/mm_account.h"
#include "task/process.h"
#include "task/ptrace.h"
#include "task/task_seccomp.h"
#include "task/task_signal.h"

#define CLOCK_TICK_NS 10000000ull

typedef unsigned long long ull;

int (*proc_tty_number)(const struct thread_group *g);
int (*proc_tty_pgrp)(const struct thread_group *g);

static char state_letter(const struct task *t)
{
	if (t->group->zombie || t->state == TASK_ZOMBIE || t->state == TASK_DEAD)
		return 'Z';
	if (t->ptrace && ((const struct tracee *)t->ptrace)->stopped)
		return 't';
	if (t->state == TASK_STOPPED || (t->signals && t->group->stopped && !t->ptrace))
		return 'T';
	if (t->state != TASK_SLEEPING)
		return 'R';
	return t->sleep_flags & WAIT_INTERRUPTIBLE ? 'S' : 'D';
}

static const char *state_word(char c)
{
	return c == 'R'	  ? "running"
	       : c == 'S' ? "sleeping"
	       : c == 'D' ? "disk sleep"
	       : c == 'T' ? "stopped"
	       : c == 't' ? "tracing stop"
			  : "zombie";
}

static int parent_pid(const struct thread_group *g)
{
	return g->parent ? g->parent->tgid : 0;
}

static void group_times(const struct thread_group *g, uint64_t *user, uint64_t *system)
{
	struct task *t;

	*user = g->user_ns;
	*system = g->system_ns;
	list_for_each_entry(t, &g->threads, group_link) {
		*user += t->user_ns;
		*system += t->system_ns;
	}
}

static int show_stat_of(struct proc_text *x, const struct task *t, bool whole)
{
	const struct thread_group *g = t->group;
	struct mm *mm = t->mm;
	struct mm_usage use = { 0 };
	struct task *signals = task_find(t->tid);
	uint64_t user = t->user_ns, system = t->system_ns;

	if (whole)
		group_times(g, &user, &system);
	if (mm)
		mm_usage_get(mm, &use);
	text_add(x, "%d (%s) %c %d %d %d %d %d %u %llu %llu %llu %llu %llu %llu %lld %lld ", t->tid,
		 t->comm, state_letter(t), parent_pid(g), g->pgrp ? g->pgrp->pgid : 0,
		 g->pgrp ? g->pgrp->session->sid : 0, proc_tty_number ? proc_tty_number(g) : 0,
		 proc_tty_pgrp ? proc_tty_pgrp(g) : -1, 0x400000u, (ull)(g->min_flt + t->min_flt),
		 (ull)g->children_min_flt, (ull)(g->maj_flt + t->maj_flt), (ull)g->children_maj_flt,
		 (ull)(user / CLOCK_TICK_NS), (ull)(system / CLOCK_TICK_NS),
		 (long long)(g->children_user_ns / CLOCK_TICK_NS),
		 (long long)(g->children_system_ns / CLOCK_TICK_NS));
	text_add(x, "%d %d %u 0 %llu %llu %llu %llu ", 20 + t->nice, t->nice, g->n_threads,
		 (ull)(t->start_ns / CLOCK_TICK_NS), (ull)(mm ? mm->total_pages << PAGE_SHIFT : 0),
		 (ull)use.resident, (ull)g->rlimits[RLIMIT_RSS].cur);
	text_add(x, "%llu %llu %llu 0 0 0 %llu %llu %llu 0 0 0 %d %d 0 0 0 0 0 ",
		 (ull)(mm ? mm->start_code : 0), (ull)(mm ? mm->end_code : 0),
		 (ull)(mm ? mm->start_stack : 0),
		 (ull)(signals && signals->signals ? signal_blocked(signals) : 0), 0ull, 0ull,
		 g->exit_signal, t->last_vcpu);
	text_add(x, "%llu %llu %llu %llu %llu %llu %llu %d\n", (ull)(mm ? mm->start_data : 0),
		 (ull)(mm ? mm->end_data : 0), (ull)(mm ? mm->start_brk : 0),
		 (ull)(mm ? mm->arg_start : 0), (ull)(mm ? mm->arg_end : 0),
		 (ull)(mm ? mm->env_start : 0), (ull)(mm ? mm->env_end : 0),
		 g->zombie ? g->exit_code : 0);
	return 0;
}

int proc_show_stat(struct proc_text *x, const struct proc_target *p)
{
	return show_stat_of(x, p->task, true);
}

int proc_show_task_stat(struct proc_text *x, const struct proc_target *p)
{
	return show_stat_of(x, p->task, false);
}

int proc_show_statm(struct proc_text *x, const struct proc_target *p)
{
	struct mm *mm = p->task->mm;
	struct mm_usage use = { 0 };

	if (!mm) {
		text_add(x, "0 0 0 0 0 0 0\n");
		return 0;
	}
	mm_usage_get(mm, &use);
	text_add(x, "%llu %llu %llu %llu 0 %llu 0\n", (ull)mm->total_pages, (ull)use.resident,
		 (ull)use.shared, (ull)((mm->end_code - mm->start_code) >> PAGE_SHIFT),
		 (ull)mm->data_pages);
	return 0;
}

static void status_memory(struct proc_text *x, struct mm *mm)
{
	struct mm_usage use;

	mm_usage_get(mm, &use);
	text_add(x, "VmPeak:\t%8llu kB\nVmSize:\t%8llu kB\nVmLck:\t%8llu kB\nVmPin:\t%8u kB\n",
		 (ull)(mm->hiwater_pages << 2), (ull)(mm->total_pages << 2),
		 (ull)(mm->locked_pages << 2), 0);
	text_add(x, "VmHWM:\t%8llu kB\nVmRSS:\t%8llu kB\n", (ull)(use.max_resident << 2),
		 (ull)(use.resident << 2));
	text_add(x, "RssAnon:\t%8llu kB\nRssFile:\t%8llu kB\nRssShmem:\t%8u kB\n",
		 (ull)(use.anon << 2), (ull)(use.shared << 2), 0);
	text_add(x, "VmData:\t%8llu kB\nVmStk:\t%8llu kB\n",
		 (ull)((mm->data_pages - MIN(mm->stack_pages, mm->data_pages)) << 2),
		 (ull)(mm->stack_pages << 2));
	text_add(x, "VmExe:\t%8llu kB\nVmLib:\t%8u kB\nVmPTE:\t%8u kB\nVmSwap:\t%8u kB\n",
		 (ull)((mm->end_code - mm->start_code) >> 10), 0, 0, 0);
}

static void status_ids(struct proc_text *x, const struct cred *c)
{
	text_add(x, "Uid:\t%u\t%u\t%u\t%u\n", c->uid, c->euid, c->suid, c->fsuid);
	text_add(x, "Gid:\t%u\t%u\t%u\t%u\n", c->gid, c->egid, c->sgid, c->fsgid);
}

static void status_caps(struct proc_text *x, const struct cred *c)
{
	text_add(
		x,
		"CapInh:\t%016llx\nCapPrm:\t%016llx\nCapEff:\t%016llx\nCapBnd:\t%016llx\nCapAmb:\t%016llx\n",
		(ull)c->cap_inheritable, (ull)c->cap_permitted, (ull)c->cap_effective,
		(ull)c->cap_bounding, (ull)c->cap_ambient);
	text_add(x, "NoNewPrivs:\t%d\n", c->no_new_privs);
}

int proc_show_status(struct proc_text *x, const struct proc_target *p)
{
	struct task *t = p->task;
	const struct thread_group *g = t->group;
	struct signal_status s = { 0 };
	char letter = state_letter(t);

	signal_status_get(t, &s);
	text_add(x, "Name:\t");
	for (const char *c = t->comm; *c; c++)
		text_add(x, *c == '\n' ? "\\n" : *c == '\\' ? "\\\\" : "%c", *c);
	text_add(x, "\nUmask:\t%04o\nState:\t%c (%s)\n", t->fs ? t->fs->umask : 022, letter,
		 state_word(letter));
	text_add(x, "Tgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t%d\n", g->tgid, t->tid,
		 parent_pid(g), ptrace_tracer_tid(t));
	status_ids(x, t->cred);
	text_add(x, "FDSize:\t64\nGroups:\t");
	for (unsigned int i = 0; i < t->cred->n_groups; i++)
		text_add(x, "%u ", t->cred->groups[i]);
	text_add(x, "\nNStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", g->tgid, t->tid,
		 g->pgrp ? g->pgrp->pgid : 0, g->pgrp ? g->pgrp->session->sid : 0);
	if (t->mm)
		status_memory(x, t->mm);
	text_add(x, "Threads:\t%u\nSigQ:\t%u/%llu\n", g->n_threads, s.queued,
		 (ull)g->rlimits[RLIMIT_SIGPENDING].cur);
	text_add(
		x,
		"SigPnd:\t%016llx\nShdPnd:\t%016llx\nSigBlk:\t%016llx\nSigIgn:\t%016llx\nSigCgt:\t%016llx\n",
		(ull)s.pending, (ull)s.shared_pending, (ull)s.blocked, (ull)s.ignored,
		(ull)s.caught);
	status_caps(x, t->cred);
	text_add(x, "Seccomp:\t%d\nSeccomp_filters:\t%u\n", seccomp_mode(t), seccomp_count(t));
	text_add(x, "Cpus_allowed:\t%llx\nCpus_allowed_list:\t0-%u\n",
		 (ull)(t->affinity & (BIT(sched_ncpus()) - 1)), sched_ncpus() - 1);
	text_add(x, "voluntary_ctxt_switches:\t%llu\nnonvoluntary_ctxt_switches:\t%llu\n",
		 (ull)t->nvcsw, (ull)t->nivcsw);
	return 0;
}

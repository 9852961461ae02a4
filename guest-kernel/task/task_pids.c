// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers: task ids, process groups, sessions. One space for all, as in Linux; a number is free when no task, group or session
 * uses it. Also the making and ending of those objects.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "task/process.h"
#include "task/task_internal.h"

#define PID_MAX 32768

struct pid_slot {
	struct task *task;
	struct process_group *pgrp;
	struct session *session;
	bool reserved; /* of a traced thread that has ended */
};

static struct pid_slot slots[PID_MAX];
static int last_pid;

struct list_head thread_group_list = LIST_HEAD_INIT(thread_group_list);
struct thread_group *init_group;

static bool pid_valid(int id)
{
	return id > 0 && id < PID_MAX;
}

static bool slot_free(int id)
{
	return !slots[id].reserved && !slots[id].task && !slots[id].pgrp && !slots[id].session;
}

int pid_alloc(struct task *t)
{
	for (int i = 0; i < PID_MAX; i++) {
		/* After the first round small numbers are left to the system's own daemons, as in Linux. */
		last_pid = last_pid + 1 < PID_MAX ? last_pid + 1 : 300;
		if (slot_free(last_pid)) {
			slots[last_pid].task = t;
			return last_pid;
		}
	}
	return -EAGAIN;
}

int pid_alloc_exact(struct task *t, int id)
{
	if (!pid_valid(id))
		return -EINVAL;
	if (!slot_free(id))
		return -EEXIST;
	slots[id].task = t;
	return id;
}

void pid_free(struct task *t)
{
	if (pid_valid(t->tid) && slots[t->tid].task == t)
		slots[t->tid].task = NULL;
}

void pid_reserve(int id)
{
	slots[id].reserved = true;
}

void pid_unreserve(int id)
{
	slots[id].reserved = false;
}

void pid_take_over(struct task *t, struct task *leader)
{
	int tid = leader->tid;

	/* exec by another thread than the leader: it becomes the leader, number and all. */
	slots[t->tid].task = leader;
	slots[tid].task = t;
	leader->tid = t->tid;
	t->tid = tid;
}

struct task *task_find(int tid)
{
	return pid_valid(tid) ? slots[tid].task : NULL;
}

struct thread_group *group_find(int tgid)
{
	struct task *t = task_find(tgid);

	return t && t->group && t->group->tgid == tgid ? t->group : NULL;
}

struct process_group *pgrp_find(int pgid)
{
	return pid_valid(pgid) ? slots[pgid].pgrp : NULL;
}

struct session *session_find(int sid)
{
	return pid_valid(sid) ? slots[sid].session : NULL;
}

static struct session *session_create(int sid)
{
	struct session *s = kzalloc(sizeof(*s));

	if (s) {
		s->refs = 1;
		s->sid = sid;
		slots[sid].session = s;
	}
	return s;
}

static void session_put(struct session *s)
{
	if (--s->refs > 0)
		return;
	slots[s->sid].session = NULL;
	kfree(s);
}

static struct process_group *pgrp_create(int pgid, struct session *session)
{
	struct process_group *p = kzalloc(sizeof(*p));

	if (p) {
		p->pgid = pgid;
		p->session = session;
		session->refs++;
		list_init(&p->members);
		slots[pgid].pgrp = p;
	}
	return p;
}

void pgrp_join(struct thread_group *g, struct process_group *p)
{
	p->refs++;
	if (g->pgrp)
		pgrp_leave(g);
	g->pgrp = p;
	list_add_tail(&g->pgrp_link, &p->members);
}

void pgrp_leave(struct thread_group *g)
{
	struct process_group *p = g->pgrp;

	list_del(&g->pgrp_link);
	g->pgrp = NULL;
	if (--p->refs > 0)
		return;
	slots[p->pgid].pgrp = NULL;
	session_put(p->session);
	kfree(p);
}

int session_start(struct thread_group *g)
{
	struct process_group *p;
	struct session *s;

	if (pgrp_find(g->tgid) || session_find(g->tgid))
		return -EPERM;
	s = session_create(g->tgid);
	if (!s)
		return -ENOMEM;
	p = pgrp_create(g->tgid, s);
	session_put(s); /* the group holds it */
	if (!p)
		return -ENOMEM;
	pgrp_join(g, p);
	return g->tgid;
}

int pgrp_set(struct thread_group *g, int pgid)
{
	struct process_group *p = pgrp_find(pgid);

	if (g->pgrp->session->sid == g->tgid)
		return -EPERM; /* a session leader stays where it is */
	if (!p) {
		if (pgid != g->tgid)
			return -EPERM;
		p = pgrp_create(pgid, g->pgrp->session);
		if (!p)
			return -ENOMEM;
	}
	if (p->session != g->pgrp->session)
		return -EPERM;
	if (p != g->pgrp)
		pgrp_join(g, p);
	return 0;
}

/* --- thread groups ------------------------------------------------------------------------------ */

struct thread_group *group_create(struct task *leader, struct thread_group *parent)
{
	struct thread_group *g = kzalloc(sizeof(*g));

	if (!g)
		return NULL;
	g->refs = 1;
	g->leader = leader;
	g->tgid = leader->tid;
	g->start_ns = host_monotonic_ns();
	g->login_uid = g->login_session = UINT32_MAX;
	list_init(&g->threads);
	list_init(&g->children);
	list_init(&g->sibling);
	list_init(&g->pgrp_link);
	list_init(&g->tracees);
	list_init(&g->pidfds);
	wait_queue_init(&g->child_wait);
	wait_queue_init(&g->pidfd_wait);
	if (parent) {
		__builtin_memcpy(g->rlimits, parent->rlimits, sizeof(g->rlimits));
		g->oom_score_adj = parent->oom_score_adj;
		g->login_uid = parent->login_uid;
		g->login_session = parent->login_session;
	}
	list_add_tail(&g->all_link, &thread_group_list);
	return g;
}

void group_get(struct thread_group *g)
{
	g->refs++;
}

void group_put(struct thread_group *g)
{
	ASSERT_LOCKED();
	if (!g || --g->refs > 0)
		return;
	ASSERT(list_empty(&g->threads));
	if (g->pgrp)
		pgrp_leave(g);
	list_del(&g->all_link);
	list_del(&g->sibling);
	kfree(g);
}

void group_set_parent(struct thread_group *g, struct thread_group *parent)
{
	list_del(&g->sibling);
	g->parent = parent;
	if (parent)
		list_add_tail(&g->sibling, &parent->children);
}

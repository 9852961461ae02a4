// SPDX-License-Identifier: GPL-2.0-or-later
/* Task objects and the parts that upper folders add to them. */
#include "core/task.h"
#include "core/big_lock.h"
#include "core/kstack.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"

struct list_head task_list = LIST_HEAD_INIT(task_list);
const struct signal_ops *signal_ops;
static struct list_head task_part_list = LIST_HEAD_INIT(task_part_list);

static void sleep_timeout(struct ktimer *timer)
{
	struct task *t = container_of(timer, struct task, sleep_timer);

	t->sleep_result = 1;
	task_wake(t);
}

static void task_main(void *arg)
{
	struct task *t = arg;

	t->entry(t->entry_arg);
	sched_exit();
}

struct task *task_alloc(void (*entry)(void *arg), void *entry_arg)
{
	struct task *t = kzalloc(sizeof(*t));

	if (!t)
		return NULL;
	t->entry = entry;
	t->entry_arg = entry_arg;
	t->kstack = kstack_create(task_main, t, &t->kstack_sp);
	if (!t->kstack) {
		kfree(t);
		return NULL;
	}
	t->state = TASK_NEW;
	t->refs = 1;
	t->affinity = UINT64_MAX;
	t->timer_slack_ns = t->timer_slack_default_ns = 50000;
	t->start_ns = host_monotonic_ns();
	list_init(&t->run_link);
	list_init(&t->group_link);
	ktimer_init(&t->sleep_timer, sleep_timeout);
	list_add_tail(&t->all_link, &task_list);
	return t;
}

void task_get(struct task *t)
{
	ASSERT_LOCKED();
	t->refs++;
}

void task_put(struct task *t)
{
	ASSERT_LOCKED();
	ASSERT(t->refs > 0);
	if (--t->refs > 0)
		return;
	ASSERT(t->state == TASK_DEAD || t->state == TASK_NEW);
	list_del(&t->all_link);
	kstack_free(t->kstack);
	kfree(t);
}

void task_part_register(struct task_part *part)
{
	list_add_tail(&part->link, &task_part_list);
}

int task_parts_clone(struct task *parent, struct task *child, const struct clone_args_k *args)
{
	struct task_part *p;
	int r;

	list_for_each_entry(p, &task_part_list, link) {
		r = p->clone ? p->clone(parent, child, args) : 0;
		if (r == 0)
			continue;
		/* Undo what the parts before this one made, in reverse. */
		while ((p = list_entry(p->link.prev, struct task_part, link)),
		       &p->link != &task_part_list) {
			if (p->exit)
				p->exit(child);
		}
		return r;
	}
	return 0;
}

void task_parts_exec(struct task *t)
{
	struct task_part *p;

	list_for_each_entry(p, &task_part_list, link) {
		if (p->exec)
			p->exec(t);
	}
}

void task_parts_exit(struct task *t)
{
	struct list_head *l;

	for (l = task_part_list.prev; l != &task_part_list; l = l->prev) {
		struct task_part *p = list_entry(l, struct task_part, link);

		if (p->exit)
			p->exit(t);
	}
}

struct task *kthread_start(const char *name, void (*fn)(void *arg), void *arg)
{
	struct task *t = task_alloc(fn, arg);

	if (!t)
		return NULL;
	t->is_kthread = true;
	(void)str_copy(t->comm, name, sizeof(t->comm));
	task_wake(t);
	return t;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Credentials: immutable objects with a count of users; a change makes a new one. */
#include "abi/abi_clone.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm.h"
#include "task/process.h"
#include "task/task_internal.h"

const struct cred *cred_get(const struct cred *c)
{
	struct cred *writable = (struct cred *)(uintptr_t)c;

	ASSERT_LOCKED();
	writable->refs++;
	return c;
}

void cred_put(const struct cred *c)
{
	struct cred *writable = (struct cred *)(uintptr_t)c;

	ASSERT_LOCKED();
	if (!c || --writable->refs > 0)
		return;
	kfree(writable->groups);
	kfree(writable);
}

struct cred *cred_copy(const struct cred *c)
{
	struct cred *n = kmalloc(sizeof(*n));

	if (!n)
		return NULL;
	*n = *c;
	n->refs = 1;
	n->groups = NULL;
	if (c->n_groups > 0) {
		n->groups = kmalloc(c->n_groups * sizeof(*n->groups));
		if (!n->groups) {
			kfree(n);
			return NULL;
		}
		memcpy(n->groups, c->groups, c->n_groups * sizeof(*n->groups));
	}
	return n;
}

void cred_commit(struct task *t, struct cred *c)
{
	const struct cred *old = t->cred;

	t->cred = c;
	cred_put(old);
	task_count_changed();
}

bool task_capable(const struct task *t, int cap)
{
	return (t->cred->cap_effective >> cap) & 1;
}

bool capable(int cap)
{
	const struct task *t = current_task();

	return !t || t->is_kthread || task_capable(t, cap);
}

bool cred_in_group(const struct cred *c, uint32_t gid)
{
	if (c->fsgid == gid)
		return true;
	for (unsigned int i = 0; i < c->n_groups; i++)
		if (c->groups[i] == gid)
			return true;
	return false;
}

bool task_may_ptrace(struct task *t)
{
	const struct cred *me = current_task()->cred, *it = t->cred;
	bool same = me->fsuid == it->euid && me->fsuid == it->suid && me->fsuid == it->uid &&
		    me->fsgid == it->egid && me->fsgid == it->sgid && me->fsgid == it->gid;

	if (current_task()->group == t->group)
		return true;
	if (!same && !capable(CAP_SYS_PTRACE))
		return false;
	if (t->mm && !t->mm->dumpable && !capable(CAP_SYS_PTRACE))
		return false;
	return (it->cap_permitted & ~me->cap_permitted) == 0 || capable(CAP_SYS_PTRACE);
}

uint64_t rlimit(const struct task *t, unsigned int which)
{
	return t->group ? t->group->rlimits[which].cur : RLIM_INFINITY;
}

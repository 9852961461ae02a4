// SPDX-License-Identifier: GPL-2.0-or-later
/* UTS namespaces: shared by clone, copied by CLONE_NEWUTS and unshare. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/sched.h"
#include "core/task.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/uts.h"

static struct uts_ns first = { .refs = 1, .nodename = "(none)", .domainname = "(none)" };

static void uts_put(struct uts_ns *u)
{
	if (u && --u->refs == 0)
		kfree(u);
}

static struct uts_ns *uts_copy(const struct uts_ns *u)
{
	struct uts_ns *n = kmalloc(sizeof(*n));

	if (n) {
		*n = *u;
		n->refs = 1;
	}
	return n;
}

static int uts_clone(struct task *parent, struct task *child, const struct clone_args_k *args)
{
	struct uts_ns *from = parent ? parent->uts_ns : &first;

	if (args->flags & CLONE_NEWUTS) {
		child->uts_ns = uts_copy(from);
		return child->uts_ns ? 0 : -ENOMEM;
	}
	from->refs++;
	child->uts_ns = from;
	return 0;
}

static void uts_exit(struct task *t)
{
	uts_put(t->uts_ns);
	t->uts_ns = NULL;
}

struct uts_ns *uts_current(void)
{
	struct task *t = current_task();

	return t && t->uts_ns ? t->uts_ns : &first;
}

int uts_unshare(void)
{
	struct task *t = current_task();
	struct uts_ns *n = uts_copy(t->uts_ns);

	if (!n)
		return -ENOMEM;
	uts_put(t->uts_ns);
	t->uts_ns = n;
	return 0;
}

void uts_init(const char *hostname)
{
	static struct task_part part = { .name = "uts", .clone = uts_clone, .exit = uts_exit };

	if (hostname)
		(void)str_copy(first.nodename, hostname, sizeof(first.nodename));
	task_part_register(&part);
}

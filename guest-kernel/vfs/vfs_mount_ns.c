// SPDX-License-Identifier: GPL-2.0-or-later
/* Mount name spaces, the task part that carries them, the first mount, and the event that /proc/PID/mounts tells. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "task/process.h"
#include "vfs/vfs_internal.h"

struct mount_ns *init_mount_ns;

static struct mount_ns *ns_alloc(void)
{
	struct mount_ns *ns = kzalloc(sizeof(*ns));

	if (!ns)
		return NULL;
	ns->refs = 1;
	list_init(&ns->mounts);
	wait_queue_init(&ns->queue);
	return ns;
}

static void ns_enter(struct mount_ns *ns, struct mount *top)
{
	ns->root = top;
	for (struct mount *m = top; m; m = mount_next(m, top)) {
		m->ns = ns;
		list_add_tail(&m->ns_link, &ns->mounts);
		ns->n_mounts++;
	}
}

void mount_ns_put(struct mount_ns *ns)
{
	if (!ns || --ns->refs > 0)
		return;
	ns->refs = 1; /* detaching looks at it */
	mount_drop_tree(ns->root);
	kfree(ns);
}

static void path_to_copy(struct path *p, const struct mount_ns *old)
{
	struct path n;

	if (!p->mount || p->mount->ns != old || !p->mount->copy)
		return;
	n = (struct path){ p->mount->copy, p->dentry };
	path_get(&n);
	path_put(p);
	*p = n;
}

/* A copy of a name space; the paths of fs move over to it. */
static int ns_copy(struct mount_ns *old, struct fs_context *fs, struct mount_ns **ret)
{
	struct mount_ns *ns;
	struct mount *m, *tree;

	if (!mount_may_make(old->n_mounts))
		return -ENOSPC;
	ns = ns_alloc();
	if (!ns)
		return -ENOMEM;
	list_for_each_entry(m, &old->mounts, ns_link)
		m->copy = NULL;
	tree = mount_clone_tree(old->root, old->root->root, true, true);
	if (!tree) {
		kfree(ns);
		return -ENOMEM;
	}
	ns_enter(ns, tree);
	path_to_copy(&fs->root, old);
	path_to_copy(&fs->cwd, old);
	*ret = ns;
	return 0;
}

int mount_ns_unshare(void)
{
	struct task *t = current_task();
	struct mount_ns *ns, *old = t->mount_ns;
	int r;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	r = fs_context_unshare();
	if (r == 0)
		r = ns_copy(old, t->fs, &ns);
	if (r < 0)
		return r;
	t->mount_ns = ns;
	mount_ns_put(old);
	return 0;
}

static int part_clone(struct task *parent, struct task *child, const struct clone_args_k *args)
{
	if (!parent || !parent->mount_ns)
		return 0;
	if (args->flags & CLONE_NEWNS)
		return ns_copy(parent->mount_ns, child->fs, &child->mount_ns);
	child->mount_ns = parent->mount_ns;
	child->mount_ns->refs++;
	return 0;
}

static void part_exit(struct task *t)
{
	struct mount_ns *ns = t->mount_ns;

	t->mount_ns = NULL;
	mount_ns_put(ns);
}

int mount_init(void)
{
	static struct task_part part = {
		.name = "mount_ns",
		.clone = part_clone,
		.exit = part_exit,
	};

	task_part_register(&part);
	return 0;
}

int mount_root(struct super_block *sb, struct task *first)
{
	struct mount_ns *ns = ns_alloc();
	struct mount *m = mount_alloc(sb, sb->root, "rootfs", 0);
	struct path root;

	if (!ns || !m)
		return -ENOMEM;
	ns_enter(ns, m);
	ns->refs++; /* for ever: kernel tasks stand in it */
	init_mount_ns = ns;
	first->mount_ns = ns;
	root = (struct path){ m, m->root };
	path_get(&root);
	path_get(&root);
	path_put(&first->fs->root);
	path_put(&first->fs->cwd);
	first->fs->root = first->fs->cwd = root;
	return 0;
}

uint64_t mount_event(struct task *t, struct wait_queue **ret_queue)
{
	*ret_queue = t->mount_ns ? &t->mount_ns->queue : NULL;
	return t->mount_ns ? t->mount_ns->event : 0;
}

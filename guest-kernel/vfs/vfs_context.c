// SPDX-License-Identifier: GPL-2.0-or-later
/* A task's place in the tree: root, working directory, umask; shared by CLONE_FS. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "vfs/vfs_internal.h"

static struct fs_context *context_of_current(void)
{
	struct task *t = current_task();

	return t ? t->fs : NULL;
}

/* Kernel tasks stand at the root of the first name space. */
static void first_root(struct path *ret)
{
	*ret = (struct path){ 0 };
	if (init_mount_ns && init_mount_ns->root)
		*ret = (struct path){ init_mount_ns->root, init_mount_ns->root->root };
}

void task_root(struct path *ret)
{
	struct fs_context *c = context_of_current();

	if (c)
		*ret = c->root;
	else
		first_root(ret);
	path_get(ret);
}

void task_cwd(struct path *ret)
{
	struct fs_context *c = context_of_current();

	if (c)
		*ret = c->cwd;
	else
		first_root(ret);
	path_get(ret);
}

struct fs_context *fs_context_copy(const struct fs_context *c)
{
	struct fs_context *n = kzalloc(sizeof(*n));

	if (!n)
		return NULL;
	n->refs = 1;
	n->umask = 022;
	if (c) {
		n->umask = c->umask;
		n->root = c->root;
		n->cwd = c->cwd;
		path_get(&n->root);
		path_get(&n->cwd);
	}
	return n;
}

static void context_put(struct fs_context *c)
{
	if (!c || --c->refs > 0)
		return;
	path_put(&c->root);
	path_put(&c->cwd);
	kfree(c);
}

int fs_context_unshare(void)
{
	struct task *t = current_task();
	struct fs_context *c;

	if (t->fs->refs == 1)
		return 0;
	c = fs_context_copy(t->fs);
	if (!c)
		return -ENOMEM;
	context_put(t->fs);
	t->fs = c;
	return 0;
}

uint32_t current_umask(void)
{
	const struct task *t = current_task();

	return t && t->fs ? t->fs->umask : 0;
}

uint32_t umask_for(const struct inode *dir)
{
	return dir->sb->own_umask ? 0 : current_umask();
}

static int part_clone(struct task *parent, struct task *child, const struct clone_args_k *args)
{
	if (parent && (args->flags & CLONE_FS)) {
		child->fs = parent->fs;
		child->fs->refs++;
		return 0;
	}
	child->fs = fs_context_copy(parent ? parent->fs : NULL);
	return child->fs ? 0 : -ENOMEM;
}

static void part_exit(struct task *t)
{
	struct fs_context *c = t->fs;

	t->fs = NULL;
	context_put(c);
}

int fs_context_init(void)
{
	static struct task_part part = { .name = "fs", .clone = part_clone, .exit = part_exit };

	task_part_register(&part);
	return 0;
}

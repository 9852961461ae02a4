// SPDX-License-Identifier: GPL-2.0-or-later
/* Mount name spaces, the task part that carries them, the first mount, and what /proc/PID/mounts shows. */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
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
	struct mount_ns *ns = ns_alloc();
	struct mount *m, *tree;

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

/* --- text --------------------------------------------------------------------------------------- */

struct text {
	char *buf;
	size_t len, size;
};

static void text_char(struct text *t, char c)
{
	if (t->len + 1 < t->size)
		t->buf[t->len++] = c;
	t->buf[t->len] = '\0';
}

static void text_add(struct text *t, const char *s)
{
	for (; *s; s++)
		text_char(t, *s);
}

/* Blanks, backslashes and what starts a comment as octal, as getmntent(3) reads them. */
static void text_escaped(struct text *t, const char *s)
{
	for (; *s; s++) {
		char octal[5];

		if (!strchr(" \t\n\\#", *s)) {
			text_char(t, *s);
			continue;
		}
		(void)format_str(octal, sizeof(octal), "\\%03o", (unsigned int)(uint8_t)*s);
		text_add(t, octal);
	}
}

static void text_flags(struct text *t, uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ MS_NOSUID, ",nosuid" },	    { MS_NODEV, ",nodev" },
		{ MS_NOEXEC, ",noexec" },	    { MS_NOATIME, ",noatime" },
		{ MS_NODIRATIME, ",nodiratime" },   { MS_RELATIME, ",relatime" },
		{ MS_NOSYMFOLLOW, ",nosymfollow" },
	};

	text_add(t, flags & MS_RDONLY ? "ro" : "rw");
	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].bit)
			text_add(t, names[i].name);
}

static void text_super(struct text *t, const struct mount *m)
{
	char options[256] = "";

	if (m->sb->ops->show_options)
		m->sb->ops->show_options(m->sb, options, sizeof(options));
	text_add(t, options);
}

/* What of the file system is seen, from its own root. */
static void text_mount_root(struct text *t, const struct mount *m)
{
	char *buf = kmalloc(PATH_MAX), *at;
	const struct dentry *d = m->root;

	if (!buf)
		return;
	at = buf + PATH_MAX - 1;
	*at = '\0';
	for (; d->parent && (size_t)(at - buf) > d->name_len + 1u; d = d->parent) {
		at -= d->name_len;
		memcpy(at, d->name, d->name_len);
		*--at = '/';
	}
	text_escaped(t, *at ? at : "/");
	kfree(buf);
}

static void mount_line(struct text *t, const struct mount *m, const struct path *root, bool info)
{
	struct path top = { (struct mount *)(uintptr_t)m, m->root };
	char *path = kmalloc(PATH_MAX), *s, num[80];

	if (!path)
		return;
	s = path_to_string(&top, root, path, PATH_MAX);
	if (!info) {
		text_escaped(t, m->source);
		text_char(t, ' ');
		text_escaped(t, s ? s : "/");
		text_char(t, ' ');
		text_add(t, m->sb->type->name);
		text_char(t, ' ');
		text_flags(t, m->flags | (m->sb->flags & MS_RDONLY));
		text_super(t, m);
		text_add(t, " 0 0\n");
		kfree(path);
		return;
	}
	(void)format_str(num, sizeof(num), "%d %d %u:%u ", m->id, m->parent ? m->parent->id : m->id,
			 DEV_MAJOR(m->sb->dev), DEV_MINOR(m->sb->dev));
	text_add(t, num);
	text_mount_root(t, m);
	text_char(t, ' ');
	text_escaped(t, s ? s : "/");
	text_char(t, ' ');
	text_flags(t, m->flags);
	if (m->peer_group) {
		(void)format_str(num, sizeof(num), " shared:%d", m->peer_group);
		text_add(t, num);
	}
	if (m->master_group) {
		(void)format_str(num, sizeof(num), " master:%d", m->master_group);
		text_add(t, num);
	}
	text_add(t, m->unbindable ? " unbindable - " : " - ");
	text_add(t, m->sb->type->name);
	text_char(t, ' ');
	text_escaped(t, m->source);
	text_add(t, m->sb->flags & MS_RDONLY ? " ro" : " rw");
	text_super(t, m);
	text_char(t, '\n');
	kfree(path);
}

void mount_show(struct task *task, bool info, void (*emit)(void *ctx, const char *line), void *ctx)
{
	struct mount_ns *ns = task->mount_ns;
	struct text t = { .size = 4 * PATH_MAX };
	struct mount *m;

	if (!ns || !task->fs)
		return;
	t.buf = kmalloc(t.size);
	if (!t.buf)
		return;
	list_for_each_entry(m, &ns->mounts, ns_link) {
		struct path top = { m, m->root };

		if (!path_is_under(&top, &task->fs->root))
			continue;
		t.len = 0;
		mount_line(&t, m, &task->fs->root, info);
		emit(ctx, t.buf);
	}
	kfree(t.buf);
}

uint64_t mount_event(struct task *t, struct wait_queue **ret_queue)
{
	*ret_queue = t->mount_ns ? &t->mount_ns->queue : NULL;
	return t->mount_ns ? t->mount_ns->event : 0;
}

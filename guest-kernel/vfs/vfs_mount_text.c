// SPDX-License-Identifier: GPL-2.0-or-later
/* The mount table as /proc/PID/mounts and /proc/PID/mountinfo show it. */
#include "vfs/vfs_mount_text.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_internal.h"

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

int mount_text(struct task *task, enum mount_text_kind kind, void *ctx,
	       void (*add)(void *ctx, const void *data, size_t len))
{
	struct mount_ns *ns = task->mount_ns;
	struct text t = { .size = 4 * PATH_MAX };
	struct mount *m;

	if (!ns || !task->fs)
		return 0;
	t.buf = kmalloc(t.size);
	if (!t.buf)
		return -ENOMEM;
	list_for_each_entry(m, &ns->mounts, ns_link) {
		struct path top = { m, m->root };

		if (!path_is_under(&top, &task->fs->root))
			continue;
		t.len = 0;
		mount_line(&t, m, &task->fs->root, kind == MOUNT_TEXT_MOUNTINFO);
		add(ctx, t.buf, t.len);
	}
	kfree(t.buf);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/* Super blocks and the list of file system types. */
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_internal.h"

struct list_head fs_type_list = LIST_HEAD_INIT(fs_type_list);
static uint32_t next_anonymous_dev = 1;

void fs_type_register(struct fs_type *type)
{
	list_add_tail(&type->link, &fs_type_list);
}

struct fs_type *fs_type_find(const char *name)
{
	struct fs_type *t;

	list_for_each_entry(t, &fs_type_list, link)
		if (strcmp(t->name, name) == 0)
			return t;
	return NULL;
}

struct super_block *super_alloc(const struct fs_type *type, const struct super_ops *ops)
{
	struct super_block *sb = kzalloc(sizeof(*sb));

	if (!sb)
		return NULL;
	sb->refs = 1;
	sb->type = type;
	sb->ops = ops;
	sb->dev = MKDEV(0, next_anonymous_dev++);
	sb->max_bytes = INT64_MAX;
	return sb;
}

int super_set_root(struct super_block *sb, struct inode *root)
{
	sb->root = dentry_alloc(sb, NULL, "/", 1, root);
	inode_put(root);
	return sb->root ? 0 : -ENOMEM;
}

void super_get(struct super_block *sb)
{
	ASSERT_LOCKED();
	sb->refs++;
}

void super_put(struct super_block *sb)
{
	ASSERT_LOCKED();
	if (--sb->refs > 0)
		return;
	if (sb->ops && sb->ops->free)
		sb->ops->free(sb);
	kfree(sb);
}

/* The reference that super_alloc gave belongs to the first who activates it. */
void super_activate(struct super_block *sb)
{
	sb->active++;
}

void super_deactivate(struct super_block *sb)
{
	struct dentry *root = sb->root;

	if (--sb->active > 0)
		return;
	dentry_prune(sb);
	if (sb->ops->shutdown)
		sb->ops->shutdown(sb);
	dentry_prune(sb);
	sb->root = NULL;
	dentry_put(root);
	super_put(sb);
}

void super_forget_names(struct super_block *sb)
{
	dentry_prune(sb);
}

/* Each mounted file system once; errors have nobody to go to. The list may change while one is written, so it is begun anew from a mark. */
void (*super_sync_devices)(void);

static void sync_mounted(void)
{
	int done = 0, next;

	do {
		struct super_block *sb = NULL;
		struct mount *m;

		next = INT_MAX;
		list_for_each_entry(m, &mount_list, all_link) {
			if (m->id > done && m->id < next && m->sb->ops->sync) {
				next = m->id;
				sb = m->sb;
			}
		}
		if (!sb)
			return;
		super_get(sb);
		(void)sb->ops->sync(sb);
		super_put(sb);
		done = next;
	} while (next != INT_MAX);
}

void super_sync_all(void)
{
	sync_mounted();
	if (super_sync_devices)
		super_sync_devices();
}

int mount_options_each(const char *data, mount_option_fn set, void *arg)
{
	char *copy, *p;
	int r = 0;

	if (!data || !*data)
		return 0;
	copy = kstrdup(data);
	if (!copy)
		return -ENOMEM;
	for (p = copy; r == 0 && p;) {
		char *next = strchr(p, ','), *value;

		if (next)
			*next++ = '\0';
		value = strchr(p, '=');
		if (value)
			*value++ = '\0';
		if (*p) /* "=value" is passed over, as Linux does */
			r = set(arg, p, value);
		p = next;
	}
	kfree(copy);
	return r;
}

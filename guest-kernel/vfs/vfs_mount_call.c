// SPDX-License-Identifier: GPL-2.0-or-later
/* mount(2), umount2(2) and pivot_root(2). */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/klog.h"
#include "core/sched.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_internal.h"

#define MOUNT_FLAGS                                                                                \
	(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME | \
	 MS_NOSYMFOLLOW)
#define SUPER_FLAGS \
	(MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC | MS_SILENT | MS_LAZYTIME)

static uint32_t mount_flags(uint32_t flags)
{
	if (!(flags & MS_NOATIME))
		flags |= MS_RELATIME;
	if (flags & MS_STRICTATIME)
		flags &= ~(MS_RELATIME | MS_NOATIME);
	return flags & MOUNT_FLAGS;
}

static bool mount_is_ours(const struct mount *m)
{
	return m->ns && m->ns == current_task()->mount_ns;
}

static int graft_checked(struct mount *m, const struct path *at)
{
	if (!mount_is_ours(at->mount))
		return -EINVAL;
	if (S_ISDIR(m->root->inode->mode) != S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	if (dentry_is_dead(at->dentry))
		return -ENOENT;
	return mount_graft(m, at);
}

/* --- the kinds of mount(2) ---------------------------------------------------------------------- */

/* systemd stops here with words that name no cause. */
static void lacking_type_say(const char *type)
{
	static bool said;

	if (!said && strncmp(type, "cgroup", 6) == 0) {
		said = true;
		pr_warning(
			"umlk has no control groups yet, so systemd cannot run: this guest needs the kernel linux.uml");
	}
}

static int mount_new(const char *source, const struct path *at, const char *type, uint32_t flags,
		     const char *data)
{
	struct super_block *sb;
	struct fs_type *fs;
	struct mount *m;
	int r;

	if (!type)
		return -EINVAL;
	fs = fs_type_find(type);
	if (!fs) {
		lacking_type_say(type);
		return -ENODEV;
	}
	r = fs->mount(fs, source ? source : "none", flags & SUPER_FLAGS, data, &sb);
	if (r < 0)
		return r;
	m = mount_alloc(sb, sb->root, source, mount_flags(flags));
	if (!m) {
		super_activate(sb);
		super_deactivate(sb);
		return -ENOMEM;
	}
	/* The same file system twice on one place is a mistake. */
	if (at->mount->sb == sb && at->mount->root == at->dentry)
		r = -EBUSY;
	else
		r = graft_checked(m, at);
	if (r < 0)
		mount_put(m);
	return r;
}

int vfs_mount_hidden(const char *type, struct path *ret)
{
	struct fs_type *fs = fs_type_find(type);
	struct super_block *sb;
	struct mount *m;
	int r;

	if (!fs)
		return -ENODEV;
	r = fs->mount(fs, type, 0, NULL, &sb);
	if (r < 0)
		return r;
	m = mount_alloc(sb, sb->root, type, 0);
	if (!m) {
		super_activate(sb);
		super_deactivate(sb);
		return -ENOMEM;
	}
	dentry_get(sb->root);
	*ret = (struct path){ m, sb->root };
	return 0;
}

static int mount_bind(const char *source, const struct path *at, uint32_t flags)
{
	bool recursive = (flags & MS_REC) != 0;
	struct mount *m = NULL;
	struct path from;
	int r;

	if (!source || !*source)
		return -EINVAL;
	r = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);
	if (r < 0)
		return r;
	r = -EINVAL;
	if (!from.mount->unbindable && mount_is_ours(from.mount))
		m = mount_clone_tree(from.mount, from.dentry, recursive, false);
	else
		goto out;
	r = m ? graft_checked(m, at) : -ENOMEM;
	if (r < 0 && m)
		mount_drop_tree(m);
out:
	path_put(&from);
	return r;
}

static bool tree_has_unbindable(struct mount *top)
{
	for (struct mount *m = top; m; m = mount_next(m, top))
		if (m->unbindable)
			return true;
	return false;
}

static int mount_move(const char *source, const struct path *at)
{
	struct path from, old;
	struct mount *m;
	int r;

	if (!source || !*source)
		return -EINVAL;
	r = path_lookup(AT_FDCWD, source, LOOKUP_FOLLOW, &from);
	if (r < 0)
		return r;
	m = from.mount;
	r = -EINVAL;
	if (!mount_is_ours(m) || !mount_is_ours(at->mount) || from.dentry != m->root ||
	    !m->parent || m->parent->peer_group)
		goto out;
	if (S_ISDIR(m->root->inode->mode) != S_ISDIR(at->dentry->inode->mode))
		goto out;
	if (at->mount->peer_group && tree_has_unbindable(m))
		goto out;
	r = -ELOOP;
	for (struct mount *p = at->mount; p; p = p->parent)
		if (p == m)
			goto out;
	old = (struct path){ m->parent, m->mountpoint };
	path_get(&old);
	/* Out of the name space and in again: the references stay, since the order is hook before drop. */
	for (struct mount *c = m; c; c = mount_next(c, m)) {
		list_del(&c->ns_link);
		c->ns->n_mounts--;
		c->ns = NULL;
	}
	mount_unhook(m);
	r = mount_graft(m, at);
	if (r < 0)
		mount_attach(m, &old);
	path_put(&old);
out:
	path_put(&from);
	return r;
}

static int mount_remount(const struct path *at, uint32_t flags, const char *data)
{
	struct mount *m = at->mount;
	struct super_block *sb = m->sb;
	int r = 0;

	if (at->dentry != m->root || !mount_is_ours(m))
		return -EINVAL;
	if (!(flags & MS_BIND)) {
		if ((flags & MS_RDONLY) && !(sb->flags & MS_RDONLY) && sb->writers > 0)
			return -EBUSY;
		if (sb->ops->remount)
			r = sb->ops->remount(sb, flags & SUPER_FLAGS, data);
		if (r < 0)
			return r;
		sb->flags = (sb->flags & ~MS_RDONLY) | (flags & MS_RDONLY);
	}
	/* Without a word about atime the old setting stays. */
	if (!(flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME | MS_STRICTATIME)))
		flags |= m->flags & (MS_NOATIME | MS_NODIRATIME | MS_RELATIME);
	m->flags = mount_flags(flags);
	mount_ns_changed(m->ns);
	return 0;
}

static int mount_retype(const struct path *at, uint32_t flags)
{
	uint32_t type = flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE);

	if ((type & (type - 1)) || (flags & ~(type | MS_REC | MS_SILENT)))
		return -EINVAL;
	if (at->dentry != at->mount->root || !mount_is_ours(at->mount))
		return -EINVAL;
	return mount_change_type(at->mount, type, (flags & MS_REC) != 0);
}

int mount_do(const char *source, const char *target, const char *type, uint32_t flags,
	     const char *data)
{
	struct path at;
	int r;

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~MS_MGC_MSK;
	r = path_lookup(AT_FDCWD, target, LOOKUP_FOLLOW, &at);
	if (r < 0)
		return r;
	if (!capable(CAP_SYS_ADMIN))
		r = -EPERM;
	else if (flags & MS_REMOUNT)
		r = mount_remount(&at, flags, data);
	else if (flags & MS_BIND)
		r = mount_bind(source, &at, flags);
	else if (flags & (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE))
		r = mount_retype(&at, flags);
	else if (flags & MS_MOVE)
		r = mount_move(source, &at);
	else
		r = mount_new(source, &at, type, flags, data);
	path_put(&at);
	return r;
}

/* --- umount ------------------------------------------------------------------------------------- */

static int umount_root(struct mount *m)
{
	int r = 0;

	/* The root of all cannot go; it becomes read-only, which is what a shutdown wants of it. */
	if (m->sb->flags & MS_RDONLY)
		return 0;
	if (m->sb->ops->sync)
		r = m->sb->ops->sync(m->sb);
	if (r == 0 && m->sb->ops->remount)
		r = m->sb->ops->remount(m->sb, m->sb->flags | MS_RDONLY, NULL);
	if (r == 0)
		m->sb->flags |= MS_RDONLY;
	return r;
}

static int umount_check(struct mount *m, int flags)
{
	if (flags & MNT_EXPIRE) {
		if (m == current_task()->fs->root.mount || (flags & (MNT_FORCE | MNT_DETACH)))
			return -EINVAL;
		if (m->refs > 2)
			return -EBUSY;
		if (!m->expire_mark) {
			m->expire_mark = true;
			return -EAGAIN;
		}
	}
	if (flags & MNT_DETACH)
		return 0;
	/* One reference is the name space's, one the caller's path. */
	return !list_empty(&m->children) || m->refs > 2 || propagate_busy(m) ? -EBUSY : 0;
}

static int umount_path(struct path *p, int flags)
{
	struct mount *m = p->mount;
	int r;

	if (p->dentry != m->root || !mount_is_ours(m))
		return -EINVAL;
	if (m == current_task()->fs->root.mount && !(flags & (MNT_DETACH | MNT_EXPIRE)))
		return umount_root(m);
	if (!m->parent)
		return -EINVAL;
	r = umount_check(m, flags);
	if (r < 0)
		return r;
	if (m->sb->ops->sync && !(flags & MNT_DETACH)) {
		r = m->sb->ops->sync(m->sb);
		if (r < 0)
			return r;
		/* That may have slept: is it still what it was? */
		if (!mount_is_ours(m) || !m->parent)
			return -EINVAL;
	}
	propagate_umount(m);
	mount_drop_tree(m);
	return 0;
}

int mount_umount(const char *target, int flags)
{
	unsigned int lookup = flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	struct path p;
	int r;

	if (flags & ~(MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW))
		return -EINVAL;
	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	r = path_lookup(AT_FDCWD, target, lookup, &p);
	if (r < 0)
		return r;
	r = umount_path(&p, flags);
	path_put(&p);
	return r;
}

/* --- pivot_root --------------------------------------------------------------------------------- */

static void repoint(struct path *p, const struct path *from, const struct path *to)
{
	if (!path_equal(p, from))
		return;
	path_get(to);
	path_put(p);
	*p = *to;
}

static int pivot_check(const struct path *new, const struct path *old, const struct path *root)
{
	struct path top = { new->mount, new->mount->root };

	if (!mount_is_ours(root->mount) || !mount_is_ours(new->mount))
		return -EINVAL;
	if (new->mount == root->mount || old->mount == root->mount)
		return -EBUSY;
	if (root->dentry != root->mount->root || !root->mount->parent ||
	    new->dentry != new->mount->root || !new->mount->parent)
		return -EINVAL;
	if (new->mount->peer_group || new->mount->parent->peer_group ||
	    root->mount->parent->peer_group)
		return -EINVAL;
	if (!path_is_under(old, &top) || !path_is_under(new, root))
		return -EINVAL;
	return dentry_is_dead(new->dentry) ? -ENOENT : 0;
}

static void pivot_do(const struct path *new, const struct path *old, const struct path *root)
{
	struct path place = { root->mount->parent, root->mount->mountpoint };
	struct mount_ns *ns = root->mount->ns;
	struct task *t;

	path_get(&place);
	mount_unhook(new->mount);
	mount_unhook(root->mount);
	mount_hook(root->mount, old);
	mount_hook(new->mount, &place);
	path_put(&place);
	list_for_each_entry(t, &task_list, all_link) {
		if (!t->fs)
			continue;
		repoint(&t->fs->root, root, new);
		repoint(&t->fs->cwd, root, new);
	}
	mount_ns_changed(ns);
}

int mount_pivot_root(const char *new_root, const char *put_old)
{
	struct path new, old, root;
	int r;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	r = path_lookup(AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &new);
	if (r < 0)
		return r;
	r = path_lookup(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &old);
	if (r < 0)
		goto out_new;
	task_root(&root);
	r = pivot_check(&new, &old, &root);
	if (r == 0)
		pivot_do(&new, &old, &root);
	path_put(&root);
	path_put(&old);
out_new:
	path_put(&new);
	return r;
}

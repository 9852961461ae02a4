// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walking a path. The text that is left to walk lies in one buffer; a symbolic link replaces it by its target and what was left. w->at is always a
 * directory. The checks of openat2's RESOLVE flags sit where the walk would leave what they allow.
 */
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_internal.h"

#define LINKS_MAX 40u

int protected_symlinks = 1;

static bool scoped(const struct walk *w)
{
	return (w->flags & (LOOKUP_BENEATH | LOOKUP_IN_ROOT)) != 0;
}

static void path_set(struct path *to, const struct path *from)
{
	struct path old = *to;

	path_get(from);
	*to = *from;
	path_put(&old);
}

/* --- starting ----------------------------------------------------------------------------------- */

static int start_dir(int dirfd, const struct path *base, struct path *ret)
{
	struct file *f;

	if (base) {
		path_get(base);
		*ret = *base;
		return 0;
	}
	if (dirfd == AT_FDCWD) {
		task_cwd(ret);
		return 0;
	}
	f = fd_get_raw(dirfd);
	if (!f)
		return -EBADF;
	if (!f->path.dentry || !S_ISDIR(f->inode->mode)) {
		file_put(f);
		return -ENOTDIR;
	}
	path_get(&f->path);
	*ret = f->path;
	file_put(f);
	return 0;
}

int walk_start(struct walk *w, int dirfd, const struct path *base, const char *name,
	       unsigned int flags)
{
	int r = 0;

	*w = (struct walk){ .flags = flags };
	if (name[0] == '\0')
		return -ENOENT;
	w->text = kstrdup(name);
	if (!w->text)
		return -ENOMEM;
	w->rest = w->text;
	if (scoped(w)) {
		r = start_dir(dirfd, base, &w->root);
		if (r == 0 && name[0] == '/' && (flags & LOOKUP_BENEATH))
			r = -EXDEV;
	} else {
		task_root(&w->root);
	}
	if (r == 0 && (name[0] == '/' || scoped(w))) {
		path_get(&w->root);
		w->at = w->root;
	} else if (r == 0) {
		r = start_dir(dirfd, base, &w->at);
	}
	if (r == 0 && !w->at.dentry)
		r = -ENOENT; /* a task before the first mount */
	if (r == 0 && !S_ISDIR(w->at.dentry->inode->mode))
		r = -ENOTDIR;
	if (r < 0)
		walk_end(w);
	return r;
}

void walk_end(struct walk *w)
{
	path_put(&w->at);
	path_put(&w->root);
	kfree(w->text);
	w->text = NULL;
}

/* --- steps -------------------------------------------------------------------------------------- */

static int cross_mounts(struct walk *w, struct path *p)
{
	struct mount *before = p->mount;

	path_follow_mounts(p);
	return (w->flags & LOOKUP_NO_XDEV) && p->mount != before ? -EXDEV : 0;
}

/* From p to its parent directory. */
static int step_up(struct walk *w, struct path *p)
{
	for (;;) {
		struct dentry *d = p->dentry;

		if (path_equal(p, &w->root)) {
			if (w->flags & LOOKUP_BENEATH)
				return -EXDEV;
			break;
		}
		if (d != p->mount->root) {
			struct path up = { p->mount, d->parent };

			if (d->parent)
				path_set(p, &up);
			break;
		}
		if ((w->flags & LOOKUP_NO_XDEV) && p->mount->parent)
			return -EXDEV;
		if (!path_up(p))
			break;
	}
	/* A rename may have carried the walk out of its scope meanwhile. */
	if (scoped(w) && !path_is_under(p, &w->root))
		return -EAGAIN;
	return cross_mounts(w, p);
}

static int step_name(struct walk *w, const char *name, size_t len, struct path *ret)
{
	struct dentry *d;
	int r = dentry_lookup(w->at.dentry, name, len, &d);

	if (r < 0)
		return r;
	if (!d->inode) {
		dentry_put(d);
		return -ENOENT;
	}
	mount_get(w->at.mount);
	*ret = (struct path){ w->at.mount, d };
	r = cross_mounts(w, ret);
	if (r < 0)
		path_put(ret);
	return r;
}

/* /tmp races: a link in a sticky directory that all may write is followed only for its owner or the directory's. */
static bool link_protected(const struct walk *w, const struct inode *link)
{
	const struct inode *dir = w->at.dentry->inode;
	const struct cred *c = vfs_cred();

	return protected_symlinks && c && c->fsuid != link->uid &&
	       (dir->mode & (S_ISVTX | 0002)) == (S_ISVTX | 0002) && dir->uid != link->uid;
}

static int link_jump(struct walk *w, struct path *p)
{
	struct inode *inode = p->dentry->inode;
	struct mount *from = w->at.mount;
	struct path target;
	int r;

	if (w->flags & LOOKUP_NO_MAGICLINKS)
		return -ELOOP;
	r = inode->ops->follow(inode, current_task(), &target);
	if (r < 0)
		return r;
	if (scoped(w) || ((w->flags & LOOKUP_NO_XDEV) && target.mount != from)) {
		path_put(&target);
		return -EXDEV;
	}
	path_put(p);
	*p = target;
	return 0;
}

static int link_read(struct walk *w, struct inode *inode)
{
	size_t rest_len = strlen(w->rest);
	char *text = kmalloc(PATH_MAX + rest_len + 1), *shorter;
	ssize_t n;

	if (!text)
		return -ENOMEM;
	n = inode->ops->readlink ? inode->ops->readlink(inode, text, PATH_MAX - 1) : -EINVAL;
	if (n <= 0) {
		kfree(text);
		return n < 0 ? (int)n : -ENOENT;
	}
	memcpy(text + n, w->rest, rest_len + 1);
	shorter = krealloc(text, (size_t)n + rest_len + 1);
	kfree(w->text);
	w->text = w->rest = shorter ? shorter : text;
	return 0;
}

int walk_link(struct walk *w, struct path *p, bool *ret_jumped)
{
	struct inode *inode = p->dentry->inode;
	int r = 0;

	*ret_jumped = false;
	if ((w->flags & LOOKUP_NO_SYMLINKS) || ++w->links > LINKS_MAX ||
	    (p->mount->flags & MS_NOSYMFOLLOW))
		r = -ELOOP;
	else if (link_protected(w, inode))
		r = -EACCES;
	if (r < 0)
		goto out;
	inode_touch_atime(p);
	if (inode->ops->follow) {
		r = link_jump(w, p);
		*ret_jumped = r == 0;
		if (r == 0)
			return 0;
		goto out;
	}
	r = link_read(w, inode);
	if (r == 0 && w->text[0] == '/') {
		if (w->flags & LOOKUP_BENEATH)
			r = -EXDEV;
		else if ((w->flags & LOOKUP_NO_XDEV) && w->at.mount != w->root.mount)
			r = -EXDEV;
		else
			path_set(&w->at, &w->root);
	}
out:
	path_put(p);
	return r;
}

/* A component that is not the last: it must lead to a directory. */
static int step_into(struct walk *w, const char *name, size_t len)
{
	struct path p;
	bool jumped;
	int r;

	if (len == 1 && name[0] == '.')
		return 0;
	if (len == 2 && name[0] == '.' && name[1] == '.')
		return step_up(w, &w->at);
	r = step_name(w, name, len, &p);
	if (r < 0)
		return r;
	if (S_ISLNK(p.dentry->inode->mode)) {
		r = walk_link(w, &p, &jumped);
		if (r < 0 || !jumped)
			return r;
	}
	if (!S_ISDIR(p.dentry->inode->mode)) {
		path_put(&p);
		return -ENOTDIR;
	}
	path_put(&w->at);
	w->at = p;
	return 0;
}

int walk_parent(struct walk *w)
{
	for (;;) {
		const char *name;
		size_t len;
		int r;

		while (*w->rest == '/')
			w->rest++;
		w->slash = false;
		if (*w->rest == '\0') {
			w->kind = LAST_ROOT;
			return 0;
		}
		r = inode_permission(w->at.dentry->inode, MAY_EXEC);
		if (r < 0)
			return r;
		name = w->rest;
		while (*w->rest != '\0' && *w->rest != '/')
			w->rest++;
		len = (size_t)(w->rest - name);
		if (len > NAME_MAX)
			return -ENAMETOOLONG;
		w->slash = *w->rest == '/';
		while (*w->rest == '/')
			w->rest++;
		if (*w->rest == '\0') {
			w->last = name;
			w->last_len = len;
			w->kind = len == 1 && name[0] == '.'			 ? LAST_DOT
				  : len == 2 && name[0] == '.' && name[1] == '.' ? LAST_DOTDOT
										 : LAST_NAME;
			/* What a link's target is put before. */
			w->rest -= w->slash ? 1 : 0;
			return 0;
		}
		/* The slash stays in front of the rest, for a link's target that is put before it. */
		w->rest--;
		r = step_into(w, name, len);
		if (r < 0)
			return r;
	}
}

int walk_last(struct walk *w, struct path *ret)
{
	int r;

	if (w->kind == LAST_NAME)
		return step_name(w, w->last, w->last_len, ret);
	path_get(&w->at);
	*ret = w->at;
	if (w->kind != LAST_DOTDOT)
		return 0;
	r = step_up(w, ret);
	if (r < 0)
		path_put(ret);
	return r;
}

int walk_final(struct walk *w, struct path *ret)
{
	for (;;) {
		bool jumped;
		int r = walk_parent(w);

		if (r == 0)
			r = walk_last(w, ret);
		if (r < 0)
			return r;
		if (S_ISLNK(ret->dentry->inode->mode) && ((w->flags & LOOKUP_FOLLOW) || w->slash)) {
			r = walk_link(w, ret, &jumped);
			if (r < 0)
				return r;
			if (!jumped)
				continue;
		}
		if ((w->slash || (w->flags & LOOKUP_DIRECTORY)) &&
		    !S_ISDIR(ret->dentry->inode->mode)) {
			path_put(ret);
			return -ENOTDIR;
		}
		return 0;
	}
}

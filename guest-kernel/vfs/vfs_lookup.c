// SPDX-License-Identifier: GPL-2.0-or-later
/* Paths: from a name, to a name, and the beginning and end of making a name. */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "vfs/vfs_internal.h"

void path_get(const struct path *p)
{
	if (p->mount)
		mount_get(p->mount);
	if (p->dentry)
		dentry_get(p->dentry);
}

void path_put(struct path *p)
{
	struct path old = *p;

	*p = (struct path){ 0 };
	dentry_put(old.dentry);
	if (old.mount)
		mount_put(old.mount);
}

struct inode *path_inode(const struct path *p)
{
	return p->dentry ? p->dentry->inode : NULL;
}

bool path_equal(const struct path *a, const struct path *b)
{
	return a->mount == b->mount && a->dentry == b->dentry;
}

void path_follow_mounts(struct path *p)
{
	while (p->dentry->n_mounts > 0) {
		struct mount *m = mount_at(p);
		struct path top;

		if (!m)
			return;
		top = (struct path){ m, m->root };
		path_get(&top);
		path_put(p);
		*p = top;
	}
}

bool path_up(struct path *p)
{
	struct path up = { p->mount->parent, p->mount->mountpoint };

	if (!up.mount)
		return false;
	path_get(&up);
	path_put(p);
	*p = up;
	return true;
}

bool path_is_under(const struct path *p, const struct path *top)
{
	const struct mount *m = p->mount;
	const struct dentry *d = p->dentry;

	while (m != top->mount) {
		if (!m->parent)
			return false;
		d = m->mountpoint;
		m = m->parent;
	}
	return dentry_is_under(d, top->dentry);
}

/* --- from a name -------------------------------------------------------------------------------- */

static int lookup(int dirfd, const struct path *base, const char *name, unsigned int flags,
		  struct path *ret)
{
	struct walk w;
	int r = walk_start(&w, dirfd, base, name, flags);

	if (r < 0)
		return r;
	r = walk_final(&w, ret);
	walk_end(&w);
	return r;
}

/* AT_EMPTY_PATH: the descriptor itself, of whatever kind. */
static int lookup_empty(int dirfd, unsigned int flags, struct path *ret)
{
	struct file *f;

	if (dirfd == AT_FDCWD) {
		task_cwd(ret);
		return ret->dentry ? 0 : -ENOENT;
	}
	f = fd_get_raw(dirfd);
	if (!f)
		return -EBADF;
	*ret = f->path;
	path_get(ret);
	file_put(f);
	if ((flags & LOOKUP_DIRECTORY) && !S_ISDIR(ret->dentry->inode->mode)) {
		path_put(ret);
		return -ENOTDIR;
	}
	return 0;
}

int path_lookup(int dirfd, const char *name, unsigned int flags, struct path *ret)
{
	if (name[0] == '\0' && (flags & LOOKUP_EMPTY))
		return lookup_empty(dirfd, flags, ret);
	return lookup(dirfd, NULL, name, flags, ret);
}

int path_lookup_at(const struct path *base, const char *name, unsigned int flags, struct path *ret)
{
	return lookup(AT_FDCWD, base, name, flags, ret);
}

int path_name_from_user(uaddr_t name, bool allow_empty, char **ret)
{
	char *buf = kmalloc(PATH_MAX), *shorter;
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = strncpy_from_user(buf, name, PATH_MAX);
	if (n == 0 && !allow_empty)
		n = -ENOENT;
	if (n < 0) {
		kfree(buf);
		return (int)n;
	}
	shorter = krealloc(buf, (size_t)n + 1);
	*ret = shorter ? shorter : buf;
	return 0;
}

/* --- to a name ---------------------------------------------------------------------------------- */

static char *put_front(char *start, char *at, const char *text, size_t len)
{
	if (!at || (size_t)(at - start) < len)
		return NULL;
	at -= len;
	memcpy(at, text, len);
	return at;
}

static char *anon_to_string(const struct dentry *d, char *buf, size_t len)
{
	const struct inode *inode = d->inode;
	int n;

	if (d->name[0] == '/')
		n = format_str(buf, len, "%s (deleted)", d->name);
	else if (S_ISFIFO(inode->mode) || S_ISSOCK(inode->mode))
		n = format_str(buf, len, "%s:[%llu]", S_ISFIFO(inode->mode) ? "pipe" : "socket",
			       (unsigned long long)inode->ino);
	else if (strcmp(d->name, "inotify") == 0) /* the one that Linux shows without brackets */
		n = format_str(buf, len, "anon_inode:inotify");
	else
		n = format_str(buf, len, d->name[0] == '[' ? "anon_inode:%s" : "anon_inode:[%s]",
			       d->name);
	return (size_t)n < len ? buf : NULL;
}

char *path_to_string(const struct path *p, const struct path *root, char *buf, size_t len)
{
	const struct mount *m = p->mount;
	const struct dentry *d = p->dentry;
	struct path own = { 0 };
	char *at;
	bool reached;

	if (!d || len == 0)
		return NULL;
	if (d->is_anon)
		return anon_to_string(d, buf, len);
	if (!root) {
		task_root(&own);
		root = &own;
	}
	at = buf + len - 1;
	*at = '\0';
	if (dentry_is_dead(d))
		at = put_front(buf, at, " (deleted)", 10);
	reached = m == root->mount && d == root->dentry;
	if (reached || (d == m->root && !m->parent))
		at = put_front(buf, at, "/", 1);
	while (at && !(m == root->mount && d == root->dentry)) {
		if (d == m->root || !d->parent) {
			if (!m->parent)
				break;
			d = m->mountpoint;
			m = m->parent;
			if (d == m->root && !m->parent && at[0] != '/')
				at = put_front(buf, at, "/", 1);
			continue;
		}
		at = put_front(buf, at, d->name, d->name_len);
		at = put_front(buf, at, "/", 1);
		d = d->parent;
	}
	if (at && !(m == root->mount && d == root->dentry))
		at = put_front(buf, at, "(unreachable)", 13);
	/* The root of a mount that is mounted on the root itself. */
	if (at && *at == '\0')
		at = put_front(buf, at, "/", 1);
	path_put(&own);
	return at;
}

char *file_describe(struct file *f, char *buf, size_t len)
{
	return path_to_string(&f->path, NULL, buf, len);
}

/* --- making names ------------------------------------------------------------------------------- */

int name_create_begin(int dirfd, const char *name, bool want_dir, struct name_op *op)
{
	struct inode *dir;
	struct walk w;
	int r = walk_start(&w, dirfd, NULL, name, LOOKUP_PARENT);

	*op = (struct name_op){ 0 };
	if (r < 0)
		return r;
	r = walk_parent(&w);
	if (r == 0 && w.kind != LAST_NAME)
		r = -EEXIST;
	if (r < 0)
		goto out;
	op->dir = w.at;
	path_get(&op->dir);
	dir = op->dir.dentry->inode;
	sleep_lock_take(&dir->lock);
	op->locked = true;
	r = dentry_lookup_locked(op->dir.dentry, w.last, w.last_len, &op->dentry);
	if (r < 0)
		goto out;
	if (op->dentry->inode)
		r = -EEXIST;
	else if (w.slash && !want_dir)
		r = -ENOENT;
	if (r == 0)
		r = path_want_write(&op->dir);
	if (r == 0)
		r = dir_may_create(dir);
out:
	walk_end(&w);
	if (r < 0)
		name_end(op);
	return r;
}

void name_end(struct name_op *op)
{
	if (op->locked)
		sleep_lock_release(&op->dir.dentry->inode->lock);
	op->locked = false;
	dentry_put(op->dentry);
	op->dentry = NULL;
	path_put(&op->dir);
}

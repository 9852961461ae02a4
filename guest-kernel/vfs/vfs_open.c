// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opening: finding or making the file, the checks in the order in which Linux reports them, choosing the operations by kind. And the end of an open
 * file.
 */
#include "abi/abi_clone.h"
#include "abi/abi_errno.h"
#include "abi/abi_mount.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "core/sched.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "task/process.h"
#include "vfs/vfs_init.h"
#include "vfs/vfs_internal.h"
#include "vfs/vfs_notify.h"
#include "vfs/vfs_special.h"

int protected_regular, protected_fifos;
static const struct file_ops path_only_ops;

/* --- open files --------------------------------------------------------------------------------- */

unsigned int vfs_n_files, vfs_max_files = 1024;

void vfs_limits_init(uint64_t memory_bytes)
{
	/* A tenth of memory at 1 KiB for each, as Linux. */
	vfs_max_files = (unsigned int)MIN(MAX(memory_bytes / 1024 / 10, 1024ull), 1048576ull);
	mount_limits_init(memory_bytes);
}

/* What to answer when file_alloc has none. */
int file_alloc_error(void)
{
	return vfs_n_files >= vfs_max_files && !capable(CAP_SYS_ADMIN) ? -ENFILE : -ENOMEM;
}

struct file *file_alloc(uint32_t flags)
{
	const struct cred *c = vfs_cred();
	struct file *f;

	if (file_alloc_error() == -ENFILE)
		return NULL;
	f = kzalloc(sizeof(*f));
	if (!f)
		return NULL;
	vfs_n_files++;
	f->refs = 1;
	f->flags = flags;
	if (!(flags & O_PATH)) {
		/* Access mode 3 needs both permissions and gives neither. */
		f->can_read = (flags & O_ACCMODE) == O_RDONLY || (flags & O_ACCMODE) == O_RDWR;
		f->can_write = (flags & O_ACCMODE) == O_WRONLY || (flags & O_ACCMODE) == O_RDWR;
	}
	f->cred = c ? cred_get(c) : NULL;
	sleep_lock_init(&f->pos_lock);
	list_init(&f->epoll_items);
	return f;
}

void file_get(struct file *f)
{
	ASSERT_LOCKED();
	f->refs++;
}

/* What an open file holds beside its own memory. */
static void file_free(struct file *f)
{
	struct inode *inode = f->inode;

	if (inode && f->is_writer)
		inode_done_write(inode);
	if (inode && f->denies_write)
		inode->write_count++;
	if (f->cred)
		cred_put(f->cred);
	path_put(&f->path);
	inode_put(inode);
	vfs_n_files--;
	kfree(f);
}

void file_put(struct file *f)
{
	ASSERT_LOCKED();
	if (!f)
		return;
	ASSERT(f->refs > 0);
	if (--f->refs > 0) {
		if (f->refs == f->in_flight)
			file_only_in_flight(f);
		return;
	}
	f->refs = 1; /* release may look at it and even sleep */
	file_gone_special(f);
	if (!(f->flags & O_PATH)) {
		notify_file(f, f->can_write ? NOTIFY_CLOSE_WRITE : NOTIFY_CLOSE_NOWRITE);
		locks_release(f);
		if (f->ops && f->ops->release)
			f->ops->release(f);
	}
	file_free(f);
}

/* --- opening what is there ---------------------------------------------------------------------- */

static int open_mask(uint32_t flags)
{
	static const int masks[] = { MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE,
				     MAY_READ | MAY_WRITE };

	return masks[flags & O_ACCMODE] | (flags & O_TRUNC ? MAY_WRITE : 0);
}

static int open_check(const struct path *p, uint32_t flags)
{
	struct inode *inode = p->dentry->inode;
	int mask = open_mask(flags), r;

	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (S_ISDIR(inode->mode) && ((mask & MAY_WRITE) || (flags & O_CREAT)))
		return -EISDIR;
	if ((S_ISCHR(inode->mode) || S_ISBLK(inode->mode)) && (p->mount->flags & MS_NODEV))
		return -EACCES;
	if ((mask & MAY_WRITE) && S_ISREG(inode->mode)) {
		r = path_want_write(p);
		if (r < 0)
			return r;
	}
	r = inode_permission(inode, mask);
	if (r < 0)
		return r;
	if ((flags & O_NOATIME) && !inode_owner_or_capable(inode))
		return -EPERM;
	return 0;
}

static int choose_ops(struct file *f)
{
	struct inode *inode = f->inode;
	struct device *d;

	switch (inode->mode & S_IFMT) {
	case S_IFCHR:
	case S_IFBLK:
		if (inode->fops) { /* nodes that know their file by themselves (devpts) */
			f->ops = inode->fops;
			return 0;
		}
		d = device_find(inode->rdev, S_ISBLK(inode->mode));
		if (!d)
			return -ENXIO;
		f->ops = d->fops;
		f->private = d->private;
		return 0;
	case S_IFIFO:
		f->ops = fifo_file_ops;
		return f->ops ? 0 : -ENXIO;
	case S_IFSOCK:
		return -ENXIO;
	default:
		f->ops = inode->fops;
		return f->ops ? 0 : -ENXIO;
	}
}

/* After all checks. f gets references of its own of path and inode. On failure the caller puts f->… by file_free. */
int file_open_at(const struct path *p, uint32_t flags, struct file *f)
{
	struct inode *inode = p->dentry->inode;
	int r;

	f->path = *p;
	path_get(p);
	inode_get(inode);
	f->inode = inode;
	if (flags & O_PATH) {
		f->ops = &path_only_ops;
		return 0;
	}
	if (f->can_write && S_ISREG(inode->mode)) {
		r = inode_want_write(inode);
		if (r < 0)
			return r;
		f->is_writer = true;
	}
	r = choose_ops(f);
	if (r == 0 && f->ops->open)
		r = f->ops->open(inode, f);
	return r;
}

static int open_path(const struct path *p, uint32_t flags, bool made, struct file **ret)
{
	struct file *f;
	int r;

	if (!(flags & O_PATH) && !made) {
		r = open_check(p, flags);
		if (r < 0)
			return r;
	}
	f = file_alloc(flags | (flags & O_PATH ? 0 : O_LARGEFILE));
	if (!f)
		return file_alloc_error();
	r = file_open_at(p, flags, f);
	if (r < 0) {
		file_free(f);
		return r;
	}
	f->flags &= ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
	if ((flags & O_TRUNC) && !made && S_ISREG(f->inode->mode)) {
		r = f->is_writer ? 0 : inode_want_write(f->inode);
		if (r == 0) {
			r = inode_truncate(f->inode, 0);
			if (!f->is_writer)
				inode_done_write(f->inode);
		}
		if (r < 0) {
			file_put(f);
			return r;
		}
		notify_file(f, NOTIFY_MODIFY);
	}
	if (!(flags & O_PATH))
		notify_file(f, NOTIFY_OPEN);
	*ret = f;
	return 0;
}

int file_open_path(const struct path *p, uint32_t flags, struct file **ret)
{
	return open_path(p, flags, false, ret);
}

/* --- opening what is not there yet -------------------------------------------------------------- */

/* In sticky directories nobody shall be tricked into opening another's fifo or file while trying to make his own. */
static int sticky_open_check(const struct inode *dir, const struct inode *inode)
{
	int level = S_ISFIFO(inode->mode)  ? protected_fifos
		    : S_ISREG(inode->mode) ? protected_regular
					   : 0;
	const struct cred *c = vfs_cred();

	if (level == 0 || !c || !(dir->mode & S_ISVTX) || inode->uid == dir->uid ||
	    inode->uid == c->fsuid)
		return 0;
	if ((dir->mode & 0002) || ((dir->mode & 0020) && level >= 2))
		return -EACCES;
	return 0;
}

static int create_locked(struct path *dir, struct dentry *d, uint32_t mode)
{
	struct inode *inode, *di = dir->dentry->inode;
	int r = path_want_write(dir);

	if (r == 0)
		r = dir_may_create(di);
	if (r == 0 && !(di->ops->create))
		r = -EACCES;
	if (r == 0)
		r = di->ops->create(di, d->name, d->name_len,
				    S_IFREG | (mode & 07777 & ~umask_for(di)), &inode);
	if (r < 0)
		return r;
	dentry_fill(d, inode);
	notify_entry(di, NOTIFY_CREATE, d->name, 0);
	return 0;
}

/* The last component of an O_CREAT open. Returns 1 if w was given a link's target to go on with. */
static int create_or_find(struct walk *w, uint32_t flags, uint32_t mode, struct path *ret,
			  bool *ret_made)
{
	struct inode *dir = w->at.dentry->inode;
	struct dentry *d;
	bool jumped;
	int r;

	sleep_lock_take(&dir->lock);
	r = dentry_lookup_locked(w->at.dentry, w->last, w->last_len, &d);
	if (r == 0 && !d->inode) {
		r = create_locked(&w->at, d, mode);
		*ret_made = r == 0;
		if (r < 0)
			dentry_put(d);
	}
	sleep_lock_release(&dir->lock);
	if (r < 0)
		return r;
	mount_get(w->at.mount);
	*ret = (struct path){ w->at.mount, d };
	if (*ret_made)
		return 0;
	path_follow_mounts(ret);
	if (flags & O_EXCL)
		r = -EEXIST;
	else if (S_ISLNK(ret->dentry->inode->mode)) {
		if (flags & O_NOFOLLOW)
			r = -ELOOP;
		else {
			r = walk_link(w, ret, &jumped);
			return r < 0 ? r : !jumped;
		}
	} else {
		r = sticky_open_check(dir, ret->dentry->inode);
	}
	if (r < 0)
		path_put(ret);
	return r;
}

static int open_create(struct walk *w, uint32_t flags, uint32_t mode, struct path *ret,
		       bool *ret_made)
{
	int r;

	do {
		r = walk_parent(w);
		if (r < 0)
			return r;
		if (w->kind != LAST_NAME || w->slash)
			return -EISDIR;
		r = create_or_find(w, flags, mode, ret, ret_made);
	} while (r == 1);
	return r;
}

static int open_tmpfile(const struct path *dir, uint32_t flags, uint32_t mode, struct file **ret)
{
	struct inode *di = dir->dentry->inode, *inode;
	struct path p = { .mount = dir->mount };
	char name[32];
	int r = path_want_write(dir);

	if (!(flags & O_ACCMODE))
		return -EINVAL;
	if (r == 0)
		r = inode_permission(di, MAY_WRITE | MAY_EXEC);
	if (r < 0)
		return r;
	if (!di->ops->tmpfile)
		return -EOPNOTSUPP;
	sleep_lock_take(&di->lock);
	r = di->ops->tmpfile(di, S_IFREG | (mode & 07777 & ~umask_for(di)), &inode);
	sleep_lock_release(&di->lock);
	if (r < 0)
		return r;
	(void)format_str(name, sizeof(name), "#%llu", (unsigned long long)inode->ino);
	p.dentry = dentry_alloc(di->sb, dir->dentry, name, strlen(name), inode);
	if (!p.dentry) {
		inode_put(inode);
		return -ENOMEM;
	}
	r = open_path(&p, flags & ~(O_TMPFILE & ~O_DIRECTORY), true, ret);
	if (r == 0) {
		(*ret)->flags |= O_TMPFILE;
		inode->linkable = !(flags & O_EXCL);
	}
	dentry_put(p.dentry);
	inode_put(inode);
	return r;
}

int file_open(int dirfd, const char *name, uint32_t flags, uint32_t mode, unsigned int lookup,
	      struct file **ret)
{
	bool made = false, create = (flags & O_CREAT) != 0;
	bool tmpfile = (flags & O_TMPFILE) == O_TMPFILE;
	struct path p;
	struct walk w;
	int r;

	if ((flags & O_TMPFILE & ~O_DIRECTORY) && !(flags & O_PATH) && (!tmpfile || create))
		return -EINVAL;
	lookup &= ~(unsigned int)LOOKUP_FOLLOW;
	if (flags & O_PATH) {
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
		create = tmpfile = false;
	}
	if (!(flags & O_NOFOLLOW) && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL))
		lookup |= LOOKUP_FOLLOW;
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIRECTORY;
	if (create && (flags & O_DIRECTORY) && !tmpfile)
		return -EINVAL;
	if (create && !tmpfile) {
		r = walk_start(&w, dirfd, NULL, name, lookup);
		if (r < 0)
			return r;
		r = open_create(&w, flags, mode, &p, &made);
		walk_end(&w);
	} else {
		r = path_lookup(dirfd, name, lookup, &p);
	}
	if (r < 0)
		return r;
	if (tmpfile)
		r = open_tmpfile(&p, flags, mode, ret);
	else
		r = open_path(&p, flags, made, ret);
	path_put(&p);
	return r;
}

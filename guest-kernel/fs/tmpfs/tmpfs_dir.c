// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directories of tmpfs: a hash for look-ups and an array in the order of creation for reading. An entry's cookie never changes, so a reader that stops
 * in the middle misses nothing and sees nothing twice whatever comes and goes meanwhile.
 */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "host/host_memory.h"
#include "lib/string.h"

#define FIRST_COOKIE 2u	 /* behind "." and ".." */
#define ENTRY_BYTES  20u /* what Linux' tmpfs counts for an entry in st_size */

static uint32_t hash_name(const char *name, size_t len)
{
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (uint8_t)name[i]) * 16777619u;
	return h ^ (h >> 15);
}

static struct tmpfs_entry *find(const struct tmpfs_dir *d, const char *name, size_t len)
{
	uint32_t h = hash_name(name, len);
	struct tmpfs_entry *e;

	if (d->n_buckets == 0)
		return NULL;
	list_for_each_entry(e, &d->buckets[h & (d->n_buckets - 1)], hash_link)
		if (e->hash == h && e->len == len && memcmp(e->name, name, len) == 0)
			return e;
	return NULL;
}

/* --- the two indexes ---------------------------------------------------------------------------- */

static int buckets_grow(struct tmpfs_dir *d)
{
	unsigned int n = d->n_buckets ? 4 * d->n_buckets : 16;
	struct list_head *buckets;

	if (d->count < 2 * d->n_buckets)
		return 0;
	buckets = kmalloc(n * sizeof(*buckets));
	if (!buckets)
		return d->n_buckets ? 0 : -ENOMEM; /* longer chains will do */
	for (unsigned int i = 0; i < n; i++)
		list_init(&buckets[i]);
	for (unsigned int i = 0; i < d->n_slots; i++) {
		struct tmpfs_entry *e = d->slots[i].entry;

		if (!e)
			continue;
		list_del(&e->hash_link);
		list_add(&e->hash_link, &buckets[e->hash & (n - 1)]);
	}
	kfree(d->buckets);
	d->buckets = buckets;
	d->n_buckets = n;
	return 0;
}

static int slots_grow(struct tmpfs_dir *d)
{
	unsigned int to = 0, size = d->size ? 2 * d->size : 16;
	struct tmpfs_slot *p;

	if (d->n_slots < d->size)
		return 0;
	if (d->count < d->n_slots / 2) {
		for (unsigned int i = 0; i < d->n_slots; i++)
			if (d->slots[i].entry)
				d->slots[to++] = d->slots[i];
		d->n_slots = to;
		return 0;
	}
	p = krealloc(d->slots, size * sizeof(*p));
	if (!p)
		return -ENOMEM;
	d->slots = p;
	d->size = size;
	return 0;
}

/* The first slot whose cookie is at least that. */
static unsigned int slot_find(const struct tmpfs_dir *d, uint64_t cookie)
{
	unsigned int lo = 0, hi = d->n_slots;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (d->slots[mid].cookie >= cookie)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo;
}

/* Takes a reference of inode. */
static int entry_add(struct inode *dir, const char *name, size_t len, struct inode *inode)
{
	struct tmpfs_dir *d = &tmpfs_i(dir)->dir;
	struct tmpfs_entry *e;
	int r = buckets_grow(d);

	if (r == 0)
		r = slots_grow(d);
	if (r < 0)
		return r;
	e = kmalloc(sizeof(*e) + len + 1);
	if (!e)
		return -ENOMEM;
	if (d->next_cookie == 0)
		d->next_cookie = FIRST_COOKIE;
	inode_get(inode);
	*e = (struct tmpfs_entry){
		.inode = inode,
		.cookie = d->next_cookie++,
		.hash = hash_name(name, len),
		.len = (uint32_t)len,
	};
	memcpy(e->name, name, len);
	e->name[len] = '\0';
	list_add(&e->hash_link, &d->buckets[e->hash & (d->n_buckets - 1)]);
	d->slots[d->n_slots++] = (struct tmpfs_slot){ e->cookie, e };
	d->count++;
	dir->size += ENTRY_BYTES;
	inode_times_now(dir, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

/* Returns the inode with the entry's reference. */
static struct inode *entry_remove(struct inode *dir, struct tmpfs_entry *e)
{
	struct tmpfs_dir *d = &tmpfs_i(dir)->dir;
	struct inode *inode = e->inode;
	unsigned int i = slot_find(d, e->cookie);

	ASSERT(i < d->n_slots && d->slots[i].entry == e);
	d->slots[i].entry = NULL;
	while (d->n_slots > 0 && !d->slots[d->n_slots - 1].entry)
		d->n_slots--;
	list_del(&e->hash_link);
	d->count--;
	dir->size -= ENTRY_BYTES;
	inode_times_now(dir, ATTR_MTIME | ATTR_CTIME);
	kfree(e);
	return inode;
}

void tmpfs_dir_free(struct tmpfs_dir *d)
{
	ASSERT(d->count == 0);
	kfree(d->buckets);
	kfree(d->slots);
	*d = (struct tmpfs_dir){ 0 };
}

void tmpfs_dir_clear(struct inode *dir)
{
	static struct inode *doomed;
	static bool dropping;
	struct tmpfs_dir *d = &tmpfs_i(dir)->dir;
	struct inode *inode;

	while (d->n_slots > 0) {
		inode = entry_remove(dir, d->slots[d->n_slots - 1].entry);
		if (inode->refs > 1) {
			inode_put(inode);
			continue;
		}
		tmpfs_i(inode)->doomed_next = doomed;
		doomed = inode;
	}
	/* A tree may be deeper than any stack: whoever is at it already, perhaps further up on this very stack, goes on with these. */
	if (dropping)
		return;
	dropping = true;
	while (doomed) {
		inode = doomed;
		doomed = tmpfs_i(inode)->doomed_next;
		inode_put(inode);
	}
	dropping = false;
}

/* --- operations --------------------------------------------------------------------------------- */

static int dir_lookup(struct inode *dir, const char *name, size_t len, struct inode **ret)
{
	struct tmpfs_entry *e = find(&tmpfs_i(dir)->dir, name, len);

	if (!e)
		return -ENOENT;
	inode_get(e->inode);
	*ret = e->inode;
	return 0;
}

static int make(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
		const char *target, struct inode **ret)
{
	struct inode *inode;
	int r = 0;

	inode = tmpfs_inode_alloc(dir->sb, dir, mode, rdev, &r);
	if (!inode)
		return r;
	if (target) {
		tmpfs_i(inode)->target = kstrdup(target);
		inode->size = strlen(target);
		r = tmpfs_i(inode)->target ? 0 : -ENOMEM;
	}
	if (r == 0)
		r = entry_add(dir, name, len, inode);
	if (r < 0) {
		inode->nlink = 0;
		inode_put(inode);
		return r;
	}
	if (S_ISDIR(mode)) {
		inode->nlink = 2;
		inode->size = 2 * ENTRY_BYTES;
		dir->nlink++;
	}
	*ret = inode;
	return 0;
}

static int dir_create(struct inode *dir, const char *name, size_t len, uint32_t mode,
		      struct inode **ret)
{
	return make(dir, name, len, mode, 0, NULL, ret);
}

static int dir_mknod(struct inode *dir, const char *name, size_t len, uint32_t mode, uint64_t rdev,
		     struct inode **ret)
{
	return make(dir, name, len, mode, rdev, NULL, ret);
}

static int dir_symlink(struct inode *dir, const char *name, size_t len, const char *target,
		       struct inode **ret)
{
	return make(dir, name, len, S_IFLNK | 0777, 0, target, ret);
}

static int dir_link(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	int r = entry_add(dir, name, len, target);

	if (r < 0)
		return r;
	target->nlink++;
	inode_times_now(target, ATTR_CTIME);
	return 0;
}

static void drop_link(struct inode *inode)
{
	inode->nlink--;
	inode_times_now(inode, ATTR_CTIME);
}

static int dir_unlink(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct tmpfs_entry *e = find(&tmpfs_i(dir)->dir, name, len);

	if (!e || e->inode != target)
		return -ENOENT;
	drop_link(target);
	inode_put(entry_remove(dir, e));
	return 0;
}

static int dir_rmdir(struct inode *dir, const char *name, size_t len, struct inode *target)
{
	struct tmpfs_entry *e = find(&tmpfs_i(dir)->dir, name, len);

	if (!e || e->inode != target)
		return -ENOENT;
	if (tmpfs_i(target)->dir.count > 0)
		return -ENOTEMPTY;
	dir->nlink--;
	target->nlink = 0;
	inode_times_now(target, ATTR_CTIME);
	inode_put(entry_remove(dir, e));
	return 0;
}

static int rename_exchange(struct inode *from_dir, struct tmpfs_entry *f, struct inode *to_dir,
			   struct tmpfs_entry *t)
{
	struct inode *inode = f->inode;

	f->inode = t->inode;
	t->inode = inode;
	if (from_dir != to_dir) {
		if (S_ISDIR(t->inode->mode)) {
			from_dir->nlink--;
			to_dir->nlink++;
		}
		if (S_ISDIR(f->inode->mode)) {
			to_dir->nlink--;
			from_dir->nlink++;
		}
	}
	inode_times_now(f->inode, ATTR_CTIME);
	inode_times_now(t->inode, ATTR_CTIME);
	inode_times_now(from_dir, ATTR_MTIME | ATTR_CTIME);
	inode_times_now(to_dir, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

static int dir_rename(struct inode *from_dir, const char *from, size_t from_len,
		      struct inode *inode, struct inode *to_dir, const char *to, size_t to_len,
		      struct inode *over, unsigned int flags)
{
	struct tmpfs_entry *f = find(&tmpfs_i(from_dir)->dir, from, from_len);
	struct tmpfs_entry *t = find(&tmpfs_i(to_dir)->dir, to, to_len);
	bool is_dir = S_ISDIR(inode->mode);
	int r;

	if (!f || f->inode != inode || (over && (!t || t->inode != over)) || (!over && t))
		return -ENOENT;
	if (flags & RENAME_EXCHANGE)
		return t ? rename_exchange(from_dir, f, to_dir, t) : -ENOENT;
	if (over && is_dir && tmpfs_i(over)->dir.count > 0)
		return -ENOTEMPTY;
	if (t) {
		/* The entry stays, and names another file from now on: nothing can fail. */
		inode_get(inode);
		t->inode = inode;
		drop_link(over);
		if (is_dir) {
			over->nlink = 0;
			to_dir->nlink--;
		}
		inode_put(over);
		inode_times_now(to_dir, ATTR_MTIME | ATTR_CTIME);
	} else {
		r = entry_add(to_dir, to, to_len, inode);
		if (r < 0)
			return r;
	}
	if (is_dir) {
		from_dir->nlink--;
		to_dir->nlink++;
	}
	inode_times_now(inode, ATTR_CTIME);
	inode_put(entry_remove(from_dir, f));
	return 0;
}

static int dir_tmpfile(struct inode *dir, uint32_t mode, struct inode **ret)
{
	int r = 0;

	*ret = tmpfs_inode_alloc(dir->sb, dir, mode, 0, &r);
	if (!*ret)
		return r;
	(*ret)->nlink = 0;
	return 0;
}

static unsigned int entry_type(const struct inode *inode)
{
	return (inode->mode & S_IFMT) >> 12;
}

static int dir_readdir(struct file *f, struct dir_sink *s)
{
	const struct dentry *dentry = f->path.dentry;
	struct inode *dir = f->inode;
	struct tmpfs_dir *d = &tmpfs_i(dir)->dir;

	if (f->pos == 0) {
		if (!s->emit(s, ".", 1, dir->ino, DT_DIR, 1))
			return 0;
		f->pos = 1;
	}
	if (f->pos == 1) {
		if (!s->emit(s, "..", 2, dentry_parent_ino(dentry), DT_DIR, FIRST_COOKIE))
			return 0;
		f->pos = FIRST_COOKIE;
	}
	for (unsigned int i = slot_find(d, f->pos); i < d->n_slots; i++) {
		const struct tmpfs_entry *e = d->slots[i].entry;

		if (!e)
			continue;
		if (!s->emit(s, e->name, e->len, e->inode->ino, entry_type(e->inode),
			     e->cookie + 1))
			return 0;
		f->pos = e->cookie + 1;
	}
	return 0;
}

static int dir_fsync(struct file *f, bool data_only)
{
	(void)f;
	(void)data_only;
	return 0;
}

const struct inode_ops tmpfs_dir_inode_ops = {
	.lookup = dir_lookup,
	.create = dir_create,
	.mkdir = dir_create,
	.mknod = dir_mknod,
	.symlink = dir_symlink,
	.link = dir_link,
	.unlink = dir_unlink,
	.rmdir = dir_rmdir,
	.rename = dir_rename,
	.tmpfile = dir_tmpfile,
	.getxattr = tmpfs_getxattr,
	.setxattr = tmpfs_setxattr,
	.listxattr = tmpfs_listxattr,
	.removexattr = tmpfs_removexattr,
};

const struct file_ops tmpfs_dir_ops = {
	.readdir = dir_readdir,
	.fsync = dir_fsync,
};

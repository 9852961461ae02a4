// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cache of names: a hash by parent and name, negative entries, and a bounded list of entries that nobody holds. Files that are mapped keep
 * their names, because /proc/PID/maps shows them.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_clock.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm_account.h"
#include "vfs/vfs_internal.h"

#define HASH_BUCKETS 4096u
#define UNUSED_MAX   16384u

static struct list_head *buckets;
static struct list_head lru = LIST_HEAD_INIT(lru); /* oldest first */
static unsigned int n_unused;
static uint64_t hash_seed; /* names come from the guest: no chain may be aimed at */

static void dentry_shrink(void);

int dentry_cache_init(void)
{
	buckets = kmalloc(HASH_BUCKETS * sizeof(*buckets));
	if (!buckets)
		return -ENOMEM;
	for (unsigned int i = 0; i < HASH_BUCKETS; i++)
		list_init(&buckets[i]);
	host_random_bytes(&hash_seed, sizeof(hash_seed));
	mm_shrink_caches = dentry_shrink;
	return 0;
}

static uint32_t name_hash(const struct dentry *dir, const char *name, size_t len)
{
	uint64_t h = hash_seed ^ (uint64_t)(uintptr_t)dir;

	for (size_t i = 0; i < len; i++) {
		h = (h ^ (uint8_t)name[i]) * 0x9e3779b97f4a7c15ull;
		h ^= h >> 29;
	}
	return (uint32_t)(h ^ (h >> 32));
}

static struct dentry *cache_find(struct dentry *dir, const char *name, size_t len)
{
	uint32_t h = name_hash(dir, name, len);
	struct dentry *d;

	list_for_each_entry(d, &buckets[h % HASH_BUCKETS], hash_link) {
		if (d->hash == h && d->parent == dir && d->name_len == len &&
		    memcmp(d->name, name, len) == 0)
			return d;
	}
	return NULL;
}

static void hash_add(struct dentry *d)
{
	d->hash = name_hash(d->parent, d->name, d->name_len);
	list_add(&d->hash_link, &buckets[d->hash % HASH_BUCKETS]);
	d->hashed = true;
}

static void hash_del(struct dentry *d)
{
	list_del(&d->hash_link);
	d->hashed = false;
}

struct dentry *dentry_alloc(struct super_block *sb, struct dentry *parent, const char *name,
			    size_t len, struct inode *inode)
{
	struct dentry *d = kzalloc(sizeof(*d));

	if (!d)
		return NULL;
	d->name = kmalloc(len + 1);
	if (!d->name) {
		kfree(d);
		return NULL;
	}
	memcpy(d->name, name, len);
	d->name[len] = '\0';
	d->name_len = (uint32_t)len;
	d->refs = 1;
	d->sb = sb;
	list_init(&d->hash_link);
	list_init(&d->lru_link);
	list_init(&d->names_link);
	if (parent)
		dentry_get(parent);
	d->parent = parent;
	if (inode) {
		inode_get(inode);
		dentry_fill(d, inode);
	}
	return d;
}

void dentry_fill(struct dentry *d, struct inode *inode)
{
	ASSERT(!d->inode);
	d->inode = inode;
	list_add(&d->names_link, &inode->names);
}

void dentry_get(struct dentry *d)
{
	ASSERT_LOCKED();
	if (d->refs++ == 0) {
		list_del(&d->lru_link);
		n_unused--;
	}
}

/* An entry without references goes for good; returns its parent, whose reference the caller must give up. May sleep. */
static struct dentry *dentry_free(struct dentry *d)
{
	struct dentry *parent = d->parent;
	struct inode *inode = d->inode;

	ASSERT(d->refs == 0);
	if (d->hashed)
		hash_del(d);
	list_del(&d->names_link);
	kfree(d->name);
	kfree(d);
	if (inode)
		inode_put(inode);
	return parent;
}

/* Gives a reference up without pruning. Returns true if the entry went to the list of unused ones. */
static bool put_one(struct dentry *d)
{
	while (d) {
		ASSERT(d->refs > 0);
		if (--d->refs > 0)
			return false;
		if (d->hashed && !d->sb->no_dentry_cache) {
			list_add_tail(&d->lru_link, &lru);
			n_unused++;
			return true;
		}
		d = dentry_free(d);
	}
	return false;
}

static void unused_free(struct dentry *d)
{
	list_del(&d->lru_link);
	n_unused--;
	(void)put_one(dentry_free(d));
}

/* The oldest goes, unless its file is mapped: that is in use. */
static void evict(struct dentry *old)
{
	if (old->inode && old->inode->mapping.ops && !list_empty(&old->inode->mapping.vmas))
		list_move_tail(&old->lru_link, &lru);
	else
		unused_free(old);
}

void dentry_put(struct dentry *d)
{
	unsigned int tries = 8;

	ASSERT_LOCKED();
	if (!put_one(d))
		return;
	while (n_unused > UNUSED_MAX && tries-- > 0)
		evict(list_first_entry(&lru, struct dentry, lru_link));
}

/* Memory is out: half of what is cached and not in use goes. May sleep. */
static void dentry_shrink(void)
{
	unsigned int left = n_unused / 2;

	for (unsigned int tries = n_unused; n_unused > left && tries > 0; tries--) {
		struct dentry *old = list_first_entry(&lru, struct dentry, lru_link);

		if (old->inode && old->inode->mapping.ops && !list_empty(&old->inode->mapping.vmas))
			list_move_tail(&old->lru_link, &lru);
		else
			unused_free(old);
	}
}

void dentry_prune(const struct super_block *sb)
{
	bool again;

	/* Freeing a child makes its parent unused; start over after each since freeing may sleep. */
	do {
		struct dentry *d;

		again = false;
		list_for_each_entry(d, &lru, lru_link) {
			if (d->sb == sb) {
				unused_free(d);
				again = true;
				break;
			}
		}
	} while (again);
}

void vfs_drop_caches(void)
{
	/* Freeing may sleep, and frees parents in turn: as many as there are now, and no entry is waited for. */
	for (unsigned int n = n_unused; n > 0 && !list_empty(&lru); n--)
		evict(list_first_entry(&lru, struct dentry, lru_link));
}

/* --- looking up --------------------------------------------------------------------------------- */

/* File systems whose names change by themselves: the answer of today, in the old entry if it is the same file. */
static int lookup_uncached(struct dentry *dir, const char *name, size_t len, struct dentry **ret)
{
	struct inode *inode = NULL;
	struct dentry *d;
	int r = dir->inode->ops->lookup(dir->inode, name, len, &inode);

	if (r < 0 && r != -ENOENT)
		return r;
	d = cache_find(dir, name, len);
	if (d && inode && d->inode && d->inode->ino == inode->ino &&
	    d->inode->mode == inode->mode) {
		inode_put(inode);
		dentry_get(d);
		*ret = d;
		return 0;
	}
	if (d)
		hash_del(d);
	d = dentry_alloc(dir->sb, dir, name, len, inode);
	if (inode)
		inode_put(inode);
	if (!d)
		return -ENOMEM;
	if (d->inode)
		hash_add(d);
	*ret = d;
	return 0;
}

int dentry_lookup_locked(struct dentry *dir, const char *name, size_t len, struct dentry **ret)
{
	struct inode *inode = NULL;
	struct dentry *d;
	int r;

	ASSERT_LOCKED();
	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	if (!dir->inode->ops->lookup)
		return -ENOTDIR;
	if (dir->inode->nlink == 0)
		return -ENOENT;
	d = cache_find(dir, name, len);
	if (d && (!dir->sb->no_dentry_cache || d->n_mounts > 0)) {
		dentry_get(d);
		*ret = d;
		return 0;
	}
	if (dir->sb->no_dentry_cache)
		return lookup_uncached(dir, name, len, ret);
	r = dir->inode->ops->lookup(dir->inode, name, len, &inode);
	if (r < 0 && r != -ENOENT)
		return r;
	d = dentry_alloc(dir->sb, dir, name, len, inode);
	if (inode)
		inode_put(inode);
	if (!d)
		return -ENOMEM;
	hash_add(d);
	*ret = d;
	return 0;
}

int dentry_lookup(struct dentry *dir, const char *name, size_t len, struct dentry **ret)
{
	struct inode *inode = dir->inode;
	struct dentry *d;
	int r;

	d = dir->sb->no_dentry_cache ? NULL : cache_find(dir, name, len);
	if (d) {
		dentry_get(d);
		*ret = d;
		return 0;
	}
	sleep_lock_take(&inode->lock);
	r = dentry_lookup_locked(dir, name, len, ret);
	sleep_lock_release(&inode->lock);
	return r;
}

/* --- changes ------------------------------------------------------------------------------------ */

void dentry_drop(struct dentry *d)
{
	ASSERT(d->refs > 0);
	if (d->hashed)
		hash_del(d);
}

void dentry_drop_children(struct dentry *d)
{
	struct dentry *child, *next;

	/* Only the missing names of a directory that was empty: freeing them does not sleep. */
	if (d->refs < 2)
		return;
	list_for_each_entry_safe(child, next, &lru, lru_link)
		if (child->parent == d && !child->inode)
			unused_free(child);
}

void dentry_move(struct dentry *d, struct dentry *to)
{
	struct dentry *old_parent = d->parent;
	char *name = d->name;
	uint32_t len = d->name_len;

	/* They swap names, so that nothing needs memory; `to` is dead afterwards and shows the old one's. */
	dentry_drop(d);
	dentry_drop(to);
	d->name = to->name;
	d->name_len = to->name_len;
	to->name = name;
	to->name_len = len;
	d->parent = to->parent;
	to->parent = old_parent;
	hash_add(d);
}

void dentry_exchange(struct dentry *a, struct dentry *b)
{
	dentry_move(a, b);
	hash_add(b);
}

bool dentry_is_under(const struct dentry *d, const struct dentry *top)
{
	for (; d; d = d->parent)
		if (d == top)
			return true;
	return false;
}

bool dentry_is_dead(const struct dentry *d)
{
	return !d->hashed && d->sb->root != d;
}

uint64_t dentry_parent_ino(const struct dentry *d)
{
	return (d->parent ? d->parent : d)->inode->ino;
}

struct inode *dentry_inode(const struct dentry *d)
{
	return d->inode;
}

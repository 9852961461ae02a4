// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The buffer cache: a hash table for each device, one list of all buffers by last use. A buffer's owner may pin it at any moment by its journal pointer
 * without telling us, so what may go is decided when room is looked for. Byte ranges are in buffer_range.c.
 */
#include "drivers/buffer.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "drivers/buffer_internal.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/mm_account.h"

#define BUCKETS_MIN  64u
#define BUCKETS_MAX  (1u << 20)
#define LIMIT_MIN    (2ull << 20)
#define LIMIT_MAX    (256ull << 20)
#define LIMIT_SHARE  8	 /* of the guest's memory */
#define SHRINK_TRIES 128 /* buffers in use that one search passes over */
#define AHEAD_MAX    256u

static struct list_head lru = LIST_HEAD_INIT(lru); /* least recently used first */
static uint64_t cached_bytes;

static uint64_t limit_bytes(void)
{
	static uint64_t limit;

	if (limit == 0) {
		struct memory_stats m;

		memory_stats_get(&m);
		limit = MIN(MAX(m.total_bytes / LIMIT_SHARE, LIMIT_MIN), LIMIT_MAX);
	}
	return limit;
}

/* --- the table ---------------------------------------------------------------------------------- */

static struct list_head *bucket(const struct buffer_cache *c, uint64_t block)
{
	return &c->heads[(block * 0x9e3779b97f4a7c15ull >> 32) & (c->n_buckets - 1)];
}

static struct list_head *heads_alloc(unsigned int n)
{
	struct list_head *heads = kmalloc(n * sizeof(*heads));

	for (unsigned int i = 0; heads && i < n; i++)
		list_init(&heads[i]);
	return heads;
}

/* Twice the buckets; the old ones do if there is no memory. */
static void table_grow(struct buffer_cache *c)
{
	struct list_head *old = c->heads, *heads = heads_alloc(c->n_buckets * 2);
	unsigned int n = c->n_buckets;

	if (!heads)
		return;
	c->heads = heads;
	c->n_buckets = n * 2;
	for (unsigned int i = 0; i < n; i++) {
		struct buffer *b, *tmp;

		list_for_each_entry_safe(b, tmp, &old[i], hash_link) {
			list_del(&b->hash_link);
			list_add(&b->hash_link, bucket(c, b->block));
		}
	}
	kfree(old);
}

struct buffer *buffer_lookup(const struct buffer_cache *c, uint64_t block)
{
	struct buffer *b;

	list_for_each_entry(b, bucket(c, block), hash_link)
		if (b->block == block)
			return b;
	return NULL;
}

int buffer_cache_create(struct block_device *d, struct buffer_cache **ret)
{
	struct buffer_cache *c = kzalloc(sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->dev = d;
	c->size = 4096;
	c->n_buckets = BUCKETS_MIN;
	c->heads = heads_alloc(BUCKETS_MIN);
	if (!c->heads) {
		kfree(c);
		return -ENOMEM;
	}
	list_init(&c->dirty);
	sleep_lock_init(&c->rmw);
	sleep_lock_init(&c->sync);
	*ret = c;
	return 0;
}

/* --- coming and going --------------------------------------------------------------------------- */

static bool in_use(const struct buffer *b)
{
	return b->refs > 0 || b->journal || b->dirty || b->lock.owner;
}

static void buffer_free(struct buffer_cache *c, struct buffer *b)
{
	list_del(&b->hash_link);
	list_del(&b->lru_link);
	list_del(&b->dirty_link);
	c->count--;
	cached_bytes -= b->size;
	kfree(b->data);
	kfree(b);
}

size_t buffer_shrink(size_t bytes)
{
	unsigned int tries = SHRINK_TRIES;
	size_t freed = 0;

	ASSERT_LOCKED();
	while (freed < bytes && tries > 0 && !list_empty(&lru)) {
		struct buffer *b = list_first_entry(&lru, struct buffer, lru_link);

		if (in_use(b)) {
			list_move_tail(&b->lru_link, &lru);
			tries--;
			continue;
		}
		freed += b->size;
		buffer_free(b->dev->cache, b);
	}
	return freed;
}

static struct buffer *buffer_alloc(struct buffer_cache *c, uint64_t block)
{
	struct buffer *b = kzalloc(sizeof(*b));

	if (!b)
		return NULL;
	b->data = kmalloc(c->size);
	if (!b->data) {
		kfree(b);
		return NULL;
	}
	b->dev = c->dev;
	b->block = block;
	b->size = c->size;
	sleep_lock_init(&b->lock);
	list_init(&b->dirty_link);
	list_init(&b->lru_link);
	list_init(&b->hash_link);
	return b;
}

/* Find or make it, with a reference; what it holds is not said. */
static int buffer_obtain(struct block_device *d, uint64_t block, struct buffer **ret)
{
	struct buffer_cache *c = d->cache;
	struct buffer *b;

	ASSERT_LOCKED();
	if (!c || block >= d->bytes / c->size)
		return -EIO;
	b = buffer_find(d, block);
	if (!b) {
		if (cached_bytes + c->size > limit_bytes())
			(void)buffer_shrink(MAX((size_t)c->size, (size_t)(64u << 10)));
		if (c->count > 2 * c->n_buckets && c->n_buckets < BUCKETS_MAX)
			table_grow(c);
		b = buffer_alloc(c, block);
		if (!b)
			return -ENOMEM;
		list_add(&b->hash_link, bucket(c, block));
		list_add_tail(&b->lru_link, &lru);
		c->count++;
		cached_bytes += b->size;
		b->refs = 1;
	}
	*ret = b;
	return 0;
}

struct buffer *buffer_find(struct block_device *d, uint64_t block)
{
	struct buffer *b;

	ASSERT_LOCKED();
	b = d->cache ? buffer_lookup(d->cache, block) : NULL;
	if (b) {
		b->refs++;
		list_move_tail(&b->lru_link, &lru);
	}
	return b;
}

int buffer_read(struct block_device *d, uint64_t block, struct buffer **ret)
{
	struct buffer *b;
	int r = buffer_obtain(d, block, &b);

	*ret = NULL;
	if (r < 0)
		return r;
	if (!b->uptodate) {
		sleep_lock_take(&b->lock);
		if (!b->uptodate) {
			r = block_read(d, block * b->size, b->data, b->size);
			b->uptodate = r == 0;
		}
		sleep_lock_release(&b->lock);
	}
	if (r < 0) {
		buffer_put(b);
		return r;
	}
	*ret = b;
	return 0;
}

int buffer_new(struct block_device *d, uint64_t block, struct buffer **ret)
{
	struct buffer *b;
	int r = buffer_obtain(d, block, &b);

	*ret = NULL;
	if (r < 0)
		return r;
	/* A read or a write of the old contents may be under way. */
	sleep_lock_take(&b->lock);
	memset(b->data, 0, b->size);
	b->uptodate = true;
	b->verified = false;
	sleep_lock_release(&b->lock);
	*ret = b;
	return 0;
}

void buffer_readahead(struct block_device *d, uint64_t block, unsigned int n)
{
	struct buffer_cache *c = d->cache;
	uint64_t blocks;

	ASSERT_LOCKED();
	if (!c)
		return;
	blocks = d->bytes / c->size;
	if (block >= blocks)
		return;
	n = MIN(n, AHEAD_MAX);
	n = (unsigned int)MIN((uint64_t)n, blocks - block);
	while (n > 0 && buffer_lookup(c, block)) {
		block++;
		n--;
	}
	if (n > 0)
		block_readahead(d, block * c->size, (uint64_t)n * c->size);
}

void buffer_get(struct buffer *b)
{
	ASSERT_LOCKED();
	b->refs++;
}

void buffer_put(struct buffer *b)
{
	ASSERT_LOCKED();
	if (!b)
		return;
	ASSERT(b->refs > 0);
	b->refs--;
}

/* --- writing ------------------------------------------------------------------------------------ */

void buffer_mark_dirty(struct buffer *b)
{
	ASSERT_LOCKED();
	if (b->dirty)
		return;
	b->dirty = true;
	list_add_tail(&b->dirty_link, &b->dev->cache->dirty);
}

static void mark_clean(struct buffer *b)
{
	b->dirty = false;
	list_del(&b->dirty_link);
}

int buffer_write(struct buffer *b)
{
	struct block_device *d = b->dev;
	int r;

	ASSERT_LOCKED();
	buffer_get(b);
	sleep_lock_take(&b->lock);
	/* What changes while it is written makes it dirty again. */
	mark_clean(b);
	r = block_write(d, b->block * b->size, b->data, b->size, NULL);
	if (r < 0)
		buffer_mark_dirty(b);
	sleep_lock_release(&b->lock);
	buffer_put(b);
	return r;
}

int buffer_sync(struct block_device *d)
{
	struct buffer_cache *c = d->cache;
	struct list_head mine = LIST_HEAD_INIT(mine);
	struct buffer *b;
	int r = 0;

	ASSERT_LOCKED();
	if (!c)
		return 0;
	sleep_lock_take(&c->sync);
	/* Only those that are dirty now; others may become so without end. */
	while (!list_empty(&c->dirty)) {
		b = list_first_entry(&c->dirty, struct buffer, dirty_link);
		list_move_tail(&b->dirty_link, &mine);
	}
	while (!list_empty(&mine)) {
		int err;

		b = list_first_entry(&mine, struct buffer, dirty_link);
		err = buffer_write(b);
		if (err < 0)
			r = err;
	}
	sleep_lock_release(&c->sync);
	return r;
}

void buffer_forget(struct block_device *d, uint64_t block)
{
	struct buffer *b;

	ASSERT_LOCKED();
	b = d->cache ? buffer_lookup(d->cache, block) : NULL;
	if (!b)
		return;
	mark_clean(b);
	b->verified = false;
	if (in_use(b))
		b->uptodate = b->uptodate && b->refs > 0;
	else
		buffer_free(d->cache, b);
}

/* --- all of a device ---------------------------------------------------------------------------- */

static bool cache_in_use(const struct buffer_cache *c)
{
	for (unsigned int i = 0; i < c->n_buckets; i++) {
		struct buffer *b;

		list_for_each_entry(b, &c->heads[i], hash_link)
			if (in_use(b))
				return true;
	}
	return false;
}

static void cache_empty(struct buffer_cache *c)
{
	for (unsigned int i = 0; i < c->n_buckets; i++) {
		struct buffer *b, *tmp;

		list_for_each_entry_safe(b, tmp, &c->heads[i], hash_link)
			buffer_free(c, b);
	}
}

int buffer_set_size(struct block_device *d, uint32_t size)
{
	struct buffer_cache *c = d->cache;
	int r;

	if (!c || size < 512 || size > 65536 || (size & (size - 1)) != 0)
		return -EINVAL;
	r = buffer_sync(d);
	if (r < 0)
		return r;
	if (size == c->size)
		return 0;
	if (cache_in_use(c))
		return -EBUSY;
	cache_empty(c);
	c->size = size;
	return 0;
}

void buffer_invalidate(struct block_device *d)
{
	struct buffer_cache *c = d->cache;

	ASSERT_LOCKED();
	for (unsigned int i = 0; c && i < c->n_buckets; i++) {
		struct buffer *b, *tmp;

		list_for_each_entry_safe(b, tmp, &c->heads[i], hash_link)
			if (!in_use(b))
				buffer_free(c, b);
	}
}

uint32_t buffer_size(const struct block_device *d)
{
	return d->cache ? d->cache->size : 4096;
}

void buffer_cache_destroy(struct buffer_cache *c)
{
	if (!c)
		return;
	cache_empty(c);
	kfree(c->heads);
	kfree(c);
}

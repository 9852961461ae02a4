// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The index of a large directory: block 0 is the root, nodes below it, leaves are ordinary blocks of entries. An entry of the index says from which hash on
 * a block is responsible; bit 0 of the hash says that the block goes on with the hash that the one before ended with.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_dir_internal.h"
#include "host/host_memory.h"

#define ROOT_INFO_AT 24u /* behind "." and the head and name of ".." */
#define ROOT_AT	     32u
#define NODE_AT	     8u

static struct ext4_dx_countlimit *counts(const struct ext4_dx_frame *f)
{
	return (struct ext4_dx_countlimit *)(void *)f->entries;
}

static struct ext4_dx_root_info *root_info(const struct buffer *b)
{
	return (struct ext4_dx_root_info *)(void *)(b->data + ROOT_INFO_AT);
}

static uint32_t limit_at(const struct ext4_sb *s, uint32_t at)
{
	uint32_t room = s->block_size - at - (s->csum ? (uint32_t)sizeof(struct ext4_dx_tail) : 0);

	return room / (uint32_t)sizeof(struct ext4_dx_entry);
}

/* --- checksums ---------------------------------------------------------------------------------- */

static uint32_t node_csum(const struct inode *dir, const struct buffer *b, uint32_t at,
			  struct ext4_dx_tail **ret_tail)
{
	const struct ext4_dx_countlimit *c =
		(const struct ext4_dx_countlimit *)(const void *)(b->data + at);
	struct ext4_dx_tail *t = (struct ext4_dx_tail *)(void *)(b->data + at + c->limit * 8u);
	uint32_t zero = 0, v = ext4_csum(ext4_i(dir)->csum_seed, b->data, at + c->count * 8u);

	*ret_tail = t;
	v = ext4_csum(v, &t->dt_reserved, sizeof(t->dt_reserved));
	return ext4_csum(v, &zero, sizeof(zero));
}

static void node_csum_set(const struct inode *dir, struct buffer *b, uint32_t at)
{
	struct ext4_dx_tail *t;
	uint32_t v;

	if (!ext4_isb(dir)->csum)
		return;
	v = node_csum(dir, b, at, &t);
	t->dt_checksum = v;
}

int ext4_dx_root_csum_set(struct inode *dir, struct buffer *b)
{
	const struct ext4_dx_countlimit *c =
		(const struct ext4_dx_countlimit *)(const void *)(b->data + ROOT_AT);

	if (c->limit != limit_at(ext4_isb(dir), ROOT_AT) || c->count > c->limit)
		return ext4_dir_damage(dir, 0, ROOT_AT);
	node_csum_set(dir, b, ROOT_AT);
	return 0;
}

/* --- finding ------------------------------------------------------------------------------------ */

void ext4_dx_release(struct ext4_dx_path *p)
{
	while (p->depth > 0)
		buffer_put(p->frame[--p->depth].buf);
}

static int bad_index(struct inode *dir, uint32_t lblock)
{
	return ext4_error(ext4_isb(dir), "directory %llu: bad index in block %u",
			  (unsigned long long)dir->ino, lblock);
}

/* Counts and checksum of a block of the index; they are what every access to its entries relies on. */
static int check_node(struct inode *dir, struct buffer *b, uint32_t lblock, uint32_t at)
{
	const struct ext4_sb *s = ext4_isb(dir);
	const struct ext4_dx_countlimit *c =
		(const struct ext4_dx_countlimit *)(const void *)(b->data + at);
	struct ext4_dx_tail *t;

	if (c->limit != limit_at(s, at) || c->count == 0 || c->count > c->limit)
		return bad_index(dir, lblock);
	if (s->csum && !b->verified) {
		if (node_csum(dir, b, at, &t) != t->dt_checksum)
			return ext4_error(ext4_isb(dir),
					  "directory %llu: index block %u has a wrong checksum",
					  (unsigned long long)dir->ino, lblock);
		b->verified = true;
	}
	return 0;
}

/* The last entry whose hash is not above; entry 0 has none and counts as the lowest. */
static uint32_t choose(const struct ext4_dx_frame *f, uint32_t major)
{
	uint32_t lo = 1, hi = counts(f)->count;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (f->entries[mid].hash > major)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo - 1;
}

static uint32_t block_of(const struct ext4_dx_frame *f)
{
	return f->entries[f->at].block & 0x0fffffff;
}

static int open_root(struct inode *dir, struct ext4_dx_path *p, unsigned int *ret_levels)
{
	struct ext4_sb *s = ext4_isb(dir);
	const struct ext4_dx_root_info *info;
	struct buffer *b;
	int r = ext4_dir_raw_read(dir, 0, &b);

	if (r < 0)
		return r;
	info = root_info(b);
	if (info->reserved_zero || info->info_length != sizeof(*info) ||
	    info->hash_version > EXT4_HASH_TEA || (info->unused_flags & 1) ||
	    info->indirect_levels > (EXT4_HAS_INCOMPAT(s, LARGEDIR) ? 2 : 1)) {
		buffer_put(b);
		ext4_warn(s, "directory %llu: unknown kind of index; run e2fsck -D",
			  (unsigned long long)dir->ino);
		return -ENOTDIR;
	}
	r = check_node(dir, b, 0, ROOT_AT);
	if (r < 0) {
		buffer_put(b);
		return r;
	}
	p->version = info->hash_version;
	if (s->hash_version >= EXT4_HASH_LEGACY_UNSIGNED)
		p->version += EXT4_HASH_LEGACY_UNSIGNED;
	*ret_levels = info->indirect_levels;
	p->frame[0] =
		(struct ext4_dx_frame){ b, (struct ext4_dx_entry *)(void *)(b->data + ROOT_AT), 0 };
	p->depth = 1;
	return 0;
}

static int open_node(struct inode *dir, uint32_t lblock, struct ext4_dx_frame *f)
{
	struct buffer *b;
	int r;

	if (lblock == 0 || lblock >= dir->size >> ext4_isb(dir)->block_bits)
		return bad_index(dir, lblock);
	r = ext4_dir_raw_read(dir, lblock, &b);
	if (r < 0)
		return r;
	r = check_node(dir, b, lblock, NODE_AT);
	if (r < 0) {
		buffer_put(b);
		return r;
	}
	*f = (struct ext4_dx_frame){ b, (struct ext4_dx_entry *)(void *)(b->data + NODE_AT), 0 };
	return 0;
}

int ext4_dx_find(struct inode *dir, const char *name, size_t len, uint32_t major,
		 struct ext4_dx_path *p, uint32_t *ret_leaf)
{
	unsigned int levels;
	int r;

	p->depth = 0;
	r = open_root(dir, p, &levels);
	if (r < 0)
		return r;
	p->hash = (struct ext4_hash){ major, 0 };
	if (name) {
		r = ext4_dir_hash(ext4_isb(dir), p->version, name, len, &p->hash);
		if (r < 0)
			goto fail;
	}
	for (;;) {
		struct ext4_dx_frame *f = &p->frame[p->depth - 1];

		f->at = choose(f, p->hash.major);
		if (levels-- == 0)
			break;
		r = open_node(dir, block_of(f), f + 1);
		if (r < 0)
			goto fail;
		p->depth++;
	}
	*ret_leaf = block_of(&p->frame[p->depth - 1]);
	if (*ret_leaf != 0 && *ret_leaf < dir->size >> ext4_isb(dir)->block_bits)
		return 0;
	r = bad_index(dir, *ret_leaf);
fail:
	ext4_dx_release(p);
	return r;
}

int ext4_dx_next(struct inode *dir, struct ext4_dx_path *p, uint32_t *ret_leaf, uint32_t *ret_hash)
{
	unsigned int depth = p->depth, level = depth - 1;

	while (p->frame[level].at + 1 >= counts(&p->frame[level])->count) {
		if (level-- == 0)
			return 0;
	}
	p->frame[level].at++;
	*ret_hash = p->frame[level].entries[p->frame[level].at].hash;
	for (level++; level < depth; level++) {
		struct ext4_dx_frame f;
		int r = open_node(dir, block_of(&p->frame[level - 1]), &f);

		if (r < 0)
			return r;
		buffer_put(p->frame[level].buf);
		p->frame[level] = f;
	}
	*ret_leaf = block_of(&p->frame[depth - 1]);
	if (*ret_leaf == 0 || *ret_leaf >= dir->size >> ext4_isb(dir)->block_bits)
		return bad_index(dir, *ret_leaf);
	return 1;
}

/* --- splitting a leaf --------------------------------------------------------------------------- */

struct mapped {
	uint32_t hash;
	uint16_t at, len;
};

static void sort_map(struct mapped *m, unsigned int n)
{
	for (unsigned int gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11) {
		for (unsigned int i = gap; i < n; i++) {
			struct mapped t = m[i];
			unsigned int k = i;

			for (; k >= gap && m[k - gap].hash > t.hash; k -= gap)
				m[k] = m[k - gap];
			m[k] = t;
		}
	}
}

/* All names of a leaf by hash. How many, or an error. */
static int map_leaf(struct inode *dir, unsigned int version, struct buffer *b, struct mapped *m)
{
	const struct ext4_sb *s = ext4_isb(dir);
	uint32_t size = ext4_dir_usable(s);
	unsigned int n = 0;

	for (uint32_t at = 0; at < size;) {
		const struct ext4_dir_entry *e = ext4_entry_at(b->data, at);
		struct ext4_hash hash;

		if (!ext4_entry_ok(s, b->data, at, size))
			return ext4_dir_damage(dir, 0, at);
		if (e->inode && e->name_len) {
			int r = ext4_dir_hash(s, version, e->name, e->name_len, &hash);

			if (r < 0)
				return r;
			m[n++] = (struct mapped){ hash.major, (uint16_t)at,
						  (uint16_t)ext4_rec_len(e->name_len) };
		}
		at += e->rec_len;
	}
	sort_map(m, n);
	return (int)n;
}

/* Write the chosen entries of `from` (a copy of a block) one behind the other into b. */
static void pack(const struct inode *dir, struct buffer *b, uint8_t *from, const struct mapped *m,
		 unsigned int n)
{
	const struct ext4_sb *s = ext4_isb(dir);
	uint32_t at = 0, size = ext4_dir_usable(s);
	struct ext4_dir_entry *last = NULL;

	ext4_dir_block_empty(dir, b);
	for (unsigned int i = 0; i < n; i++) {
		last = ext4_entry_at(b->data, at);
		memcpy(last, from + m[i].at, 8u + ext4_entry_at(from, m[i].at)->name_len);
		last->rec_len = m[i].len;
		at += m[i].len;
	}
	if (last)
		last->rec_len = (uint16_t)(last->rec_len + size - at);
	ext4_dir_block_csum_set(dir, b);
}

/* The half by bytes, so that both have room. */
static unsigned int middle(const struct mapped *m, unsigned int n, uint32_t block_size)
{
	uint32_t bytes = 0;
	unsigned int i = n;

	while (i > 1 && bytes + m[i - 1].len / 2 <= block_size / 2)
		bytes += m[--i].len;
	return i == n ? n - 1 : i;
}

static void insert_entry(struct ext4_dx_frame *f, uint32_t hash, uint32_t block)
{
	struct ext4_dx_countlimit *c = counts(f);
	struct ext4_dx_entry *e = f->entries + f->at + 1;

	memmove(e + 1, e, (size_t)(c->count - f->at - 1) * sizeof(*e));
	*e = (struct ext4_dx_entry){ hash, block };
	c->count++;
}

static uint32_t frame_offset(const struct ext4_dx_frame *f)
{
	return (uint32_t)((uint8_t *)f->entries - f->buf->data);
}

static int frame_dirty(struct handle *h, struct inode *dir, struct ext4_dx_frame *f)
{
	node_csum_set(dir, f->buf, frame_offset(f));
	return ext4_dirty(h, f->buf);
}

struct split {
	struct buffer *old, *fresh;
	uint32_t fresh_block, hash; /* from which the fresh one is responsible */
	bool continued;
};

static int split_leaf(struct handle *h, struct inode *dir, unsigned int version, struct split *p)
{
	struct ext4_sb *s = ext4_isb(dir);
	unsigned int max = s->block_size / 12, at;
	struct mapped *m = kmalloc(max * sizeof(*m) + s->block_size);
	uint8_t *copy;
	int n, r;

	if (!m)
		return -ENOMEM;
	copy = (uint8_t *)(m + max);
	n = map_leaf(dir, version, p->old, m);
	if (n < 2) {
		r = n < 0 ? n : ext4_dir_damage(dir, 0, 0);
		goto out;
	}
	r = ext4_get_write(h, p->old);
	if (r == 0)
		r = ext4_append(h, dir, &p->fresh_block, &p->fresh);
	if (r < 0)
		goto out;
	memcpy(copy, p->old->data, s->block_size);
	at = middle(m, (unsigned int)n, s->block_size);
	p->hash = m[at].hash;
	p->continued = m[at - 1].hash == p->hash;
	pack(dir, p->fresh, copy, m + at, (unsigned int)n - at);
	pack(dir, p->old, copy, m, at);
	r = ext4_dirty(h, p->fresh);
	if (r == 0)
		r = ext4_dirty(h, p->old);
	if (r < 0) {
		buffer_put(p->fresh);
		p->fresh = NULL;
	}
out:
	kfree(m);
	return r;
}

/* --- room in the index -------------------------------------------------------------------------- */

static void init_node(struct ext4_sb *s, struct buffer *b)
{
	memset(b->data, 0, b->size);
	ext4_entry_at(b->data, 0)->rec_len = (uint16_t)s->block_size;
	b->verified = true;
}

/* The root is full: all its entries go to a node below it. */
static int grow_root(struct handle *h, struct inode *dir, struct ext4_dx_path *p)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct ext4_dx_frame *root = &p->frame[0], node;
	struct ext4_dx_root_info *info = root_info(root->buf);
	uint32_t lblock, n = counts(root)->count;
	int r;

	if (info->indirect_levels >= (EXT4_HAS_INCOMPAT(s, LARGEDIR) ? 2 : 1)) {
		ext4_warn(s, "Directory (ino: %llu) index full, reach max htree level :%u",
			  (unsigned long long)dir->ino, info->indirect_levels + 1u);
		return -ENOSPC;
	}
	r = ext4_get_write(h, root->buf);
	if (r == 0)
		r = ext4_append(h, dir, &lblock, &node.buf);
	if (r < 0)
		return r;
	init_node(s, node.buf);
	node.entries = (struct ext4_dx_entry *)(void *)(node.buf->data + NODE_AT);
	node.at = root->at;
	memcpy(node.entries, root->entries, n * sizeof(*node.entries));
	*counts(&node) = (struct ext4_dx_countlimit){ (uint16_t)limit_at(s, NODE_AT), (uint16_t)n };
	counts(root)->count = 1;
	root->entries[0].block = lblock;
	root->at = 0;
	info->indirect_levels++;
	/* The path gets a level between the root and what was below it. */
	memmove(&p->frame[2], &p->frame[1], (p->depth - 1) * sizeof(p->frame[0]));
	p->frame[1] = node;
	p->depth++;
	r = frame_dirty(h, dir, &p->frame[1]);
	return r < 0 ? r : frame_dirty(h, dir, root);
}

/* A node is full and the one above has room: half of it goes to a new one. The path follows. */
static int split_node(struct handle *h, struct inode *dir, struct ext4_dx_path *p,
		      unsigned int level)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct ext4_dx_frame *up = &p->frame[level - 1], *f = &p->frame[level], fresh;
	uint32_t n = counts(f)->count, keep = n / 2, lblock, hash = f->entries[n / 2].hash;
	int r = ext4_get_write(h, f->buf);

	if (r == 0)
		r = ext4_get_write(h, up->buf);
	if (r == 0)
		r = ext4_append(h, dir, &lblock, &fresh.buf);
	if (r < 0)
		return r;
	init_node(s, fresh.buf);
	fresh.entries = (struct ext4_dx_entry *)(void *)(fresh.buf->data + NODE_AT);
	fresh.at = 0;
	memcpy(fresh.entries, f->entries + keep, (n - keep) * sizeof(*fresh.entries));
	*counts(&fresh) =
		(struct ext4_dx_countlimit){ (uint16_t)limit_at(s, NODE_AT), (uint16_t)(n - keep) };
	counts(f)->count = (uint16_t)keep;
	insert_entry(up, hash, lblock);
	r = frame_dirty(h, dir, f);
	if (r == 0)
		r = frame_dirty(h, dir, &fresh);
	if (r == 0)
		r = frame_dirty(h, dir, up);
	if (f->at >= keep) {
		fresh.at = f->at - keep;
		up->at++;
		buffer_put(f->buf);
		*f = fresh;
	} else {
		buffer_put(fresh.buf);
	}
	return r;
}

static bool is_full(const struct ext4_dx_frame *f)
{
	return counts(f)->count >= counts(f)->limit;
}

/* See to it that the lowest node of the path can take one more entry. */
static int make_room(struct handle *h, struct inode *dir, struct ext4_dx_path *p)
{
	int r = 0;

	while (r == 0 && is_full(&p->frame[p->depth - 1])) {
		unsigned int level = p->depth - 1;

		while (level > 0 && is_full(&p->frame[level - 1]))
			level--;
		r = level == 0 ? grow_root(h, dir, p) : split_node(h, dir, p, level);
	}
	return r;
}

/* --- adding ------------------------------------------------------------------------------------- */

static int add_splitting(struct handle *h, struct inode *dir, struct ext4_dx_path *p,
			 struct buffer *leaf, const char *name, size_t len, uint32_t ino,
			 uint32_t mode)
{
	struct split sp = { .old = leaf };
	struct ext4_dx_frame *f;
	int r = make_room(h, dir, p);

	if (r == 0)
		r = split_leaf(h, dir, p->version, &sp);
	if (r < 0)
		return r;
	f = &p->frame[p->depth - 1];
	r = ext4_get_write(h, f->buf);
	if (r == 0) {
		insert_entry(f, sp.hash + (sp.continued ? 1 : 0), sp.fresh_block);
		r = frame_dirty(h, dir, f);
	}
	if (r == 0)
		r = ext4_dir_block_add(h, dir, p->hash.major >= sp.hash ? sp.fresh : sp.old, name,
				       len, ino, mode);
	buffer_put(sp.fresh);
	return r;
}

int ext4_dx_add(struct handle *h, struct inode *dir, const char *name, size_t len, uint32_t ino,
		uint32_t mode)
{
	struct ext4_dx_path p;
	struct buffer *leaf;
	uint32_t lblock;
	int r = ext4_dx_find(dir, name, len, 0, &p, &lblock);

	if (r < 0)
		return r;
	r = ext4_dir_block_read(dir, lblock, &leaf);
	if (r == 0) {
		r = ext4_dir_block_add(h, dir, leaf, name, len, ino, mode);
		if (r == -ENOSPC)
			r = add_splitting(h, dir, &p, leaf, name, len, ino, mode);
		buffer_put(leaf);
	}
	ext4_dx_release(&p);
	return r;
}

/* "." and "..", the facts, one entry for the leaf. Everything behind ".."'s head belongs to "..". */
static void make_root(struct inode *dir, struct buffer *b, uint32_t leaf)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct ext4_dx_entry *e = (struct ext4_dx_entry *)(void *)(b->data + ROOT_AT);

	memset(b->data + ROOT_INFO_AT, 0, s->block_size - ROOT_INFO_AT);
	ext4_entry_at(b->data, 12)->rec_len = (uint16_t)(s->block_size - 12);
	*root_info(b) = (struct ext4_dx_root_info){
		.hash_version = (uint8_t)(s->hash_version % 3),
		.info_length = sizeof(struct ext4_dx_root_info),
	};
	*(struct ext4_dx_countlimit *)(void *)e =
		(struct ext4_dx_countlimit){ (uint16_t)limit_at(s, ROOT_AT), 1 };
	e->block = leaf;
	node_csum_set(dir, b, ROOT_AT);
}

int ext4_dx_create(struct handle *h, struct inode *dir, const char *name, size_t len, uint32_t ino,
		   uint32_t mode)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct mapped *m = kmalloc(s->block_size / 12 * sizeof(*m));
	struct buffer *root, *leaf = NULL;
	uint32_t lblock;
	int r, n;

	if (!m)
		return -ENOMEM;
	r = ext4_dir_block_read(dir, 0, &root);
	if (r < 0)
		goto out;
	n = map_leaf(dir, s->hash_version, root, m);
	r = n < 0 ? n : 0;
	/* The first two are the dots, wherever the map sorts them. */
	for (int i = 0, to = 0; i < n; i++) {
		if (m[i].at >= ROOT_INFO_AT)
			m[to++] = m[i];
		if (i == n - 1)
			n = to;
	}
	if (r == 0 && (ext4_entry_at(root->data, 0)->rec_len != 12 ||
		       ext4_entry_at(root->data, 12)->name_len != 2))
		r = ext4_dir_damage(dir, 0, 0);
	if (r == 0)
		r = ext4_get_write(h, root);
	if (r == 0)
		r = ext4_append(h, dir, &lblock, &leaf);
	if (r == 0) {
		pack(dir, leaf, root->data, m, (unsigned int)n);
		make_root(dir, root, lblock);
		ext4_i(dir)->flags |= EXT4_INDEX_FL;
		r = ext4_dirty(h, leaf);
	}
	if (r == 0)
		r = ext4_dirty(h, root);
	buffer_put(leaf);
	buffer_put(root);
	if (r == 0)
		r = ext4_mark_inode_dirty(h, dir);
out:
	kfree(m);
	return r < 0 ? r : ext4_dx_add(h, dir, name, len, ino, mode);
}

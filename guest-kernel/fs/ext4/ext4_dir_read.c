// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading directories. With dir_index the order is that of the hashes and a position is the hash itself, so that it stays good whatever splits meanwhile;
 * without, the order is that of the blocks and a position is a byte. "." is at 0 and ".." at the hash 2.
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_dir_internal.h"
#include "host/host_memory.h"

#define POS_END	   ((1ull << 63) - 1)
#define POS_DOTDOT (1ull << 32)
#define RUN_MAX	   1024u /* leaves that go on with one hash */

/* Of an open directory: how many names of the position's very hash have been given out. */
struct reader {
	uint64_t pos;
	unsigned int skip;
};

struct item {
	uint64_t pos;
	uint8_t *data; /* of the block */
	uint32_t at;
};

struct batch {
	struct item *items;
	unsigned int n, max;
	struct buffer **bufs; /* references */
	unsigned int n_bufs, max_bufs;
	uint8_t *inline_block;
};

static uint64_t pos_of(const struct ext4_hash *h)
{
	return (uint64_t)(h->major >> 1) << 32 | h->minor;
}

static unsigned int type_of(const struct ext4_sb *s, const struct ext4_dir_entry *e)
{
	static const uint8_t types[EXT4_FT_MAX] = { DT_UNKNOWN, DT_REG,	 DT_DIR,  DT_CHR,
						    DT_BLK,	DT_FIFO, DT_SOCK, DT_LNK };

	if (!EXT4_HAS_INCOMPAT(s, FILETYPE) || e->file_type >= EXT4_FT_MAX)
		return DT_UNKNOWN;
	return types[e->file_type];
}

/* --- in the order of blocks --------------------------------------------------------------------- */

/* An offset may point into the middle of an entry by now: the next one that begins at or behind it. */
static int read_block(struct file *f, struct dir_sink *sink, uint8_t *data, uint32_t lblock,
		      bool *ret_full)
{
	struct inode *dir = f->inode;
	const struct ext4_sb *s = ext4_isb(dir);
	uint64_t base = (uint64_t)lblock << s->block_bits;
	uint32_t size = ext4_dir_usable(s);

	for (uint32_t at = 0; at < size;) {
		const struct ext4_dir_entry *e = ext4_entry_at(data, at);
		uint32_t next;

		if (!ext4_entry_ok(s, data, at, size))
			return ext4_dir_damage(dir, lblock, at);
		next = at + e->rec_len;
		if (base + at >= f->pos) {
			uint64_t pos = base + (next < size ? next : s->block_size);

			if (e->inode &&
			    !sink->emit(sink, e->name, e->name_len, e->inode, type_of(s, e), pos)) {
				*ret_full = true;
				return 0;
			}
			f->pos = pos;
		}
		at = next;
	}
	return 0;
}

static int read_linear(struct file *f, struct dir_sink *sink)
{
	struct inode *dir = f->inode;
	const struct ext4_sb *s = ext4_isb(dir);
	bool full = false;
	int r = 0;

	while (r == 0 && !full && f->pos < dir->size) {
		uint32_t lblock = (uint32_t)(f->pos >> s->block_bits);
		struct buffer *b;

		r = ext4_dir_block_read(dir, lblock, &b);
		if (r < 0)
			return r;
		r = read_block(f, sink, b->data, lblock, &full);
		buffer_put(b);
		if (r == 0 && !full)
			f->pos = MAX(f->pos, (uint64_t)(lblock + 1) << s->block_bits);
	}
	return r;
}

/* The positions are those that its entries will have in a block. */
static int read_inline(struct file *f, struct dir_sink *sink)
{
	uint8_t *block;
	bool full = false;
	int r;

	if (f->pos >= ext4_isb(f->inode)->block_size)
		return 0;
	r = ext4_inline_dir_block(f->inode, &block);
	if (r < 0)
		return r;
	r = read_block(f, sink, block, 0, &full);
	kfree(block);
	return r;
}

/* --- in the order of hashes --------------------------------------------------------------------- */

static int batch_grow(void **p, unsigned int n, unsigned int *max, size_t size)
{
	void *bigger;

	if (n < *max)
		return 0;
	bigger = krealloc(*p, (*max ? 2 * *max : 64) * size);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	*max = *max ? 2 * *max : 64;
	return 0;
}

static void batch_free(struct batch *t)
{
	while (t->n_bufs > 0)
		buffer_put(t->bufs[--t->n_bufs]);
	kfree(t->bufs);
	kfree(t->items);
	kfree(t->inline_block);
}

/* All names of a block with a position of at least `from`. The dots have theirs by what they are. */
static int batch_scan(struct inode *dir, unsigned int version, uint32_t lblock, uint8_t *data,
		      uint64_t from, struct batch *t)
{
	const struct ext4_sb *s = ext4_isb(dir);
	uint32_t size = ext4_dir_usable(s);
	int r = 0;

	for (uint32_t at = 0; r == 0 && at < size;) {
		const struct ext4_dir_entry *e = ext4_entry_at(data, at);
		struct ext4_hash hash;

		if (!ext4_entry_ok(s, data, at, size))
			return ext4_dir_damage(dir, lblock, at);
		if (e->inode && e->name_len && !(lblock == 0 && at == 0) &&
		    !(lblock == 0 && e->name_len == 2 && e->name[0] == '.' && e->name[1] == '.')) {
			r = ext4_dir_hash(s, version, e->name, e->name_len, &hash);
			if (r == 0 && pos_of(&hash) >= from)
				r = batch_grow((void **)&t->items, t->n, &t->max,
					       sizeof(struct item));
			if (r == 0 && pos_of(&hash) >= from)
				t->items[t->n++] = (struct item){ pos_of(&hash), data, at };
		}
		at += e->rec_len;
	}
	return r;
}

static int batch_add(struct inode *dir, unsigned int version, uint32_t lblock, uint64_t from,
		     struct batch *t)
{
	struct buffer *b;
	int r = ext4_dir_block_read(dir, lblock, &b);

	if (r < 0)
		return r;
	r = batch_grow((void **)&t->bufs, t->n_bufs, &t->max_bufs, sizeof(struct buffer *));
	if (r < 0) {
		buffer_put(b);
		return r;
	}
	t->bufs[t->n_bufs++] = b;
	return batch_scan(dir, version, lblock, b->data, from, t);
}

/* Stable enough: names of one position keep the order of their place. */
static bool item_above(const struct item *a, const struct item *b)
{
	return a->pos > b->pos;
}

static void batch_sort(struct item *m, unsigned int n)
{
	struct item *spare = n > 1 ? kmalloc(n * sizeof(*spare)) : NULL;

	/* Merge sort where there is memory, insertion where not. */
	for (unsigned int width = 1; spare && width < n; width *= 2) {
		for (unsigned int lo = 0; lo < n; lo += 2 * width) {
			unsigned int mid = MIN(lo + width, n), hi = MIN(lo + 2 * width, n);
			unsigned int a = lo, b = mid;

			for (unsigned int i = lo; i < hi; i++)
				spare[i] = b >= hi || (a < mid && !item_above(&m[a], &m[b]))
						   ? m[a++]
						   : m[b++];
		}
		memcpy(m, spare, n * sizeof(*m));
	}
	for (unsigned int i = 1; !spare && i < n; i++) {
		struct item t = m[i];
		unsigned int k = i;

		for (; k > 0 && item_above(&m[k - 1], &t); k--)
			m[k] = m[k - 1];
		m[k] = t;
	}
	kfree(spare);
}

/*
 * The leaf that is responsible for the hash of pos, with those that go on with its last hash. *ret_next: the position at which the next leaf begins,
 * POS_END if there is none.
 */
static int batch_load(struct inode *dir, uint64_t pos, struct batch *t, uint64_t *ret_next)
{
	struct ext4_dx_path p;
	uint32_t leaf, hash;
	int r;

	*ret_next = POS_END;
	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL) {
		r = ext4_inline_dir_block(dir, &t->inline_block);
		return r < 0 ? r
			     : batch_scan(dir, ext4_isb(dir)->hash_version, 0, t->inline_block, pos,
					  t);
	}
	if (!ext4_dir_is_indexed(dir))
		return batch_add(dir, ext4_isb(dir)->hash_version, 0, pos, t);
	r = ext4_dx_find(dir, NULL, 0, (uint32_t)(pos >> 32) << 1, &p, &leaf);
	if (r < 0)
		return r;
	for (;;) {
		r = batch_add(dir, p.version, leaf, pos, t);
		if (r < 0)
			break;
		r = ext4_dx_next(dir, &p, &leaf, &hash);
		if (r <= 0)
			break;
		if (!(hash & 1)) {
			*ret_next = (uint64_t)(hash >> 1) << 32;
			r = 0;
			break;
		}
		if (t->n_bufs >= RUN_MAX) {
			r = ext4_dir_damage(dir, leaf, 0);
			break;
		}
	}
	ext4_dx_release(&p);
	return r;
}

/* Gives the names of a batch out. true: the sink is full, f->pos is that of the first that did not fit. */
static bool batch_emit(struct file *f, struct dir_sink *sink, const struct batch *t,
		       struct reader *rd, uint64_t next)
{
	const struct ext4_sb *s = ext4_isb(f->inode);
	unsigned int skip = rd->pos == f->pos ? rd->skip : 0;

	for (unsigned int i = 0; i < t->n; i++) {
		const struct item *m = &t->items[i];
		const struct ext4_dir_entry *e = ext4_entry_at(m->data, m->at);
		uint64_t after = i + 1 < t->n ? t->items[i + 1].pos : next;

		if (skip > 0 && m->pos == rd->pos) {
			skip--;
			continue;
		}
		skip = 0;
		/* Other leaves were read since this one was checked. */
		if (!ext4_entry_ok(s, m->data, m->at, ext4_dir_usable(s)))
			continue;
		if (!sink->emit(sink, e->name, e->name_len, e->inode, type_of(s, e), after))
			return true;
		rd->skip = after == m->pos ? (rd->pos == after ? rd->skip + 1 : 1) : 0;
		rd->pos = after;
		f->pos = after;
	}
	return false;
}

static int read_hashed(struct file *f, struct dir_sink *sink)
{
	struct inode *dir = f->inode;
	struct reader *rd = f->private;
	uint32_t parent = (uint32_t)dir->ino;
	int r;

	if (f->pos == 0) {
		if (!sink->emit(sink, ".", 1, dir->ino, DT_DIR, POS_DOTDOT))
			return 0;
		f->pos = POS_DOTDOT;
	}
	/* Names may have hashes as low as the dots': they come behind ".." whatever they are. */
	if (f->pos <= POS_DOTDOT) {
		r = ext4_dir_parent(dir, &parent);
		if (r < 0)
			return r;
		if (!sink->emit(sink, "..", 2, parent, DT_DIR, POS_DOTDOT + 1))
			return 0;
		f->pos = POS_DOTDOT + 1;
	}
	while (f->pos < POS_END) {
		struct batch t = { 0 };
		uint64_t pos = f->pos == POS_DOTDOT + 1 ? 0 : f->pos, next;
		bool full = false;

		r = batch_load(dir, pos, &t, &next);
		if (r == 0) {
			batch_sort(t.items, t.n);
			full = batch_emit(f, sink, &t, rd, next);
			/* A batch with nothing in it does not move the position by itself. */
			if (!full)
				f->pos = MAX(next, f->pos);
			if (!full && next <= pos)
				r = ext4_dir_damage(dir, 0, 0);
		}
		batch_free(&t);
		if (r < 0 || full)
			return r;
	}
	return 0;
}

/* --- operations --------------------------------------------------------------------------------- */

static bool by_hash(const struct inode *dir)
{
	const struct ext4_sb *s = ext4_isb(dir);

	return EXT4_HAS_COMPAT(s, DIR_INDEX) && s->hash_version <= EXT4_HASH_TEA_UNSIGNED &&
	       (ext4_dir_is_indexed(dir) || dir->size == s->block_size ||
		(ext4_i(dir)->flags & EXT4_INLINE_DATA_FL));
}

static int dir_readdir(struct file *f, struct dir_sink *sink)
{
	int r;

	if (!by_hash(f->inode))
		return ext4_i(f->inode)->flags & EXT4_INLINE_DATA_FL ? read_inline(f, sink)
								     : read_linear(f, sink);
	r = read_hashed(f, sink);
	return r == -ENOTDIR ? read_linear(f, sink) : r;
}

static int dir_open(struct inode *inode, struct file *f)
{
	(void)inode;
	f->private = kzalloc(sizeof(struct reader));
	return f->private ? 0 : -ENOMEM;
}

static void dir_release(struct file *f)
{
	kfree(f->private);
	f->private = NULL;
}

static int64_t dir_llseek(struct file *f, int64_t offset, int whence)
{
	uint64_t end = by_hash(f->inode) ? POS_END : f->inode->size;
	int64_t to;

	switch (whence) {
	case 0:
		to = offset;
		break;
	case 1:
		if (__builtin_add_overflow((int64_t)f->pos, offset, &to))
			return -EOVERFLOW;
		break;
	case 2:
		if (__builtin_add_overflow((int64_t)end, offset, &to))
			return -EINVAL;
		break;
	default:
		return -EINVAL;
	}
	if (to < 0 || (uint64_t)to > POS_END)
		return -EINVAL;
	f->pos = (uint64_t)to;
	return to;
}

static int dir_fsync(struct file *f, bool data_only)
{
	return ext4_fsync(f->inode, data_only);
}

const struct file_ops ext4_dir_ops = {
	.open = dir_open,
	.release = dir_release,
	.readdir = dir_readdir,
	.llseek = dir_llseek,
	.ioctl = ext4_ioctl,
	.fsync = dir_fsync,
};

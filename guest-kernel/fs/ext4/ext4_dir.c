// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directories as blocks of entries. Every walk over a block checks each entry before it is used, whatever was checked before: guest root may write to
 * the device under us. A block's checksum is looked at when it comes from the disk (buffer->verified).
 */
#include "core/big_lock.h"
#include "fs/ext4/ext4_dir_internal.h"

/* --- blocks of a file --------------------------------------------------------------------------- */

int ext4_bread(struct inode *inode, uint32_t lblock, struct buffer **ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_map m;
	int r = ext4_map_blocks(NULL, inode, lblock, 1, 0, &m);

	*ret = NULL;
	if (r < 0 || !m.physical || m.unwritten)
		return r;
	return buffer_read(s->dev, m.physical, ret);
}

int ext4_append(struct handle *h, struct inode *inode, uint32_t *ret_lblock, struct buffer **ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t blocks = inode->size >> s->block_bits;
	struct ext4_map m;
	struct buffer *b;
	int r;

	if (blocks >= INT_MAX)
		return -EFBIG;
	r = ext4_map_blocks(h, inode, (uint32_t)blocks, 1, EXT4_MAP_CREATE | EXT4_MAP_META, &m);
	if (r < 0)
		return r;
	r = buffer_new(s->dev, m.physical, &b);
	if (r < 0)
		return r;
	r = ext4_get_create(h, b);
	if (r < 0) {
		buffer_put(b);
		return r;
	}
	memset(b->data, 0, b->size);
	inode->size += s->block_size;
	*ret_lblock = (uint32_t)blocks;
	*ret = b;
	return 0;
}

/* --- entries ------------------------------------------------------------------------------------ */

int ext4_dir_damage(struct inode *dir, uint32_t lblock, uint32_t at)
{
	return ext4_error(ext4_isb(dir), "directory %llu: bad entry in block %u at %u",
			  (unsigned long long)dir->ino, lblock, at);
}

bool ext4_entry_ok(const struct ext4_sb *s, const uint8_t *data, uint32_t at, uint32_t size)
{
	const struct ext4_dir_entry *e = (const struct ext4_dir_entry *)(const void *)(data + at);

	if (at + 8 > size || e->rec_len < 8 || e->rec_len % 4 || e->rec_len > size - at ||
	    e->inode > s->inodes_count)
		return false;
	return e->inode == 0 || ext4_rec_len(e->name_len) <= e->rec_len;
}

uint8_t ext4_file_type(const struct ext4_sb *s, uint32_t mode)
{
	if (!EXT4_HAS_INCOMPAT(s, FILETYPE))
		return EXT4_FT_UNKNOWN;
	switch (mode & S_IFMT) {
	case S_IFREG:
		return EXT4_FT_REG;
	case S_IFDIR:
		return EXT4_FT_DIR;
	case S_IFCHR:
		return EXT4_FT_CHR;
	case S_IFBLK:
		return EXT4_FT_BLK;
	case S_IFIFO:
		return EXT4_FT_FIFO;
	case S_IFSOCK:
		return EXT4_FT_SOCK;
	case S_IFLNK:
		return EXT4_FT_LNK;
	default:
		return EXT4_FT_UNKNOWN;
	}
}

/* --- blocks of entries -------------------------------------------------------------------------- */

static struct ext4_dir_tail *tail_of(const struct ext4_sb *s, const struct buffer *b)
{
	return (struct ext4_dir_tail *)(void *)(b->data + s->block_size -
						sizeof(struct ext4_dir_tail));
}

static bool is_tail(const struct ext4_dir_tail *t)
{
	return t->det_reserved_zero1 == 0 && t->det_rec_len == sizeof(*t) &&
	       t->det_reserved_zero2 == 0 && t->det_reserved_ft == EXT4_FT_DIR_CSUM;
}

void ext4_dir_block_csum_set(const struct inode *dir, struct buffer *b)
{
	const struct ext4_sb *s = ext4_isb(dir);

	if (s->csum)
		tail_of(s, b)->det_checksum =
			ext4_csum(ext4_i(dir)->csum_seed, b->data, ext4_dir_usable(s));
}

void ext4_dir_block_empty(const struct inode *dir, struct buffer *b)
{
	const struct ext4_sb *s = ext4_isb(dir);

	memset(b->data, 0, b->size);
	ext4_entry_at(b->data, 0)->rec_len = (uint16_t)ext4_dir_usable(s);
	if (s->csum)
		*tail_of(s, b) = (struct ext4_dir_tail){
			.det_rec_len = sizeof(struct ext4_dir_tail),
			.det_reserved_ft = EXT4_FT_DIR_CSUM,
		};
	b->verified = true;
}

int ext4_dir_raw_read(struct inode *dir, uint32_t lblock, struct buffer **ret)
{
	int r = ext4_bread(dir, lblock, ret);

	if (r == 0 && !*ret)
		r = ext4_error(ext4_isb(dir), "directory %llu: hole at block %u",
			       (unsigned long long)dir->ino, lblock);
	return r;
}

int ext4_dir_block_read(struct inode *dir, uint32_t lblock, struct buffer **ret)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct buffer *b;
	int r = ext4_dir_raw_read(dir, lblock, &b);

	if (r < 0)
		return r;
	if (s->csum && !b->verified) {
		const struct ext4_dir_tail *t = tail_of(s, b);

		if (!is_tail(t) || t->det_checksum != ext4_csum(ext4_i(dir)->csum_seed, b->data,
								ext4_dir_usable(s))) {
			buffer_put(b);
			return ext4_error(s, "directory %llu: block %u has a wrong checksum",
					  (unsigned long long)dir->ino, lblock);
		}
		b->verified = true;
	}
	*ret = b;
	return 0;
}

int64_t ext4_dir_search(struct inode *dir, uint8_t *data, uint32_t lblock, const char *name,
			size_t len)
{
	const struct ext4_sb *s = ext4_isb(dir);
	uint32_t size = ext4_dir_usable(s);

	for (uint32_t at = 0; at < size;) {
		const struct ext4_dir_entry *e = ext4_entry_at(data, at);

		if (!ext4_entry_ok(s, data, at, size))
			return ext4_dir_damage(dir, lblock, at);
		if (e->inode && e->name_len == len && memcmp(e->name, name, len) == 0)
			return at;
		at += e->rec_len;
	}
	return -ENOENT;
}

int ext4_dir_block_add(struct handle *h, struct inode *dir, struct buffer *b, const char *name,
		       size_t len, uint32_t ino, uint32_t mode)
{
	const struct ext4_sb *s = ext4_isb(dir);
	uint32_t size = ext4_dir_usable(s), need = ext4_rec_len(len), at, room = 0;
	struct ext4_dir_entry *e = NULL;
	int r;

	for (at = 0; at < size; at += e->rec_len) {
		e = ext4_entry_at(b->data, at);
		if (!ext4_entry_ok(s, b->data, at, size))
			return ext4_dir_damage(dir, 0, at);
		room = e->inode ? e->rec_len - ext4_rec_len(e->name_len) : e->rec_len;
		if (room >= need)
			break;
	}
	if (at >= size)
		return -ENOSPC;
	r = ext4_get_write(h, b);
	if (r < 0)
		return r;
	if (e->inode) {
		e->rec_len = (uint16_t)(e->rec_len - room);
		e = ext4_entry_at(b->data, at + e->rec_len);
		e->rec_len = (uint16_t)room;
	}
	e->inode = ino;
	e->name_len = (uint8_t)len;
	e->file_type = ext4_file_type(s, mode);
	memcpy(e->name, name, len);
	ext4_dir_block_csum_set(dir, b);
	return ext4_dirty(h, b);
}

/* --- look up, add, delete, change --------------------------------------------------------------- */

bool ext4_dir_is_indexed(const struct inode *dir)
{
	return EXT4_HAS_COMPAT(ext4_isb(dir), DIR_INDEX) && (ext4_i(dir)->flags & EXT4_INDEX_FL);
}

static int find_in(struct inode *dir, uint32_t lblock, const char *name, size_t len,
		   struct ext4_found *ret)
{
	struct buffer *b;
	int64_t at;
	int r = ext4_dir_block_read(dir, lblock, &b);

	if (r < 0)
		return r;
	at = ext4_dir_search(dir, b->data, lblock, name, len);
	if (at < 0) {
		buffer_put(b);
		return (int)at;
	}
	*ret = (struct ext4_found){ b, ext4_entry_at(b->data, (uint32_t)at), lblock };
	return 0;
}

static int find_indexed(struct inode *dir, const char *name, size_t len, struct ext4_found *ret)
{
	struct ext4_dx_path p;
	uint32_t leaf, hash;
	int r = ext4_dx_find(dir, name, len, 0, &p, &leaf);

	if (r < 0)
		return r;
	for (;;) {
		r = find_in(dir, leaf, name, len, ret);
		if (r != -ENOENT)
			break;
		/* More names of the same hash may be in the next leaf. */
		r = ext4_dx_next(dir, &p, &leaf, &hash);
		if (r <= 0 || !(hash & 1) || (hash & ~1u) != p.hash.major) {
			r = r < 0 ? r : -ENOENT;
			break;
		}
	}
	ext4_dx_release(&p);
	return r;
}

static bool is_dot(const char *name, size_t len)
{
	return name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'));
}

/* Whether the block is a node of the index that looks like an empty block of entries to those who do not know. */
static bool is_index_block(const struct ext4_sb *s, const struct buffer *b)
{
	const struct ext4_dir_entry *e = ext4_entry_at(b->data, 0);

	return e->inode == 0 && e->rec_len == s->block_size;
}

static int find_linear(struct inode *dir, const char *name, size_t len, struct ext4_found *ret)
{
	struct ext4_sb *s = ext4_isb(dir);
	uint32_t n = (uint32_t)(dir->size >> s->block_bits);
	bool indexed = ext4_dir_is_indexed(dir);

	for (uint32_t i = indexed ? 1 : 0; i < n; i++) {
		struct buffer *b;
		bool skip;
		int r;

		if (indexed) {
			r = ext4_dir_raw_read(dir, i, &b);
			if (r < 0)
				return r;
			skip = is_index_block(s, b);
			buffer_put(b);
			if (skip)
				continue;
		}
		r = find_in(dir, i, name, len, ret);
		if (r != -ENOENT)
			return r;
	}
	return -ENOENT;
}

/* "." and ".." of an indexed directory stand in its root, which has a checksum of another form. */
static int find_dot(struct inode *dir, const char *name, size_t len, struct ext4_found *ret)
{
	struct ext4_sb *s = ext4_isb(dir);
	struct ext4_dir_entry *e;
	struct buffer *b;
	uint32_t at;
	int r = ext4_dir_is_indexed(dir) ? ext4_dir_raw_read(dir, 0, &b)
					 : ext4_dir_block_read(dir, 0, &b);

	if (r < 0)
		return r;
	e = ext4_entry_at(b->data, 0);
	at = len == 1 ? 0 : e->rec_len;
	if (!ext4_entry_ok(s, b->data, 0, s->block_size) ||
	    (len == 2 && !ext4_entry_ok(s, b->data, at, s->block_size)) ||
	    ext4_entry_at(b->data, at)->name_len != len ||
	    memcmp(ext4_entry_at(b->data, at)->name, name, len) != 0) {
		buffer_put(b);
		return ext4_dir_damage(dir, 0, 0);
	}
	*ret = (struct ext4_found){ b, ext4_entry_at(b->data, at), 0 };
	return 0;
}

int ext4_dir_find(struct inode *dir, const char *name, size_t len, struct ext4_found *ret)
{
	int r;

	if (len > EXT4_NAME_MAX)
		return -ENAMETOOLONG;
	/* Who changes one has turned it into blocks; who reads it uses ext4_inline_dir_find. */
	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_dir_damage(dir, 0, 0);
	if (is_dot(name, len))
		return find_dot(dir, name, len, ret);
	if (!ext4_dir_is_indexed(dir))
		return find_linear(dir, name, len, ret);
	r = find_indexed(dir, name, len, ret);
	return r == -ENOTDIR ? find_linear(dir, name, len, ret) : r;
}

unsigned int ext4_dir_credits(const struct inode *dir)
{
	/* A leaf that splits, each level of the index that splits with it, and a new root level: old and new block, map and inode. */
	return (EXT4_DX_LEVELS + 1) * (ext4_map_credits(dir) + 3);
}

static int add_linear(struct handle *h, struct inode *dir, const char *name, size_t len,
		      uint32_t ino, uint32_t mode)
{
	struct ext4_sb *s = ext4_isb(dir);
	uint32_t n = (uint32_t)(dir->size >> s->block_bits), lblock;
	struct buffer *b;
	int r = -ENOSPC;

	for (uint32_t i = 0; r == -ENOSPC && i < n; i++) {
		r = ext4_dir_block_read(dir, i, &b);
		if (r < 0)
			return r;
		r = ext4_dir_block_add(h, dir, b, name, len, ino, mode);
		buffer_put(b);
	}
	if (r != -ENOSPC)
		return r;
	if (n == 1 && EXT4_HAS_COMPAT(s, DIR_INDEX))
		return ext4_dx_create(h, dir, name, len, ino, mode);
	r = ext4_append(h, dir, &lblock, &b);
	if (r < 0)
		return r;
	ext4_dir_block_empty(dir, b);
	r = ext4_dir_block_add(h, dir, b, name, len, ino, mode);
	buffer_put(b);
	return r;
}

int ext4_dir_add(struct handle *h, struct inode *dir, const char *name, size_t len, uint32_t ino,
		 uint32_t mode)
{
	uint64_t size = dir->size;
	int r = -ENOTDIR;

	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_dir_damage(dir, 0, 0);
	if (ext4_dir_is_indexed(dir)) {
		r = ext4_dx_add(h, dir, name, len, ino, mode);
		if (r == -ENOTDIR && !ext4_isb(dir)->csum)
			/* An index that we cannot use is given up, as Linux does: the blocks stay good without it. */
			ext4_i(dir)->flags &= ~(uint32_t)EXT4_INDEX_FL;
		else if (r == -ENOTDIR)
			return -EUCLEAN;
	}
	if (r == -ENOTDIR)
		r = add_linear(h, dir, name, len, ino, mode);
	/* The index may have grown although there was no room for the leaf. */
	if (r < 0 && dir->size != size)
		(void)ext4_mark_inode_dirty(h, dir);
	if (r < 0)
		return r;
	inode_times_now(dir, ATTR_MTIME | ATTR_CTIME);
	return ext4_mark_inode_dirty(h, dir);
}

int ext4_dir_delete(struct handle *h, struct inode *dir, struct ext4_found *f)
{
	const struct ext4_sb *s = ext4_isb(dir);
	uint32_t place = (uint32_t)((uint8_t *)f->entry - f->buf->data);
	struct ext4_dir_entry *before = NULL;
	int r = ext4_get_write(h, f->buf);

	if (r < 0)
		return r;
	for (uint32_t at = 0; at < place;) {
		if (!ext4_entry_ok(s, f->buf->data, at, ext4_dir_usable(s)))
			return ext4_dir_damage(dir, f->lblock, at);
		before = ext4_entry_at(f->buf->data, at);
		at += before->rec_len;
	}
	if (before)
		before->rec_len = (uint16_t)(before->rec_len + f->entry->rec_len);
	else
		f->entry->inode = 0;
	ext4_dir_block_csum_set(dir, f->buf);
	r = ext4_dirty(h, f->buf);
	inode_times_now(dir, ATTR_MTIME | ATTR_CTIME);
	return r < 0 ? r : ext4_mark_inode_dirty(h, dir);
}

int ext4_dir_change(struct handle *h, struct inode *dir, struct ext4_found *f, uint32_t ino,
		    uint32_t mode)
{
	int r = ext4_get_write(h, f->buf);

	if (r < 0)
		return r;
	f->entry->inode = ino;
	if (EXT4_HAS_INCOMPAT(ext4_isb(dir), FILETYPE))
		f->entry->file_type = ext4_file_type(ext4_isb(dir), mode);
	if (ext4_dir_is_indexed(dir) && f->lblock == 0)
		r = ext4_dx_root_csum_set(dir, f->buf);
	else
		ext4_dir_block_csum_set(dir, f->buf);
	return r < 0 ? r : ext4_dirty(h, f->buf);
}

/* --- the whole directory ------------------------------------------------------------------------ */

int ext4_dir_init(struct handle *h, struct inode *dir, uint32_t parent)
{
	const struct ext4_sb *s = ext4_isb(dir);
	struct ext4_dir_entry *e;
	struct buffer *b;
	uint32_t lblock;
	int r;

	dir->size = 0;
	r = ext4_append(h, dir, &lblock, &b);
	if (r < 0)
		return r;
	ext4_dir_block_empty(dir, b);
	e = ext4_entry_at(b->data, 0);
	*e = (struct ext4_dir_entry){ (uint32_t)dir->ino, 12, 1, ext4_file_type(s, S_IFDIR) };
	e->name[0] = '.';
	e = ext4_entry_at(b->data, 12);
	*e = (struct ext4_dir_entry){ parent, (uint16_t)(ext4_dir_usable(s) - 12), 2,
				      ext4_file_type(s, S_IFDIR) };
	e->name[0] = e->name[1] = '.';
	ext4_dir_block_csum_set(dir, b);
	r = ext4_dirty(h, b);
	buffer_put(b);
	return r < 0 ? r : ext4_mark_inode_dirty(h, dir);
}

static int block_is_empty(struct inode *dir, uint32_t lblock)
{
	struct ext4_sb *s = ext4_isb(dir);
	uint32_t size = ext4_dir_usable(s), at = 0;
	bool indexed = ext4_dir_is_indexed(dir), skip;
	struct buffer *b;
	int r = ext4_dir_raw_read(dir, lblock, &b);

	if (r < 0)
		return r;
	skip = indexed && (lblock == 0 || is_index_block(s, b));
	buffer_put(b);
	if (skip)
		return 1;
	r = ext4_dir_block_read(dir, lblock, &b);
	if (r < 0)
		return r;
	for (r = 1; r == 1 && at < size;) {
		const struct ext4_dir_entry *e = ext4_entry_at(b->data, at);

		if (!ext4_entry_ok(s, b->data, at, size))
			r = ext4_dir_damage(dir, lblock, at);
		else if (e->inode && !(lblock == 0 && is_dot(e->name, e->name_len)))
			r = 0;
		else
			at += e->rec_len;
	}
	buffer_put(b);
	return r;
}

int ext4_dir_is_empty(struct inode *dir)
{
	uint32_t n = (uint32_t)(dir->size >> ext4_isb(dir)->block_bits);
	int r = 1;

	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_inline_dir_is_empty(dir);
	for (uint32_t i = 0; r == 1 && i < n; i++)
		r = block_is_empty(dir, i);
	return r;
}

int ext4_dir_parent(struct inode *dir, uint32_t *ret)
{
	struct ext4_found f;
	int r;

	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL) {
		*ret = ext4_inline_dir_parent(dir);
		return 0;
	}
	r = ext4_dir_find(dir, "..", 2, &f);
	if (r < 0)
		return r;
	*ret = f.entry->inode;
	buffer_put(f.buf);
	return 0;
}

int ext4_dir_set_parent(struct handle *h, struct inode *dir, uint32_t parent)
{
	struct ext4_found f;
	int r;

	if (ext4_i(dir)->flags & EXT4_INLINE_DATA_FL)
		return ext4_inline_dir_set_parent(h, dir, parent);
	r = ext4_dir_find(dir, "..", 2, &f);
	if (r < 0)
		return r;
	r = ext4_dir_change(h, dir, &f, parent, S_IFDIR);
	buffer_put(f.buf);
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extended attributes: in the room behind an inode's fields, and in one block that inodes with equal attributes may share (such a block is never changed in
 * place here: who changes it gets a copy). A change takes all attributes of one place apart and puts them together anew, which is simple and quick for
 * the few there are. Values in inodes of their own (ea_inode) are read.
 */
#include "abi/abi_clone.h"
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_internal.h"
#include "host/host_memory.h"
#include "task/process.h"

#define PAD 3u

/* One place with attributes: [start, end) holds entries from the front and values from the back. */
struct area {
	uint8_t *start, *end; /* entries begin at start */
	uint8_t *values;      /* offsets count from here */
};

struct prefix {
	unsigned int index;
	const char *text;
};
static const struct prefix prefixes[] = {
	{ EXT4_XATTR_USER, "user." },
	{ EXT4_XATTR_TRUSTED, "trusted." },
	{ EXT4_XATTR_SECURITY, "security." },
	{ EXT4_XATTR_ACL_ACCESS, "system.posix_acl_access" },
	{ EXT4_XATTR_ACL_DEFAULT, "system.posix_acl_default" },
	{ EXT4_XATTR_SYSTEM, "system." },
};

static unsigned int split_name(const char *name, const char **ret_rest)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i].text);

		if (strncmp(name, prefixes[i].text, n) == 0) {
			*ret_rest = name + n;
			return prefixes[i].index;
		}
	}
	return 0;
}

static const char *prefix_text(unsigned int index)
{
	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (prefixes[i].index == index)
			return prefixes[i].text;
	return NULL;
}

/* --- walking ------------------------------------------------------------------------------------ */

static uint32_t entry_len(size_t name_len)
{
	return (uint32_t)(sizeof(struct ext4_xattr_entry) + name_len + PAD) & ~PAD;
}

/* The entry at p if it lies whole in the area: NULL at the end, *ret_bad for damage. */
static struct ext4_xattr_entry *entry_at(const struct area *a, uint8_t *p, bool *ret_bad)
{
	struct ext4_xattr_entry *e = (struct ext4_xattr_entry *)(void *)p;

	*ret_bad = false;
	if (p + 4 > a->end) {
		*ret_bad = true;
		return NULL;
	}
	if (*(uint32_t *)(void *)p == 0)
		return NULL;
	if (p + sizeof(*e) > a->end || p + entry_len(e->e_name_len) + 4 > a->end)
		*ret_bad = true;
	else if (e->e_value_inum == 0 && e->e_value_size &&
		 (e->e_value_size > (size_t)(a->end - a->values) ||
		  e->e_value_offs > (size_t)(a->end - a->values) - e->e_value_size ||
		  a->values + e->e_value_offs < p))
		*ret_bad = true;
	return *ret_bad ? NULL : e;
}

static uint8_t *next_of(struct ext4_xattr_entry *e)
{
	return (uint8_t *)e + entry_len(e->e_name_len);
}

static int damage(struct inode *inode)
{
	return ext4_error(ext4_isb(inode), "inode %llu: bad extended attributes",
			  (unsigned long long)inode->ino);
}

static bool matches(const struct ext4_xattr_entry *e, unsigned int index, const char *name)
{
	return e->e_name_index == index && e->e_name_len == strlen(name) &&
	       memcmp(e->e_name, name, e->e_name_len) == 0;
}

/* 1 and *ret, 0, -EUCLEAN. */
static int find(struct inode *inode, const struct area *a, unsigned int index, const char *name,
		struct ext4_xattr_entry **ret)
{
	bool bad;

	for (uint8_t *p = a->start;; p = next_of(*ret)) {
		*ret = entry_at(a, p, &bad);
		if (!*ret)
			return bad ? damage(inode) : 0;
		if (matches(*ret, index, name))
			return 1;
	}
}

/* --- the two places ----------------------------------------------------------------------------- */

/* The room in the inode: false if it has none, or nothing was ever put there (unless `make`). */
static bool inode_area(struct inode *inode, uint8_t *raw, bool make, struct area *ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint32_t at = EXT4_GOOD_OLD_INO_SIZE + ext4_i(inode)->extra_isize;
	uint32_t *magic = (uint32_t *)(void *)(raw + at);

	if (s->inode_size == EXT4_GOOD_OLD_INO_SIZE || ext4_i(inode)->extra_isize == 0 ||
	    at + 12 > s->inode_size)
		return false;
	if (*magic != EXT4_XATTR_MAGIC) {
		if (!make)
			return false;
		memset(magic, 0, s->inode_size - at);
		*magic = EXT4_XATTR_MAGIC;
	}
	ret->start = ret->values = raw + at + 4;
	ret->end = raw + s->inode_size;
	return true;
}

static struct ext4_xattr_header *header(const struct buffer *b)
{
	return (struct ext4_xattr_header *)(void *)b->data;
}

static uint32_t block_csum(const struct inode *inode, const struct buffer *b)
{
	const struct ext4_sb *s = ext4_isb(inode);
	const size_t at = offsetof(struct ext4_xattr_header, h_checksum);
	uint64_t place = b->block;
	uint32_t zero = 0, c = ext4_csum(s->csum_seed, &place, sizeof(place));

	c = ext4_csum(c, b->data, at);
	c = ext4_csum(c, &zero, sizeof(zero));
	return ext4_csum(c, b->data + at + 4, s->block_size - at - 4);
}

static void block_csum_set(const struct inode *inode, struct buffer *b)
{
	if (ext4_isb(inode)->csum)
		header(b)->h_checksum = block_csum(inode, b);
}

static void block_area(const struct buffer *b, struct area *ret)
{
	ret->start = b->data + sizeof(struct ext4_xattr_header);
	ret->values = b->data;
	ret->end = b->data + b->size;
}

/* The inode's block, or NULL in *ret. */
static int block_read(struct inode *inode, struct buffer **ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t place = ext4_i(inode)->file_acl;
	int r;

	*ret = NULL;
	if (!place)
		return 0;
	if (!ext4_blocks_valid(s, place, 1))
		return damage(inode);
	r = buffer_read(s->dev, place, ret);
	if (r < 0)
		return r;
	if (header(*ret)->h_magic != EXT4_XATTR_MAGIC || header(*ret)->h_blocks != 1 ||
	    (s->csum && !(*ret)->verified && header(*ret)->h_checksum != block_csum(inode, *ret))) {
		buffer_put(*ret);
		*ret = NULL;
		return damage(inode);
	}
	(*ret)->verified = true;
	return 0;
}

/* --- reading ------------------------------------------------------------------------------------ */

/* The value is the contents of another inode. */
static ssize_t read_value_inode(struct inode *inode, const struct ext4_xattr_entry *e, void *value,
				size_t len)
{
	uint32_t size = e->e_value_size;
	struct inode *holder;
	uint8_t *to = value;
	int r;

	if (len == 0)
		return size;
	if (len < size)
		return -ERANGE;
	if (!EXT4_HAS_INCOMPAT(ext4_isb(inode), EA_INODE))
		return damage(inode);
	r = ext4_iget(ext4_isb(inode), e->e_value_inum, &holder);
	if (r < 0)
		return r;
	if (!(ext4_i(holder)->flags & EXT4_EA_INODE_FL) || holder->size != size)
		r = damage(inode);
	for (uint32_t i = 0; r == 0 && (uint64_t)i * holder->blksize < size; i++) {
		struct buffer *b;
		size_t n = MIN(size - (size_t)i * holder->blksize, (size_t)holder->blksize);

		r = ext4_bread(holder, i, &b);
		if (r == 0 && !b)
			r = damage(inode);
		if (r == 0) {
			memcpy(to + (size_t)i * holder->blksize, b->data, n);
			buffer_put(b);
		}
	}
	inode_put(holder);
	return r < 0 ? r : (ssize_t)size;
}

static ssize_t copy_value(struct inode *inode, const struct area *a,
			  const struct ext4_xattr_entry *e, void *value, size_t len)
{
	if (e->e_value_inum)
		return read_value_inode(inode, e, value, len);
	if (len == 0)
		return e->e_value_size;
	if (len < e->e_value_size)
		return -ERANGE;
	memcpy(value, a->values + e->e_value_offs, e->e_value_size);
	return e->e_value_size;
}

ssize_t ext4_xattr_get(struct inode *inode, unsigned int index, const char *name, void *value,
		       size_t len)
{
	struct ext4_xattr_entry *e;
	struct buffer *b;
	struct area a;
	uint32_t offset;
	ssize_t n = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);

	if (n < 0)
		return n;
	if (inode_area(inode, b->data + offset, false, &a)) {
		n = find(inode, &a, index, name, &e);
		if (n > 0)
			n = copy_value(inode, &a, e, value, len);
		else if (n == 0)
			n = -ENODATA;
	} else {
		n = -ENODATA;
	}
	buffer_put(b);
	if (n != -ENODATA)
		return n;
	n = block_read(inode, &b);
	if (n < 0 || !b)
		return n < 0 ? n : -ENODATA;
	block_area(b, &a);
	n = find(inode, &a, index, name, &e);
	n = n > 0 ? copy_value(inode, &a, e, value, len) : n == 0 ? -ENODATA : n;
	buffer_put(b);
	return n;
}

static ssize_t list_area(struct inode *inode, const struct area *a, char *list, size_t len,
			 size_t used)
{
	struct ext4_xattr_entry *e;
	bool bad;

	for (uint8_t *p = a->start; (e = entry_at(a, p, &bad)) != NULL; p = next_of(e)) {
		const char *prefix = prefix_text(e->e_name_index);
		size_t n = prefix ? strlen(prefix) : 0;

		if (!prefix || (e->e_name_index == EXT4_XATTR_TRUSTED && !capable(CAP_SYS_ADMIN)) ||
		    e->e_name_index == EXT4_XATTR_SYSTEM)
			continue;
		if (len > 0) {
			if (used + n + e->e_name_len + 1 > len)
				return -ERANGE;
			memcpy(list + used, prefix, n);
			memcpy(list + used + n, e->e_name, e->e_name_len);
			list[used + n + e->e_name_len] = '\0';
		}
		used += n + e->e_name_len + 1;
	}
	return bad ? damage(inode) : (ssize_t)used;
}

ssize_t ext4_listxattr(struct inode *inode, char *list, size_t len)
{
	struct buffer *b;
	struct area a;
	uint32_t offset;
	ssize_t n = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);

	if (n < 0)
		return n;
	n = inode_area(inode, b->data + offset, false, &a) ? list_area(inode, &a, list, len, 0) : 0;
	buffer_put(b);
	if (n < 0 || !ext4_i(inode)->file_acl)
		return n;
	{
		ssize_t r = block_read(inode, &b);

		if (r < 0)
			return r;
	}
	block_area(b, &a);
	n = list_area(inode, &a, list, len, (size_t)n);
	buffer_put(b);
	return n;
}

/* --- building ----------------------------------------------------------------------------------- */

/* A change on its way: what the area shall hold is built in `to`, which is as large. */
struct change {
	unsigned int index;
	const char *name;
	const void *value; /* NULL: remove */
	size_t len;
};

struct builder {
	uint8_t *to, *entry, *value;
	bool hashes; /* a block has them; the room in the inode does not need them but Linux writes them too */
};

static uint32_t rotate(uint32_t v, unsigned int n)
{
	return (v << n) | (v >> (32 - n));
}

static uint32_t entry_hash(const struct ext4_xattr_entry *e, const uint8_t *value)
{
	uint32_t hash = 0;

	for (unsigned int i = 0; i < e->e_name_len; i++)
		hash = rotate(hash, 5) ^ (uint8_t)e->e_name[i];
	for (uint32_t i = 0; i < (e->e_value_size + PAD) / 4; i++) {
		uint32_t word;

		memcpy(&word, value + 4 * (size_t)i, 4);
		hash = rotate(hash, 16) ^ word;
	}
	return hash;
}

/* false: no room. e tells name, index and where a value in another inode is. */
static bool put(struct builder *b, const uint8_t *values, const struct ext4_xattr_entry *head,
		const char *name, const void *value)
{
	uint32_t n = entry_len(head->e_name_len);
	uint32_t size = head->e_value_inum ? 0 : (head->e_value_size + PAD) & ~PAD;
	struct ext4_xattr_entry *e = (struct ext4_xattr_entry *)(void *)b->entry;

	/* Four zero bytes end the entries. */
	if (b->entry + n + 4 > b->value - size)
		return false;
	memset(e, 0, n);
	*e = *head;
	e->e_value_offs = 0;
	memcpy(e->e_name, name, head->e_name_len);
	if (!head->e_value_inum) {
		b->value -= size;
		memset(b->value, 0, size);
		if (head->e_value_size) {
			memcpy(b->value, value, head->e_value_size);
			e->e_value_offs = (uint16_t)(b->value - values);
		}
		e->e_hash = entry_hash(e, b->value);
	}
	b->entry += n;
	return true;
}

static int order(unsigned int index, size_t len, const char *name, const struct ext4_xattr_entry *e)
{
	if (index != e->e_name_index)
		return (int)index - e->e_name_index;
	if (len != e->e_name_len)
		return (int)len - e->e_name_len;
	return memcmp(name, e->e_name, len);
}

/*
 * The area with the change into buf (as large, already holding what stands before the entries). Blocks are kept sorted. 0, -ENOSPC, -EUCLEAN.
 * *ret_empty: nothing is left.
 */
static int rebuild(struct inode *inode, const struct area *a, const struct change *c, bool sorted,
		   uint8_t *buf, size_t entries_at, size_t values_at, size_t size, bool *ret_empty)
{
	struct builder b = { .to = buf, .entry = buf + entries_at, .value = buf + size };
	const struct ext4_xattr_entry head = {
		.e_name_len = (uint8_t)strlen(c->name),
		.e_name_index = (uint8_t)c->index,
		.e_value_size = (uint32_t)c->len,
	};
	bool todo = c->value != NULL, bad = false, room = true;
	struct ext4_xattr_entry *e;

	memset(buf + entries_at, 0, size - entries_at);
	for (uint8_t *p = a->start; room && (e = entry_at(a, p, &bad)) != NULL; p = next_of(e)) {
		if (todo && sorted && order(c->index, head.e_name_len, c->name, e) <= 0) {
			room = put(&b, buf + values_at, &head, c->name, c->value);
			todo = false;
		}
		if (room && !matches(e, c->index, c->name))
			room = put(&b, buf + values_at, e, e->e_name, a->values + e->e_value_offs);
	}
	if (bad)
		return damage(inode);
	if (room && todo)
		room = put(&b, buf + values_at, &head, c->name, c->value);
	*ret_empty = b.entry == buf + entries_at;
	return room ? 0 : -ENOSPC;
}

static void block_hash(uint8_t *data)
{
	struct ext4_xattr_header *h = (struct ext4_xattr_header *)(void *)data;
	struct ext4_xattr_entry *e = (struct ext4_xattr_entry *)(void *)(h + 1);
	uint32_t hash = 0;

	for (; *(uint32_t *)(void *)e; e = (struct ext4_xattr_entry *)(void *)next_of(e)) {
		if (!e->e_hash) { /* says: not to be shared */
			hash = 0;
			break;
		}
		hash = rotate(hash, 16) ^ e->e_hash;
	}
	h->h_hash = hash;
}

/* --- changing the room in the inode ------------------------------------------------------------- */

static int change_in_inode(struct handle *h, struct inode *inode, const struct change *c)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct buffer *b;
	struct area a;
	uint32_t offset;
	uint8_t *buf = NULL;
	bool empty;
	size_t size;
	int r = ext4_inode_buffer(s, (uint32_t)inode->ino, &b, &offset);

	if (r < 0)
		return r;
	r = ext4_get_write(h, b);
	if (r < 0)
		goto out;
	if (!inode_area(inode, b->data + offset, c->value != NULL, &a)) {
		r = c->value ? -ENOSPC : 0;
		goto out;
	}
	size = (size_t)(a.end - a.start);
	buf = kmalloc(size);
	r = buf ? rebuild(inode, &a, c, false, buf, 0, 0, size, &empty) : -ENOMEM;
	if (r == 0)
		memcpy(a.start, buf, size);
	if (r == 0 || r == -ENOSPC) {
		int r2 = ext4_mark_inode_dirty(h, inode);

		r = r < 0 ? r : r2;
	}
out:
	kfree(buf);
	buffer_put(b);
	return r;
}

/* --- changing the block ------------------------------------------------------------------------- */

/* One inode less has the block; takes over the reference. */
static int block_drop(struct handle *h, struct inode *inode, struct buffer *b)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t place = b->block;
	int r;

	if (header(b)->h_refcount > 1) {
		r = ext4_get_write(h, b);
		if (r == 0) {
			header(b)->h_refcount--;
			block_csum_set(inode, b);
			r = ext4_dirty(h, b);
		}
		buffer_put(b);
	} else {
		buffer_put(b);
		r = ext4_free_blocks(h, inode, place, 1, EXT4_FREE_META);
	}
	inode->blocks -= MIN(inode->blocks, (uint64_t)s->block_size / 512);
	ext4_i(inode)->file_acl = 0;
	return r;
}

static int block_new(struct handle *h, struct inode *inode, const uint8_t *data)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct buffer *b;
	uint64_t place;
	uint32_t n;
	int r = ext4_alloc_blocks(h, inode, 0, 1, EXT4_ALLOC_META, &place, &n);

	if (r < 0)
		return r;
	r = buffer_new(s->dev, place, &b);
	if (r < 0)
		return r;
	r = ext4_get_create(h, b);
	if (r == 0) {
		memcpy(b->data, data, s->block_size);
		header(b)->h_refcount = 1;
		block_csum_set(inode, b);
		b->verified = true;
		r = ext4_dirty(h, b);
	}
	buffer_put(b);
	if (r == 0) {
		ext4_i(inode)->file_acl = place;
		inode->blocks += s->block_size / 512;
	}
	return r;
}

static int block_store(struct handle *h, struct inode *inode, struct buffer *old,
		       const uint8_t *data, bool empty)
{
	int r = 0;

	if (old && !empty && header(old)->h_refcount == 1) {
		r = ext4_get_write(h, old);
		if (r == 0) {
			memcpy(old->data, data, old->size);
			block_csum_set(inode, old);
			r = ext4_dirty(h, old);
		}
		buffer_put(old);
		return r;
	}
	/* The new one first: if there is no room, all is as it was. */
	if (!empty) {
		uint64_t before = ext4_i(inode)->file_acl;

		r = block_new(h, inode, data);
		if (r == 0 && old) {
			uint64_t place = ext4_i(inode)->file_acl;

			ext4_i(inode)->file_acl = before;
			r = block_drop(h, inode, old);
			ext4_i(inode)->file_acl = place;
			old = NULL;
		}
	} else if (old) {
		r = block_drop(h, inode, old);
		old = NULL;
	}
	buffer_put(old);
	return r;
}

static int change_in_block(struct handle *h, struct inode *inode, const struct change *c)
{
	struct ext4_sb *s = ext4_isb(inode);
	const size_t at = sizeof(struct ext4_xattr_header);
	uint32_t nothing = 0;
	struct area a = { (uint8_t *)&nothing, (uint8_t *)&nothing + 4, (uint8_t *)&nothing };
	struct buffer *old;
	uint8_t *buf;
	bool empty;
	int r = block_read(inode, &old);

	if (r < 0 || (!old && !c->value))
		return r;
	buf = kzalloc(s->block_size);
	if (!buf) {
		buffer_put(old);
		return -ENOMEM;
	}
	if (old) {
		block_area(old, &a);
		memcpy(buf, old->data, at);
	} else {
		*(struct ext4_xattr_header *)(void *)buf =
			(struct ext4_xattr_header){ .h_magic = EXT4_XATTR_MAGIC, .h_blocks = 1 };
	}
	r = rebuild(inode, &a, c, true, buf, at, 0, s->block_size, &empty);
	if (r == 0) {
		block_hash(buf);
		r = block_store(h, inode, old, buf, empty);
		if (r == 0)
			r = ext4_mark_inode_dirty(h, inode);
	} else {
		buffer_put(old);
	}
	kfree(buf);
	return r;
}

/* --- the operations ----------------------------------------------------------------------------- */

static bool present(struct inode *inode, bool in_block, unsigned int index, const char *name,
		    int *ret_error)
{
	struct ext4_xattr_entry *e;
	struct buffer *b = NULL;
	struct area a;
	uint32_t offset;
	int r;

	if (in_block) {
		r = block_read(inode, &b);
		if (r == 0 && b) {
			block_area(b, &a);
			r = find(inode, &a, index, name, &e);
		}
	} else {
		r = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);
		if (r == 0 && inode_area(inode, b->data + offset, false, &a))
			r = find(inode, &a, index, name, &e);
	}
	if (r > 0 && e->e_value_inum) /* would leave that inode's count wrong */
		r = -EOPNOTSUPP;
	buffer_put(b);
	if (r < 0)
		*ret_error = r;
	return r > 0;
}

int ext4_xattr_set_in(struct handle *h, struct inode *inode, unsigned int index, const char *name,
		      const void *value, size_t len, int flags)
{
	struct change c = { index, name, value, len }, gone = { index, name, NULL, 0 };
	int r = 0;
	bool in_inode = present(inode, false, index, name, &r);
	bool in_block = r == 0 && present(inode, true, index, name, &r);

	if (r < 0)
		return r;
	if ((flags & XATTR_CREATE) && (in_inode || in_block))
		return -EEXIST;
	if (((flags & XATTR_REPLACE) || !value) && !in_inode && !in_block)
		return -ENODATA;
	if (!value)
		return in_inode ? change_in_inode(h, inode, &gone)
				: change_in_block(h, inode, &gone);
	r = in_block ? -ENOSPC : change_in_inode(h, inode, &c);
	if (r != -ENOSPC)
		return r;
	/* The block: and if it was in the inode, it goes from there. */
	r = change_in_block(h, inode, &c);
	if (r == 0 && in_inode)
		r = change_in_inode(h, inode, &gone);
	else if (r == -ENOSPC && in_block) {
		r = change_in_inode(h, inode, &c);
		if (r == 0)
			r = change_in_block(h, inode, &gone);
	}
	return r;
}

ssize_t ext4_getxattr(struct inode *inode, const char *name, void *value, size_t len)
{
	const char *rest = "";
	unsigned int index = split_name(name, &rest);

	if (!index || index == EXT4_XATTR_SYSTEM ||
	    (index == EXT4_XATTR_USER && !ext4_isb(inode)->opt.user_xattr))
		return -EOPNOTSUPP;
	if ((index == EXT4_XATTR_ACL_ACCESS || index == EXT4_XATTR_ACL_DEFAULT))
		return *rest ? -EOPNOTSUPP : ext4_acl_get(inode, index, value, len);
	return ext4_xattr_get(inode, index, rest, value, len);
}

static int try_change(struct inode *inode, const char *name, const void *value, size_t len,
		      int flags)
{
	const char *rest = "";
	unsigned int index = split_name(name, &rest);
	struct handle *h;
	int r, r2;

	if (!index || index == EXT4_XATTR_SYSTEM ||
	    (index == EXT4_XATTR_USER && !ext4_isb(inode)->opt.user_xattr))
		return -EOPNOTSUPP;
	if (ext4_i(inode)->flags & (EXT4_IMMUTABLE_FL | EXT4_APPEND_FL))
		return -EPERM;
	if (strlen(rest) > EXT4_NAME_MAX)
		return -ERANGE;
	if (len > ext4_isb(inode)->block_size)
		return -ENOSPC;
	r = ext4_start(ext4_isb(inode), 2 * EXT4_XATTR_CREDITS + EXT4_INODE_CREDITS, 4, &h);
	if (r < 0)
		return r;
	if (index == EXT4_XATTR_ACL_ACCESS || index == EXT4_XATTR_ACL_DEFAULT)
		r = *rest ? -EOPNOTSUPP : ext4_acl_set(h, inode, index, value, len);
	else
		r = ext4_xattr_set_in(h, inode, index, rest, value, len, flags);
	if (r == 0) {
		inode_times_now(inode, ATTR_CTIME);
		r = ext4_mark_inode_dirty(h, inode);
	}
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

static int change(struct inode *inode, const char *name, const void *value, size_t len, int flags)
{
	unsigned int tries = 0;
	int r;

	do
		r = try_change(inode, name, value, len, flags);
	while (ext4_should_retry(ext4_isb(inode), r, &tries));
	return r;
}

int ext4_setxattr(struct inode *inode, const char *name, const void *value, size_t len, int flags)
{
	return change(inode, name, value ? value : "", len, flags);
}

int ext4_removexattr(struct inode *inode, const char *name)
{
	return change(inode, name, NULL, 0, 0);
}

int ext4_xattr_release(struct handle *h, struct inode *inode)
{
	struct buffer *b;
	int r = block_read(inode, &b);

	return r < 0 || !b ? r : block_drop(h, inode, b);
}

/* --- inline data -------------------------------------------------------------------------------- */

int ext4_inline_read(struct inode *inode, uint8_t *buf, size_t size, size_t *ret_len)
{
	size_t first = MIN(sizeof(ext4_i(inode)->block), size);
	ssize_t n;

	memcpy(buf, ext4_i(inode)->block, first);
	*ret_len = first;
	if (size == first)
		return 0;
	n = ext4_xattr_get(inode, EXT4_XATTR_SYSTEM, "data", buf + first, size - first);
	if (n == -ENODATA)
		return 0;
	if (n < 0)
		return (int)n;
	*ret_len += (size_t)n;
	return 0;
}

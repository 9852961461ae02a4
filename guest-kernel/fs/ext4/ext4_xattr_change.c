// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes of extended attributes. A change takes all attributes of one place apart and puts them together anew, which is simple and quick for the few
 * there are. A block that other inodes share is never changed in place: who changes it gets a copy. Values in inodes of their own are not written.
 */
#include "abi/abi_fcntl.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_xattr_internal.h"
#include "host/host_memory.h"

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
	for (uint32_t i = 0; i < (e->e_value_size + EXT4_XATTR_PAD) / 4; i++) {
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
	uint32_t n = ext4_xattr_entry_len(head->e_name_len);
	uint32_t size =
		head->e_value_inum ? 0 : (head->e_value_size + EXT4_XATTR_PAD) & ~EXT4_XATTR_PAD;
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
static int rebuild(struct inode *inode, const struct ext4_xattr_area *a, const struct change *c,
		   bool sorted, uint8_t *buf, size_t entries_at, size_t values_at, size_t size,
		   bool *ret_empty)
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
	for (uint8_t *p = a->start; room && (e = ext4_xattr_entry_at(a, p, &bad)) != NULL;
	     p = ext4_xattr_next(e)) {
		if (todo && sorted && order(c->index, head.e_name_len, c->name, e) <= 0) {
			room = put(&b, buf + values_at, &head, c->name, c->value);
			todo = false;
		}
		if (room && !ext4_xattr_matches(e, c->index, c->name))
			room = put(&b, buf + values_at, e, e->e_name, a->values + e->e_value_offs);
	}
	if (bad)
		return ext4_xattr_damage(inode);
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

	for (; *(uint32_t *)(void *)e; e = (struct ext4_xattr_entry *)(void *)ext4_xattr_next(e)) {
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
	struct ext4_xattr_area a;
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
	if (!ext4_xattr_inode_area(inode, b->data + offset, c->value != NULL, &a)) {
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

	if (ext4_xattr_header(b)->h_refcount > 1) {
		r = ext4_get_write(h, b);
		if (r == 0) {
			ext4_xattr_header(b)->h_refcount--;
			ext4_xattr_csum_set(inode, b);
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
	int r = ext4_set_feature(h, s, EXT4_COMPAT_EXT_ATTR, 0);

	if (r == 0)
		r = ext4_alloc_blocks(h, inode, 0, 1, EXT4_ALLOC_META, &place, &n);
	if (r < 0)
		return r;
	r = buffer_new(s->dev, place, &b);
	if (r < 0)
		return r;
	r = ext4_get_create(h, b);
	if (r == 0) {
		memcpy(b->data, data, s->block_size);
		ext4_xattr_header(b)->h_refcount = 1;
		ext4_xattr_csum_set(inode, b);
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

	if (old && !empty && ext4_xattr_header(old)->h_refcount == 1) {
		r = ext4_get_write(h, old);
		if (r == 0) {
			memcpy(old->data, data, old->size);
			ext4_xattr_csum_set(inode, old);
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
	struct ext4_xattr_area a = { (uint8_t *)&nothing, (uint8_t *)&nothing + 4,
				     (uint8_t *)&nothing };
	struct buffer *old;
	uint8_t *buf;
	bool empty;
	int r = ext4_xattr_block_read(inode, &old);

	if (r < 0 || (!old && !c->value))
		return r;
	buf = kzalloc(s->block_size);
	if (!buf) {
		buffer_put(old);
		return -ENOMEM;
	}
	/* A copy of a shared block would be one more that has those inodes. */
	if (old && ext4_xattr_header(old)->h_refcount > 1)
		r = ext4_xattr_has_inodes(inode);
	if (r != 0) {
		buffer_put(old);
		kfree(buf);
		return r < 0 ? r : -EOPNOTSUPP;
	}
	if (old) {
		ext4_xattr_block_area(old, &a);
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
	struct ext4_xattr_area a;
	uint32_t offset;
	int r;

	if (in_block) {
		r = ext4_xattr_block_read(inode, &b);
		if (r == 0 && b) {
			ext4_xattr_block_area(b, &a);
			r = ext4_xattr_find(inode, &a, index, name, &e);
		}
	} else {
		r = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);
		if (r == 0 && ext4_xattr_inode_area(inode, b->data + offset, false, &a))
			r = ext4_xattr_find(inode, &a, index, name, &e);
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

/* A value that no block holds: what flags ask of the name is judged first, as Linux does. */
static int too_large(struct inode *inode, unsigned int index, const char *name, int flags)
{
	ssize_t n = ext4_xattr_get(inode, index, name, NULL, 0);

	if (n < 0 && n != -ENODATA)
		return (int)n;
	if (n >= 0 && (flags & XATTR_CREATE))
		return -EEXIST;
	return n < 0 && (flags & XATTR_REPLACE) ? -ENODATA : -ENOSPC;
}

static int try_change(struct inode *inode, const char *name, const void *value, size_t len,
		      int flags)
{
	const char *rest = "";
	unsigned int index = ext4_xattr_index(name, &rest);
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
		return too_large(inode, index, rest, flags);
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
	int r = ext4_xattr_block_read(inode, &b);

	return r < 0 || !b ? r : block_drop(h, inode, b);
}

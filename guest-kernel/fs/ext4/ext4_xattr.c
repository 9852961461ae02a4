// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Extended attributes, read: they lie in the room behind an inode's fields, and in one block that inodes with equal attributes may share. Values in inodes
 * of their own (ea_inode) are read too. Changes are in ext4_xattr_change.c.
 */
#include "abi/abi_clone.h"
#include "fs/ext4/ext4_xattr_internal.h"
#include "task/process.h"

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

unsigned int ext4_xattr_index(const char *name, const char **ret_rest)
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

struct ext4_xattr_entry *ext4_xattr_entry_at(const struct ext4_xattr_area *a, uint8_t *p,
					     bool *ret_bad)
{
	struct ext4_xattr_entry *e = (struct ext4_xattr_entry *)(void *)p;

	*ret_bad = false;
	if (p + 4 > a->end) {
		*ret_bad = true;
		return NULL;
	}
	if (*(uint32_t *)(void *)p == 0)
		return NULL;
	if (p + sizeof(*e) > a->end || p + ext4_xattr_entry_len(e->e_name_len) + 4 > a->end)
		*ret_bad = true;
	else if (e->e_value_inum == 0 && e->e_value_size &&
		 (e->e_value_size > (size_t)(a->end - a->values) ||
		  e->e_value_offs > (size_t)(a->end - a->values) - e->e_value_size ||
		  a->values + e->e_value_offs < p))
		*ret_bad = true;
	return *ret_bad ? NULL : e;
}

int ext4_xattr_damage(struct inode *inode)
{
	return ext4_error(ext4_isb(inode), "inode %llu: bad extended attributes",
			  (unsigned long long)inode->ino);
}

bool ext4_xattr_matches(const struct ext4_xattr_entry *e, unsigned int index, const char *name)
{
	return e->e_name_index == index && e->e_name_len == strlen(name) &&
	       memcmp(e->e_name, name, e->e_name_len) == 0;
}

int ext4_xattr_find(struct inode *inode, const struct ext4_xattr_area *a, unsigned int index,
		    const char *name, struct ext4_xattr_entry **ret)
{
	bool bad;

	for (uint8_t *p = a->start;; p = ext4_xattr_next(*ret)) {
		*ret = ext4_xattr_entry_at(a, p, &bad);
		if (!*ret)
			return bad ? ext4_xattr_damage(inode) : 0;
		if (ext4_xattr_matches(*ret, index, name))
			return 1;
	}
}

/* --- the two places ----------------------------------------------------------------------------- */

bool ext4_xattr_inode_area(struct inode *inode, uint8_t *raw, bool make,
			   struct ext4_xattr_area *ret)
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

void ext4_xattr_csum_set(const struct inode *inode, struct buffer *b)
{
	if (ext4_isb(inode)->csum)
		ext4_xattr_header(b)->h_checksum = block_csum(inode, b);
}

void ext4_xattr_block_area(const struct buffer *b, struct ext4_xattr_area *ret)
{
	ret->start = b->data + sizeof(struct ext4_xattr_header);
	ret->values = b->data;
	ret->end = b->data + b->size;
}

int ext4_xattr_block_read(struct inode *inode, struct buffer **ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t place = ext4_i(inode)->file_acl;
	int r;

	*ret = NULL;
	if (!place)
		return 0;
	if (!ext4_blocks_valid(s, place, 1))
		return ext4_xattr_damage(inode);
	r = buffer_read(s->dev, place, ret);
	if (r < 0)
		return r;
	if (ext4_xattr_header(*ret)->h_magic != EXT4_XATTR_MAGIC ||
	    ext4_xattr_header(*ret)->h_blocks != 1 ||
	    (s->csum && !(*ret)->verified &&
	     ext4_xattr_header(*ret)->h_checksum != block_csum(inode, *ret))) {
		buffer_put(*ret);
		*ret = NULL;
		return ext4_xattr_damage(inode);
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
		return ext4_xattr_damage(inode);
	r = ext4_iget(ext4_isb(inode), e->e_value_inum, &holder);
	if (r < 0)
		return r;
	if (!(ext4_i(holder)->flags & EXT4_EA_INODE_FL) || holder->size != size)
		r = ext4_xattr_damage(inode);
	for (uint32_t i = 0; r == 0 && (uint64_t)i * holder->blksize < size; i++) {
		struct buffer *b;
		size_t n = MIN(size - (size_t)i * holder->blksize, (size_t)holder->blksize);

		r = ext4_bread(holder, i, &b);
		if (r == 0 && !b)
			r = ext4_xattr_damage(inode);
		if (r == 0) {
			memcpy(to + (size_t)i * holder->blksize, b->data, n);
			buffer_put(b);
		}
	}
	inode_put(holder);
	return r < 0 ? r : (ssize_t)size;
}

static ssize_t copy_value(struct inode *inode, const struct ext4_xattr_area *a,
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
	struct ext4_xattr_area a;
	uint32_t offset;
	ssize_t n = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);

	if (n < 0)
		return n;
	if (ext4_xattr_inode_area(inode, b->data + offset, false, &a)) {
		n = ext4_xattr_find(inode, &a, index, name, &e);
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
	n = ext4_xattr_block_read(inode, &b);
	if (n < 0 || !b)
		return n < 0 ? n : -ENODATA;
	ext4_xattr_block_area(b, &a);
	n = ext4_xattr_find(inode, &a, index, name, &e);
	n = n > 0 ? copy_value(inode, &a, e, value, len) : n == 0 ? -ENODATA : n;
	buffer_put(b);
	return n;
}

static ssize_t list_area(struct inode *inode, const struct ext4_xattr_area *a, char *list,
			 size_t len, size_t used)
{
	struct ext4_xattr_entry *e;
	bool bad;

	for (uint8_t *p = a->start; (e = ext4_xattr_entry_at(a, p, &bad)) != NULL;
	     p = ext4_xattr_next(e)) {
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
	return bad ? ext4_xattr_damage(inode) : (ssize_t)used;
}

ssize_t ext4_listxattr(struct inode *inode, char *list, size_t len)
{
	struct buffer *b;
	struct ext4_xattr_area a;
	uint32_t offset;
	ssize_t n = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);

	if (n < 0)
		return n;
	n = ext4_xattr_inode_area(inode, b->data + offset, false, &a)
		    ? list_area(inode, &a, list, len, 0)
		    : 0;
	buffer_put(b);
	if (n < 0 || !ext4_i(inode)->file_acl)
		return n;
	{
		ssize_t r = ext4_xattr_block_read(inode, &b);

		if (r < 0)
			return r;
	}
	ext4_xattr_block_area(b, &a);
	n = list_area(inode, &a, list, len, (size_t)n);
	buffer_put(b);
	return n;
}

ssize_t ext4_getxattr(struct inode *inode, const char *name, void *value, size_t len)
{
	const char *rest = "";
	unsigned int index = ext4_xattr_index(name, &rest);

	if (!index || index == EXT4_XATTR_SYSTEM ||
	    (index == EXT4_XATTR_USER && !ext4_isb(inode)->opt.user_xattr))
		return -EOPNOTSUPP;
	if ((index == EXT4_XATTR_ACL_ACCESS || index == EXT4_XATTR_ACL_DEFAULT))
		return *rest ? -EOPNOTSUPP : ext4_acl_get(inode, index, value, len);
	return ext4_xattr_get(inode, index, rest, value, len);
}

static int area_has_inodes(struct inode *inode, const struct ext4_xattr_area *a)
{
	struct ext4_xattr_entry *e;
	bool bad;

	for (uint8_t *p = a->start; (e = ext4_xattr_entry_at(a, p, &bad)) != NULL;
	     p = ext4_xattr_next(e))
		if (e->e_value_inum)
			return 1;
	return bad ? ext4_xattr_damage(inode) : 0;
}

int ext4_xattr_has_inodes(struct inode *inode)
{
	struct ext4_xattr_area a;
	struct buffer *b;
	uint32_t offset;
	int r;

	if (!EXT4_HAS_INCOMPAT(ext4_isb(inode), EA_INODE))
		return 0;
	r = ext4_inode_buffer(ext4_isb(inode), (uint32_t)inode->ino, &b, &offset);
	if (r < 0)
		return r;
	if (ext4_xattr_inode_area(inode, b->data + offset, false, &a))
		r = area_has_inodes(inode, &a);
	buffer_put(b);
	if (r != 0)
		return r;
	r = ext4_xattr_block_read(inode, &b);
	if (r < 0 || !b)
		return r;
	ext4_xattr_block_area(b, &a);
	r = area_has_inodes(inode, &a);
	buffer_put(b);
	return r;
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

// SPDX-License-Identifier: GPL-2.0-or-later
/* The nodes of an extent tree: checked when they come from the disk, found by path, changed under a handle with their checksums. */
#include "fs/ext4/ext4_extents_internal.h"

#define ROOT_ENTRIES 4u

static struct ext4_extent_header *root_of(const struct inode *inode)
{
	return (struct ext4_extent_header *)(void *)ext4_i(inode)->block;
}

void extent_set(struct ext4_extent *e, uint32_t lblock, uint32_t len, uint64_t physical,
		bool unwritten)
{
	*e = (struct ext4_extent){ .ee_block = lblock,
				   .ee_len = (uint16_t)(unwritten ? len + EXT4_EXT_INIT_MAX : len),
				   .ee_start_lo = (uint32_t)physical,
				   .ee_start_hi = (uint16_t)(physical >> 32) };
}

uint16_t ext4_node_max(const struct ext4_sb *s)
{
	return (uint16_t)((s->block_size - sizeof(struct ext4_extent_header)) /
			  sizeof(struct ext4_extent));
}

/* --- checks ------------------------------------------------------------------------------------- */

/* What memory safety rests on. */
static bool shape_ok(const struct ext4_extent_header *head, unsigned int max_entries, int depth)
{
	return head->eh_magic == EXT4_EXT_MAGIC && head->eh_max <= max_entries &&
	       head->eh_entries <= head->eh_max && head->eh_depth == depth;
}

static bool extents_ok(const struct ext4_sb *s, const struct ext4_extent *e, unsigned int n)
{
	uint64_t end = 0;

	for (unsigned int i = 0; i < n; i++, e++) {
		uint32_t len = extent_len(e);

		/* Block 2^32 - 1 cannot be a file's. */
		if (len == 0 || (i > 0 && e->ee_block < end) || extent_end(e) > UINT32_MAX ||
		    !ext4_blocks_valid(s, extent_start(e), len))
			return false;
		end = extent_end(e);
	}
	return true;
}

static bool indexes_ok(const struct ext4_sb *s, const struct ext4_extent_idx *x, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if ((i > 0 && x[i].ei_block <= x[i - 1].ei_block) ||
		    !ext4_blocks_valid(s, index_child(&x[i]), 1))
			return false;
	return n > 0;
}

int node_check(const struct ext4_sb *s, const struct ext4_extent_header *head,
	       unsigned int max_entries, int depth)
{
	struct ext4_node n = { .head = (struct ext4_extent_header *)(uintptr_t)head };
	bool ok = shape_ok(head, max_entries, depth);

	if (ok && depth == 0)
		ok = extents_ok(s, node_extents(&n), head->eh_entries);
	else if (ok)
		ok = indexes_ok(s, node_indexes(&n), head->eh_entries);
	return ok ? 0 : -EUCLEAN;
}

static uint32_t *node_tail(const struct ext4_extent_header *head)
{
	return (uint32_t *)(void *)((uint8_t *)(uintptr_t)head + sizeof(*head) +
				    head->eh_max * sizeof(struct ext4_extent));
}

static uint32_t node_csum(const struct inode *inode, const struct ext4_extent_header *head)
{
	return ext4_csum(ext4_i(inode)->csum_seed, head,
			 (size_t)((const uint8_t *)node_tail(head) - (const uint8_t *)head));
}

/* With checksums there must be room for one behind the entries. */
static bool csum_ok(const struct inode *inode, const struct ext4_extent_header *head)
{
	const struct ext4_sb *s = ext4_isb(inode);
	size_t at = sizeof(*head) + head->eh_max * sizeof(struct ext4_extent);

	if (!s->csum)
		return true;
	return at + sizeof(struct ext4_extent_tail) <= s->block_size &&
	       *node_tail(head) == node_csum(inode, head);
}

/* The journal's own inode is read before its blocks are known as such; later they are nobody's. */
static int node_read(const struct inode *inode, const struct ext4_extent_idx *x, int depth,
		     struct ext4_node *ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t block = index_child(x);
	uint32_t key = x->ei_block; /* x may be gone behind the read */
	struct buffer *b;
	int r = buffer_read(s->dev, block, &b);
	bool ok;

	if (r < 0)
		return r;
	ret->head = (struct ext4_extent_header *)(void *)b->data;
	ok = shape_ok(ret->head, ext4_node_max(s), depth) && ret->head->eh_entries > 0;
	if (ok && !b->verified) {
		ok = csum_ok(inode, ret->head) &&
		     node_check(s, ret->head, ext4_node_max(s), depth) == 0;
		b->verified = ok;
	}
	/* Extents and indexes begin with their first block. */
	if (ok && node_extents(ret)->ee_block != key)
		ok = false;
	if (!ok) {
		buffer_put(b);
		return ext4_error(s, "inode %llu: block %llu of the extent tree is damaged",
				  (unsigned long long)inode->ino, (unsigned long long)block);
	}
	ret->buf = b;
	return 0;
}

int ext4_map_check(struct inode *inode)
{
	const struct ext4_inode *ei = ext4_i(inode);
	const struct ext4_extent_header *head = root_of(inode);

	if (!(ei->flags & EXT4_EXTENTS_FL))
		return 0;
	if (head->eh_depth > EXT4_EXT_MAX_DEPTH)
		return -EUCLEAN;
	/* An empty root is a leaf. */
	if (head->eh_entries == 0 && head->eh_depth > 0)
		return -EUCLEAN;
	return node_check(ext4_isb(inode), head, ROOT_ENTRIES, head->eh_depth);
}

/* --- paths -------------------------------------------------------------------------------------- */

/* The last entry that begins at or before lblock; extents and indexes have the number at the same place. */
static int entry_find(const struct ext4_node *n, uint32_t lblock)
{
	const struct ext4_extent *e = node_extents(n);
	int lo = 0, hi = n->head->eh_entries;

	while (lo < hi) {
		int mid = (lo + hi) / 2;

		if (e[mid].ee_block <= lblock)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo - 1;
}

int ext4_path_find(struct inode *inode, uint32_t lblock, struct ext4_path *ret)
{
	int r = 0;

	*ret = (struct ext4_path){ .inode = inode };
	ret->node[0].head = root_of(inode);
	ret->depth = ret->node[0].head->eh_depth;
	if (!shape_ok(ret->node[0].head, ROOT_ENTRIES, (int)ret->depth) ||
	    ret->depth > EXT4_EXT_MAX_DEPTH)
		return -EUCLEAN;
	for (unsigned int level = 0;; level++) {
		struct ext4_node *n = &ret->node[level];

		n->at = entry_find(n, lblock);
		if (level == ret->depth)
			break;
		/* Before everything: along the left edge. */
		n->at = MAX(n->at, 0);
		r = node_read(inode, &node_indexes(n)[n->at], (int)(ret->depth - level - 1),
			      &ret->node[level + 1]);
		if (r < 0) {
			ext4_path_put(ret);
			return r;
		}
	}
	return 0;
}

void ext4_path_put(struct ext4_path *p)
{
	for (unsigned int i = 0; i <= EXT4_EXT_MAX_DEPTH; i++) {
		buffer_put(p->node[i].buf);
		p->node[i].buf = NULL;
	}
}

uint32_t ext4_path_next(const struct ext4_path *p)
{
	for (unsigned int level = p->depth + 1; level-- > 0;) {
		const struct ext4_node *n = &p->node[level];

		if (n->at + 1 < n->head->eh_entries)
			return node_extents(n)[n->at + 1].ee_block;
	}
	return UINT32_MAX;
}

int node_get_write(struct handle *h, const struct ext4_path *p, unsigned int level)
{
	struct buffer *b = p->node[level].buf;

	return b ? ext4_get_write(h, b) : 0;
}

int node_dirty(struct handle *h, const struct ext4_path *p, unsigned int level)
{
	const struct ext4_node *n = &p->node[level];

	if (!n->buf)
		return ext4_mark_inode_dirty(h, p->inode);
	if (ext4_isb(p->inode)->csum)
		*node_tail(n->head) = node_csum(p->inode, n->head);
	return ext4_dirty(h, n->buf);
}

int ext4_path_keys_update(struct handle *h, struct ext4_path *p, unsigned int level)
{
	uint32_t key = node_extents(&p->node[level])->ee_block;
	int r = 0;

	while (r == 0 && level-- > 0) {
		struct ext4_node *n = &p->node[level];
		struct ext4_extent_idx *x = &node_indexes(n)[n->at];

		if (x->ei_block == key)
			break;
		r = node_get_write(h, p, level);
		if (r == 0) {
			x->ei_block = key;
			r = node_dirty(h, p, level);
		}
		if (n->at > 0)
			break;
	}
	return r;
}

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of a file in the arena, for what cannot be mapped from the image: blocks smaller than a page, data in the inode, pieces that the driver cannot map. A page is filled
 * from the disk when it is first touched; from then on read(2) takes it and write(2) keeps it right, and if a shared map may write to it, it is written back at
 * msync, fsync, sync, the last unmap and eviction. Its blocks are allocated when it becomes writable (ext4_mmap.c), so that write-back needs none.
 */
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/ext4/ext4_file_internal.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "host/host_memory.h"
#include "mm/arena.h"

struct ext4_pages {
	struct tmpfs_pages pages, dirty;
	uint32_t round; /* the last ext4_pages_flush_all that came by */
};

static uint64_t place_of(struct inode *inode, uint64_t offset)
{
	const struct ext4_pages *p = ext4_i(inode)->arena;

	return p ? tmpfs_pages_get(&p->pages, offset / PAGE_SIZE) : TMPFS_PAGE_ABSENT;
}

ssize_t ext4_pages_read(struct inode *inode, struct iov_iter *to, uint64_t pos, size_t len)
{
	uint64_t place = place_of(inode, pos), in = pos % PAGE_SIZE;
	uint8_t copy[512];

	if (place == TMPFS_PAGE_ABSENT) {
		return 0;
	}
	/* In small pieces through the stack: the copy may sleep, and the page go away meanwhile. */
	len = MIN(MIN(len, PAGE_SIZE - in), sizeof(copy));
	memcpy(copy, (const char *)arena_ptr(place) + in, len);
	return iter_copy_to(to, copy, len);
}

uint64_t ext4_pages_absent(struct inode *inode, uint64_t pos, uint64_t len)
{
	const struct ext4_pages *p = ext4_i(inode)->arena;
	uint64_t index = pos / PAGE_SIZE;

	if (!p || !tmpfs_pages_next(&p->pages, &index))
		return len;
	return index * PAGE_SIZE <= pos ? 0 : MIN(len, index * PAGE_SIZE - pos);
}

void ext4_pages_write(struct inode *inode, uint64_t pos, const uint8_t *buf, size_t len)
{
	ext4_i(inode)->pages_seq++;
	if (!ext4_i(inode)->arena)
		return;
	while (len > 0) {
		uint64_t place = place_of(inode, pos), in = pos % PAGE_SIZE;
		size_t n = MIN(len, PAGE_SIZE - in);

		if (place != TMPFS_PAGE_ABSENT)
			memcpy((char *)arena_ptr(place) + in, buf, n);
		pos += n;
		buf += n;
		len -= n;
	}
}

void ext4_pages_zero_tail(struct inode *inode, uint64_t size)
{
	uint64_t place = place_of(inode, size), in = size % PAGE_SIZE;

	if (place == TMPFS_PAGE_ABSENT || !in)
		return;
	/* Who stores behind the old end has to ask for blocks there first. */
	if (!list_empty(&inode->mapping.vmas))
		mm_zap_source(&inode->mapping, size - in, PAGE_SIZE, false);
	memset((char *)arena_ptr(place) + in, 0, PAGE_SIZE - in);
}

static int fill_page(struct inode *inode, uint64_t offset, uint8_t *buf)
{
	struct file f = { .inode = inode, .ops = &ext4_file_ops };
	struct iov_iter it;
	uint64_t pos = offset;
	size_t done = 0;

	memset(buf, 0, PAGE_SIZE);
	while (done < PAGE_SIZE && pos < inode->size) {
		ssize_t n;

		iter_init_kernel(&it, buf + done, PAGE_SIZE - done);
		n = ext4_file_ops.read(&f, &it, &pos);
		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		done += (size_t)n;
	}
	return 0;
}

int ext4_pages_get(struct inode *inode, uint64_t offset, bool write, uint64_t *ret_place)
{
	struct ext4_inode *ei = ext4_i(inode);
	uint64_t index = offset / PAGE_SIZE, place = place_of(inode, offset), n;
	struct ext4_pages *p;
	int r = 0;

	if (place == TMPFS_PAGE_ABSENT) {
		uint8_t *buf = kmalloc(PAGE_SIZE);
		uint64_t seq;

		if (!buf)
			return -ENOMEM;
		/* What is written while the disk is read may be missing in what was read. */
		do {
			seq = ei->pages_seq;
			r = fill_page(inode, index * PAGE_SIZE, buf);
		} while (r == 0 && seq != ei->pages_seq);
		if (r == 0 && !ei->arena) {
			ei->arena = kzalloc(sizeof(struct ext4_pages));
			r = ei->arena ? 0 : -ENOMEM;
		}
		if (r == 0)
			r = arena_alloc(1, &place, &n);
		if (r == 0) {
			memcpy(arena_ptr(place), buf, PAGE_SIZE);
			r = tmpfs_pages_set(&((struct ext4_pages *)ei->arena)->pages, index, place);
			if (r < 0)
				arena_free(place, 1);
		}
		kfree(buf);
		if (r < 0)
			return r;
	}
	p = ei->arena;
	if (write && tmpfs_pages_get(&p->dirty, index) == TMPFS_PAGE_ABSENT)
		r = tmpfs_pages_set(&p->dirty, index, 0);
	*ret_place = place;
	return r;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	while (len > 0 && *p == 0) {
		p++;
		len--;
	}
	return len == 0;
}

/* Where the file has no blocks the page was not writable, and there is nothing but zeros; if there is, it gets blocks now. */
static int flush_bytes(struct inode *inode, uint64_t pos, uint8_t *buf, size_t len)
{
	struct ext4_sb *s = ext4_isb(inode);
	int r = 0;

	for (size_t done = 0, n; r == 0 && done < len; done += n) {
		struct ext4_map m;

		r = ext4_map_blocks(NULL, inode, (uint32_t)((pos + done) >> s->block_bits),
				    (uint32_t)((len - done + s->block_size - 1) >> s->block_bits),
				    0, &m);
		if (r < 0)
			return r;
		n = MIN(len - done, (size_t)m.len << s->block_bits);
		if ((m.physical && !m.unwritten) || !is_zero(buf + done, n))
			r = ext4_write_bytes(inode, pos + done, buf + done, n);
	}
	return r;
}

static int flush_page(struct inode *inode, uint64_t index)
{
	uint64_t pos = index * PAGE_SIZE, place = place_of(inode, pos);
	uint8_t *buf;
	int r = 0;

	if (place == TMPFS_PAGE_ABSENT || pos >= inode->size)
		return 0;
	buf = kmalloc(PAGE_SIZE);
	if (!buf)
		return -ENOMEM;
	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		r = ext4_inline_convert(inode);
	place = place_of(inode, pos);
	if (r == 0 && place != TMPFS_PAGE_ABSENT && pos < inode->size) {
		memcpy(buf, arena_ptr(place), PAGE_SIZE);
		r = flush_bytes(inode, pos, buf, (size_t)MIN(PAGE_SIZE, inode->size - pos));
	}
	kfree(buf);
	return r;
}

int ext4_pages_flush(struct inode *inode, uint64_t from, uint64_t to)
{
	struct ext4_pages *p = ext4_i(inode)->arena;
	bool locked = inode->lock.owner == current_task();
	uint64_t index = from / PAGE_SIZE;
	int r = 0;

	if (!p || !ext4_isb(inode)->writing)
		return 0;
	if (!locked)
		sleep_lock_take(&inode->lock);
	for (; r == 0 && tmpfs_pages_next(&p->dirty, &index) && index * PAGE_SIZE < to; index++) {
		/* It stays dirty as long as a map may store to it without asking. */
		if (!ext4_has_writable_map(inode))
			(void)tmpfs_pages_take(&p->dirty, index);
		r = flush_page(inode, index);
		if (r < 0 && tmpfs_pages_get(&p->dirty, index) == TMPFS_PAGE_ABSENT)
			(void)tmpfs_pages_set(&p->dirty, index, 0);
	}
	if (!locked)
		sleep_lock_release(&inode->lock);
	return r;
}

int ext4_pages_flush_all(struct ext4_sb *s)
{
	static uint32_t rounds;
	uint32_t round = ++rounds;
	int r = 0;

	for (unsigned int i = 0; r == 0 && i < EXT4_INODE_BUCKETS;) {
		struct ext4_inode *ei;
		struct inode *found = NULL;

		list_for_each_entry(ei, &s->inode_hash[i], hash_link) {
			struct ext4_pages *p = ei->arena;

			if (!p || p->round >= round || ei->evicting)
				continue;
			p->round = round;
			found = ei->inode;
			break;
		}
		if (!found) {
			i++;
			continue;
		}
		inode_get(found);
		r = ext4_pages_flush(found, 0, UINT64_MAX);
		inode_put(found);
	}
	return r;
}

void ext4_pages_forget(struct inode *inode, uint64_t from, uint64_t to)
{
	struct ext4_pages *p = ext4_i(inode)->arena;
	uint64_t index = from / PAGE_SIZE;

	if (!p)
		return;
	while (tmpfs_pages_next(&p->pages, &index) && index * PAGE_SIZE < to) {
		arena_free(tmpfs_pages_take(&p->pages, index), 1);
		(void)tmpfs_pages_take(&p->dirty, index);
	}
}

void ext4_pages_drop(struct inode *inode)
{
	struct ext4_pages *p = ext4_i(inode)->arena;

	if (!p)
		return;
	if (inode->nlink > 0)
		(void)ext4_pages_flush(inode, 0, UINT64_MAX);
	ext4_pages_forget(inode, 0, UINT64_MAX);
	kfree(p);
	ext4_i(inode)->arena = NULL;
}

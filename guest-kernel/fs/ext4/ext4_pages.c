// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of a file in the arena, for what cannot be mapped from the image: blocks smaller than a page, data in the inode, pieces that the driver cannot map. A page is filled
 * from the disk when it is first touched; from then on read(2) takes it and write(2) keeps it right, and if a shared map may write to it, it is written back at
 * msync, fsync, the last unmap and eviction.
 */
#include "core/big_lock.h"
#include "core/sched.h"
#include "fs/ext4/ext4_file_internal.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "host/host_memory.h"
#include "mm/arena.h"

struct ext4_pages {
	struct tmpfs_pages pages, dirty;
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

void ext4_pages_write(struct inode *inode, uint64_t pos, const uint8_t *buf, size_t len)
{
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

	if (place != TMPFS_PAGE_ABSENT && in)
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

		if (!buf)
			return -ENOMEM;
		r = fill_page(inode, index * PAGE_SIZE, buf);
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
	memcpy(buf, arena_ptr(place), PAGE_SIZE);
	r = ext4_write_bytes(inode, pos, buf, (size_t)MIN(PAGE_SIZE, inode->size - pos));
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
	for (; r == 0 && tmpfs_pages_next(&p->dirty, &index) && index * PAGE_SIZE < to; index++)
		r = flush_page(inode, index);
	if (!locked)
		sleep_lock_release(&inode->lock);
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

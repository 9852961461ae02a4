// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arena's allocator: a bitmap of pages with a rotating hint, first fit for the longest run up to what is wanted. Freed pages are punched out of the
 * memfd, so they cost the host nothing and read as zero when they are handed out again.
 */
#include "mm/arena.h"
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "host/host_epoll.h"
#include "host/host_memory.h"
#include "host/host_shared.h"
#include "mm/mm_account.h"

static int fd = -1, ro_fd = -1;
static char *base;
static uint64_t *bitmap; /* 1: in use */
static uint64_t n_pages, used_pages, hint;

int arena_init(uint64_t bytes)
{
	void *map;
	int r;

	n_pages = bytes >> PAGE_SHIFT;
	bitmap = kzalloc((n_pages + 63) / 64 * sizeof(*bitmap));
	if (!bitmap)
		return -ENOMEM;
	r = host_shared_create("umlk-arena", bytes, &fd, &ro_fd, &map);
	if (r < 0) {
		kfree(bitmap);
		bitmap = NULL;
		return r;
	}
	base = map;
	return 0;
}

int arena_fd(void)
{
	return fd;
}

int arena_ro_fd(void)
{
	return ro_fd;
}

static bool page_used(uint64_t page)
{
	return (bitmap[page / 64] >> (page % 64)) & 1;
}

static uint64_t next_free(uint64_t from, uint64_t end)
{
	uint64_t page = from;

	while (page < end) {
		uint64_t free_bits = ~bitmap[page / 64] >> (page % 64);

		if (free_bits)
			return MIN(page + (uint64_t)__builtin_ctzll(free_bits), end);
		page = (page | 63) + 1;
	}
	return end;
}

static uint64_t run_length(uint64_t page, uint64_t max)
{
	uint64_t n = 0;

	while (n < max && page + n < n_pages && !page_used(page + n))
		n++;
	return n;
}

/* The first run of the full length, else the longest seen, starting at the hint and going round once. */
static uint64_t find_run(uint64_t want, uint64_t *ret_len)
{
	uint64_t best = 0, best_len = 0, page = hint;
	bool wrapped = false;

	while (best_len < want) {
		uint64_t end = wrapped ? MIN(hint, n_pages) : n_pages;
		uint64_t len;

		page = next_free(page, end);
		if (page >= end) {
			if (wrapped)
				break;
			wrapped = true;
			page = 0;
			continue;
		}
		len = run_length(page, want);
		if (len > best_len) {
			best = page;
			best_len = len;
		}
		page += len;
	}
	*ret_len = best_len;
	return best;
}

int arena_alloc(uint64_t want, uint64_t *ret_offset, uint64_t *ret_pages)
{
	uint64_t len, page;

	ASSERT_LOCKED();
	ASSERT(want > 0);
	/* Private memory of processes comes out of the same mem=. */
	want = MIN(want, mm_account_room());
	if (want == 0)
		return -ENOMEM;
	page = find_run(want, &len);
	if (len == 0)
		return -ENOMEM;
	for (uint64_t i = page; i < page + len; i++)
		bitmap[i / 64] |= 1ull << (i % 64);
	used_pages += len;
	hint = page + len < n_pages ? page + len : 0;
	*ret_offset = page << PAGE_SHIFT;
	*ret_pages = len;
	return 0;
}

void arena_free(uint64_t offset, uint64_t len)
{
	uint64_t page = offset >> PAGE_SHIFT;

	ASSERT_LOCKED();
	ASSERT(page + len <= n_pages);
	if (host_punch_hole(fd, offset, len << PAGE_SHIFT) < 0)
		__builtin_memset(base + offset, 0, len << PAGE_SHIFT);
	for (uint64_t i = page; i < page + len; i++) {
		ASSERT(page_used(i));
		bitmap[i / 64] &= ~(1ull << (i % 64));
	}
	used_pages -= len;
}

void *arena_ptr(uint64_t offset)
{
	return base + offset;
}

uint64_t memory_pages_max(void)
{
	return 64 * n_pages;
}

uint64_t arena_pages(void)
{
	return n_pages;
}

uint64_t arena_used_pages(void)
{
	return used_pages;
}

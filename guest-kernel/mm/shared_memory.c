// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Shared anonymous memory: a mapping_source over runs of arena pages, in chunks that are allocated when they are first touched. Used by mmap(MAP_SHARED |
 * MAP_ANONYMOUS) here; memfd and SysV shared memory build on the same object.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "engine/engine.h"
#include "host/host_memory.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "mm/mm.h"

#define CHUNK_PAGES 16u
#define CHUNK_BYTES (CHUNK_PAGES * PAGE_SIZE)
#define PAGE_ABSENT UINT64_MAX

struct shared_memory {
	struct mapping_source source;
	uint32_t refs;
	uint64_t bytes;
	uint64_t n_pages;
	uint64_t *pages; /* arena offset of each page, or PAGE_ABSENT */
};

static void shared_get(struct mapping_source *s)
{
	container_of(s, struct shared_memory, source)->refs++;
}

static void pages_free(struct shared_memory *m, uint64_t first)
{
	for (uint64_t i = first; i < m->n_pages; i++) {
		if (m->pages[i] != PAGE_ABSENT)
			arena_free(m->pages[i], 1);
		m->pages[i] = PAGE_ABSENT;
	}
}

static void shared_put(struct mapping_source *s)
{
	struct shared_memory *m = container_of(s, struct shared_memory, source);

	if (--m->refs > 0)
		return;
	ASSERT(list_empty(&s->vmas));
	pages_free(m, 0);
	kfree(m->pages);
	kfree(m);
}

static int fill_chunk(struct shared_memory *m, uint64_t page)
{
	uint64_t want = 0, offset, got;
	int r;

	while (want < CHUNK_PAGES && page + want < m->n_pages &&
	       m->pages[page + want] == PAGE_ABSENT)
		want++;
	r = arena_alloc(want, &offset, &got);
	if (r < 0)
		return r;
	for (uint64_t i = 0; i < got; i++)
		m->pages[page + i] = offset + i * PAGE_SIZE;
	return 0;
}

static int shared_resolve(struct mapping_source *s, uint64_t offset, uint64_t len, bool write,
			  struct mapping_run *ret)
{
	struct shared_memory *m = container_of(s, struct shared_memory, source);
	uint64_t page = offset >> PAGE_SHIFT, n = 1;
	int r;

	*ret = (struct mapping_run){ .kind = MAPPING_RUN_EOF, .len = len };
	if (page >= m->n_pages)
		return 0;
	if (m->pages[page] == PAGE_ABSENT) {
		if (!write) {
			ret->kind = MAPPING_RUN_HOLE;
			while (n < len >> PAGE_SHIFT && page + n < m->n_pages &&
			       m->pages[page + n] == PAGE_ABSENT)
				n++;
			ret->len = n << PAGE_SHIFT;
			return 0;
		}
		r = fill_chunk(m, page);
		if (r < 0)
			return r;
	}
	while (n < len >> PAGE_SHIFT && page + n < m->n_pages &&
	       m->pages[page + n] == m->pages[page] + n * PAGE_SIZE)
		n++;
	ret->kind = MAPPING_RUN_HOST;
	ret->engine_fd = ENGINE_FD_ARENA;
	ret->host_offset = m->pages[page];
	ret->len = n << PAGE_SHIFT;
	return 0;
}

static int shared_punch(struct mapping_source *s, uint64_t offset, uint64_t len)
{
	struct shared_memory *m = container_of(s, struct shared_memory, source);
	uint64_t first = ALIGN_UP(offset, PAGE_SIZE), end = ALIGN_DOWN(offset + len, PAGE_SIZE);

	if (first >= end)
		return 0;
	mm_zap_source(s, first, end - first, false);
	for (uint64_t i = first >> PAGE_SHIFT; i < MIN(end >> PAGE_SHIFT, m->n_pages); i++) {
		if (m->pages[i] != PAGE_ABSENT)
			arena_free(m->pages[i], 1);
		m->pages[i] = PAGE_ABSENT;
	}
	return 0;
}

static void shared_describe(struct mapping_source *s, char *buf, size_t len, uint64_t *ret_dev,
			    uint64_t *ret_ino)
{
	(void)str_copy(buf, "/dev/zero (deleted)", len);
	*ret_dev = 1;
	*ret_ino = (uint64_t)(uintptr_t)s >> 4;
}

static const struct mapping_ops shared_ops = {
	.get = shared_get,
	.put = shared_put,
	.resolve = shared_resolve,
	.describe = shared_describe,
	.punch = shared_punch,
};

struct mapping_source *shared_memory_create(uint64_t bytes)
{
	struct shared_memory *m = kzalloc(sizeof(*m));

	if (!m)
		return NULL;
	mapping_source_init(&m->source, &shared_ops);
	m->refs = 1;
	m->bytes = bytes;
	m->n_pages = ALIGN_UP(bytes, PAGE_SIZE) >> PAGE_SHIFT;
	if (m->n_pages > memory_pages_max()) {
		kfree(m);
		return NULL;
	}
	m->pages = kmalloc(m->n_pages * sizeof(*m->pages));
	if (!m->pages) {
		kfree(m);
		return NULL;
	}
	memset(m->pages, 0xff, m->n_pages * sizeof(*m->pages));
	return &m->source;
}

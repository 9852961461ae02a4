// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Mapped files. A page of a map is the image's own page in the host's page cache wherever a block is a page and the driver can say where it lies; the rest
 * comes from the arena (ext4_pages.c). Holes and unwritten extents are never mapped: reading gets zeros, and for a shared map that may be written
 * they are allocated, zeroed and converted first.
 *
 * map_lock keeps truncate and punch away from the time the blocks are looked up until the answer is given; the caller sends it to the stub
 * before anything can sleep, and a zap that comes later queues behind it.
 */
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "engine/engine.h"
#include "fs/ext4/ext4_file_internal.h"

static struct inode *mapped_inode(struct mapping_source *m)
{
	return container_of(m, struct inode, mapping);
}

static void mapping_get(struct mapping_source *m)
{
	inode_get(mapped_inode(m));
}

static void mapping_put(struct mapping_source *m)
{
	inode_put(mapped_inode(m));
}

static bool is_hole(const struct ext4_map *m)
{
	return !m->physical || m->unwritten;
}

/* A block for a hole, zeros on the disk before anybody sees it. -EAGAIN: a writer is at it. */
static int try_fill(struct inode *inode, uint32_t lblock, struct ext4_map *m)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct handle *h;
	int r = ext4_start(s, ext4_map_credits(inode) + EXT4_INODE_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	ext4_filling_begin(inode, EXT4_FILLER_FAULT, lblock, 1);
	/* One block, as on Linux: a sparse file stays sparse. */
	r = ext4_map_blocks(h, inode, lblock, 1, EXT4_MAP_CREATE | EXT4_MAP_CONVERT, m);
	if (r == 0 && m->fresh) {
		r = block_zero(s->dev, m->physical << s->block_bits,
			       (uint64_t)m->len << s->block_bits, NULL);
		ext4_data_written(h, 0, 0);
		if (r < 0)
			ext4_filling_undo(inode, lblock, m->len);
	} else if (r == 0 && ext4_filling_before(inode, EXT4_FILLER_WRITE, lblock, 1) == 0) {
		r = -EAGAIN;
	}
	ext4_filling_end(inode, EXT4_FILLER_FAULT);
	r2 = ext4_stop(h);
	/* Other maps may show zeros for it. */
	if (r == 0)
		mm_zap_source(&inode->mapping,
			      ALIGN_DOWN((uint64_t)lblock << s->block_bits, PAGE_SIZE), PAGE_SIZE,
			      false);
	return r < 0 ? r : r2;
}

static int fill(struct inode *inode, uint32_t lblock, struct ext4_map *m)
{
	unsigned int tries = 0;
	int r;

	do {
		ext4_filling_wait(inode, EXT4_FILLER_WRITE, lblock);
		r = try_fill(inode, lblock, m);
	} while (r == -EAGAIN || ext4_should_retry(ext4_isb(inode), r, &tries));
	return r;
}

/* All blocks of the page as far as the file reaches, as on Linux. */
static int fill_blocks(struct inode *inode, uint64_t offset)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t end = MIN(ALIGN_DOWN(offset, PAGE_SIZE) + PAGE_SIZE, inode->size);
	int r = 0;

	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		return 0;
	for (uint64_t at = ALIGN_DOWN(offset, PAGE_SIZE); r == 0 && at < end; at += s->block_size) {
		struct ext4_map m;

		r = ext4_map_blocks(NULL, inode, (uint32_t)(at >> s->block_bits), 1, 0, &m);
		if (r == 0 && is_hole(&m))
			r = fill(inode, (uint32_t)(at >> s->block_bits), &m);
	}
	return r;
}

static int from_arena(struct inode *inode, uint64_t offset, bool write, struct mapping_run *ret)
{
	uint64_t place;
	int r = write ? fill_blocks(inode, offset) : 0;

	if (r == 0)
		r = ext4_pages_get(inode, offset, write, &place);
	if (r < 0)
		return r;
	*ret = (struct mapping_run){
		.kind = MAPPING_RUN_HOST,
		.engine_fd = ENGINE_FD_ARENA,
		.host_offset = place,
		.len = PAGE_SIZE,
		.readonly = !write, /* the first write must be seen: it makes the page dirty */
	};
	return 0;
}

static bool can_map(const struct inode *inode)
{
	const struct ext4_sb *s = ext4_isb(inode);

	return s->block_size == PAGE_SIZE && block_can_map(s->dev) &&
	       !(ext4_i(inode)->flags & EXT4_INLINE_DATA_FL);
}

/* The run of blocks is there: where does it lie on the host? */
static int from_image(struct inode *inode, uint64_t offset, const struct ext4_map *m, bool write,
		      struct mapping_run *ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	unsigned int flags = 0;
	int r = block_map(s->dev, m->physical << s->block_bits, (uint64_t)m->len << s->block_bits,
			  write, ret, &flags);

	if (r == -EOPNOTSUPP)
		return from_arena(inode, offset, write, ret);
	if (r == 0 && (flags & BLOCK_MOVED))
		mm_zap_source(&inode->mapping, offset, ret->len, false);
	if (r == 0 && write)
		ext4_unflushed_all(inode);
	return r;
}

/* The run at lblock; blocks that a writer is at only when they have their contents. */
static int look_up(struct inode *inode, uint32_t lblock, uint32_t n, struct ext4_map *m)
{
	int r;

	do {
		ext4_filling_wait(inode, EXT4_FILLER_WRITE, lblock);
		r = ext4_map_blocks(NULL, inode, lblock, n, 0, m);
		if (r < 0 || is_hole(m))
			return r;
		m->len = ext4_filling_before(inode, EXT4_FILLER_WRITE, lblock, m->len);
	} while (m->len == 0);
	return 0;
}

static int resolve_locked(struct inode *inode, uint64_t offset, uint64_t len, bool write,
			  struct mapping_run *ret)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t end = ALIGN_UP(inode->size, PAGE_SIZE), n;
	uint32_t lblock = (uint32_t)(offset >> s->block_bits);
	bool writable = write && s->writing;
	struct ext4_map m;
	int r;

	*ret = (struct mapping_run){ .kind = MAPPING_RUN_EOF, .len = len };
	if (offset >= end)
		return 0;
	if (write && s->aborted)
		return -EROFS;
	if (writable)
		ext4_i(inode)->was_mapped = true;
	if (!can_map(inode) || ext4_i(inode)->arena)
		return from_arena(inode, offset, writable, ret);
	n = MIN(MAX(MIN(len, end - offset) >> s->block_bits, 1u), (uint64_t)UINT_MAX);
	r = look_up(inode, lblock, (uint32_t)n, &m);
	if (r == 0 && is_hole(&m)) {
		if (!write) {
			*ret = (struct mapping_run){
				.kind = MAPPING_RUN_HOLE,
				.len = (uint64_t)m.len << s->block_bits,
			};
			return 0;
		}
		r = writable ? fill(inode, lblock, &m) : -EROFS;
	}
	return r < 0 ? r : from_image(inode, offset, &m, writable, ret);
}

static int mapping_resolve(struct mapping_source *source, uint64_t offset, uint64_t len, bool write,
			   struct mapping_run *ret)
{
	struct inode *inode = mapped_inode(source);
	struct ext4_inode *ei = ext4_i(inode);
	int r;

	sleep_lock_take(&ei->map_lock);
	r = resolve_locked(inode, offset, len, write, ret);
	sleep_lock_release(&ei->map_lock);
	/* What mmap answers for a disk that fails, or is full, is SIGBUS; only a lack of memory is told as such. */
	return r;
}

static void mapping_describe(struct mapping_source *m, char *buf, size_t len, uint64_t *ret_dev,
			     uint64_t *ret_ino)
{
	inode_describe(mapped_inode(m), buf, len, ret_dev, ret_ino);
}

bool ext4_has_writable_map(const struct inode *inode)
{
	const struct vma *v;

	list_for_each_entry(v, &inode->mapping.vmas, source_link)
		if ((v->flags & VMA_SHARED) && (v->may_prot & PROT_WRITE))
			return true;
	return false;
}

/* What maps have written is in the host's page cache already; the times say so, and fsync makes it durable. */
static int mapping_sync(struct mapping_source *m, uint64_t offset, uint64_t len)
{
	struct inode *inode = mapped_inode(m);
	int r = ext4_pages_flush(inode, offset, offset + len < offset ? UINT64_MAX : offset + len);

	if (ext4_i(inode)->was_mapped && ext4_has_writable_map(inode))
		inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	return r < 0 ? r : ext4_fsync(inode, true);
}

static void mapping_unmapped(struct mapping_source *m, uint32_t prot, uint32_t flags)
{
	struct inode *inode = mapped_inode(m);
	struct ext4_inode *ei = ext4_i(inode);
	uint64_t block = ext4_isb(inode)->block_size;

	(void)flags;
	if (!ei->was_mapped || ext4_has_writable_map(inode))
		return;
	if (prot & PROT_WRITE)
		inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	(void)ext4_pages_flush(inode, 0, UINT64_MAX);
	if (ext4_isb(inode)->writing &&
	    ext4_zero_part(inode, inode->size, ALIGN_UP(inode->size, block)) == 0)
		ei->was_mapped = false;
}

const struct mapping_ops ext4_mapping_ops = {
	.get = mapping_get,
	.put = mapping_put,
	.resolve = mapping_resolve,
	.describe = mapping_describe,
	.sync = mapping_sync,
	.unmapped = mapping_unmapped,
	.zaps_filled_holes = true,
};

// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing regular files. Data goes straight to and from the image: the host's page cache is the only copy. Writers hold inode->lock (vfs took it);
 * readers hold nothing and look at map_seq afterwards, because a block that was taken from the file meanwhile may hold another's data.
 *
 * New blocks get their data inside the handle that allocates them, whole blocks filled up with zeros, so that no commit shows what they held before.
 */
#include "abi/abi_fcntl.h"
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "fs/ext4/ext4_file_internal.h"
#include "host/host_memory.h"
#include "vfs/vfs_calls.h"

#define CHUNK		(128 * 1024u)
#define WRITEBACK_BYTES (2ull << 20)

/* --- data on the device ------------------------------------------------------------------------- */

/*
 * Much that was written to new blocks in one run starts its way to the disk early: the commit that makes the blocks visible, and every fsync that waits for it, then find
 * little left to do. Small files never come so far; many of them are gone before anybody wants them on a disk. What is overwritten in place holds nobody up.
 */
static void note_written(struct ext4_inode *ei, struct block_device *d, uint64_t at, size_t len)
{
	if (at != ei->written_to)
		ei->written_from = at;
	ei->written_to = at + len;
	if (ei->written_to - ei->written_from >= WRITEBACK_BYTES) {
		block_writeback(d, ei->written_from, ei->written_to - ei->written_from);
		ei->written_from = ei->written_to;
	}
}

void ext4_unflushed_all(struct inode *inode)
{
	ext4_i(inode)->unflushed = (struct flush_set){ .all = true };
	ext4_i(inode)->unflushed_seq++;
}

int ext4_data_write(struct inode *inode, uint64_t pos, uint64_t at, const void *buf, size_t len)
{
	struct block_device *d = ext4_isb(inode)->dev;
	unsigned int flags = 0;
	int r = block_write(d, at, buf, len, &flags);

	flush_set_add(&ext4_i(inode)->unflushed, at, len);
	ext4_i(inode)->unflushed_seq++;
	if ((flags & BLOCK_MOVED) && !list_empty(&inode->mapping.vmas))
		mm_zap_source(&inode->mapping, ALIGN_DOWN(pos, PAGE_SIZE),
			      ALIGN_UP(pos + len, PAGE_SIZE) - ALIGN_DOWN(pos, PAGE_SIZE), false);
	return r;
}

/* A file is written in bytes. Where the device knows sectors only, those at both ends are read first. */
static int write_bytes(struct inode *inode, uint64_t pos, uint64_t at, const uint8_t *buf,
		       size_t len)
{
	struct block_device *d = ext4_isb(inode)->dev;
	uint64_t from = ALIGN_DOWN(at, (uint64_t)BLOCK_SECTOR);
	uint64_t to = ALIGN_UP(at + len, (uint64_t)BLOCK_SECTOR);
	uint8_t *copy;
	int r = 0;

	if (d->any_bytes || (from == at && to == at + len))
		return ext4_data_write(inode, pos, at, buf, len);
	copy = kmalloc(to - from);
	if (!copy)
		return -ENOMEM;
	if (from != at)
		r = block_read(d, from, copy, BLOCK_SECTOR);
	if (r == 0 && to != at + len && (from == at || to - from > BLOCK_SECTOR))
		r = block_read(d, to - BLOCK_SECTOR, copy + (to - from) - BLOCK_SECTOR,
			       BLOCK_SECTOR);
	if (r == 0) {
		memcpy(copy + (at - from), buf, len);
		r = ext4_data_write(inode, pos - (at - from), from, copy, to - from);
	}
	kfree(copy);
	return r;
}

static int read_bytes(struct ext4_sb *s, uint64_t at, uint8_t *buf, size_t len, uint8_t **ret)
{
	uint64_t from = ALIGN_DOWN(at, (uint64_t)BLOCK_SECTOR);
	uint64_t to = ALIGN_UP(at + len, (uint64_t)BLOCK_SECTOR);

	*ret = buf + (at - from);
	return block_read(s->dev, from, buf, to - from);
}

/* --- reading ------------------------------------------------------------------------------------ */

/* A run that lies on the device, by way of a buffer: for what is cold, or not for a guest. 0: it lies elsewhere by now. */
static ssize_t read_buffered(struct inode *inode, struct iov_iter *to, uint64_t at, size_t len)
{
	struct ext4_inode *ei = ext4_i(inode);
	uint64_t seq = ei->map_seq;
	uint8_t *buf = kmalloc(len + 2 * BLOCK_SECTOR), *data;
	ssize_t n;

	if (!buf)
		return -ENOMEM;
	n = read_bytes(ext4_isb(inode), at, buf, len, &data);
	if (n == 0 && seq == ei->map_seq)
		n = iter_copy_to(to, data, len);
	kfree(buf);
	return n;
}

/* One run at pos, at most len bytes: into the iterator. */
static ssize_t read_run(struct inode *inode, struct iov_iter *to, uint64_t pos, size_t len)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint32_t in = (uint32_t)(pos & (s->block_size - 1));
	uint32_t lblock = (uint32_t)(pos >> s->block_bits);
	uint32_t n = (uint32_t)((in + len + s->block_size - 1) >> s->block_bits);
	ssize_t done;

	do {
		struct ext4_map m;
		const void *view = NULL;
		size_t there;
		uint64_t at;
		int r = ext4_map_blocks(NULL, inode, lblock, n, 0, &m);

		if (r < 0)
			return r;
		for (unsigned int i = 0; i < EXT4_FILLERS && m.physical; i++)
			m.len = MAX(ext4_filling_before(inode, i, lblock, m.len), 1u);
		len = MIN(len, ((uint64_t)m.len << s->block_bits) - in);
		if (!m.physical || m.unwritten || ext4_filling_at(inode, lblock))
			return iter_zero(to, len);
		len = MIN(len, CHUNK);
		at = (m.physical << s->block_bits) + in;
		/* Nothing sleeps between the look at the map and the end of this copy. */
		if (to->is_user)
			view = block_view(s->dev, at, len, &there);
		done = view ? (ssize_t)iter_copy_view(to, view, there) : 0;
		if (done == 0)
			done = read_buffered(inode, to, at, len);
	} while (done == 0);
	return done;
}

static ssize_t read_inline(struct inode *inode, struct iov_iter *to, uint64_t *pos)
{
	size_t size = ext4_isb(inode)->inode_size, have;
	uint8_t *buf = kmalloc(size);
	ssize_t n;
	int r;

	if (!buf)
		return -ENOMEM;
	r = ext4_inline_read(inode, buf, size, &have);
	n = r;
	have = MIN(have, (size_t)inode->size);
	if (r == 0 && *pos < have)
		n = iter_copy_to(to, buf + *pos, MIN(to->left, have - *pos));
	if (n > 0)
		*pos += (uint64_t)n;
	kfree(buf);
	return n;
}

/* O_DIRECT asks for whole sectors in place, length and memory. */
static bool is_aligned(const struct iov_iter *it, uint64_t pos)
{
	uint64_t bits = pos | it->left | it->offset;

	for (unsigned int i = it->i; i < it->n_segments; i++)
		bits |= it->segments[i].base | (i + 1 < it->n_segments ? it->segments[i].len : 0);
	return bits % BLOCK_SECTOR == 0;
}

static ssize_t file_read_(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct inode *inode = f->inode;
	ssize_t done = 0, n = 0;

	if ((f->flags & O_DIRECT) && !is_aligned(to, *pos))
		return -EINVAL;
	if (*pos >= inode->size)
		return 0;
	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		return read_inline(inode, to, pos);
	while (to->left > 0 && *pos < inode->size) {
		size_t len = MIN(to->left, inode->size - *pos);

		n = ext4_pages_read(inode, to, *pos, len);
		if (n == 0)
			n = read_run(inode, to, *pos, ext4_pages_absent(inode, *pos, len));
		if (n <= 0)
			break;
		*pos += (uint64_t)n;
		done += n;
	}
	return done > 0 ? done : n;
}

/* --- writing ------------------------------------------------------------------------------------ */

/* A chunk on its way: data of [pos, pos + len) in buf, which begins at the start of pos' block and is zero elsewhere. */
struct chunk {
	uint64_t pos;
	size_t len;
	uint32_t in; /* of pos in its block */
	uint8_t *buf;
};

/* The part of the chunk that lies in a run at lblock of m->len blocks goes to the device. Bytes of the file that it covers. */
static int write_run(struct inode *inode, const struct chunk *c, uint32_t lblock,
		     const struct ext4_map *m, size_t *ret_done)
{
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t start = (uint64_t)lblock << s->block_bits, base = c->pos - c->in;
	uint64_t end = MIN(start + ((uint64_t)m->len << s->block_bits), c->pos + c->len);
	uint64_t from = MAX(start, c->pos), at = m->physical << s->block_bits;

	*ret_done = end - from;
	if (m->fresh)
		return ext4_data_write(inode, start, at, c->buf + (start - base),
				       (size_t)m->len << s->block_bits);
	return write_bytes(inode, from, at + (from - start), c->buf + (from - base), end - from);
}

/* Blocks for [lblock, lblock + n) of the chunk, a hole or unwritten so far. -EAGAIN: a page fault is at them. */
static int allocate_and_write(struct inode *inode, const struct chunk *c, uint32_t lblock,
			      uint32_t n, size_t *ret_done)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct handle *h;
	struct ext4_map m;
	int r = ext4_start(s, ext4_map_credits(inode) + EXT4_INODE_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	ext4_filling_begin(inode, EXT4_FILLER_WRITE, lblock, n);
	r = ext4_map_blocks(h, inode, lblock, n, EXT4_MAP_CREATE | EXT4_MAP_CONVERT, &m);
	if (r == 0 && !m.fresh &&
	    ext4_filling_before(inode, EXT4_FILLER_FAULT, lblock, m.len) < m.len) {
		r = -EAGAIN;
	} else if (r == 0) {
		uint64_t at = m.physical << s->block_bits, len = (uint64_t)m.len << s->block_bits;

		r = write_run(inode, c, lblock, &m, ret_done);
		ext4_data_written(h, at, len);
		if (r == 0)
			note_written(ext4_i(inode), s->dev, at, len);
	}
	if (r < 0 && m.physical && m.fresh)
		ext4_filling_undo(inode, lblock, m.len);
	ext4_filling_end(inode, EXT4_FILLER_WRITE);
	if (r == 0) {
		uint64_t end =
			((uint64_t)lblock << s->block_bits) + ((uint64_t)m.len << s->block_bits);

		end = MIN(end, c->pos + c->len);
		if (end > inode->size)
			inode->size = end;
		inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
		r = ext4_mark_inode_dirty(h, inode);
	}
	r2 = ext4_stop(h);
	/* Maps that may only be read show zeros of their own for a hole: they look again. */
	if (r == 0 && !list_empty(&inode->mapping.vmas))
		mm_zap_source(&inode->mapping,
			      ALIGN_DOWN((uint64_t)lblock << s->block_bits, PAGE_SIZE),
			      ALIGN_UP((uint64_t)m.len << s->block_bits, PAGE_SIZE) + PAGE_SIZE,
			      false);
	return r < 0 ? r : r2;
}

static int grow_only(struct inode *inode, uint64_t size)
{
	struct handle *h;
	int r = ext4_start(ext4_isb(inode), EXT4_INODE_CREDITS, 0, &h), r2;

	if (r < 0)
		return r;
	inode->size = MAX(inode->size, size);
	inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	r = ext4_mark_inode_dirty(h, inode);
	r2 = ext4_stop(h);
	return r < 0 ? r : r2;
}

static ssize_t write_chunk(struct inode *inode, const struct chunk *c)
{
	struct ext4_sb *s = ext4_isb(inode);
	unsigned int tries = 0;
	size_t done = 0;

	while (done < c->len) {
		uint64_t pos = c->pos + done, last = (c->pos + c->len - 1) >> s->block_bits;
		uint32_t lblock = (uint32_t)(pos >> s->block_bits);
		uint32_t n = (uint32_t)(last - lblock + 1);
		struct ext4_map m;
		size_t part = 0;
		int r = ext4_map_blocks(NULL, inode, lblock, n, 0, &m);

		if (r == 0 && m.physical && !m.unwritten) {
			m.len = ext4_filling_before(inode, EXT4_FILLER_FAULT, lblock, m.len);
			r = m.len == 0 ? -EAGAIN : write_run(inode, c, lblock, &m, &part);
			if (r == 0 && pos + part > inode->size)
				r = grow_only(inode, pos + part);
		} else if (r == 0) {
			r = allocate_and_write(inode, c, lblock, MIN(n, m.len), &part);
		}
		if (r == -EAGAIN) {
			ext4_filling_wait(inode, EXT4_FILLER_FAULT, lblock);
			continue;
		}
		if (ext4_should_retry(s, r, &tries))
			continue;
		if (r < 0)
			return done > 0 ? (ssize_t)done : r;
		done += part;
	}
	return (ssize_t)done;
}

int ext4_write_bytes(struct inode *inode, uint64_t pos, uint8_t *buf, size_t len)
{
	struct chunk c = { .pos = pos, .len = len, .buf = buf };
	ssize_t n = write_chunk(inode, &c);

	return n < 0 ? (int)n : (size_t)n < len ? -EIO : 0;
}

/* The file will reach behind its end: what lies between the end and the next block must read as zero. */
int ext4_zero_tail(struct inode *inode, uint64_t new_end)
{
	uint64_t block = ext4_isb(inode)->block_size, size = inode->size;
	uint64_t to = MIN(ALIGN_UP(size, block), new_end);

	ext4_pages_zero_tail(inode, size);
	return to > size ? ext4_zero_part(inode, size, to) : 0;
}

static int write_begin(struct file *f, const struct iov_iter *from, uint64_t pos)
{
	struct inode *inode = f->inode;
	int r = 0;

	if (ext4_isb(inode)->aborted)
		return -EROFS;
	if ((f->flags & O_DIRECT) && !is_aligned(from, pos))
		return -EINVAL;
	if (ext4_i(inode)->flags & EXT4_IMMUTABLE_FL)
		return -EPERM;
	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		r = ext4_inline_convert(inode);
	if (r == 0 &&
	    pos >= ext4_max_bytes(ext4_isb(inode), ext4_i(inode)->flags & EXT4_EXTENTS_FL))
		return -EFBIG;
	if (r == 0 && pos > inode->size)
		r = ext4_zero_tail(inode, pos);
	return r;
}

static ssize_t file_write_(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct inode *inode = f->inode;
	uint32_t block = ext4_isb(inode)->block_size;
	ssize_t done = 0, n = write_begin(f, from, *pos);
	size_t room;
	uint8_t *buf;

	if (n < 0)
		return n;
	room = ALIGN_UP(MIN(from->left, (uint64_t)CHUNK) + (*pos & (block - 1)), (size_t)block);
	buf = kmalloc(room);
	if (!buf)
		return -ENOMEM;
	while (from->left > 0) {
		struct chunk c = { .pos = *pos, .in = (uint32_t)(*pos & (block - 1)), .buf = buf };
		size_t want = MIN(from->left, (uint64_t)MIN(CHUNK, room) - c.in), end;
		uint64_t left = from->left;

		memset(buf, 0, c.in);
		n = iter_copy_from(from, buf + c.in, want);
		if (n <= 0)
			break;
		c.len = (size_t)n;
		end = c.in + c.len;
		memset(buf + end, 0, ALIGN_UP(end, (size_t)block) - end);
		n = write_chunk(inode, &c);
		if (n <= 0)
			break;
		ext4_pages_write(inode, *pos, buf + c.in, (size_t)n);
		*pos += (uint64_t)n;
		done += n;
		if ((size_t)n < c.len || left - from->left < want)
			break;
	}
	kfree(buf);
	if (done > 0)
		inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	return done > 0 ? done : n;
}

/* --- zeroing inside a block --------------------------------------------------------------------- */

int ext4_zero_part(struct inode *inode, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[4096];
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t in = from & (s->block_size - 1);
	struct ext4_map m;
	int r;

	if (from >= to || (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL))
		return 0;
	r = ext4_map_blocks(NULL, inode, (uint32_t)(from >> s->block_bits), 1, 0, &m);
	if (r < 0 || !m.physical || m.unwritten)
		return r;
	to = MIN(to, from - in + s->block_size);
	r = write_bytes(inode, from, (m.physical << s->block_bits) + in, zeros, to - from);
	/* No transaction that makes these bytes visible may be durable before them. */
	if (s->journal)
		journal_data_before(s->journal, (m.physical << s->block_bits) + in, to - from);
	if (r == 0)
		ext4_pages_write(inode, from, zeros, to - from);
	return r;
}

/* --- the rest ----------------------------------------------------------------------------------- */

static int64_t seek_data(struct file *f, uint64_t at, bool hole)
{
	struct inode *inode = f->inode;
	struct ext4_sb *s = ext4_isb(inode);
	uint64_t blocks;

	if (ext4_i(inode)->flags & EXT4_INLINE_DATA_FL)
		return file_seek_to(f, hole ? inode->size : at, 0);
	blocks = (inode->size + s->block_size - 1) >> s->block_bits;
	for (uint64_t b = at >> s->block_bits; b < blocks;) {
		struct ext4_map m;
		int r = ext4_map_blocks(NULL, inode, (uint32_t)b, (uint32_t)(blocks - b), 0, &m);

		if (r < 0)
			return r;
		if ((!m.physical || m.unwritten) == hole)
			return file_seek_to(f, MIN(MAX(at, b << s->block_bits), inode->size), 0);
		b += m.len;
	}
	return hole ? file_seek_to(f, inode->size, 0) : -ENXIO;
}

static int64_t file_llseek(struct file *f, int64_t offset, int whence)
{
	return file_seek_generic(f, offset, whence, seek_data);
}

static int file_open_(struct inode *inode, struct file *f)
{
	/* An append-only file is written at its end or not at all. */
	if ((ext4_i(inode)->flags & EXT4_APPEND_FL) && f->can_write &&
	    (!(f->flags & O_APPEND) || (f->flags & O_TRUNC)))
		return -EPERM;
	if (f->can_write && (f->flags & O_APPEND) && inode->size > 0)
		ext4_i(inode)->append_again = true;
	return 0;
}

static void file_release(struct file *f)
{
	struct inode *inode = f->inode;

	/* inode->write_count still counts this one. */
	if (f->is_writer && inode->write_count <= 1 && ext4_isb(inode)->writing)
		ext4_alloc_writer_gone(inode);
}

static int file_fsync_(struct file *f, bool data_only)
{
	return ext4_fsync(f->inode, data_only);
}

int ext4_fsync(struct inode *inode, bool data_only)
{
	struct ext4_sb *s = ext4_isb(inode);
	struct ext4_inode *ei = ext4_i(inode);
	uint64_t seq;
	bool flushed = false;
	struct handle *h;
	int r = ext4_pages_flush(inode, 0, UINT64_MAX), r2;

	if (s->aborted)
		return -EROFS;
	if (r < 0 || !s->writing)
		return r;
	if (!data_only && ext4_times_changed(inode)) {
		r = ext4_start(s, EXT4_INODE_CREDITS, 0, &h);
		if (r < 0)
			return r;
		r = ext4_mark_inode_dirty(h, inode);
		r2 = ext4_stop(h);
		if (r < 0 || r2 < 0)
			return r < 0 ? r : r2;
	}
	seq = ei->unflushed_seq;
	if (!s->journal) {
		r = buffer_sync(s->dev);
	} else if (ei->has_tid) {
		uint32_t tid = data_only ? ei->datasync_tid : ei->sync_tid;

		flushed = journal_will_flush(s->journal, tid);
		journal_flush_too(s->journal, tid, &ei->unflushed);
		r = journal_commit(s->journal, tid);
	}
	if (r == 0 && !s->journal)
		r = block_flush(s->dev);
	else if (r == 0 && !(flushed && s->opt.barrier))
		r = block_flush_set(s->dev, &ei->unflushed);
	/* What came while this slept is the next fsync's, and what may be stored through a map at any moment is everyone's. */
	if (r == 0 && ei->unflushed_seq == seq)
		ei->unflushed = (struct flush_set){ .all = ei->was_mapped };
	return r;
}

const struct file_ops ext4_file_ops = {
	.open = file_open_,
	.release = file_release,
	.read = file_read_,
	.write = file_write_,
	.llseek = file_llseek,
	.ioctl = ext4_ioctl,
	.fsync = file_fsync_,
	.fallocate = ext4_fallocate,
};

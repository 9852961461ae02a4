// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Regular files of tmpfs, over pages of the arena. Reads and writes hold inode->lock, so that no page goes away under a copy; faults (resolve) do
 * not need it, since they never sleep. Whoever takes pages away removes them from the table first, then from all maps, then gives them back.
 */
#include "abi/abi_errno.h"
#include "abi/abi_fcntl.h"
#include "abi/abi_mman.h"
#include "core/big_lock.h"
#include "core/panic.h"
#include "engine/engine.h"
#include "fs/tmpfs/tmpfs_internal.h"
#include "lib/string.h"
#include "mm/arena.h"
#include "vfs/vfs_calls.h"

#define CHUNK_PAGES 16u /* allocated at once while that is wanted */
#define ALL_SEALS                                                                         \
	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE | \
	 F_SEAL_EXEC)

/* --- pages -------------------------------------------------------------------------------------- */

/* Fill the hole at index, and up to `want` pages of it that follow. How many, or -ENOSPC, -ENOMEM. */
static int64_t fill_hole(struct inode *inode, uint64_t index, uint64_t want)
{
	struct tmpfs_super *s = tmpfs_sb(inode->sb);
	struct tmpfs_pages *p = &tmpfs_i(inode)->pages;
	uint64_t place, got, next = index, n;
	int r;

	want = MIN(want, CHUNK_PAGES);
	if (tmpfs_pages_next(p, &next))
		want = MIN(want, next - index);
	if (s->max_pages)
		want = MIN(want, s->max_pages - s->pages);
	if (want == 0)
		return -ENOSPC;
	r = arena_alloc(want, &place, &got);
	if (r < 0)
		return -ENOSPC;
	for (n = 0; n < got; n++) {
		r = tmpfs_pages_set(p, index + n, place + n * PAGE_SIZE);
		if (r < 0)
			break;
	}
	if (n < got)
		arena_free(place + n * PAGE_SIZE, got - n);
	s->pages += n;
	inode->blocks += n * (PAGE_SIZE / 512);
	return n > 0 ? (int64_t)n : r;
}

/* Pages from index on that lie in one piece, at most max. */
static uint64_t run_length(const struct tmpfs_pages *p, uint64_t index, uint64_t place,
			   uint64_t max)
{
	uint64_t n = 1;

	while (n < max && tmpfs_pages_get(p, index + n) == place + n * PAGE_SIZE)
		n++;
	return n;
}

static void page_free(struct inode *inode, uint64_t place)
{
	arena_free(place, 1);
	tmpfs_sb(inode->sb)->pages--;
	inode->blocks -= PAGE_SIZE / 512;
}

void tmpfs_remove_pages(struct inode *inode, uint64_t first, uint64_t end, bool zap)
{
	struct tmpfs_pages *p = &tmpfs_i(inode)->pages, gone = { 0 };
	uint64_t index = first;

	if (zap && !list_empty(&inode->mapping.vmas)) {
		/* Out of the table, out of the maps, and only then to others. */
		while (tmpfs_pages_next(p, &index) && index < end) {
			uint64_t place = tmpfs_pages_take(p, index);

			if (tmpfs_pages_set(&gone, index, place) == 0)
				continue;
			/* No memory to collect it: this one by itself. */
			mm_zap_source(&inode->mapping, index * PAGE_SIZE, PAGE_SIZE, true);
			page_free(inode, place);
		}
		mm_zap_source(&inode->mapping, first * PAGE_SIZE,
			      end > UINT64_MAX / PAGE_SIZE ? UINT64_MAX : (end - first) * PAGE_SIZE,
			      true);
		p = &gone;
		index = first;
	}
	while (tmpfs_pages_next(p, &index) && index < end) {
		page_free(inode, tmpfs_pages_take(p, index));
	}
}

/* Zero [from, to) of what is there of a page. */
static void zero_part(struct inode *inode, uint64_t from, uint64_t to)
{
	uint64_t place = tmpfs_pages_get(&tmpfs_i(inode)->pages, from / PAGE_SIZE);

	if (place != TMPFS_PAGE_ABSENT && from < to)
		memset((char *)arena_ptr(place) + from % PAGE_SIZE, 0, to - from);
}

/* The file becomes longer: what maps have left behind its end must not come into sight. */
static void grow_to(struct inode *inode, uint64_t size)
{
	if (tmpfs_i(inode)->was_mapped)
		zero_part(inode, inode->size, MIN(size, ALIGN_UP(inode->size, PAGE_SIZE)));
	inode->size = size;
}

static int set_size(struct inode *inode, uint64_t size)
{
	if ((size < inode->size && (inode->seals & F_SEAL_SHRINK)) ||
	    (size > inode->size && (inode->seals & F_SEAL_GROW)))
		return -EPERM;
	if (size >= inode->size) {
		grow_to(inode, size);
		return 0;
	}
	inode->size = size;
	tmpfs_remove_pages(inode, ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE, UINT64_MAX, true);
	if (size % PAGE_SIZE)
		zero_part(inode, size, ALIGN_UP(size, PAGE_SIZE));
	return 0;
}

/* --- reading and writing ------------------------------------------------------------------------ */

static ssize_t copy_out(struct inode *inode, struct iov_iter *to, uint64_t pos, uint64_t len)
{
	const struct tmpfs_pages *p = &tmpfs_i(inode)->pages;
	uint64_t index = pos / PAGE_SIZE, in = pos % PAGE_SIZE, place = tmpfs_pages_get(p, index);

	if (place == TMPFS_PAGE_ABSENT)
		return iter_zero(to, MIN(len, PAGE_SIZE - in));
	len = MIN(len, run_length(p, index, place, CHUNK_PAGES) * PAGE_SIZE - in);
	return iter_copy_to(to, (const char *)arena_ptr(place) + in, len);
}

static ssize_t file_read_(struct file *f, struct iov_iter *to, uint64_t *pos)
{
	struct inode *inode = f->inode;
	ssize_t done = 0, n = 0;

	sleep_lock_take(&inode->lock);
	while (to->left > 0 && *pos < inode->size) {
		n = copy_out(inode, to, *pos, MIN(to->left, inode->size - *pos));
		if (n <= 0)
			break;
		*pos += (uint64_t)n;
		done += n;
	}
	sleep_lock_release(&inode->lock);
	return done > 0 ? done : n;
}

static ssize_t copy_in(struct inode *inode, struct iov_iter *from, uint64_t pos)
{
	const struct tmpfs_pages *p = &tmpfs_i(inode)->pages;
	uint64_t index = pos / PAGE_SIZE, in = pos % PAGE_SIZE;
	uint64_t place = tmpfs_pages_get(p, index), len = from->left;
	int64_t r;

	if (place == TMPFS_PAGE_ABSENT) {
		r = fill_hole(inode, index, (in + len + PAGE_SIZE - 1) / PAGE_SIZE);
		if (r < 0)
			return r;
		place = tmpfs_pages_get(p, index);
	}
	len = MIN(len, run_length(p, index, place, CHUNK_PAGES) * PAGE_SIZE - in);
	return iter_copy_from(from, (char *)arena_ptr(place) + in, len);
}

static ssize_t file_write_(struct file *f, struct iov_iter *from, uint64_t *pos)
{
	struct inode *inode = f->inode;
	ssize_t done = 0, n = 0;

	if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	if (*pos + from->left > inode->size && (inode->seals & F_SEAL_GROW)) {
		if (*pos >= inode->size)
			return -EPERM;
		from->left = inode->size - *pos;
	}
	/* Behind the old end first, so that no stale bytes lie between. */
	if (*pos > inode->size && tmpfs_i(inode)->was_mapped)
		zero_part(inode, inode->size, ALIGN_UP(inode->size, PAGE_SIZE));
	while (from->left > 0) {
		n = copy_in(inode, from, *pos);
		if (n <= 0)
			break;
		*pos += (uint64_t)n;
		done += n;
		if (*pos > inode->size)
			grow_to(inode, *pos);
	}
	if (done > 0)
		inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	return done > 0 ? done : n;
}

static int file_fsync_(struct file *f, bool data_only)
{
	(void)f;
	(void)data_only;
	return 0;
}

static int64_t seek_data(struct file *f, uint64_t offset, bool hole)
{
	const struct tmpfs_pages *p = &tmpfs_i(f->inode)->pages;
	uint64_t size = f->inode->size, index = offset / PAGE_SIZE, at = index;

	if (hole) {
		while (index * PAGE_SIZE < size && tmpfs_pages_get(p, index) != TMPFS_PAGE_ABSENT)
			index++;
	} else if (!tmpfs_pages_next(p, &index) || index * PAGE_SIZE >= size) {
		return -ENXIO;
	}
	return file_seek_to(f, index == at ? offset : MIN(index * PAGE_SIZE, size), 0);
}

static int64_t file_llseek(struct file *f, int64_t offset, int whence)
{
	return file_seek_generic(f, offset, whence, seek_data);
}

/* --- allocation --------------------------------------------------------------------------------- */

static int punch(struct inode *inode, uint64_t offset, uint64_t len)
{
	uint64_t end = MIN(offset + len, ALIGN_UP(inode->size, PAGE_SIZE));
	uint64_t first = ALIGN_UP(offset, PAGE_SIZE), last = ALIGN_DOWN(end, PAGE_SIZE);

	if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	if (offset >= end)
		return 0;
	if (first > last) { /* inside one page */
		zero_part(inode, offset, end);
	} else {
		zero_part(inode, offset, first);
		zero_part(inode, last, end);
		if (first < last)
			tmpfs_remove_pages(inode, first / PAGE_SIZE, last / PAGE_SIZE, true);
	}
	inode_times_now(inode, ATTR_MTIME | ATTR_CTIME);
	return 0;
}

/* All or nothing: pages that were made for a call that fails go back. */
static int allocate(struct inode *inode, uint64_t offset, uint64_t end)
{
	struct tmpfs_pages *p = &tmpfs_i(inode)->pages, made = { 0 };
	uint64_t last = ALIGN_UP(end, PAGE_SIZE) / PAGE_SIZE, i;
	int64_t r = 0;

	for (uint64_t index = offset / PAGE_SIZE; r >= 0 && index < last; index++) {
		if (tmpfs_pages_get(p, index) != TMPFS_PAGE_ABSENT)
			continue;
		r = fill_hole(inode, index, last - index);
		for (i = 0; r > 0 && i < (uint64_t)r; i++)
			if (tmpfs_pages_set(&made, index + i, 0) < 0)
				r = -ENOMEM;
		if (r > 0)
			index += (uint64_t)r - 1;
	}
	for (i = 0; tmpfs_pages_next(&made, &i);) {
		(void)tmpfs_pages_take(&made, i);
		if (r < 0)
			tmpfs_remove_pages(inode, i, i + 1, true);
	}
	return r < 0 ? (int)r : 0;
}

static int file_fallocate(struct file *f, int mode, uint64_t offset, uint64_t len)
{
	struct inode *inode = f->inode;
	uint64_t end = offset + len;
	int r;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return punch(inode, offset, len);
	if (end > inode->size && (inode->seals & F_SEAL_GROW))
		return -EPERM;
	r = allocate(inode, offset, end);
	if (r < 0)
		return r;
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > inode->size)
		grow_to(inode, end);
	inode_times_now(inode, ATTR_CTIME);
	return 0;
}

/* --- seals -------------------------------------------------------------------------------------- */

static bool has_writable_map(const struct inode *inode)
{
	struct vma *v;

	list_for_each_entry(v, &inode->mapping.vmas, source_link)
		if ((v->flags & VMA_SHARED) && (v->may_prot & PROT_WRITE))
			return true;
	return false;
}

static int64_t file_fcntl(struct file *f, int cmd, uint64_t arg)
{
	struct inode *inode = f->inode;

	if (cmd == F_GET_SEALS)
		return inode->seals;
	if (cmd != F_ADD_SEALS)
		return -EINVAL;
	if (!f->can_write)
		return -EPERM;
	if (arg & ~(uint64_t)ALL_SEALS)
		return -EINVAL;
	if (inode->seals & F_SEAL_SEAL)
		return -EPERM;
	if ((arg & F_SEAL_WRITE) && !(inode->seals & F_SEAL_WRITE) && has_writable_map(inode))
		return -EBUSY;
	/* A program that cannot change its mode any more must not change its content either. */
	if ((arg & F_SEAL_EXEC) && (inode->mode & 0111))
		arg |= F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_FUTURE_WRITE;
	inode->seals |= (uint32_t)arg;
	return 0;
}

static int file_setattr(struct inode *inode, const struct iattr *a)
{
	if ((a->valid & ATTR_MODE) && (inode->seals & F_SEAL_EXEC) &&
	    ((inode->mode ^ a->mode) & 0111))
		return -EPERM;
	if (a->valid & ATTR_SIZE) {
		int r = set_size(inode, a->size);

		if (r < 0)
			return r;
	}
	inode_copy_attr(inode, a);
	return 0;
}

/* --- maps --------------------------------------------------------------------------------------- */

static struct inode *mapped_inode(struct mapping_source *s)
{
	return container_of(s, struct inode, mapping);
}

static void mapping_get(struct mapping_source *s)
{
	inode_get(mapped_inode(s));
}

static void mapping_put(struct mapping_source *s)
{
	inode_put(mapped_inode(s));
}

static int mapping_resolve(struct mapping_source *s, uint64_t offset, uint64_t len, bool write,
			   struct mapping_run *ret)
{
	struct inode *inode = mapped_inode(s);
	const struct tmpfs_pages *p = &tmpfs_i(inode)->pages;
	uint64_t index = offset / PAGE_SIZE, n_pages = ALIGN_UP(inode->size, PAGE_SIZE) / PAGE_SIZE;
	uint64_t max = len / PAGE_SIZE, next = index, place;
	int64_t r;

	tmpfs_i(inode)->was_mapped = true;
	*ret = (struct mapping_run){ .kind = MAPPING_RUN_EOF, .len = len };
	if (index >= n_pages)
		return 0;
	max = MAX(MIN(max, n_pages - index), 1u);
	place = tmpfs_pages_get(p, index);
	if (place == TMPFS_PAGE_ABSENT && !write) {
		ret->kind = MAPPING_RUN_HOLE;
		if (tmpfs_pages_next(p, &next))
			max = MIN(max, next - index);
		ret->len = max * PAGE_SIZE;
		return 0;
	}
	if (place == TMPFS_PAGE_ABSENT) {
		r = fill_hole(inode, index, max);
		if (r < 0)
			return (int)r;
		place = tmpfs_pages_get(p, index);
	}
	*ret = (struct mapping_run){
		.kind = MAPPING_RUN_HOST,
		.engine_fd = ENGINE_FD_ARENA,
		.host_offset = place,
		.len = run_length(p, index, place, max) * PAGE_SIZE,
	};
	return 0;
}

static void mapping_describe(struct mapping_source *s, char *buf, size_t len, uint64_t *ret_dev,
			     uint64_t *ret_ino)
{
	inode_describe(mapped_inode(s), buf, len, ret_dev, ret_ino);
}

static int mapping_punch(struct mapping_source *s, uint64_t offset, uint64_t len)
{
	struct inode *inode = mapped_inode(s);
	int r;

	sleep_lock_take(&inode->lock);
	r = punch(inode, offset, len);
	sleep_lock_release(&inode->lock);
	return r;
}

const struct mapping_ops tmpfs_mapping_ops = {
	.get = mapping_get,
	.put = mapping_put,
	.resolve = mapping_resolve,
	.describe = mapping_describe,
	.punch = mapping_punch,
};

const struct file_ops tmpfs_file_ops = {
	.read = file_read_,
	.write = file_write_,
	.llseek = file_llseek,
	.fsync = file_fsync_,
	.fallocate = file_fallocate,
	.fcntl = file_fcntl,
};

/* --- symbolic links and special files ----------------------------------------------------------- */

static ssize_t link_readlink(struct inode *inode, char *buf, size_t len)
{
	const char *target = tmpfs_i(inode)->target;
	size_t n = MIN(strlen(target), len);

	memcpy(buf, target, n);
	return (ssize_t)n;
}

#define XATTR_OPS                                                                             \
	.getxattr = tmpfs_getxattr, .setxattr = tmpfs_setxattr, .listxattr = tmpfs_listxattr, \
	.removexattr = tmpfs_removexattr

const struct inode_ops tmpfs_file_inode_ops = { .setattr = file_setattr, XATTR_OPS };
const struct inode_ops tmpfs_link_inode_ops = { .readlink = link_readlink, XATTR_OPS };
const struct inode_ops tmpfs_special_inode_ops = { XATTR_OPS };

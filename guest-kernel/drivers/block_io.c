// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading and writing block devices: what is the same for all of them. A range is checked here, once, against the device that the caller named; a partition is a
 * window on its disk, so the driver sees only disks and ranges inside them; and what was done is counted for both.
 */
#include "abi/abi_errno.h"
#include "core/big_lock.h"
#include "drivers/block.h"
#include "host/host_clock.h"

static struct block_device *disk_of(struct block_device *d)
{
	return d->whole ? d->whole : d;
}

static int check(struct block_device *d, uint64_t offset, uint64_t len, bool write)
{
	ASSERT_LOCKED();
	if (write && (d->readonly || disk_of(d)->readonly))
		return -EROFS;
	return offset <= d->bytes && len <= d->bytes - offset ? 0 : -EIO;
}

static bool whole_sectors(uint64_t offset, uint64_t len)
{
	return (offset | len) % BLOCK_SECTOR == 0;
}

/* --- statistics --------------------------------------------------------------------------------- */

static void tick(struct block_stats *s, uint64_t now)
{
	if (s->in_flight > 0) {
		s->busy_ns += now - s->since_ns;
		s->weighted_ns += (now - s->since_ns) * s->in_flight;
	}
	s->since_ns = now;
}

static void begin_one(struct block_stats *s, uint64_t now)
{
	tick(s, now);
	s->in_flight++;
}

static void end_one(struct block_stats *s, enum block_operation op, uint64_t len, uint64_t begin,
		    uint64_t now)
{
	tick(s, now);
	s->in_flight--;
	s->n[op]++;
	s->sectors[op] += len / BLOCK_SECTOR;
	s->time_ns[op] += now - begin;
}

/* The time to give to account_end. */
static uint64_t account_begin(struct block_device *d)
{
	uint64_t now = host_monotonic_ns();

	begin_one(&d->stats, now);
	if (d->whole)
		begin_one(&d->whole->stats, now);
	return now;
}

static void account_end(struct block_device *d, enum block_operation op, uint64_t len,
			uint64_t begin)
{
	uint64_t now = host_monotonic_ns();

	end_one(&d->stats, op, len, begin, now);
	if (d->whole)
		end_one(&d->whole->stats, op, len, begin, now);
}

/* --- operations --------------------------------------------------------------------------------- */

int block_read(struct block_device *d, uint64_t offset, void *buf, size_t len)
{
	struct block_device *disk = disk_of(d);
	int r = check(d, offset, len, false);
	uint64_t begin;

	if (r < 0 || !whole_sectors(offset, len))
		return -EIO;
	if (len == 0)
		return 0;
	begin = account_begin(d);
	r = disk->ops->read(disk, d->start + offset, buf, len);
	account_end(d, BLOCK_READ, len, begin);
	return r;
}

const void *block_view(struct block_device *d, uint64_t offset, size_t len, size_t *ret_len)
{
	struct block_device *disk = disk_of(d);
	const void *view;
	uint64_t begin;

	if (!disk->ops->view || len == 0 || check(d, offset, len, false) < 0)
		return NULL;
	begin = account_begin(d);
	view = disk->ops->view(disk, d->start + offset, len, ret_len);
	account_end(d, BLOCK_READ, view ? *ret_len : 0, begin);
	return view;
}

int block_write(struct block_device *d, uint64_t offset, const void *buf, size_t len,
		unsigned int *ret_flags)
{
	struct block_device *disk = disk_of(d);
	int r = check(d, offset, len, true);
	unsigned int flags = 0;
	uint64_t begin;

	if (ret_flags)
		*ret_flags = 0;
	if (r == 0 && !d->any_bytes && !whole_sectors(offset, len))
		r = -EIO;
	if (r < 0 || len == 0)
		return r;
	begin = account_begin(d);
	r = disk->ops->write(disk, d->start + offset, buf, len, &flags);
	account_end(d, BLOCK_WRITE, len, begin);
	if (ret_flags)
		*ret_flags = flags;
	return r;
}

/* Counted for the disk alone, as on Linux. */
int block_flush(struct block_device *d)
{
	struct block_device *disk = disk_of(d);
	uint64_t begin;
	int r;

	ASSERT_LOCKED();
	if (disk->image_readonly)
		return 0;
	begin = account_begin(disk);
	r = disk->ops->flush(disk);
	account_end(disk, BLOCK_FLUSH, 0, begin);
	return r;
}

int block_flush_set(struct block_device *d, const struct flush_set *set)
{
	struct block_device *disk = disk_of(d);
	struct flush_set moved = { .all = set->all };
	uint64_t begin;
	int r;

	if (!disk->ops->flush_set || set->all)
		return block_flush(d);
	ASSERT_LOCKED();
	if (disk->image_readonly)
		return 0;
	for (unsigned int i = 0; i < set->n; i++)
		flush_set_add(&moved, d->start + set->ranges[i].from,
			      set->ranges[i].to - set->ranges[i].from);
	begin = account_begin(disk);
	r = disk->ops->flush_set(disk, &moved);
	account_end(disk, BLOCK_FLUSH, 0, begin);
	return r;
}

void block_writeback(struct block_device *d, uint64_t offset, uint64_t len)
{
	struct block_device *disk = disk_of(d);

	if (disk->ops->writeback && len > 0 && check(d, offset, len, false) == 0)
		disk->ops->writeback(disk, d->start + offset, len);
}

void block_readahead(struct block_device *d, uint64_t offset, uint64_t len)
{
	struct block_device *disk = disk_of(d);

	if (disk->ops->readahead && len > 0 && whole_sectors(offset, len) &&
	    check(d, offset, len, false) == 0)
		disk->ops->readahead(disk, d->start + offset, len);
}

int block_discard(struct block_device *d, uint64_t offset, uint64_t len)
{
	struct block_device *disk = disk_of(d);
	int r = check(d, offset, len, true);
	uint64_t begin;

	if (r == 0 && !whole_sectors(offset, len))
		r = -EIO;
	if (r == 0 && !d->has_discard)
		r = -EOPNOTSUPP;
	if (r < 0 || len == 0)
		return r;
	begin = account_begin(d);
	r = disk->ops->discard(disk, d->start + offset, len);
	account_end(d, BLOCK_DISCARD, len, begin);
	return r;
}

/* Linux counts it with the writes. */
int block_zero(struct block_device *d, uint64_t offset, uint64_t len, unsigned int *ret_flags)
{
	struct block_device *disk = disk_of(d);
	int r = check(d, offset, len, true);
	unsigned int flags = 0;
	uint64_t begin;

	if (ret_flags)
		*ret_flags = 0;
	if (r == 0 && !whole_sectors(offset, len))
		r = -EIO;
	if (r < 0 || len == 0)
		return r;
	begin = account_begin(d);
	r = disk->ops->zero(disk, d->start + offset, len, &flags);
	account_end(d, BLOCK_WRITE, len, begin);
	if (ret_flags)
		*ret_flags = flags;
	return r;
}

/* --- maps --------------------------------------------------------------------------------------- */

bool block_can_map(const struct block_device *d)
{
	const struct block_device *disk = d->whole ? d->whole : d;

	return disk->ops->map && d->start % PAGE_SIZE == 0;
}

int block_map(struct block_device *d, uint64_t offset, uint64_t len, bool write,
	      struct mapping_run *ret, unsigned int *ret_flags)
{
	struct block_device *disk = disk_of(d);
	unsigned int flags = 0;
	int r;

	if (ret_flags)
		*ret_flags = 0;
	if (offset >= d->bytes || offset % PAGE_SIZE != 0 || len == 0)
		return -EIO;
	len = MIN(len, d->bytes - offset);
	r = check(d, offset, len, write);
	if (r < 0)
		return r;
	/* Half a page at the end of a partition is shared with what lies behind it. */
	if (d->whole)
		len = ALIGN_DOWN(len, PAGE_SIZE);
	if (!block_can_map(d) || len == 0)
		return -EOPNOTSUPP;
	r = disk->ops->map(disk, d->start + offset, len, write, ret, &flags);
	if (ret_flags)
		*ret_flags = flags;
	return r;
}
